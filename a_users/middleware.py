"""What every answer to someone signed in has in common."""

import time
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect

from a_users.models import User

ASKED_LIMIT = 20_000  # devices remembered in a process
SEEN_EVERY = 300  # seconds between two writes of when a device was here last


class PrivatePagesMiddleware:
    """Keep pages of someone signed in out of every cache, also of the browser's way back after signing out; send a
    part of a page whose reader has signed out to the entry page as a whole."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer through the next middleware."""
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        leads_out = response.headers.get("Location", "").startswith(f"{resolve_url(settings.LOGIN_URL)}?next=")
        if leads_out and request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
        return response


class LanguageMiddleware:
    """Speak the language that someone has chosen; where they have not, LocaleMiddleware chose by their browser."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer through the next middleware."""
        chosen = request.user.language if request.user.is_authenticated else ""
        if not chosen:
            return self.get_response(request)
        request.LANGUAGE_CODE = chosen
        with translation.override(chosen):
            return self.get_response(request)


class SeenMiddleware:
    """Keep of each device when and from where it was here last, to the accuracy of `SEEN_EVERY`."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer through the next middleware."""
        response = self.get_response(request)
        user = request.user
        if user.is_authenticated and self._is_due(request.session.session_key, user.last_login):
            UserSession.objects.create_from_request(request)
            User.objects.filter(pk=user.pk).update(last_seen_at=timezone.now())
        return response

    def _is_due(self, key: str | None, came_in: datetime | None) -> bool:
        """Tell whether this device is to be written down again; logging in has written it down."""
        just_came = came_in is not None and timezone.now() - came_in < timedelta(seconds=SEEN_EVERY)
        if not key or just_came or is_known(key):
            return False
        return cache.add(f"seen:{key}", True, SEEN_EVERY)


_asked: OrderedDict[str, float] = OrderedDict()
_asking = Lock()


def is_known(key: str) -> bool:
    """Whether this process has asked the shared cache for a device lately; asking it costs each page about 1 ms."""
    now = time.monotonic()
    with _asking:
        if now - _asked.get(key, -SEEN_EVERY) < SEEN_EVERY:
            return True
        _asked[key] = now
        _asked.move_to_end(key)
        while len(_asked) > ASKED_LIMIT:
            _asked.popitem(last=False)
        return False
