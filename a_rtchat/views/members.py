"""A room's members: the list in the panel, and the page with all of them."""

import re

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from a_rtchat import people, roster
from a_rtchat.forms import MembersForm
from a_rtchat.models import Membership
from a_rtchat.views.frame import frame
from a_rtchat.views.pages import people_in, url_of
from a_users.requests import SignedInRequest


@login_required
@require_safe
def panel(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answer with the first members for the panel beside the conversation, or those among some users (`user`)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    users = request.GET.getlist("user")[: roster.LIMIT]
    found = roster.some_of(membership, _numbers(users)) if users else roster.first_of(membership)
    return HttpResponse(roster.html_of(found))


@login_required
@require_safe
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    """List a room's members by name, in pages, or those whose name matches `q`."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    query, after = wanted(request)
    page = roster.page_of(membership, query, after)
    context = {"members": roster.html_of(page.members), "after": page.after, "wanted": query}
    context |= url_of(membership.room)
    if request.htmx:
        return render(request, "a_rtchat/_members_found.html", context)
    context |= people_in(membership.room) | {"kind": membership.room.kind}
    return render(request, "a_rtchat/members.html", context | frame(request, membership))


def wanted(request: SignedInRequest) -> tuple[str, int | None]:
    """Return which members to list: those that a query finds, after a user with this id."""
    form = MembersForm(request.GET)
    return people.query_of(request), form.cleaned_data["after"] if form.is_valid() else None


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if re.fullmatch("[0-9]{1,18}", text)]
