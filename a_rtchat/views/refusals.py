"""Answering with the reason of a refusal."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render

from a_live.limits import TooFast
from a_rtchat.permissions import FORBIDDEN
from a_users import budget
from a_users.requests import SignedInRequest


def refuse(request: SignedInRequest, error: ValidationError, status: int = 422) -> HttpResponse:
    """Answer with the reason: a page, or its sentence for a script. Raises Http404 for a hidden room."""
    if "code" in getattr(error, "error_dict", {}):
        raise Http404("No such room.")
    if isinstance(error, TooFast):
        return budget.refuse(request, error)
    if getattr(error, "code", "") == FORBIDDEN:
        status = 403
    if request.htmx:
        return HttpResponse(error.messages[0], status=status, content_type="text/plain")
    return render(request, "403.html", {"reason": error.messages[0]}, status=status)
