"""Choosing and removing a room's picture."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from a_live.limits import TooFast
from a_rtchat import icons
from a_rtchat.actions.settings import change_settings
from a_rtchat.commands import pace
from a_rtchat.commands.fields import PictureField
from a_rtchat.views.refusals import enter, refuse
from a_rtchat.views.settings import show_settings
from a_users.requests import SignedInRequest


class PictureForm(forms.Form):
    """A picture for a room."""

    picture = PictureField()

    def clean_picture(self) -> object:
        """Return the upload. Raises ValidationError without one."""
        if not self.cleaned_data["picture"]:
            raise ValidationError(_("Choose a picture."), code="required")
        return self.cleaned_data["picture"]


@login_required
@require_POST
def change(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a picture instead of the room's icon, decoded before anything is locked."""
    membership = enter(request, slug, "describe")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            pace.moderating.take(membership.user_id)
            picture = icons.read_picture(form.cleaned_data["picture"], membership.user_id)
            change_settings(membership, "describe", picture=picture)
        except TooFast as error:
            return refuse(request, error)
        except ValidationError as error:
            form.add_error(None, error)
    return show_settings(request, membership, {"picture": form}) if form.errors else _done(request, slug)


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str) -> HttpResponse:
    """Remove a room's picture."""
    membership = enter(request, slug, "describe")
    try:
        pace.moderating.take(membership.user_id)
        change_settings(membership, "describe", picture="")
    except ValidationError as error:
        return refuse(request, error)
    return _done(request, slug)


def _done(request: SignedInRequest, slug: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("room-settings", slug)
