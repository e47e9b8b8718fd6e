"""What ends someone's stay: remove, ban, delete a room. Their sockets close at once, in every process."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from a_rtchat import broadcasts
from a_rtchat.models import Membership, Room


def remove_member(membership: Membership) -> None:
    """Take someone out of a room; an open one they may enter again."""
    with transaction.atomic():
        membership.delete()
        announce_removed(membership)


def ban_member(membership: Membership) -> None:
    """Take someone out of a room for good."""
    with transaction.atomic():
        membership.banned_at = timezone.now()
        membership.save(update_fields=["banned_at"])
        announce_removed(membership)


def announce_removed(membership: Membership) -> None:
    """Close, after the commit, the sockets of someone who is no longer in a room."""
    transaction.on_commit(partial(broadcasts.member_removed, membership.user_id, membership.room))


def delete_room(room: Room) -> None:
    """Delete a room with all that was said in it."""
    with transaction.atomic():
        slug = room.slug
        room.delete()
        transaction.on_commit(partial(broadcasts.room_deleted, slug))
