"""Bans: keeping someone out of a room, for a time or for good.

A ban is a membership that gives no access. Someone banned from outside the room has one without `joined_at`, which is
deleted with the ban.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from a_rtchat import broadcasts
from a_rtchat.actions.invited import tell_invitees_of
from a_rtchat.actions.locking import lock_room
from a_rtchat.actions.log import record
from a_rtchat.actions.members import end_ways_in, record_change
from a_rtchat.models import Membership

SWEEP_BATCH = 100  # bans lifted in one round


def ban_member(membership: Membership, until: datetime | None = None, reason: str = "") -> None:
    """Ban a member from a room, or someone outside, until a time or for good; the room must be locked."""
    membership.banned_at, membership.banned_until, membership.ban_reason = timezone.now(), until, reason
    membership.role = Membership.Role.MEMBER
    with transaction.atomic():
        if membership.pk is None:
            membership.save()  # no page shows them
            end_ways_in(membership)
        else:
            record_change(membership, "banned_at", "banned_until", "ban_reason", "role")
        tell_invitees_of(membership)


def unban_member(membership: Membership) -> None:
    """Lift a ban: former members are members again, and others can join as usual."""
    with transaction.atomic():
        if membership.joined_at is None:
            membership.delete()
        else:
            _return(membership)
        tell_invitees_of(membership)


def _return(membership: Membership) -> None:
    membership.banned_at, membership.banned_until, membership.ban_reason = None, None, ""
    record_change(membership, "banned_at", "banned_until", "ban_reason")
    transaction.on_commit(partial(broadcasts.room_added, membership))


def lift_expired_bans() -> int:
    """Lift the bans that have ended, with an entry in the log; return their number.

    The door asks only whether someone is banned: this runs every few seconds (a_rtchat/housekeeping.py).
    """
    expired = Membership.objects.filter(banned_until__lte=timezone.now()).values_list("pk", "room_id")
    due = list(expired[:SWEEP_BATCH])
    return sum(_lift(pk, room_id) for pk, room_id in due)


def _lift(pk: int, room_id: int) -> bool:
    """Lift a ban unless another process has just done so."""
    with transaction.atomic():
        room = lock_room(room_id)
        expired = Membership.objects.filter(pk=pk, banned_until__lte=timezone.now())
        membership = expired.select_related("user__profile").first()
        if membership is None:
            return False
        membership.room = room
        unban_member(membership)
        record(room, None, "unban", membership.user)
    return True
