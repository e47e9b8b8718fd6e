"""A room's settings: its details and rules, archiving and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from a_live.limits import TooFast
from a_rtchat.actions.settings import set_default
from a_rtchat.commands import COMMANDS
from a_rtchat.icons import icon_of
from a_rtchat.models import Membership, Room
from a_rtchat.permissions import FORBIDDEN
from a_rtchat.views.dialog import go, show
from a_rtchat.views.refusals import enter, refuse, with_reason
from a_users.requests import SignedInRequest

FORMS = ("describe", "rule", "open", "destroy")
SAVED = {"archive": _("This room is archived."), "unarchive": _("This room is open again.")}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a room's settings (GET), or change its name, description and icon (POST)."""
    if request.method == "POST":
        return change(request, slug, "describe")
    return show_settings(request, enter(request, slug, "settings"))


@login_required
@require_POST
def change(request: SignedInRequest, slug: str, verb: str) -> HttpResponse:
    """Carry out a command of the settings; show its form again if it is refused."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        COMMANDS[verb].run(membership, request.POST)
    except ValidationError as error:
        return _refuse(request, membership, verb, error)
    if verb == "destroy":
        messages.success(request, _("The room was deleted."))
        return go(request, reverse("rooms"))
    messages.success(request, SAVED.get(verb, _("Saved.")))
    return redirect("room-settings", slug)


@login_required
@require_POST
def default(request: SignedInRequest, slug: str) -> HttpResponse:
    """Set whether new users join this room; for administrators."""
    membership = enter(request, slug, "settings")
    set_default(membership, "is_default" in request.POST)
    messages.success(request, _("Saved."))
    return redirect("room-settings", slug)


def show_settings(
    request: SignedInRequest, membership: Membership, refused: dict[str, BaseForm] | None = None
) -> HttpResponse:
    """Answer with the settings, in which forms that were refused say why."""
    room = membership.room
    allowed = [verb for verb in FORMS if membership.can(verb)]
    forms: dict[str, BaseForm] = {verb: COMMANDS[verb].form(initial=_initial(membership, verb)) for verb in allowed}
    is_administrator = request.user.is_staff and room.kind == Room.Kind.OPEN
    context = {"forms": forms | (refused or {}), "can_archive": membership.can("archive")}
    context |= {"icon": icon_of(room), "picture_url": room.picture.name or ""}
    context |= {"is_administrator": is_administrator, "is_default": is_administrator and _is_default(room.pk)}
    return show(request, membership, "general", context, 422 if refused else 200)


def _initial(membership: Membership, verb: str) -> dict[str, object]:
    """Return a form's present values."""
    if verb == "destroy":
        return {}
    return {name: getattr(membership.room, name) for name in COMMANDS[verb].form.base_fields}


def _is_default(room_id: int) -> bool:
    return Room.objects.filter(pk=room_id, is_default=True).exists()


def _refuse(request: SignedInRequest, membership: Membership, verb: str, error: ValidationError) -> HttpResponse:
    """Say why at the field, with what was typed kept; or on a page of its own if there is no form to correct."""
    if verb not in FORMS or isinstance(error, TooFast) or getattr(error, "code", "") == FORBIDDEN:
        return refuse(request, error)
    return show_settings(request, membership, {verb: with_reason(COMMANDS[verb].form(request.POST), error)})
