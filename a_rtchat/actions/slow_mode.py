"""Slow mode: the time between two messages of a member. It costs other rooms nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_live.limits import TooFast
from a_rtchat.models import Membership, Message


def take_turn(membership: Membership) -> None:
    """Note that a member posts in a room in slow mode. Raises TooFast if their last message is too recent.

    Moderators may always post. The caller holds the room's lock.
    """
    pause = _pause_of(membership)
    if not pause:
        return
    now, mine = timezone.now(), Membership.objects.filter(pk=membership.pk)
    if not mine.filter(Q(posted_at=None) | Q(posted_at__lte=now - pause)).update(posted_at=now):
        raise _too_fast(mine.values_list("posted_at", flat=True).get() + pause - now)


def require_edit_turn(membership: Membership) -> None:
    """Raise TooFast if a member's last edit in a room in slow mode is too recent, so that edits are no way to chat.

    Edits have their own turns: a message that was just posted can be corrected once at once.
    """
    pause = _pause_of(membership)
    if not pause:
        return
    now, mine = timezone.now(), Message.objects.filter(room=membership.room_id, author=membership.user_id)
    last: datetime | None = mine.filter(edited_at__gt=now - pause).aggregate(last=Max("edited_at"))["last"]
    if last:
        raise _too_fast(last + pause - now)


def _pause_of(membership: Membership) -> timedelta | None:
    """Return the time between two messages of a member, or None if they needn't wait."""
    seconds = membership.room.slow_mode
    return timedelta(seconds=seconds) if seconds and not membership.can("moderate") else None


def _too_fast(wait: timedelta) -> TooFast:
    return TooFast(wait.total_seconds(), _("Slow mode is on in this room."))
