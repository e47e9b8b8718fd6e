"""The list of signed-in devices."""

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from a_users.devices import list_devices, sign_out_devices
from a_users.known_devices import forget_devices, remember_device
from a_users.requests import SignedInRequest


@login_required
@require_safe
def devices(request: SignedInRequest) -> HttpResponse:
    """Show the devices a user is signed in on."""
    key = request.session.session_key
    if not UserSession.objects.filter(session_key=key).exists():  # signed in without allauth
        UserSession.objects.create_from_request(request)
    return render(request, "usersessions/usersession_list.html", {"devices": list_devices(request.user, key)})


@login_required
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sign out one device; 404 for somebody else's."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    sign_out_devices([session])
    if session.session_key == request.session.session_key:
        return _sign_out(request)
    get_adapter().add_message(request, messages.SUCCESS, "usersessions/messages/device_ended.txt")
    return redirect("usersessions_list")


@login_required
@require_POST
def end_all(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere, or everywhere else (`which=others`)."""
    sessions = UserSession.objects.filter(user=request.user)
    forget_devices(request.user)
    if request.POST.get("which") == "others":
        sign_out_devices(sessions.exclude(session_key=request.session.session_key))
        remember_device(request, request.user)
        get_adapter().add_message(request, messages.SUCCESS, "usersessions/messages/sessions_logged_out.txt")
        return redirect("usersessions_list")
    sign_out_devices(sessions)
    return _sign_out(request)


def _sign_out(request: SignedInRequest) -> HttpResponse:
    logout(request)
    return redirect("home")
