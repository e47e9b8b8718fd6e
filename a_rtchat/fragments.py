"""Fragments: pieces of HTML that the browser swaps in.

What is for a room is the same bytes for every reader, in `LANGUAGE_CODE`; the page puts in the reader's words
(words.js). What is for one person alone is in the language that is active.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from a_rtchat import rendered
from a_rtchat.models import Membership, Message, Room
from a_rtchat.rendered import Look


def message(message: Message) -> str:
    """Return the fragment that puts a message, as it is now, in its place: new, edited or deleted."""
    return append(rendered.html_of(message))


def append(html: str) -> str:
    """Return the fragment for a message's HTML."""
    return f'<div hx-swap-oob="beforeend:#messages">{html}</div>'


def room_changed(room: Room, revision: int) -> str:
    """Return the fragment with what a room is called now."""
    return _for_all("room_changed", {"room": room, "revision": revision})


def member_changed(look: Look, user_id: int, role: str, count: int, revision: int) -> str:
    """Return the fragment that tells of a member: their role ("" for gone), how they look, how many are in."""
    context = {"user": user_id, "role": role, "count": count, "revision": revision}
    return _for_all("member_changed", context | {"look": look, "avatar": rendered.avatar(look)})


def room_renamed(room: Room) -> str:
    """Return the fragment that renames a room in the lists of its members."""
    return _for_all("room_renamed", {"room": room})


def peer_renamed(look: Look, user_id: int) -> str:
    """Return the fragment that renames the direct rooms with a user."""
    return _for_all("peer_renamed", {"look": look, "user": user_id})


def typing(user_id: int, name: str) -> str:
    """Return the fragment that tells that someone is typing."""
    return _for_all("typing", {"user": user_id, "name": name})


def read(membership: Membership) -> str:
    """Return the fragment that tells a reader's other tabs how far they have read."""
    return _for_all("read", {"membership": membership})


def room_given(link: str) -> str:
    """Return the fragment that adds a room's link to the list of someone who was let in."""
    return f'<div hx-swap-oob="afterbegin:#rooms">{link}</div>'


def room_taken(room_id: int) -> str:
    """Return the fragment that removes a room from the list of someone who is no longer in it."""
    return f'<li id="room-{room_id}" hx-swap-oob="delete"></li>'


def room_list(links: str) -> str:
    """Return the fragment that brings a reader's list of rooms up to date."""
    return f'<ul id="rooms" hx-swap-oob="innerHTML">{links}</ul>'


def connection(state: str, missed: int = 0) -> str:
    """Return the fragment that tells how the connection stands: live, or replaying so many changes."""
    return render_to_string("a_rtchat/_connection.html", {"state": state, "missed": missed, "oob": True})


def refused(reasons: list[str], client_id: object = None, retry_after: float | None = None) -> str:
    """Return the fragment that tells a sender why their frame was refused, which one, and when to try again (s)."""
    context = {"reasons": reasons, "client_id": known_id(client_id), "retry_after": retry_after}
    return render_to_string("a_rtchat/stream/refused.html", context)


def known_id(client_id: object) -> str:
    """Return a client_id that is safe to repeat: a UUID as it was written, or "" for anything else."""
    try:
        uuid.UUID(client_id if isinstance(client_id, str) else "")
    except ValueError:
        return ""
    return str(client_id)


def _for_all(name: str, context: dict[str, object]) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string(f"a_rtchat/stream/{name}.html", context)
