"""Slow mode: the time between two messages of a member. It costs other rooms nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_live.limits import TooFast
from a_rtchat.models import Membership


def take_turn(membership: Membership) -> None:
    """Note that a member posts in a room in slow mode. Raises TooFast if their last message is too recent.

    Moderators may always post. The caller holds the room's lock.
    """
    seconds = membership.room.slow_mode
    if not seconds or membership.can("moderate"):
        return
    now, pause = timezone.now(), timedelta(seconds=seconds)
    mine = Membership.objects.filter(pk=membership.pk)
    if not mine.filter(Q(posted_at=None) | Q(posted_at__lte=now - pause)).update(posted_at=now):
        last = mine.values_list("posted_at", flat=True).get()
        raise TooFast((last + pause - now).total_seconds(), _("Slow mode is on in this room."))
