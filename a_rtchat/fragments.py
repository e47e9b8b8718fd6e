"""Fragments: pieces of HTML that the browser swaps in.

Fragments for a room are the same bytes for every reader, in `LANGUAGE_CODE`; the page translates them (words.js).
Fragments for one user are in the active language.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language

from a_rtchat import icons, rendered
from a_rtchat.languages import WORDS
from a_rtchat.models import Membership, Message, Room
from a_rtchat.permissions import FOR_GOOD, is_muted
from a_rtchat.reading import ReadPosition
from a_rtchat.rendered import Look
from a_rtchat.skeleton import Skeleton, cached, gaps

STATUSES = ("here", "online", "away", "offline")


def message(message: Message) -> str:
    """Return the fragment that adds or updates a message."""
    return append(rendered.html_of(message))


def append(html: str) -> str:
    """Return the fragment that contains a message's HTML."""
    return f'<div hx-swap-oob="beforeend:#messages">{html}</div>'


def room_changed(room: Room, revision: int) -> str:
    """Return the fragment with a room's current name, icon and description."""
    return _for_all("room_changed", {"room": room, "icon": icons.icon_of(room), "revision": revision})


def member_changed(look: Look, user_id: int, role: str, count: int, revision: int) -> str:
    """Return the fragment with a member's role ("" if they left) and profile, and the number of members."""
    return _member(look, user_id, role).fill({"count": str(count), "revision": str(revision)})


@cached(maxsize=1_000)
def _member(look: Look, user_id: int, role: str) -> Skeleton:
    context = {"user": user_id, "role": role, "look": look, "avatar": rendered.avatar(look)}
    return Skeleton("a_rtchat/stream/member_changed.html", context | gaps(["count", "revision"]))


def room_renamed(room: Room) -> str:
    """Return the fragment with a room's current name and icon for the lists of its members."""
    return _for_all("room_renamed", {"room": room, "icon": icons.icon_of(room)})


def peer_renamed(look: Look, user_id: int) -> str:
    """Return the fragment that renames the direct rooms with a user."""
    return _for_all("peer_renamed", {"look": look, "user": user_id})


def typing(user_id: int, name: str) -> str:
    """Return the fragment that says that someone is typing."""
    return _for_all("typing", {"user": user_id, "name": name})


def news(room_id: int, last_seq: int) -> str:
    """Return the fragment that tells a room's members elsewhere its newest seq."""
    return _news().fill({"room": str(room_id), "seq": str(last_seq)})


@cache
def _news() -> Skeleton:
    return Skeleton("a_rtchat/stream/news.html", gaps(["room", "seq"]))


def presence(statuses: Mapping[str, list[int]], is_all: bool = False) -> str:
    """Return the fragment that shows users by status: here, online, away, offline.

    If these are all of the reader's close people who are there, the page shows its others as offline.
    """
    return _presence(is_all).fill({status: " ".join(map(str, statuses.get(status, ()))) for status in STATUSES})


@cache
def _presence(is_all: bool) -> Skeleton:
    return Skeleton("a_rtchat/stream/presence.html", gaps(STATUSES) | {"is_all": is_all})


def read(positions: Iterable[ReadPosition]) -> str:
    """Return the fragment that tells a member's tabs how far they have read."""
    return signals(
        "".join(_read().fill({name: str(value) for name, value in one._asdict().items()}) for one in positions)
    )


def mention(message: Message, is_meant: bool) -> str:
    """Return the signal that tells someone that a message means them, or no longer does."""
    values = {"room": message.room_id, "seq": message.seq, "revision": message.revision}
    return _mention(is_meant).fill({name: str(value) for name, value in values.items()})


@cache
def _mention(is_meant: bool) -> Skeleton:
    return Skeleton("a_rtchat/stream/mention.html", gaps(["room", "seq", "revision"]) | {"is_meant": is_meant})


@cache
def _read() -> Skeleton:
    return Skeleton("a_rtchat/stream/read.html", gaps(ReadPosition._fields))


