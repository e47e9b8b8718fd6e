"""A room's invites, and the page that an invite leads to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_rtchat import icons, qr
from a_rtchat.actions.invites import GONE, check_invite, find_invite
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.commands.invite import LinkForm, PeopleForm
from a_rtchat.languages import member_count
from a_rtchat.models import Invite, Membership
from a_rtchat.views.dialog import show
from a_rtchat.views.discover import tell_if_unsent
from a_rtchat.views.refusals import enter, refuse, with_wait
from a_users.limits import status_of
from a_users.requests import SignedInRequest
from a_users.views.avatars import serve

STATUSES = {"gone": 410, "expired": 410, "used_up": 410, "archived": 410, "flood": 429}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invites(request: SignedInRequest, slug: str) -> HttpResponse:
    """List a room's invites (GET), or create a link or invite people (POST)."""
    membership = enter(request, slug, "invite")
    if request.method != "POST":
        return _show_invites(request, membership, LinkForm(), PeopleForm())
    names_people = "people" in request.POST
    form = (PeopleForm if names_people else LinkForm)(request.POST)
    if form.is_valid():
        try:
            return _created(request, slug)
        except ValidationError as error:
            form.add_error(None, error)
    forms = (LinkForm(), form) if names_people else (form, PeopleForm())
    return _show_invites(request, membership, *forms)


def _created(request: SignedInRequest, slug: str) -> HttpResponse:
    invited = COMMANDS["invite"].run(Visitor(request.user, slug), request.POST).value
    if "people" in request.POST:
        text = ngettext("%(count)d person invited.", "%(count)d people invited.", len(invited.invites))
        messages.success(request, text % {"count": len(invited.invites)})
        tell_if_unsent(request, invited.is_sent)
    return redirect("invites", slug)


def _show_invites(
    request: SignedInRequest, membership: Membership, link_form: LinkForm, people_form: PeopleForm
) -> HttpResponse:
    room = membership.room
    if not membership.can("promote"):
        link_form.fields["role"].choices = link_form.fields["role"].choices[-1:]  # type: ignore[attr-defined]
    listed = list(room.invites.usable().shown_to(membership).select_related("user", "creator__profile")[:200])
    for invite in listed:
        invite.url = request.build_absolute_uri(invite.get_absolute_url())  # type: ignore[attr-defined]
    context = {"invites": listed, "link_form": link_form, "people_form": people_form}
    wrong = link_form if link_form.errors else people_form
    return with_wait(show(request, membership, "invites", context, status_of(wrong)), wrong)


@login_required
@require_POST
def revoke(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Revoke an invite."""
    enter(request, slug, "invite")
    try:
        COMMANDS["revoke"].run(Visitor(request.user, slug), {"invite": pk})
    except ValidationError as error:
        return refuse(request, error)
    return redirect("invites", slug)


@login_required
@require_safe
def code(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Show an invite as a QR code."""
    membership = enter(request, slug, "invite")
    invite = get_object_or_404(membership.room.invites.usable().shown_to(membership), pk=pk)
    url = request.build_absolute_uri(invite.get_absolute_url())
    return show(request, membership, "invite_code", {"url": url, "qr": qr.picture_of(url)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Show what an invite leads to (GET), or accept it (POST); a member just goes to the room."""
    if request.method == "POST":
        return _accept(request, token)
    user = request.user if request.user.is_authenticated else None
    try:
        found = find_invite(token)
        membership = check_invite(found, user)
    except Invite.DoesNotExist:
        return _show_over(request, ValidationError(GONE, code="gone"), 404)
    except ValidationError as error:
        return _show_over(request, error)
    return redirect(found.room) if membership else _show_invite(request, found)


def _accept(request: HttpRequest, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    if not Invite.objects.filter(token=token).exists():
        return _show_over(request, ValidationError(GONE, code="gone"), 404)
    try:
        return redirect(COMMANDS["accept"].run(Visitor(request.user), {"token": token}).value)
    except ValidationError as error:
        return _show_over(request, error)


def _show_invite(request: HttpRequest, invite: Invite) -> HttpResponse:
    room = invite.room
    context = {
        "invite": invite,
        "room": room,
        "icon": icons.icon_for(invite),
        "people_text": member_count(Membership.objects.count_in(room.pk)),
    }
    return render(request, "a_rtchat/invite.html", context)


def _show_over(request: HttpRequest, error: ValidationError, status: int | None = None) -> HttpResponse:
    """Say why an invite lets nobody in."""
    if error.code == "flood":
        return refuse(request, error)  # type: ignore[arg-type]
    context = {"reason": error.messages[0]}
    return render(request, "a_rtchat/invite_over.html", context, status=status or STATUSES[str(error.code)])


@never_cache
@require_safe
def picture(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """Serve the picture of the room that an invite leads to."""
    found = get_object_or_404(Invite.objects.usable(), token=token, room__picture=f"rooms/{name}.webp")
    return serve(str(found.room.picture))


@login_required
@require_POST
def decline(request: SignedInRequest, token: str) -> HttpResponse:
    """Decline an invite that is only for this user."""
    get_object_or_404(Invite, token=token, user=request.user)
    try:
        COMMANDS["decline"].run(Visitor(request.user), {"token": token})
    except ValidationError as error:
        return refuse(request, error)
    return redirect("rooms")
