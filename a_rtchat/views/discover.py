"""Finding a room: the open ones and my invitations, a new one, one by its code."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from a_live.clients import network_of
from a_live.limits import TooFast
from a_rtchat import codes, discover, icons, room_links, room_list
from a_rtchat.actions.invited import invitations_of
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.commands.create import CreateForm
from a_rtchat.discover import Page, Search
from a_rtchat.forms import CodeForm
from a_rtchat.models import Invite, Room
from a_rtchat.skeleton import cached
from a_rtchat.views.frame import frame, respond
from a_rtchat.views.refusals import show_form
from a_users.limits import HOUR, Limit
from a_users.requests import SignedInRequest, query_value

TOO_MANY_CODES = gettext_lazy("Too many wrong codes. Try again in %(time)s.")
wrong_codes = Limit("wrong-codes", 200, HOUR, TOO_MANY_CODES)  # per network, against accounts made in bulk

FOUND, MORE = "found", "more-rooms"  # ids of what htmx replaces: the list, and the link to its next page


@login_required
@require_safe
def rooms(request: SignedInRequest) -> HttpResponse:
    """List the user's rooms, filtered by `q`, their invitations, and the open rooms that they could join and match."""
    search = search_of(request)
    if request.htmx and request.htmx.target == "invitations":  # on an open page, when they have changed
        return HttpResponse(_invitations(request, invitations_of(request.user)))
    if request.htmx and request.htmx.target in (FOUND, MORE):
        return HttpResponse(_found(discover.find(request.user, search), search, request.htmx.target == MORE))
    if request.htmx and "q" in request.GET:
        arrangement = room_list.arrangement_of(request, search.query)
        return HttpResponse(room_list.html_of(room_links.links_for(request.user, search.query), None, arrangement))
    return _show_rooms(request, search)


def search_of(request: SignedInRequest) -> Search:
    """Return what to look for."""
    query, sort, after = query_value(request, "q"), query_value(request, "sort"), query_value(request, "after", 200)
    return Search(query, sort if sort in discover.SORTS else "activity", after)


def _show_rooms(request: SignedInRequest, search: Search) -> HttpResponse:
    page, invites = discover.find(request.user, search), invitations_of(request.user)
    values = frame(request, query=search.query)
    has_discovered = bool(page.rooms or search.query or search.after)
    variant = {"sort": search.sort, "is_staff": request.user.is_staff, "form": CodeForm, "sorts": SORT_CHOICES}
    variant |= {"has_discovered": has_discovered, "is_find": True}
    values["has_rooms"] = bool(values["has_rooms"] or invites)
    values |= {"found": _found(page, search), "invitations": _invitations(request, invites)}
    return respond(request, "a_rtchat/rooms.html", variant, values)


SORT_CHOICES = tuple((name, sort.label) for name, sort in discover.SORTS.items())


def _found(page: Page, search: Search, is_continued: bool = False) -> SafeString:
    """Return the HTML of a page of open rooms, with a link to the next one."""
    if not page.rooms and not is_continued:
        return _nothing(get_language(), bool(search.query))
    more = _more(get_language(), page.next_query) if page.following else ""
    return mark_safe(page.html + more)  # noqa: S308  (from templates)


@cached(maxsize=20)
def _nothing(language: str, is_search: bool) -> SafeString:
    return mark_safe(render_to_string("a_rtchat/_nothing_found.html", {"is_search": is_search}))  # noqa: S308


def _more(language: str, query: str) -> str:
    return render_to_string("a_rtchat/_more_rooms.html", {"query": query})


def _invitations(request: SignedInRequest, invites: list[Invite]) -> SafeString:
    if not invites:
        return _no_invitations(get_language())
    for invite in invites:
        invite.icon = icons.icon_for(invite)  # type: ignore[attr-defined]
    context = {"invites": invites, "csrf_token": get_token(request)}
    return mark_safe(render_to_string("a_rtchat/_invitations.html", context))  # noqa: S308  (from a template)


@cached(maxsize=20)
def _no_invitations(language: str) -> SafeString:
    return mark_safe(render_to_string("a_rtchat/_invitations.html"))  # noqa: S308  (from a template)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Create a room and redirect to it."""
    form = CreateForm(request.POST, request.FILES) if request.method == "POST" else CreateForm()
    if form.is_bound and form.is_valid():
        try:
            return _created(request)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors and request.FILES and "picture" not in form.errors:
        form.add_error("picture", _("Please choose the picture again."))  # browsers don't send a file twice
    return show_form(request, "a_rtchat/new.html", form, frame(request))


def _created(request: SignedInRequest) -> HttpResponse:
    data: dict[str, Any] = {**request.POST.dict(), **request.FILES.dict()}
    room, is_sent = COMMANDS["create"].run(Visitor(request.user), data).value
    tell_if_unsent(request, is_sent)
    return redirect(room)


def tell_if_unsent(request: SignedInRequest, is_sent: bool) -> None:
    """Tell someone whose invites couldn't be mailed what to do instead."""
    if not is_sent:
        messages.error(request, _("Couldn't send the emails. Share an invite link instead."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_by_code(request: SignedInRequest) -> HttpResponse:
    """Join a room by its code, an invite, or a URL of either."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return redirect(_join(request, form.cleaned_data["code"]))
        except ValidationError as error:
            form.add_error(None if hasattr(error, "error_dict") else "code", error)
    return show_form(request, "a_rtchat/join.html", form, frame(request))


def _join(request: SignedInRequest, text: str) -> Room:
    """Join the room that a text leads to, unless it has to be asked for on its page, and return it.

    Raises ValidationError. Only wrong codes are counted for the network: a stranger can't use up what is right.
    """
    token = codes.token_in(text)
    if token and Invite.objects.filter(token=token).exists():
        return COMMANDS["accept"].run(Visitor(request.user), {"token": token}).value
    room = codes.room_for(text, request.user)
    if room is not None and room.kind != Room.Kind.OPEN:
        return room
    try:
        return COMMANDS["join"].run(Visitor(request.user, room.slug if room else ""), {}).value
    except ValidationError as error:
        if room is None and not isinstance(error, TooFast):
            wrong_codes.take(network_of(request.META))
        raise
