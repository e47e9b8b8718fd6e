"""The frame around the chat's pages (templates/shell.html), and answering with cached page templates."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_rtchat import rendered, room_links, room_list
from a_rtchat.languages import WORDS
from a_rtchat.models import Membership
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.requests import SignedInRequest

Variant = dict[str, Hashable]
IN_TAGS = ("order", "has_rooms", "has_more_rooms")  # of the frame's context, used in tags


class Viewer(NamedTuple):
    """The user attributes that base templates depend on."""

    theme: str


def frame(request: SignedInRequest, current: Membership | None = None, query: str = "") -> dict[str, Any]:
    """Return the context of the frame: the user, and their newest rooms or those that match a query.

    On the page of a room, that room is listed in any case, and the context has its title and the other person's id
    and username in a direct room.
    """
    limit = settings.CHAT_ROOMS_LISTED
    found = room_links.links_for(request.user, query, None if query else limit + 1)
    rooms = found if query else room_links.listed(found, current.room_id if current else None)
    arrangement = room_list.arrangement_of(request, query)
    context = _me(request) | {"query": query, "order": arrangement.order, "words_json": words_json(get_language())}
    context["has_more_rooms"] = not query and len(found) > limit
    if current is None:
        return context | {"rooms": room_list.html_of(rooms, None, arrangement), "has_rooms": bool(rooms or query)}
    link = next((room for room in rooms if room.pk == current.room_id), None)
    if link is None:
        link = room_links.link_for(current)
        rooms = [*rooms, link]
    context |= {
        "title": link.title,
        "heading": link.heading,
        "peer": link.peer or "",
        "handle": link.handle,
        "has_rooms": True,
    }
    return context | {"rooms": room_list.html_of(rooms, link.pk, arrangement)}


def _me(request: SignedInRequest) -> dict[str, Any]:
    look = rendered.look_of(request.user)
    return {
        "me_url": reverse("profile", args=[look.username]),
        "me_name": look.name,
        "me_avatar": rendered.avatar(look),
        "flash": flash(request),
    }


def respond(
    request: SignedInRequest, template: str, variant: Variant, values: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with a page whose template is rendered once per `variant`; `values` fill its gaps.

    `variant` contains everything that the template's tags and filters use, `values` what is only inserted.
    """
    values = values | {"csrf_token": get_token(request)}
    variant = variant | {"user": Viewer(request.user.theme), **{name: values.pop(name) for name in IN_TAGS}}
    skeleton = _skeleton(template, get_language(), frozenset(variant.items()), frozenset(values))
    return HttpResponse(skeleton.fill_escaped(values), status=status)


@cached(maxsize=500)
def _skeleton(
    template: str, language: str, variant: frozenset[tuple[str, Hashable]], names: frozenset[str]
) -> Skeleton:
    """Return a page's template, rendered in the active language with gaps for the named values."""
    return Skeleton(template, dict(variant) | gaps(names))


@cache
def words_json(language: str) -> SafeString:
    """Return the script element with the words for scripts, in the active language."""
    return json_script(WORDS, "words")


def flash(request: SignedInRequest) -> SafeString:
    """Return the HTML of the user's pending flash messages."""
    waiting = get_messages(request)
    if not len(waiting):
        return mark_safe("")
    return mark_safe(render_to_string("_flash.html", {"messages": waiting}))  # noqa: S308  (from a template)
