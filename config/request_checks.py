"""Middleware that refuses requests before anything reads them."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from a_live.origin import OTHER_SITES, is_verified

GetResponse = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
CHARSETS = {"", "utf-8"}


class CharsetMiddleware:
    """Refuse text that isn't UTF-8: Django would decode it by any codec that Python knows, such as utf-7 or base64."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "")
        if charset.strip("\"' ").lower() not in CHARSETS:
            return HttpResponse("Send text as UTF-8.", status=415, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class CrossSiteMiddleware:
    """Refuse what other sites send to change something here; the browser says so in Sec-Fetch-Site.

    It knows nothing of tokens, so it holds where a token leaks or a view forgets to ask for one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        comes_from_elsewhere = request.META.get("HTTP_SEC_FETCH_SITE", "").encode() in OTHER_SITES
        is_trusted = comes_from_elsewhere and is_verified(request.META.get("HTTP_ORIGIN", ""))
        if comes_from_elsewhere and not is_trusted and request.method not in SAFE_METHODS:
            raise PermissionDenied("This request comes from another site.")
        return self.get_response(request)
