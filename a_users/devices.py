"""List the devices a user is signed in on, and sign them out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from a_live.sessions import SignedIn, is_current, signed_in
from a_users.models import User
from a_users.timezones import ago

# The first match wins: Edge and Opera also claim to be Chrome, and Chrome claims to be Safari.
BROWSERS = {
    "Edge": r"\bEdg(e|A|iOS)?/",
    "Opera": r"\bOPR/|\bOpera\b",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Vivaldi": r"\bVivaldi/",
    "Firefox": r"\b(Firefox|FxiOS)/",
    "Chrome": r"\b(Headless)?(Chrome|CriOS|Chromium)/",
    "Safari": r"\bVersion/\S+ (Mobile/\S+ )?Safari/",
    "curl": r"^curl/",
}
SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "ChromeOS": r"\bCrOS\b",
    "Windows": r"\bWindows\b",
    "macOS": r"\bMac(intosh| OS X)\b",
    "Linux": r"\bLinux\b|\bX11\b",
}


@dataclass(frozen=True)
class Device:
    """One row in the list of devices."""

    pk: int
    name: str
    ip: str
    last_seen_at: datetime
    is_current: bool

    @property
    def last_seen(self) -> str:
        """Return when the device was last used: "5 minutes ago"."""
        return ago(self.last_seen_at)


def describe(user_agent: str) -> str:
    """Turn a User-Agent header into words: "Firefox on Linux"."""
    browser, system = _first_match(BROWSERS, user_agent), _first_match(SYSTEMS, user_agent)
    browser = browser or _("Unknown browser")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser


def list_devices(user: User, session_key: str | None) -> list[Device]:
    """Return a user's devices, this one first, then by last use; two queries for any number."""
    devices = [
        Device(row.pk, describe(row.user_agent), row.ip, row.last_seen_at, row.session_key == session_key)
        for row in _active_sessions(user)
    ]
    return sorted(devices, key=lambda device: (device.is_current, device.last_seen_at), reverse=True)


def sign_out_devices(sessions: Iterable[UserSession]) -> None:
    """Sign out devices and close their sockets in every process."""
    for session in sessions:
        session.end()


def _active_sessions(user: User) -> list[UserSession]:
    """Return a user's valid sessions; delete the rows of ended ones."""
    rows = list(UserSession.objects.filter(user=user))
    sessions = signed_in(row.session_key for row in rows)
    active = [row for row in rows if _is_valid(sessions.get(row.session_key), user)]
    if ended := [row.pk for row in rows if row not in active]:
        UserSession.objects.filter(pk__in=ended).delete()
    return active


def _is_valid(session: SignedIn | None, user: User) -> bool:
    return session is not None and session.user_id == user.pk and is_current(session, user.password)


def _first_match(patterns: dict[str, str], user_agent: str) -> str | None:
    return next((name for name, pattern in patterns.items() if re.search(pattern, user_agent)), None)
