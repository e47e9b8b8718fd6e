"""Answering with the reason of a refusal."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse

from a_live.limits import TooFast


def refuse(error: ValidationError, status: int = 422) -> HttpResponse:
    """Answer with the reason, and 429 over a rate limit. Raises Http404 for a room that the visitor can't see."""
    if "code" in getattr(error, "error_dict", {}):
        raise Http404("No such room.")
    if isinstance(error, TooFast):
        headers = {"Retry-After": error.retry_after}
        return HttpResponse(error.messages[0], status=429, content_type="text/plain", headers=headers)
    return HttpResponse(error.messages[0], status=status, content_type="text/plain")