def room_listed(link: str) -> str:
    """Return the fragment that adds a room's link to its member's list, or updates it there."""
    return signals(f'<ul data-signal="listed">{link}</ul>')


def notice(kind: str, url: str, room: Room, name: str = "", user_id: int | None = None) -> str:
    """Return the fragment that tells someone, on whatever page, of a room and a person; it links to a URL."""
    with translation.override(settings.LANGUAGE_CODE):
        text = str(WORDS[f"notice_{kind}"])
    return _for_all("notice", {"kind": kind, "url": url, "room": room, "name": name, "user": user_id, "text": text})


def requests_changed(room: Room) -> str:
    """Return the fragment that tells moderators that a room's requests to join changed, and how much waits for them."""
    return reports(room) + _for_all("requests", {"room": room})


def request_settled(room: Room, user_id: int) -> str:
    """Return the signal that someone's request to join a room was answered or withdrawn."""
    return _for_all("settled", {"room": room, "user": user_id})


def invitations() -> str:
    """Return the signal that a user's invitations have changed."""
    return signals('<i data-signal="invitations"></i>')


def room_removed(room_id: int) -> str:
    """Return the fragment that removes a room from a former member's list."""
    return f'<li id="room-{room_id}" hx-swap-oob="delete"></li>'


def room_list(sections: str) -> str:
    """Return the fragment that updates a user's list of rooms."""
    return f'<div id="rooms" hx-swap-oob="innerHTML">{sections}</div>'


def signals(html: str) -> str:
    """Return the fragment that hands signals to the page's scripts."""
    return f'<div hx-swap-oob="beforeend:#signals">{html}</div>'


def room_archived(room: Room) -> str:
    """Return the signal that takes a room out of a member's list, or puts it back."""
    return _for_all("archived", {"room": room})


def muted(membership: Membership) -> str:
    """Return the signal that tells a member until when they are muted."""
    return _for_all("muted", {"room_id": membership.room_id, "until": muted_until(membership)})


def muted_until(membership: Membership) -> str:
    """Return until when a member is muted, for a page: an ISO time, `forever`, or nothing."""
    until = membership.muted_until
    if until == FOR_GOOD:
        return "forever"
    return until.isoformat(timespec="seconds") if until and is_muted(until) else ""


def reports(room: Room) -> str:
    """Return the signal that tells moderators how many messages have open reports."""
    return _for_all("reports", {"room": room})


def connection(state: str, missed: int = 0) -> str:
    """Return the fragment that shows the connection's state: live, or replaying a number of missed changes.

    If there are too many to replay, it tells the page to begin anew.
    """
    return _connection(get_language(), state, missed, missed > settings.CHAT_REPLAY_LIMIT)


@cached(maxsize=1_000)  # a restart disconnects all who look at a room at the same revision
def _connection(language: str, state: str, missed: int, anew: bool) -> str:
    context = {"state": state, "missed": missed, "anew": anew, "oob": True}
    return render_to_string("a_rtchat/_connection.html", context)


def refused(
    reasons: list[str], client_id: object = None, retry_after: float | None = None, is_question: bool = False
) -> str:
    """Return the fragment that tells a sender why a frame was refused.

    It says how many seconds to wait before retrying, and whether a frame that is `confirmed` would be accepted.
    """
    context = {"reasons": reasons, "client_id": safe_client_id(client_id), "retry_after": retry_after}
    context["is_question"] = is_question
    return render_to_string("a_rtchat/stream/refused.html", context)


def safe_client_id(client_id: object) -> str:
    """Return a client_id that is safe to echo: a UUID as it was sent, or "" for anything else."""
    try:
        uuid.UUID(client_id if isinstance(client_id, str) else "")
    except ValueError:
        return ""
    return str(client_id)


def _for_all(name: str, context: dict[str, object]) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string(f"a_rtchat/stream/{name}.html", context)
