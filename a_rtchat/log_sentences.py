"""The entries of a room's log as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from a_rtchat.models import LogEntry, Membership, Room
from a_rtchat.models.room import SLOW_MODES
from a_rtchat.permissions import OWNER

SENTENCES = {
    "promote": _("{actor} made {target} a moderator"),
    "demote": _("{actor} removed {target} as a moderator"),
    "hand_over": _("{actor} handed the room over to {target}"),
    "remove": _("{actor} removed {target}"),
    "ban": _("{actor} banned {target}"),
    "unban": _("{actor} lifted {target}'s ban"),
    "mute": _("{actor} muted {target}"),
    "unmute": _("{actor} unmuted {target}"),
    "report": _("{actor} reported a message by {target}"),
    "resolve": _("{actor} closed the reports about a message by {target}"),
    "moderate": _("{actor} deleted a message by {target}"),
    "describe": _("{actor} changed the room's details"),
    "rule": _("{actor} changed the room's rules"),
    "open": _("{actor} changed who can join"),
    "archive": _("{actor} archived the room"),
    "unarchive": _("{actor} unarchived the room"),
    "default": _("{actor} changed whether new users join this room"),
    "admit": _("{actor} added {target}"),
    "invite": _("{actor} created an invite link"),
    "revoke": _("{actor} revoked an invite"),
    "accept": _("{actor} joined with an invite from {target}"),
    "answer": _("{actor} answered {target}'s request to join"),
    "destroy": _("{actor} deleted a room"),
    "site_ban": _("{actor} banned {target} from the whole site"),
    "site_unban": _("{actor} lifted {target}'s ban from the whole site"),
}


class Other(NamedTuple):
    """Another sentence for a verb, and when it holds."""

    sentence: Any
    holds: Callable[[LogEntry], bool]


OTHER_SENTENCES = {
    "promote": [Other(_("{actor} made {target} an owner"), lambda entry: entry.detail.get("role") == OWNER)],
    "unban": [Other(_("{target}'s ban ended"), lambda entry: entry.actor is None)],
    "invite": [
        Other(_("{actor} invited {target}"), lambda entry: entry.target is not None),
        Other(_("{actor} invited someone by email"), lambda entry: "email" in entry.detail),
    ],
    "answer": [
        Other(_("{actor} accepted {target}'s request to join"), lambda entry: entry.detail.get("accepted") is True),
        Other(_("{actor} declined {target}'s request to join"), lambda e: e.detail.get("accepted") is False),
    ],
}
DETAILS = {
    "name": _("Name: {value}"),
    "description": _("Description: {value}"),
    "icon": _("Icon: {value}"),
    "picture": _("Picture: {value}"),
    "kind": _("Who can join: {value}"),
    "is_announcement": _("Announcements only: {value}"),
    "slow_mode": _("Slow mode: {value}"),
    "takes_requests": _("Requests to join: {value}"),
    "is_default": _("Joined by new users: {value}"),
    "role": _("Role: {value}"),
    "uses": _("Uses: {value}"),
    "expires": _("Until: {value}"),
    "until": _("Until: {value}"),
    "reason": _("Reason: {value}"),
    "email": _("Email: {value}"),
    "members": _("Members: {value}"),
}
WITHOUT = {"until": _("For good"), "expires": _("Never expires"), "uses": _("Can be used without limit")}
CHOICES: dict[str, dict[Any, Any]] = {
    "kind": dict(Room.Kind.choices),
    "role": dict(Membership.Role.choices),
    "slow_mode": dict(SLOW_MODES),
}


class Line(NamedTuple):
    """An entry as shown: a sentence, its details, and its time."""

    pk: int
    sentence: SafeString
    details: list[SafeString]
    at: datetime


def line_of(entry: LogEntry) -> Line:
    """Return an entry as shown; its users' profiles should be loaded."""
    sentence = format_html(_sentence(entry), actor=_name(entry.actor), target=_name(entry.target), verb=entry.verb)
    return Line(entry.pk, sentence, _details(entry), entry.created_at)


def _sentence(entry: LogEntry) -> str:
    others = OTHER_SENTENCES.get(entry.verb, [])
    sentence = next((other.sentence for other in others if other.holds(entry)), SENTENCES.get(entry.verb))
    return str(sentence or _("{actor}: {verb} {target}"))


def _name(user: Any) -> SafeString:
    """Return a name that stays apart from the sentence's direction; who was deleted, or nobody, has none."""
    name = user.profile.name if user is not None else gettext("Someone")
    return format_html('<bdi class="log__name">{}</bdi>', name)


def _details(entry: LogEntry) -> list[SafeString]:
    said = {"reason"} if not entry.detail.get("reason") else set()
    said |= {"role"} if entry.verb == "promote" else set()  # by the sentence
    shown = {name: value for name, value in entry.detail.items() if name in DETAILS.keys() - said}
    return [_detail(name, value) for name, value in shown.items()]


def _detail(name: str, value: Any) -> SafeString:
    sentence = WITHOUT[name] if value is None and name in WITHOUT else DETAILS[name]
    return format_html(str(sentence), value=_value(name, value))


def _time(iso: str) -> SafeString:
    """Return a time for the browser to show in the reader's time zone."""
    at = formats.date_format(timezone.localtime(parse_datetime(iso)), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" data-behaviour="when">{}</time>', iso, at)


def _value(name: str, value: Any) -> str:
    """Return a logged value in words."""
    if name in ("until", "expires"):
        return _time(value) if value else ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(CHOICES.get(name, {}).get(value, value) or gettext("none"))
