"""Read positions."""

from functools import partial

from django.db import transaction

from a_rtchat import broadcasts
from a_rtchat.models import Membership


def mark_read(membership: Membership, seq: int) -> None:
    """Move a member's read position forward, at most to the newest message, and sync their other tabs."""
    seq = min(seq, membership.room.last_seq)
    with transaction.atomic():
        if Membership.objects.filter(pk=membership.pk, last_read_seq__lt=seq).update(last_read_seq=seq):
            membership.last_read_seq = seq
            transaction.on_commit(partial(broadcasts.read, membership))
