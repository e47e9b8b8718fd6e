"""Error pages that help a person on: what isn't found, and a form that can't be accepted."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotFound
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import page_not_found

from a_users import extensions


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer with a 404 and, for a signed-in person, the frame with their rooms.

    The page has no CSRF token: a hidden room and one that doesn't exist get the same bytes.
    """
    if not _is_visit(request):
        return page_not_found(request, exception)
    context = {**extensions.page_context(request), "user": request.user, "missing": _missing(request)}  # type: ignore[arg-type]
    return HttpResponseNotFound(render_to_string("a_home/not_found.html", context))


def _is_visit(request: HttpRequest) -> bool:
    """Return whether a signed-in person navigates to a page, rather than a script or an image asking for data."""
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document" and "HX-Request" not in request.headers
    return is_page and hasattr(request, "user") and request.user.is_authenticated


def _missing(request: HttpRequest) -> str:
    """Return what the URL names: a message, a room, or just a page."""
    named: dict[str, Any] = request.resolver_match.kwargs if request.resolver_match else {}
    return "message" if "seq" in named else "room" if "slug" in named else "page"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer with a 403 that says why the form wasn't accepted, and leads back to it."""
    context = {"has_cookie": settings.CSRF_COOKIE_NAME in request.COOKIES, "page": _page_of(request)}
    return HttpResponseForbidden(render(request, "403_csrf.html", context).content)


def _page_of(request: HttpRequest) -> str:
    """Return the URL of the page that contained the form, or of the start page if it isn't ours."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if page and is_ours else "/"
