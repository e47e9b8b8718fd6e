"""Rooms: the list, a new one, joining, one room, a direct one."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from a_rtchat.actions.rooms import create_room, open_direct_room
from a_rtchat.forms import JoinForm, RoomForm
from a_rtchat.models import Membership, Room
from a_rtchat.views.pages import show_room, sidebar
from a_users.models import User
from a_users.requests import SignedInRequest

DISCOVER_LIMIT = 100  # open rooms offered on one page; the others are reached by their code


@login_required
@require_safe
def rooms(request: SignedInRequest) -> HttpResponse:
    """Show my rooms and the open ones that I could enter."""
    people = Count("memberships", filter=Q(memberships__banned_at=None))
    discover = Room.objects.open_to(request.user).annotate(people=people)[:DISCOVER_LIMIT]
    context = {"discover": discover, "join_form": JoinForm(), **sidebar(request.user)}
    return render(request, "a_rtchat/rooms.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Create a room and enter it."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(create_room(request.user, **form.cleaned_data).room)
    return _show_form(request, "a_rtchat/new.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedInRequest) -> HttpResponse:
    """Enter an open room by its code."""
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(Membership.objects.enter(request.user, form.cleaned_data["code"]).room)
        except Membership.DoesNotExist:
            form.add_error("code", _("No room has this code. Closed rooms are entered by invitation."))
    return _show_form(request, "a_rtchat/join.html", form)


@login_required
@require_safe
def room(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a room with its newest messages."""
    return show_room(request, Membership.objects.enter_or_404(request.user, slug))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def direct(request: SignedInRequest, username: str) -> HttpResponse:
    """Open the direct room with someone (POST); whoever comes here by a link is led to their profile."""
    other = get_object_or_404(User, username=username, is_active=True)
    if request.method != "POST":
        return redirect(other)
    return redirect(open_direct_room(request.user, other))


def _show_form(request: SignedInRequest, template: str, form: RoomForm | JoinForm) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **sidebar(request.user)}, status=status)
