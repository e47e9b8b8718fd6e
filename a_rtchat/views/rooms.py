"""Rooms: listing, creating, joining, leaving, showing."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_rtchat import discover, last_room, room_links
from a_rtchat.commands import COMMANDS, Command, Visitor
from a_rtchat.commands.create import CreateForm
from a_rtchat.forms import CodeForm
from a_rtchat.models import Membership, Room
from a_rtchat.views.frame import frame, respond
from a_rtchat.views.pages import show_preview, show_room
from a_rtchat.views.refusals import refuse
from a_users.requests import SignedInRequest


@login_required
@require_safe
def rooms(request: SignedInRequest) -> HttpResponse:
    """List the user's rooms, filtered by `q` if given, and the open rooms they could join."""
    if request.htmx and "q" in request.GET:
        return HttpResponse(room_links.html_of(room_links.links_for(request.user, query_of(request))))
    found = discover.html_of(discover.open_to(request.user))
    query = query_of(request)  # the filter without JavaScript
    values = {"discovered": found, **frame(request, query=query)}
    variant = {"has_discovered": bool(found), "has_rooms": bool(values["rooms"] or query), "form": CodeForm}
    variant |= {"is_staff": request.user.is_staff}
    return respond(request, "a_rtchat/rooms.html", variant, values)


def query_of(request: SignedInRequest) -> str:
    """Return what the filter looks for: at most as long as a room's name, without what PostgreSQL cannot take."""
    return request.GET.get("q", "").replace("\0", "").strip()[:80]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Create a room and redirect to it."""
    form = CreateForm(request.POST or None)
    return _answer(request, form, COMMANDS["create"], Visitor(request.user), "a_rtchat/new.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_by_code(request: SignedInRequest) -> HttpResponse:
    """Join an open room by its code."""
    form = CodeForm(request.POST or None)
    visitor = Visitor(request.user, form.cleaned_data["code"] if form.is_bound and form.is_valid() else "")
    return _answer(request, form, COMMANDS["join"], visitor, "a_rtchat/join.html")


@login_required
@require_safe
def room(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a room to a member, and the preview of an open one to a visitor."""
    try:
        membership = Membership.objects.enter(request.user, slug)
    except Membership.DoesNotExist:
        return show_preview(request, get_object_or_404(Room.objects.visible_to(request.user), slug=slug))
    return last_room.remember(request, show_room(request, membership), slug)


@login_required
@require_POST
def join(request: SignedInRequest, slug: str) -> HttpResponse:
    """Join an open room."""
    try:
        return redirect(COMMANDS["join"].run(Visitor(request.user, slug), {}).value)
    except ValidationError as error:
        return refuse(request, error)


@login_required
@require_POST
def leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave a room."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        COMMANDS["leave"].run(membership, {})
    except ValidationError as error:
        return refuse(request, error)
    return redirect("rooms")


def _answer(
    request: SignedInRequest, form: CreateForm | CodeForm, command: Command, visitor: Visitor, template: str
) -> HttpResponse:
    """Carry out a command and redirect to its room, or show its form with errors."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(command.run(visitor, request.POST).value)
        except ValidationError as error:
            form.add_error(None, error)
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **frame(request)}, status=status)
