"""The headers that tell browsers what a response may do, for what Django answers and for what it never sees."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADERS = {  # that Django has no setting for
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TEXT_POLICY = "default-src 'none'; frame-ancestors 'none'"  # of an answer that is one line of text


class BrowserHeadersMiddleware:
    """Let no other site embed what we serve, and no page use devices that Backchat has no use for."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        add(response.headers, HEADERS)
        return response


def add(headers: Any, more: dict[str, str]) -> None:
    """Add headers that a response doesn't have."""
    for name, value in more.items():
        headers.setdefault(name, value)


def for_files() -> dict[str, str]:
    """Return what the middleware adds to pages, for files that are served without it."""
    hsts = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        **({"Strict-Transport-Security": hsts} if settings.SECURE_HSTS_SECONDS else {}),
        **HEADERS,
    }


def for_text() -> dict[str, str]:
    """Return the headers of a line of text that is sent without Django, such as a refusal."""
    return for_files() | {"Content-Security-Policy": TEXT_POLICY, "X-Frame-Options": settings.X_FRAME_OPTIONS}
