"""What a person or an address can do how often, and the error for more."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from allauth.core.ratelimit import respond_429
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from a_live.limits import bucket, describe_wait

CODE = "limited"
MINUTE, HOUR = 60, 3600  # seconds


class Limited(ValidationError):
    """Someone is over a limit, or the server is busy: a page with this error gets the status 429."""

    def __init__(self, reason: Any, wait: float = 0) -> None:
        super().__init__(reason, code=CODE, params={"time": describe_wait(wait)})


_limits: list[Limit] = []


def reset_limits() -> None:
    """Forget all counts (for tests)."""
    for limit in _limits:
        limit.bucket.clear()


class Limit:
    """A limit per key, shared between processes: `burst` at once, then `burst` again in `seconds`."""

    def __init__(self, name: str, burst: int, seconds: float, reason: Any) -> None:
        self.bucket, self.reason = bucket(name, burst, burst / seconds), reason
        _limits.append(self)

    def take(self, key: object) -> None:
        """Count one. Raises Limited."""
        if wait := self.bucket.take(key):
            raise Limited(self.reason, wait)

    def give_back(self, key: object) -> None:
        """Take one off the count again."""
        self.bucket.take(key, -1)


class Places:
    """A number of places in this process for what takes much memory; a place is held by a `with` block.

    Whoever gets none within `wait` seconds is refused with the reason: waiting for long would hold up a thread.
    """

    def __init__(self, count: int, reason: Any, wait: float = 0) -> None:
        self.free, self.reason, self.wait = BoundedSemaphore(count), reason, wait

    def __enter__(self) -> None:
        """Take a place. Raises Limited."""
        if not self.free.acquire(timeout=self.wait):
            raise Limited(self.reason)

    def __exit__(self, *error: object) -> None:
        self.free.release()


def is_limited(form: BaseForm) -> bool:
    """Return whether one of a form's errors is a limit, of a person or of a command (TooFast)."""
    return any(error.code in (CODE, "flood") for errors in form.errors.as_data().values() for error in errors)


def status_of(form: BaseForm) -> int:
    """Return the status of a page that shows a form: 200, 422 with errors, or 429 over a limit."""
    return 429 if is_limited(form) else 422 if form.errors else 200


class LimitedMiddleware:
    """Give the status 429 to pages of allauth's whose form is over a limit, and to what is not a form's error."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: SimpleTemplateResponse) -> HttpResponse:
        """Set the status of a page that shows a form."""
        forms = (value for value in (response.context_data or {}).values() if isinstance(value, BaseForm))
        if any(map(is_limited, forms)):
            response.status_code = 429
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show the page for too many requests."""
        return respond_429(request) if isinstance(error, Limited) else None
