"""Reporting a message, and the list that moderators work through."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from a_live.limits import TooFast
from a_rtchat.commands import COMMANDS
from a_rtchat.models import Membership, Message, Report
from a_rtchat.paging import cut
from a_rtchat.views.dialog import is_dialog, show
from a_rtchat.views.refusals import enter, refuse, with_reason
from a_users.requests import SignedInRequest, query_number

PAGE_SIZE = 20  # reported messages


class Case(NamedTuple):
    """A reported message, with its open reports, and its author's membership, if they are still in the room."""

    message: Message
    reports: list[Report]
    author: Membership | None


@login_required
@require_safe
def reports(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the messages of a room that have open reports, oldest first."""
    membership = enter(request, slug, "resolve")
    cases, last = cut(cases_of(membership, query_number(request, "after") or 0), PAGE_SIZE)
    return show(request, membership, "reports", {"cases": cases, "more": last and last.message.pk})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Show the form to report a message (GET), or report it (POST)."""
    membership = enter(request, slug, "report")
    message = get_object_or_404(Message.objects.for_display(), room=membership.room_id, seq=seq)
    form = COMMANDS["report"].form(initial={"seq": seq})
    if request.method == "POST":
        try:
            COMMANDS["report"].run(membership, {**request.POST.dict(), "seq": seq})
        except TooFast as error:
            return refuse(request, error)
        except ValidationError as error:
            form = with_reason(COMMANDS["report"].form({**request.POST.dict(), "seq": seq}), error)
        else:
            return _thank(request, membership)
    context = {"form": form, "message": message, "is_plain": True}
    return show(request, membership, "report", context, 422 if form.errors else 200)


def _thank(request: SignedInRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("Thanks. The moderators will look at it."))
    if is_dialog(request):
        return show(request, membership, "reported", {"is_plain": True})
    return redirect(membership.room)


@login_required
@require_POST
def resolve(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Close the reports of a message."""
    return _work(request, slug, seq, ["resolve"])


@login_required
@require_POST
def settle(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Delete a reported message, and close its reports."""
    return _work(request, slug, seq, ["delete", "resolve"])


def _work(request: SignedInRequest, slug: str, seq: int, verbs: list[str]) -> HttpResponse:
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        for verb in verbs:
            COMMANDS[verb].run(membership, {"seq": seq})
    except ValidationError as error:
        return refuse(request, error)
    messages.success(request, _("Done."))
    return redirect("reports", slug)


def cases_of(membership: Membership, after: int = 0) -> list[Case]:
    """Return the reported messages after one, with their reports and authors, in three queries."""
    open_ones = Report.objects.filter(room=membership.room_id, resolved_at=None, message__gt=after)
    open_ones = open_ones.filter(is_for_administrators=False).exclude(message__author=membership.user_id)
    pks = list(open_ones.order_by("message").values_list("message", flat=True).distinct()[: PAGE_SIZE + 1])
    found = open_ones.filter(message__in=pks).order_by("message", "pk")
    found = found.select_related("reporter__profile", "message__author__profile", "message__room")
    groups = [(message, list(some)) for message, some in groupby(found, key=lambda report: report.message)]
    members = membership.room.memberships.filter(user__in={message.author_id for message, _reports in groups})
    authors = {one.user_id: one for one in members}
    return [Case(message, some, authors.get(message.author_id)) for message, some in groups]
