"""Rooms: showing, joining and leaving one."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_rtchat import icons, last_room
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.models import Membership, Room
from a_rtchat.views.frame import frame
from a_rtchat.views.pages import show_preview, show_room
from a_rtchat.views.refusals import refuse
from a_rtchat.views.requests import show_request
from a_users.requests import SignedInRequest


@login_required
@require_safe
def room(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a room to a member, and to others what they may see of it."""
    try:
        membership = Membership.objects.enter(request.user, slug)
    except Membership.DoesNotExist:
        return _show_outside(request, slug)
    if request.htmx and request.htmx.target == "request":  # on an open page, whose reader has been let in
        return HttpResponse(headers={"HX-Redirect": request.path})
    return last_room.remember(request, show_room(request, membership), slug)


def _show_outside(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the preview of an open room, or a private one that takes requests. Raises Http404 for all others."""
    room = Room.objects.open_to(request.user).filter(slug=slug).first()
    return show_preview(request, room) if room else show_request(request, slug)


@login_required
@require_POST
def join(request: SignedInRequest, slug: str) -> HttpResponse:
    """Join an open room."""
    try:
        return redirect(COMMANDS["join"].run(Visitor(request.user, slug), {}).value)
    except ValidationError as error:
        return refuse(request, error)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask whether to leave a room (GET), or leave it (POST)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    if request.method != "POST":
        return _show_leave(request, membership)
    try:
        COMMANDS["leave"].run(membership, {})
    except ValidationError as error:
        return refuse(request, error) if error.code == "flood" else _show_leave(request, membership, error.messages)
    return redirect("rooms")


def _show_leave(request: SignedInRequest, membership: Membership, reasons: Sequence[str] = ()) -> HttpResponse:
    room = membership.room
    question = _("Leave conversation") if room.kind == Room.Kind.DIRECT else _("Leave room")
    context = {"room": room, "icon": icons.icon_of(room), "question": question, "reasons": reasons}
    context |= frame(request, membership)
    return render(request, "a_rtchat/leave.html", context, status=422 if reasons else 200)
