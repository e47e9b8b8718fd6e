"""Exporting one's data, and deleting one's account."""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from a_users.actions.accounts import delete_account
from a_users.export import start_export
from a_users.forms.settings import DeleteAccountForm
from a_users.limits import HOUR, Limit, Limited, status_of
from a_users.models import DataExport
from a_users.requests import SignedInRequest

TOO_MANY = gettext_lazy("You've prepared your data several times. Try again in %(time)s.")

exports = Limit("exports", 3, 6 * HOUR, TOO_MANY)  # per user; each reads all their messages


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: SignedInRequest) -> HttpResponse:
    """Show the state of the export (GET), or start a new one (POST)."""
    latest, limited = DataExport.objects.filter(user=request.user).first(), ""
    if request.method == "POST" and not (latest and latest.is_pending):
        try:
            exports.take(request.user.pk)
            start_export(request.user)
            return redirect("export")
        except Limited as error:
            limited = error.messages[0]
    template = "a_users/_export.html" if request.htmx else "a_users/export.html"
    context = {"export": latest, "section": "export", "limited": limited}
    return render(request, template, context, status=429 if limited else 200)


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
