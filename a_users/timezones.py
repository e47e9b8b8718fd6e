"""Time zones by name."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name, or UTC for an unknown one, such as from a forged cookie."""
    return ZoneInfo(name if name in _names() else "UTC")


@cache
def _names() -> set[str]:
    return available_timezones()
