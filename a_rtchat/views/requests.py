"""Requests to join a private room: asking and withdrawing, the list of those who wait, and answering."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from a_rtchat import icons
from a_rtchat.actions.requests import is_refused
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.models import JoinRequest, Membership, Room
from a_rtchat.paging import cut
from a_rtchat.views.dialog import show
from a_rtchat.views.frame import frame
from a_rtchat.views.refusals import enter, refuse
from a_users.requests import SignedInRequest, query_number

PAGE_SIZE = 50


def show_request(request: SignedInRequest, slug: str, status: int = 200) -> HttpResponse:
    """Show a private room to someone who can request to join it: its name and icon. Raises Http404 for all others."""
    room = get_object_or_404(Room.objects.requestable_by(request.user), slug=slug)
    mine = JoinRequest.objects.filter(room=room, user=request.user).first()
    state = "new" if mine is None else "refused" if is_refused(mine) else "new" if mine.refused_at else "open"
    context = {"room": room, "icon": icons.icon_of(room), "state": state}
    if request.htmx and request.htmx.target == "request":  # the card on an open page, when its request was answered
        return render(request, "a_rtchat/_request.html", context)
    return render(request, "a_rtchat/request.html", context | frame(request), status=status)


@login_required
@require_POST
def ask(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask to join a private room; show its page, which says what became of it."""
    return _run(request, slug, "request")


@login_required
@require_POST
def withdraw(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take back one's request to join; show the room's page, where one can ask again."""
    return _run(request, slug, "withdraw")


def _run(request: SignedInRequest, slug: str, verb: str) -> HttpResponse:
    if Membership.objects.active().filter(user=request.user, room__slug=slug).exists():
        return redirect("room", slug)  # a moderator was quicker
    try:
        COMMANDS[verb].run(Visitor(request.user, slug), {})
    except ValidationError as error:
        return refuse(request, error) if error.code == "flood" else show_request(request, slug, 422)
    return redirect("room", slug)


@login_required
@require_safe
def requests(request: SignedInRequest, slug: str) -> HttpResponse:
    """List those who wait to join, longest first, from the one after `after`."""
    membership = enter(request, slug, "answer")
    waiting = membership.room.requests.open().select_related("user__profile")
    page, last = cut(waiting.filter(pk__gt=query_number(request, "after") or 0)[: PAGE_SIZE + 1], PAGE_SIZE)
    context: dict[str, Any] = {"requests": page, "next": last and last.pk, "url": request.get_full_path()}
    if request.htmx and request.htmx.target == "requests":  # the list on an open page, when it has changed
        part = {"layout": "a_rtchat/settings/_section.html", "room": membership.room}
        return render(request, "a_rtchat/settings/requests.html", {**context, **part})
    return show(request, membership, "requests", context)


@login_required
@require_POST
def answer(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Let someone in, or refuse them; show the list."""
    enter(request, slug, "answer")
    try:
        data = {"request": pk, "answer": request.POST.get("answer")}
        COMMANDS["answer"].run(Visitor(request.user, slug), data)
    except ValidationError as error:
        if getattr(error, "code", "") != "answered":
            return refuse(request, error)
        messages.info(request, error.messages[0])
    return redirect("requests", slug)
