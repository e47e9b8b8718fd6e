"""Blocking people. The blocked aren't told."""

from functools import partial

from django.db import transaction

from a_live import events
from a_rtchat.models import Block
from a_users.models import User


def block_user(user: User, other: User) -> None:
    """Block a user: neither can write to the other, and the blocked one no longer sees when the blocker is online."""
    with transaction.atomic():
        Block.objects.bulk_create([Block(blocker=user, blocked=other)], ignore_conflicts=True)
        transaction.on_commit(partial(events.publish_refollow, [user.pk]))


def unblock_user(user: User, other: User) -> None:
    """Take a block back."""
    with transaction.atomic():
        Block.objects.filter(blocker=user, blocked=other).delete()
        transaction.on_commit(partial(events.publish_refollow, [user.pk]))
