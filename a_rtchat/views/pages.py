"""The room page, as every view of a room shows it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from a_rtchat.forms import MessageForm
from a_rtchat.languages import WORDS
from a_rtchat.models import Membership, Message, Room
from a_users.models import User
from a_users.requests import SignedInRequest


def sidebar(user: User) -> dict[str, Any]:
    """Return what the list of rooms shows: the rooms of the user, in one query."""
    return {"rooms": list(Room.objects.of(user).titled_for(user))}


def show_room(
    request: SignedInRequest,
    membership: Membership,
    form: MessageForm | None = None,
    reasons: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the room and its newest messages; live, with a composer that keeps what the form holds."""
    page = membership.room.messages.for_display().page_before()
    outgoing = Message(author=membership.user, room=membership.room, client_id="")  # what the browser fills in
    context = {"messages_page": page, "form": form or MessageForm(), "reasons": reasons, "live": True}
    context |= {"outgoing": outgoing}
    return _render_room(request, membership, context, status)


def show_history(request: SignedInRequest, membership: Membership, page: list[Message]) -> HttpResponse:
    """Answer with a page of a room's past, which does not go on by itself."""
    return _render_room(request, membership, {"messages_page": page, "live": False}, 200)


def _render_room(
    request: SignedInRequest, membership: Membership, context: dict[str, Any], status: int
) -> HttpResponse:
    context |= {"membership": membership, **sidebar(membership.user)}
    context["room"] = next(room for room in context["rooms"] if room.pk == membership.room_id)
    context["revision"] = membership.room.revision
    context["words"] = WORDS
    context["earlier"] = earlier_than(context["messages_page"])
    return render(request, "a_rtchat/room.html", context, status=status)


def earlier_than(page: list[Message]) -> int | None:
    """Return the seq to ask for the page before this one, or None where the room begins with it."""
    return page[0].seq if page and page[0].seq > 1 else None
