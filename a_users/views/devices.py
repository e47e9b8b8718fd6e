"""The devices that one is signed in on."""

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from a_users.devices import devices_of, end_devices
from a_users.requests import SignedInRequest


@login_required
@require_safe
def devices(request: SignedInRequest) -> HttpResponse:
    """Show where one is signed in."""
    key = request.session.session_key
    if not UserSession.objects.filter(session_key=key).exists():  # not by allauth's log-in
        UserSession.objects.create_from_request(request)
    return render(request, "usersessions/usersession_list.html", {"devices": devices_of(request.user, key)})


@login_required
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sign one device out; another person's does not exist."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    end_devices([session])
    if session.session_key == request.session.session_key:
        return _leave(request)
    get_adapter().add_message(request, messages.SUCCESS, "usersessions/messages/device_ended.txt")
    return redirect("usersessions_list")


@login_required
@require_POST
def end_all(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere, or (`which=others`) everywhere but here."""
    sessions = UserSession.objects.filter(user=request.user)
    if request.POST.get("which") == "others":
        end_devices(sessions.exclude(session_key=request.session.session_key))
        get_adapter().add_message(request, messages.SUCCESS, "usersessions/messages/sessions_logged_out.txt")
        return redirect("usersessions_list")
    end_devices(sessions)
    return _leave(request)


def _leave(request: SignedInRequest) -> HttpResponse:
    logout(request)
    return redirect("home")
