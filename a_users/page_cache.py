"""Cache signed-out pages per language, and fill in only the CSRF token and `next` on each request.

Most of the time for such a page goes into its forms, which render a template per field.
"""

from collections.abc import Callable
from copy import copy
from secrets import token_hex
from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language

from a_users import extensions

# Placeholders in a cached page: unguessable, and unchanged by escaping.
TOKEN_MARK, NEXT_MARK, ROOM_MARK = token_hex(16), token_hex(16), token_hex(16)

_pages: dict[tuple[str, str | None, bool, bool], str] = {}


def clear_pages() -> None:
    """Clear the cache (for tests)."""
    _pages.clear()


def render_signed_out(request: HttpRequest, template: str, make_context: Callable[[], dict[str, Any]]) -> HttpResponse:
    """Return a page for signed-out visitors, with the request's `next` as `redirect_field_value`.

    `room` in its context is the name of the room that signing in joins because of `next`, or "". Pages with messages,
    and all pages with DEBUG on, are not cached.
    """
    next_url = request.GET.get("next", "")
    room = extensions.room_joined(next_url)
    if settings.DEBUG or len(get_messages(request)):
        context = {**make_context(), "redirect_field_value": next_url, "room": room}
        return HttpResponse(render_to_string(template, context, request))
    page = _cached_page(request, template, make_context, bool(next_url), bool(room))
    page = page.replace(TOKEN_MARK, get_token(request)).replace(ROOM_MARK, escape(room))
    in_url, in_value = f"next={quote_plus(next_url)}", escape(next_url)
    return HttpResponse(page.replace(f"next={NEXT_MARK}", in_url).replace(NEXT_MARK, in_value))


def _cached_page(
    request: HttpRequest, template: str, make_context: Callable[[], dict[str, Any]], has_next: bool, has_room: bool
) -> str:
    key = (template, get_language(), has_next, has_room)
    if key not in _pages:
        marks = {"csrf_token": TOKEN_MARK, "redirect_field_value": NEXT_MARK if has_next else ""}
        marks["room"] = ROOM_MARK if has_room else ""
        _pages[key] = render_to_string(template, {**make_context(), **marks}, _without_query(request))
    return _pages[key]


def _without_query(request: HttpRequest) -> HttpRequest:
    """Return a copy of a request without its query, which must not end up in a shared page."""
    plain = copy(request)
    plain.GET, plain.META = QueryDict(), {**request.META, "QUERY_STRING": ""}
    return plain
