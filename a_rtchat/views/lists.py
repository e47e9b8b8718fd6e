"""A user's list of rooms: reading marks, favourites, notifications."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_rtchat import room_links, room_list
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.commands.notify import TOMORROW, NotifyForm
from a_rtchat.models import Membership
from a_rtchat.views.frame import frame
from a_rtchat.views.refusals import refuse
from a_users.requests import SignedInRequest


@login_required
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """Answer with the list as it is on a page."""
    rooms = room_links.links_for(request.user, limit=settings.CHAT_ROOMS_LISTED)
    return HttpResponse(room_list.html_of(rooms, None, room_list.arrangement_of(request)))


@login_required
@require_POST
def read(request: SignedInRequest, slug: str) -> HttpResponse:
    """Mark a room as read up to a message."""
    return _run(request, slug, "read", request.POST)


@login_required
@require_POST
def unread(request: SignedInRequest, slug: str) -> HttpResponse:
    """Mark a room as unread from a message on."""
    return _run(request, slug, "unread", request.POST)


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all rooms as read."""
    try:
        COMMANDS["read_all"].run(Visitor(request.user), {})
    except ValidationError as error:
        return refuse(request, error)
    return HttpResponse(status=204) if request.htmx else redirect("rooms")


@login_required
@require_POST
def favourite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a room to the favourites, or remove it from them."""
    return _run(request, slug, "favourite", request.POST)


@login_required
@require_POST
def hide(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hide a room from the list."""
    return _run(request, slug, "hide", request.POST, to="rooms")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notify(request: SignedInRequest, slug: str) -> HttpResponse:
    """Choose what a room notifies of (POST), or show the form for it (GET)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    if request.method != "POST":
        return _show_notify(request, membership, NotifyForm(initial={"notify": _level_of(membership)}))
    zone = request.POST.get("zone") or request.COOKIES.get("tz", "")[:64]
    data = {"notify": request.POST.get("notify"), "zone": zone}
    form = NotifyForm(data)
    return _run(request, slug, "notify", data) if form.is_valid() else _show_notify(request, membership, form)


def _show_notify(request: SignedInRequest, membership: Membership, form: NotifyForm) -> HttpResponse:
    context = {"form": form, "membership": membership, "room": membership.room, **frame(request, membership)}
    return render(request, "a_rtchat/notify.html", context, status=422 if form.errors else 200)


def _level_of(membership: Membership) -> str:
    return TOMORROW if room_links.link_for(membership).is_snoozed else membership.notify


def _run(request: SignedInRequest, slug: str, command: str, data: Mapping[str, Any], to: str = "") -> HttpResponse:
    """Carry out a command on a room; answer scripts with nothing, and browsers with the room or another page."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        COMMANDS[command].run(membership, data)
    except ValidationError as error:
        return refuse(request, error)
    return HttpResponse(status=204) if request.htmx else redirect(to or membership.room)
