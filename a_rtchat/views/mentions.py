"""The page with a user's mentions."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from a_rtchat import rendered, room_links
from a_rtchat.languages import translated
from a_rtchat.models import Mention, Message
from a_rtchat.paging import cut
from a_rtchat.room_link import RoomLink
from a_rtchat.views.frame import frame
from a_users.models import User
from a_users.requests import SignedInRequest, query_number

PAGE_SIZE = 30


class Shown(NamedTuple):
    """A mention on the page: the message, its HTML, its room as its reader lists it, and whether it is unread."""

    message: Message
    html: SafeString
    room: RoomLink
    is_unread: bool


@login_required
@require_safe
def mentions(request: SignedInRequest) -> HttpResponse:
    """List the messages that mention the user, newest first, before a mention if `before` is given."""
    before = query_number(request, "before")
    found = Mention.objects.shown_to(request.user).filter(**({"pk__lt": before} if before else {}))
    rows, last = cut(found.order_by("-pk").values_list("pk", "message")[: PAGE_SIZE + 1], PAGE_SIZE)
    shown = _shown(request.user, [message for _, message in rows])
    context: dict[str, Any] = {"mentions": shown, "more": last and last[0]}
    if request.htmx:
        return render(request, "a_rtchat/_mentions.html", context)
    context |= {"is_mentions": True, "is_first": not before, "csp_nonce": request.csp_nonce, "me_pk": request.user.pk}
    return render(request, "a_rtchat/mentions.html", context | frame(request))


def _shown(user: User, pks: list[int]) -> list[Shown]:
    """Return messages in the given order, in a constant number of queries."""
    messages = Message.objects.for_display().in_bulk(pks)
    rooms = {room.pk: room for room in room_links.of_rooms(user, {one.room_id for one in messages.values()})}
    kept = (messages[pk] for pk in pks if pk in messages and messages[pk].room_id in rooms)
    return [_as_shown(message, rooms[message.room_id]) for message in kept]


def _as_shown(message: Message, room: RoomLink) -> Shown:
    html = mark_safe(translated(rendered.html_of(message)))  # noqa: S308  (from a template)
    return Shown(message, html, room, message.seq > room.read_seq)
