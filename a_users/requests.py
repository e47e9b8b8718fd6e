"""Requests: a type for the type checker, and values of the query string."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from a_users.models import User


class SignedInRequest(HttpRequest):
    """The request that a view behind `login_required` receives."""

    user: User
    htmx: HtmxDetails
    csp_nonce: str


def query_value(request: HttpRequest, name: str, limit: int = 80) -> str:
    """Return a value of the query string, at most `limit` characters and without NUL, which PostgreSQL can't take."""
    return request.GET.get(name, "").replace("\0", "").strip()[:limit]


def query_number(request: HttpRequest, name: str) -> int | None:
    """Return a number of the query string that a database can hold, or None."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
