"""A room's members and bans in its settings, and what one may do to each member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_live.limits import TooFast
from a_rtchat import roster
from a_rtchat.commands import COMMANDS
from a_rtchat.commands.ban import BanByNameForm
from a_rtchat.commands.form import CommandForm
from a_rtchat.models import Membership
from a_rtchat.permissions import FORBIDDEN
from a_rtchat.views.dialog import show
from a_rtchat.views.members import wanted
from a_rtchat.views.refusals import enter, refuse, with_reason
from a_users.requests import SignedInRequest, query_value

DONE = {
    "promote": _("Their role is changed."),
    "demote": _("Their role is changed."),
    "hand_over": _("The room has a new owner."),
    "remove": _("Removed from the room."),
    "ban": _("Banned from the room."),
    "unban": _("The ban is lifted."),
    "mute": _("Muted."),
    "unmute": _("They can write again."),
}
LEAVES_ROOM = ("remove", "ban")  # after which there is no member to show


@login_required
@require_safe
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    """List a room's members."""
    return _list(request, enter(request, slug, "settings"), "members", roster.page_of)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bans(request: SignedInRequest, slug: str) -> HttpResponse:
    """List those banned from a room (GET), or ban someone by their username (POST)."""
    membership = enter(request, slug, "settings")
    form = BanByNameForm(initial={"username": query_value(request, "ban")})
    if request.method == "POST":
        try:
            COMMANDS["ban"].run(membership, request.POST)
        except ValidationError as error:
            if isinstance(error, TooFast) or not membership.can("ban"):
                return refuse(request, error)
            form = with_reason(BanByNameForm(request.POST), error)
        else:
            messages.success(request, DONE["ban"])
            return redirect("settings-bans", slug)
    return _list(request, membership, "bans", roster.banned_from, form if membership.can("ban") else None)


@login_required
@require_safe
def member(request: SignedInRequest, slug: str, username: str) -> HttpResponse:
    """Show a member, with what one may do to them."""
    return _show(request, enter(request, slug, "settings"), username)


@login_required
@require_POST
def act(request: SignedInRequest, slug: str, username: str, verb: str) -> HttpResponse:
    """Do something to a member."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    data = {**request.POST.dict(), "username": username}
    try:
        COMMANDS[verb].run(membership, data)
    except ValidationError as error:
        return _refuse(request, membership, username, verb, error)
    messages.success(request, DONE[verb])
    if verb == "hand_over" or verb in LEAVES_ROOM:
        return redirect("settings-members", slug)
    return redirect("settings-bans", slug) if verb == "unban" else redirect("member", slug, username)


def _list(
    request: SignedInRequest,
    membership: Membership,
    section: str,
    find: Callable[..., roster.Page],
    form: CommandForm | None = None,
) -> HttpResponse:
    query, after = wanted(request)
    context = {"page": find(membership, query, after), "wanted": query, "form": form}
    return show(request, membership, section, context, 422 if form is not None and form.errors else 200)


def _show(
    request: SignedInRequest, membership: Membership, username: str, refused: dict[str, CommandForm] | None = None
) -> HttpResponse:
    people = membership.room.memberships.select_related("user__profile")
    other = get_object_or_404(people, user__username=username)
    other.room = membership.room
    context: dict[str, Any] = {"member": roster.member_of(other), "other": other, "verbs": verbs_on(membership, other)}
    context["forms"] = {verb: COMMANDS[verb].form() for verb in ("ban", "mute")} | (refused or {})
    return show(request, membership, "member", context, 422 if refused else 200)


def verbs_on(membership: Membership, other: Membership) -> list[str]:
    """Return what a member may do to another now."""
    if other.pk == membership.pk or not membership.outranks(other):
        return []
    if other.banned_at is not None:
        possible = ["unban"]
    else:
        is_member = other.role == Membership.Role.MEMBER
        possible = ["promote" if is_member else "demote", "hand_over", "mute", "unmute", "remove", "ban"]
    return [verb for verb in possible if membership.can(verb)]


def _refuse(
    request: SignedInRequest, membership: Membership, username: str, verb: str, error: ValidationError
) -> HttpResponse:
    """Say why at the field, with what was typed kept; or on a page of its own if there is no field to correct."""
    is_at_field = {"until", "reason"} & getattr(error, "error_dict", {}).keys()
    if isinstance(error, TooFast) or not is_at_field:
        return refuse(request, error, 403 if getattr(error, "code", "") == FORBIDDEN else 422)
    form = COMMANDS[verb].form({**request.POST.dict(), "username": username})
    return _show(request, membership, username, {verb: form})
