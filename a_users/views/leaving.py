"""Taking one's data along, and leaving."""

from concurrent.futures import wait

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from a_users.actions.accounts import delete_account
from a_users.export import ask_for_export
from a_users.forms.settings import DeleteAccountForm
from a_users.models import DataExport
from a_users.requests import SignedInRequest

PATIENCE = 2.0  # seconds that the page waits for a copy; a larger one is made in the background


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: SignedInRequest) -> HttpResponse:
    """Show how one's copy of the data stands (GET), or have a new one made (POST)."""
    copy = DataExport.objects.filter(user=request.user).first()
    if request.method == "POST":
        if copy is None or not copy.is_under_way:
            wait([ask_for_export(request.user)], timeout=PATIENCE)
        return redirect("export")
    template = "a_users/_export.html" if request.htmx else "a_users/export.html"
    return render(request, template, {"export": copy, "section": "export"})


@login_required
@reauthentication_required
@require_safe
def download(request: SignedInRequest) -> HttpResponseBase:
    """Send one's copy of the data."""
    copy = DataExport.objects.filter(user=request.user).first()
    if copy is None or not copy.is_ready:
        raise Http404("There is no copy of your data. Ask for one.")
    name = f"backchat-{request.user.username}-{timezone.localdate(copy.asked_at)}.zip"
    return FileResponse(copy.file.open("rb"), as_attachment=True, filename=name)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest) -> HttpResponse:
    """Say what deleting the account means (GET), or delete it (POST with the password)."""
    user = request.user
    if not user.has_usable_password():
        raise_if_reauthentication_required(request, app="account")
    form = DeleteAccountForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST":
        if too_often := ratelimit.consume_or_429(request, action="reauthenticate", user=user):
            return too_often
        if form.is_valid():
            return _leave(request)
    status = 422 if form.errors else 200
    return render(request, "a_users/delete.html", {"form": form, "section": "delete"}, status=status)


def _leave(request: SignedInRequest) -> HttpResponse:
    with transaction.atomic():
        delete_account(request.user)
        logout(request)
    messages.success(request, _("Your account is deleted. Goodbye!"))
    return redirect("home")
