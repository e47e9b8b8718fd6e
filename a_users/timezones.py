"""Time zones by name, and how long ago something was."""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _


def ago(moment: datetime) -> str:
    """Return "3 hours ago", or "just now", in the active language."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name, or UTC for an unknown one, such as from a forged cookie."""
    return ZoneInfo(name if name in _names() else "UTC")


@cache
def _names() -> set[str]:
    return available_timezones()
