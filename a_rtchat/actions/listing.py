"""How a member lists a room and what it notifies them of."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.models import Membership
from a_rtchat.permissions import FORBIDDEN

MORNING = time(8)


def set_notify(membership: Membership, level: str) -> None:
    """Set what a room notifies its member of, from now on."""
    _save(membership, notify=level, snoozed_until=None)


def snooze(membership: Membership, zone: tzinfo) -> None:
    """Let a room notify of nothing until the next morning in a time zone; its level stays."""
    _save(membership, snoozed_until=next_morning(timezone.now(), zone))


def next_morning(now: datetime, zone: tzinfo) -> datetime:
    """Return eight o'clock on the next day in a time zone, or on the same day if that is still to come."""
    local = now.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone)


def set_favourite(membership: Membership, is_favourite: bool) -> None:
    """List a room among the favourites, or no longer."""
    _save(membership, is_favourite=is_favourite)


def hide(membership: Membership) -> None:
    """Hide a room from the list until it has a newer message."""
    _save(membership, hidden_seq=membership.room.last_seq)


def unhide(membership: Membership) -> None:
    """List a room again that its member has hidden."""
    if membership.hidden_seq is not None:
        _save(membership, hidden_seq=None)


def _save(membership: Membership, **values: object) -> None:
    """Store a member's values. Raises ValidationError if they have left."""
    with transaction.atomic():
        if not Membership.objects.filter(pk=membership.pk).update(**values):  # they left meanwhile
            raise ValidationError(_("You're no longer in this room."), code=FORBIDDEN)
        transaction.on_commit(partial(broadcasts.room_listed, membership))
