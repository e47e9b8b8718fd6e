"""The landing page and the health check."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from a_users import extensions
from a_users.views.entry import entry


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to where signing in leads, or show the entry page to visitors."""
    if not request.user.is_authenticated:
        return entry(request)
    return redirect(extensions.start_page(request, request.user))


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Return 200 if this process can reach its database, or else 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
