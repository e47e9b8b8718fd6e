"""The sections of a room's settings: in the dialog of a room page, and as pages for browsers without scripts."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from a_rtchat.models import Membership, Room
from a_rtchat.views.frame import flash, frame
from a_users.requests import SignedInRequest

DIALOG = "dialog-body"  # the element that htmx fills


class Tab(NamedTuple):
    """A section in the navigation."""

    name: str
    url: str
    label: str
    badge: int = 0


def is_dialog(request: SignedInRequest) -> bool:
    """Return whether the answer is for the dialog of a room page."""
    return request.headers.get("HX-Target") == DIALOG


def show(
    request: SignedInRequest,
    membership: Membership,
    section: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with a section: for the dialog without the frame, else as a page.

    The dialog gets refused forms as any other content; browsers report a status of 4xx as an error of the page.
    """
    layout = "a_rtchat/settings/_dialog.html" if is_dialog(request) else "a_rtchat/settings/page.html"
    room = membership.room
    context = {"layout": layout, "section": section, "membership": membership, "room": room, **(context or {})}
    context |= {"tabs": tabs_for(membership), "heading": room.name or gettext("Direct message")}
    context |= {"flash": flash(request)} if is_dialog(request) else frame(request)
    return render(request, f"a_rtchat/settings/{section}.html", context, status=200 if is_dialog(request) else status)


def go(request: SignedInRequest, url: str) -> HttpResponse:
    """Lead to a page outside the dialog."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def tabs_for(membership: Membership) -> list[Tab]:
    """Return the sections that a member may open."""
    room = membership.room
    tabs = [
        ("settings", Tab("general", _url("room-settings", room), gettext("General"))),
        ("settings", Tab("members", _url("settings-members", room), gettext("Members"))),
        ("invite", Tab("invites", _url("invites", room), gettext("Invites"))),
        ("answer", Tab("requests", _url("requests", room), gettext("Requests"), room.open_requests)),
        ("settings", Tab("bans", _url("settings-bans", room), gettext("Bans"))),
        ("resolve", Tab("reports", _url("reports", room), gettext("Reports"), room.open_reports)),
        ("log", Tab("log", _url("log", room), gettext("Log"))),
    ]
    return [tab for verb, tab in tabs if membership.can(verb)]


def _url(name: str, room: Room) -> str:
    return reverse(name, args=[room.slug])
