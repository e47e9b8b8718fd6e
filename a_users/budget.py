"""Middleware that charges requests to the budget of their user, and refuses users in debt (a_live/budget.py)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from a_live import budget
from a_live.limits import TooFast


class MeterMiddleware:
    """Charge the work of each request to its user."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with budget.Meter() as meter:
            response = self.get_response(request)
        user = getattr(request, "user", None)  # missing if a middleware has answered before
        if user is not None and user.is_authenticated:
            budget.charge([user.pk], meter.seconds)
        return response


class BudgetMiddleware:
    """Answer 429 while a user is in debt."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            try:
                budget.check(request.user.pk)
            except TooFast as error:
                return refuse(request, error)
        return self.get_response(request)


def refuse(request: HttpRequest, error: TooFast) -> HttpResponse:
    """Answer with a page, or with its sentence for a request by a script."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(error.messages[0], status=429, content_type="text/plain")
    else:
        response = render(request, "429.html", {"reason": error.messages[0]}, status=429)
    response.headers["Retry-After"] = error.retry_after
    return response
