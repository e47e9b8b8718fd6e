"""Direct messages: starting a conversation, finding people, blocking them."""

from collections.abc import Sequence

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_live.limits import TooFast
from a_rtchat import people
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.commands.direct import DirectForm, names_in
from a_rtchat.models import Block
from a_rtchat.views.frame import frame
from a_rtchat.views.refusals import refuse
from a_users.models import User
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_message(request: SignedInRequest) -> HttpResponse:
    """Show the form of a new conversation, as a dialog to htmx (GET), or open the direct room (POST)."""
    if request.method != "POST":
        return _show(request, DirectForm())
    data = {"username": " ".join(request.POST.getlist("username"))}
    try:
        return redirect(COMMANDS["direct"].run(Visitor(request.user), data).value)
    except TooFast as error:
        return refuse(request, error)
    except ValidationError as error:
        chosen = people.called(request.user, names_in(data["username"]))
        return _show(request, DirectForm(data), chosen, error.messages)


def _show(
    request: SignedInRequest, form: DirectForm, chosen: Sequence[people.Person] = (), reasons: Sequence[str] = ()
) -> HttpResponse:
    context = {"form": form, "chosen": chosen, "reasons": reasons}
    if request.htmx:
        return render(request, "a_rtchat/_direct_dialog.html", context)
    return render(request, "a_rtchat/direct.html", context | frame(request), status=422 if reasons else 200)


@login_required
@require_safe
def find_people(request: SignedInRequest) -> HttpResponse:
    """Answer with the people whose name matches `q`, as options; without JavaScript, go to the form."""
    if not request.htmx:
        return redirect("direct-new")
    found = people.search(request.user, people.query_of(request))
    return render(request, "a_rtchat/_people_found.html", {"found": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def direct(request: SignedInRequest, username: str) -> HttpResponse:
    """Open the direct room with a user (POST), or redirect to their profile (GET)."""
    other = get_object_or_404(User, username=username, is_active=True)
    if request.method != "POST":
        return redirect(other)
    try:
        return redirect(COMMANDS["direct"].run(Visitor(request.user), {"username": other.username}).value)
    except ValidationError as error:
        return refuse(request, error)


@login_required
@require_POST
def block(request: SignedInRequest, username: str) -> HttpResponse:
    """Block a person."""
    return _block(request, "block", username, _("You've blocked %(name)s."))


@login_required
@require_POST
def unblock(request: SignedInRequest, username: str) -> HttpResponse:
    """Unblock a person."""
    return _block(request, "unblock", username, _("You've unblocked %(name)s."))


def _block(request: SignedInRequest, name: str, username: str, done: str) -> HttpResponse:
    """Carry out a command about a person, then go to `next` or their profile; a script gets their card again."""
    other = get_object_or_404(User.objects.select_related("profile"), username=username)
    try:
        COMMANDS[name].run(Visitor(request.user), {"username": username})
    except ValidationError as error:
        return refuse(request, error)
    if request.htmx:
        return redirect(other)
    messages.success(request, done % {"name": other.profile.name})
    fallback = other.get_absolute_url() if other.is_active else "blocked"
    return redirect(get_next_redirect_url(request) or fallback)


@login_required
@require_safe
def blocked(request: SignedInRequest) -> HttpResponse:
    """List the people that the user blocks."""
    blocks = Block.objects.filter(blocker=request.user).select_related("blocked__profile").order_by("-pk")
    return render(request, "a_rtchat/blocked.html", {"section": "blocked", "blocks": blocks[: people.MAX_BLOCKED]})
