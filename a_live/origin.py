"""Check where a socket's handshake comes from, by Django's own rules for cross-site requests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

OTHER_SITES = {b"cross-site", b"same-site"}  # values of Sec-Fetch-Site; another host of our domain is another site, too


class OriginCheck:
    """Pass on sockets that the site itself or one of CSRF_TRUSTED_ORIGINS opens."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Serve a socket or deny its handshake."""
        application = self.application if is_allowed(scope) else WebsocketDenier()
        return await application(scope, receive, send)


def is_allowed(scope: dict[str, Any]) -> bool:
    """Return whether a handshake comes from an allowed origin; one that names none is refused."""
    headers = dict(scope["headers"])
    origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
    if headers.get(b"sec-fetch-site") in OTHER_SITES:
        return is_verified(origin)
    if not host:  # every server has one: without a server, any allowed host will do
        return is_verified(origin, origin.partition("://")[2], origin.startswith("https:"))
    return is_verified(origin, host, is_secure(scope))


class Handshake(HttpRequest):
    """A request with what decides about its origin: the Origin, the Host, and whether it came over TLS."""

    def __init__(self, origin: str, host: str, secure: bool) -> None:
        super().__init__()
        self.META = {"HTTP_ORIGIN": origin, "HTTP_HOST": host}
        self.secure = secure

    def _get_scheme(self) -> str:
        return "https" if self.secure else "http"


@lru_cache(maxsize=100)  # few differ, unless somebody tries; Django takes 13 µs
def is_verified(origin: str, host: str = "", secure: bool = False) -> bool:
    """Return whether an origin is that of an allowed host (scheme, name and port) or one of CSRF_TRUSTED_ORIGINS.

    Without a host, only the latter.
    """
    rules: Any = CsrfViewMiddleware(lambda request: HttpResponse())
    return rules._origin_verified(Handshake(origin, host, secure))


@receiver(setting_changed)
def forget_verified(**change: Any) -> None:
    """Check origins anew when a test changes a setting."""
    is_verified.cache_clear()


def is_secure(scope: dict[str, Any]) -> bool:
    """Return whether a request or handshake came over TLS, directly or through the trusted proxy."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        return scope.get("scheme") in ("https", "wss")
    header, expected = settings.SECURE_PROXY_SSL_HEADER
    name = header.removeprefix("HTTP_").replace("_", "-").lower().encode()
    sent = dict(scope["headers"]).get(name, b"").decode("latin-1").split(",")[0].strip()
    return sent in (expected, "wss")  # some proxies say wss for a socket
