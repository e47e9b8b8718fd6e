"""The first page and the health check."""

from typing import cast

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from a_rtchat.views import rooms
from a_users.requests import SignedInRequest
from a_users.views.entry import entry


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show my rooms, or the entry page to a stranger."""
    return rooms.rooms(cast(SignedInRequest, request)) if request.user.is_authenticated else entry(request)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 when this process can reach its database; the error is a 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
