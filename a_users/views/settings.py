"""The settings page."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm, ModelForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from a_users.actions.accounts import change_preferences, change_username
from a_users.devices import list_devices
from a_users.forms.settings import AppearanceForm, PrivacyForm, UsernameForm
from a_users.limits import status_of
from a_users.requests import SignedInRequest


@login_required
@require_safe
def settings(request: SignedInRequest) -> HttpResponse:
    """Show the settings page."""
    return show(request)


def show(request: SignedInRequest, status: int = 200, **forms: BaseForm) -> HttpResponse:
    """Render the settings page, with any invalid forms as they were submitted."""
    user = request.user
    context: dict[str, Any] = {
        "section": "settings",
        "username_form": UsernameForm(user=user),
        "appearance_form": AppearanceForm(instance=user),
        "privacy_form": PrivacyForm(instance=user),
        "email": EmailAddress.objects.filter(user=user).order_by("-primary").first(),
        "device_count": len(list_devices(user, request.session.session_key)),
        "has_second_step": Authenticator.objects.filter(user=user).exists(),
    }
    return render(request, "a_users/settings.html", context | forms, status=status)


@login_required
@reauthentication_required
@require_POST
def username(request: SignedInRequest) -> HttpResponse:
    """Change the username."""
    form = UsernameForm(request.POST, user=request.user)
    try:
        if form.is_valid():
            change_username(request.user, form.cleaned_data["username"])
            messages.success(request, _("Your username is now @%(username)s.") % {"username": request.user.username})
            return redirect("settings")
    except ValidationError as error:  # taken by a concurrent request
        form.add_error("username", error)
    return show(request, status_of(form), username_form=form)


@login_required
@require_POST
def appearance(request: SignedInRequest) -> HttpResponse:
    """Change the theme and the language."""
    return _change(request, "appearance", AppearanceForm(request.POST, instance=request.user))


@login_required
@require_POST
def privacy(request: SignedInRequest) -> HttpResponse:
    """Change who can start a direct message with the user."""
    return _change(request, "privacy", PrivacyForm(request.POST, instance=request.user))


def _change(request: SignedInRequest, section: str, form: ModelForm) -> HttpResponse:
    """Save the choices of a section, and go back to it."""
    if not form.is_valid():
        return show(request, 422, **{f"{section}_form": form})
    change_preferences(request.user, **form.cleaned_data)
    with translation.override(request.user.language or get_language_from_request(request)):
        messages.success(request, _("Saved."))  # the next page may be in a new language
    return redirect(f"{reverse('settings')}#settings-{section}")
