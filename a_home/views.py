"""The landing page and the health checks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from a_home.health import problems
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
    """Return 200 if this process can do its work, or else 503 with a line for each thing that is wrong."""
    wrong = problems()
    return HttpResponse("\n".join(wrong) or "ok", content_type="text/plain", status=503 if wrong else 200)


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Return 200: the process answers."""
    return HttpResponse("ok", content_type="text/plain")
