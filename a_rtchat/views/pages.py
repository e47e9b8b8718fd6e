"""The pages of a room, and the sidebar that all pages of the chat share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from a_rtchat import rendered, room_links
from a_rtchat.commands.post import PostForm
from a_rtchat.languages import WORDS, translated
from a_rtchat.models import Membership, Room
from a_rtchat.rendered import Shown
from a_rtchat.room_links import Listed
from a_users.models import User
from a_users.requests import SignedInRequest

PREVIEW_SIZE = 20  # messages that a visitor sees of an open room


def sidebar(user: User, current: int | None = None) -> dict[str, Any]:
    """Return what the list of rooms shows: the newest, in two queries, and whether there are more."""
    limit = settings.CHAT_ROOMS_LISTED
    rooms = room_links.listed(user, limit=limit + 1)
    return {
        "rooms": room_links.html_of(rooms[:limit], current),
        "has_more_rooms": len(rooms) > limit,
        "listed_rooms": rooms[:limit],
    }


def show_room(
    request: SignedInRequest,
    membership: Membership,
    form: PostForm | None = None,
    reasons: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the room and its newest messages; live, with a composer that keeps what the form holds."""
    page = rendered.page(membership.room)
    context = {"form": form or PostForm(), "reasons": reasons, "live": True, "outgoing": outgoing(membership)}
    return _render_room(request, membership, page, context, status)


def show_history(request: SignedInRequest, membership: Membership, page: list[Shown]) -> HttpResponse:
    """Answer with a page of a room's past, which is not live."""
    return _render_room(request, membership, page, {"live": False}, 200)


def show_preview(request: SignedInRequest, room: Room) -> HttpResponse:
    """Answer with what a visitor sees of an open room: what it is about, its newest messages, a button to join."""
    page = rendered.page(room, size=PREVIEW_SIZE)
    context = {
        "room": room,
        "title": room.name,
        "messages_html": join(page),
        "people": Membership.objects.count_in(room.pk),
    }
    return render(request, "a_rtchat/preview.html", context | {"words": WORDS} | sidebar(request.user))


def _render_room(
    request: SignedInRequest, membership: Membership, page: list[Shown], context: dict[str, Any], status: int
) -> HttpResponse:
    room = membership.room
    context |= {"membership": membership, "room": room, "revision": room.revision, "words": WORDS}
    context |= {
        "messages_html": join(page),
        "earlier": earlier_than(page),
        "people": Membership.objects.count_in(room.pk),
    }
    context |= sidebar(membership.user, room.pk)
    context["title"] = title_of(membership, context["listed_rooms"])
    return render(request, "a_rtchat/room.html", context, status=status)


def title_of(membership: Membership, listed: Sequence[Listed]) -> str:
    """Return what a room is called for a member: its name, or the other person of a direct room."""
    if membership.room.kind != Room.Kind.DIRECT:
        return membership.room.name
    known = next((room for room in listed if room.pk == membership.room_id), None)
    return (known or room_links.of_membership(membership)).title


def join(page: Sequence[Shown]) -> SafeString:
    """Return the HTML of messages as one piece, with its words in the reader's language."""
    return mark_safe(translated("".join(shown.html for shown in page)))  # noqa: S308  (from templates)


def outgoing(membership: Membership) -> SafeString:
    """Return the HTML of a message that has not been sent, in the reader's language, for the browser to fill in."""
    look = rendered.look_of(membership.user)
    html = rendered.render_outgoing(membership.room.slug, look, membership.user_id)
    return mark_safe(translated(html))  # noqa: S308  (from a template)


def earlier_than(page: Sequence[Shown]) -> int | None:
    """Return the seq to ask for the page before this one, or None where the room begins with it."""
    return page[0].seq if page and page[0].seq > 1 else None
