"""Pages that look the same to everyone signed out: rendered once per language; only the CSRF token and `next` change.

Forms render a template per field, which takes most of the time of such a page.
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

# Placeholders in a kept page. No escaping changes them, and they cannot be guessed.
TOKEN_MARK, NEXT_MARK = token_hex(16), token_hex(16)

_pages: dict[tuple[str, str | None, bool], str] = {}


def forget_pages() -> None:
    """Drop all kept pages (for tests)."""
    _pages.clear()


def render_signed_out(request: HttpRequest, template: str, make_context: Callable[[], dict[str, Any]]) -> HttpResponse:
    """Return a page for someone who is not signed in, with the request's `next` as `redirect_field_value`.

    Pages with messages, and all pages with DEBUG on, are rendered fresh.
    """
    next_url = request.GET.get("next", "")
    if settings.DEBUG or len(get_messages(request)):
        context = {**make_context(), "redirect_field_value": next_url}
        return HttpResponse(render_to_string(template, context, request))
    page = _kept(request, template, make_context, bool(next_url)).replace(TOKEN_MARK, get_token(request))
    in_address, in_value = f"next={quote_plus(next_url)}", escape(next_url)
    return HttpResponse(page.replace(f"next={NEXT_MARK}", in_address).replace(NEXT_MARK, in_value))


def _kept(request: HttpRequest, template: str, make_context: Callable[[], dict[str, Any]], leads_on: bool) -> str:
    key = (template, get_language(), leads_on)
    if key not in _pages:
        marks = {"csrf_token": TOKEN_MARK, "redirect_field_value": NEXT_MARK if leads_on else ""}
        _pages[key] = render_to_string(template, {**make_context(), **marks}, _without_query(request))
    return _pages[key]


def _without_query(request: HttpRequest) -> HttpRequest:
    """Return a copy of a request without its query, which must not get into a page for others."""
    plain = copy(request)
    plain.GET, plain.META = QueryDict(), {**request.META, "QUERY_STRING": ""}
    return plain
