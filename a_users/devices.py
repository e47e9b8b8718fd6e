"""The devices that someone is signed in on: what they are, and their end."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from a_live.sessions import SignedIn, is_current, signed_in
from a_users.models import User

# The first that fits counts: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
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
    """A place where someone is signed in, as the list shows it."""

    pk: int
    name: str
    ip: str
    last_seen_at: datetime
    is_this: bool

    @property
    def last_seen(self) -> str:
        """When it was here last, in words."""
        if timezone.now() - self.last_seen_at < timedelta(minutes=1):
            return _("just now")
        return _("%(time)s ago") % {"time": timesince(self.last_seen_at, depth=1)}


def describe(user_agent: str) -> str:
    """Return a browser's User-Agent in words: "Firefox on Linux"."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    browser = browser or _("Unknown browser")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser


def devices_of(user: User, this_session: str | None) -> list[Device]:
    """Return where a user is signed in, this device first, then the latest; two queries for any number."""
    devices = [
        Device(row.pk, describe(row.user_agent), row.ip, row.last_seen_at, row.session_key == this_session)
        for row in _living(user)
    ]
    return sorted(devices, key=lambda device: (device.is_this, device.last_seen_at), reverse=True)


def end_devices(sessions: Iterable[UserSession]) -> None:
    """Sign devices out; their sockets close in every process."""
    for session in sessions:
        session.end()


def _living(user: User) -> list[UserSession]:
    """Return the sessions that still let a user in; what is left of ended ones is swept away."""
    rows = list(UserSession.objects.filter(user=user))
    sessions = signed_in(row.session_key for row in rows)
    living = [row for row in rows if _lets_in(sessions.get(row.session_key), user)]
    if ended := [row.pk for row in rows if row not in living]:
        UserSession.objects.filter(pk__in=ended).delete()
    return living


def _lets_in(session: SignedIn | None, user: User) -> bool:
    return session is not None and session.user_id == user.pk and is_current(session, user.password)


def _first(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for name, pattern in names.items() if re.search(pattern, user_agent)), None)
