"""Answering with the reason of a refusal."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import render

from a_live.limits import TooFast
from a_rtchat.models import Membership
from a_rtchat.permissions import FORBIDDEN
from a_users import budget
from a_users.limits import status_of
from a_users.requests import SignedInRequest

F = TypeVar("F", bound=BaseForm)


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


def show_form(request: SignedInRequest, template: str, form: BaseForm, context: dict[str, Any]) -> HttpResponse:
    """Show a page with a form: 422 if it has errors, and 429 over a limit, with the seconds to wait."""
    response = render(request, template, {"form": form, **context}, status=status_of(form))
    return with_wait(response, form)


def with_reason(form: F, error: ValidationError) -> F:
    """Return the form that was sent, with the reason why its command was refused."""
    if form.is_valid():  # else it says why by itself
        form.add_error(None, error)
    return form


def with_wait(response: HttpResponse, form: BaseForm) -> HttpResponse:
    """Return the response that shows a form, with the seconds to wait if the form is over a limit."""
    for error in (error for errors in form.errors.as_data().values() for error in errors):
        if isinstance(error, TooFast):
            response.headers["Retry-After"] = error.retry_after
    return response


def enter(request: SignedInRequest, slug: str, verb: str) -> Membership:
    """Return the membership in a room of someone with a right there.

    Raises Http404 for strangers, and PermissionDenied for members without the right.
    """
    membership = Membership.objects.enter_or_404(request.user, slug)
    if not membership.can(verb):
        raise PermissionDenied(verb)
    return membership
