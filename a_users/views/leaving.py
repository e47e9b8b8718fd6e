"""Exporting one's data, and deleting one's account."""

from concurrent.futures import wait

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
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
from a_users.export import start_export
from a_users.forms.settings import DeleteAccountForm
from a_users.limits import status_of
from a_users.models import DataExport
from a_users.requests import SignedInRequest

WAIT_SECONDS = 2.0  # the page waits this long; a larger export finishes in the background


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: SignedInRequest) -> HttpResponse:
    """Show the state of the export (GET), or start a new one (POST)."""
    latest = DataExport.objects.filter(user=request.user).first()
    if request.method == "POST":
        if latest is None or not latest.is_pending:
            wait([start_export(request.user)], timeout=WAIT_SECONDS)
        return redirect("export")
    template = "a_users/_export.html" if request.htmx else "a_users/export.html"
    return render(request, template, {"export": latest, "section": "export"})


@login_required
@reauthentication_required
@require_safe
def download(request: SignedInRequest) -> HttpResponseBase:
    """Download the export."""
    latest = DataExport.objects.filter(user=request.user).first()
    if latest is None or not latest.is_ready:
        raise Http404("There is no export to download.")
    name = f"backchat-{request.user.username}-{timezone.localdate(latest.asked_at)}.zip"
    return FileResponse(latest.file.open("rb"), as_attachment=True, filename=name)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest) -> HttpResponse:
    """Explain what deleting the account means (GET), or delete it (POST with the password)."""
    user = request.user
    if not user.has_usable_password():
        raise_if_reauthentication_required(request, app="account")
    form = DeleteAccountForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        return _delete(request)
    context = {"form": form, "section": "delete"}
    return render(request, "a_users/delete.html", context, status=status_of(form))


def _delete(request: SignedInRequest) -> HttpResponse:
    with transaction.atomic():
        delete_account(request.user)
        logout(request)
    messages.success(request, _("Your account has been deleted. Goodbye!"))
    return redirect("home")
