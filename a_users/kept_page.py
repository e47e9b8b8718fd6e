"""A page that is the same for every stranger: rendered once per language, then only its CSRF token and `next` change.

Forms render a template per field, which takes ten times as long as everything else of such a page.
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

# What stands in a kept page for the parts that change: nothing escapes these characters, and nobody can guess them.
TOKEN_MARK, NEXT_MARK = token_hex(16), token_hex(16)

_pages: dict[tuple[str, str | None, bool], str] = {}


def forget_pages() -> None:
    """Render all pages anew, as the tests want it."""
    _pages.clear()


def render_for_stranger(
    request: HttpRequest, template: str, make_context: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """Return a page for someone who is not signed in, with the request's `next` as `redirect_field_value`.

    A page with messages, and each page while DEBUG is on, is rendered anew.
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
    """Return a request that tells a template nothing about the visitor for whom a page is kept first."""
    plain = copy(request)
    plain.GET, plain.META = QueryDict(), {**request.META, "QUERY_STRING": ""}
    return plain
