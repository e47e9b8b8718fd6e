"""Fragments: pieces of HTML that the browser swaps in. Each is rendered once; what is for a room is the same bytes
for every reader, and so in `LANGUAGE_CODE` whoever causes it: the page puts in the reader's words (timeline.js).
What is for one person alone is in the language that is active."""

import uuid

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from a_rtchat.models import Message, Room


def message(message: Message) -> str:
    """Return the fragment that puts a message, as it is now, in its place: new, edited or deleted."""
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("a_rtchat/stream/message.html", {"message": message})


def admitted(room: Room) -> str:
    """Return the fragment that adds a room (with its `title`) to the list of someone who was let in."""
    return render_to_string("a_rtchat/stream/member_admitted.html", {"room": room})


def removed(room_id: int) -> str:
    """Return the fragment that takes a room out of the list of someone who is no longer in it."""
    return render_to_string("a_rtchat/stream/member_removed.html", {"room_id": room_id})


def connection(state: str, missed: int = 0) -> str:
    """Return the fragment that tells how the connection stands: live, or replaying so many changes."""
    return render_to_string("a_rtchat/_connection.html", {"state": state, "missed": missed, "oob": True})


def refused(reasons: list[str], client_id: object = None, retry_after: float | None = None) -> str:
    """Return the fragment that tells a sender why their frame was refused, which one, and when to try again (s)."""
    context = {"reasons": reasons, "client_id": known_id(client_id), "retry_after": retry_after}
    return render_to_string("a_rtchat/stream/refused.html", context)


def known_id(client_id: object) -> str:
    """Return a client_id as it may be said back: a UUID as it was written, or "" for anything else."""
    try:
        uuid.UUID(client_id if isinstance(client_id, str) else "")
    except ValueError:
        return ""
    return str(client_id)
