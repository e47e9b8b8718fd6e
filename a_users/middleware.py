"""Middleware for signed-in users."""

import logging
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect

from a_users import extensions
from a_users.models import User

logger = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000  # devices per process
SEEN_INTERVAL = 300  # seconds between updates of when a device was last seen


class PrivatePagesMiddleware:
    """Keep signed-in pages out of all caches, so that Back shows none of them after signing out.

    When a signed-out page asks for a fragment, redirect the whole page.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        needs_sign_in = response.headers.get("Location", "").startswith(f"{resolve_url(settings.LOGIN_URL)}?next=")
        if needs_sign_in and request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
        return response


class SignedOutMiddleware:
    """Let apps forget what they keep in the browser of someone who signs out."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if was_signed_in and not request.user.is_authenticated:
            for extension in extensions.registered():
                extension.signed_out(response)
        return response


class LanguageMiddleware:
    """Use the language a user has chosen, instead of the one LocaleMiddleware found in the browser."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.user.language if request.user.is_authenticated else ""
        if not chosen:
            return self.get_response(request)
        request.LANGUAGE_CODE = chosen
        with translation.override(chosen):
            return self.get_response(request)


class SeenMiddleware:
    """Record when and from where each device was last seen, once per `SEEN_INTERVAL`."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = request.user
        if user.is_authenticated and self._is_due(request.session.session_key, user.last_login):
            self._record(request, user)
        return response

    def _record(self, request: HttpRequest, user: User) -> None:
        """Record that a device was seen; if the database can't be written, the page is worth more."""
        try:
            UserSession.objects.create_from_request(request)
            User.objects.filter(pk=user.pk).update(last_seen_at=timezone.now())
        except DatabaseError as error:
            logger.warning("can't record when a device was seen: %s", error)

    def _is_due(self, key: str | None, signed_in_at: datetime | None) -> bool:
        """Return whether last-seen is due; signing in has just recorded it."""
        just_signed_in = signed_in_at is not None and timezone.now() - signed_in_at < timedelta(seconds=SEEN_INTERVAL)
        if not key or just_signed_in or checked_recently(key):
            return False
        return cache.add(f"seen:{key}", True, SEEN_INTERVAL)


_checked: OrderedDict[str, float] = OrderedDict()
_checked_lock = Lock()


def checked_recently(key: str) -> bool:
    """Return whether this process has just checked a device in the shared cache, which takes about 1 ms."""
    now = time.monotonic()
    with _checked_lock:
        if now - _checked.get(key, -SEEN_INTERVAL) < SEEN_INTERVAL:
            return True
        _checked[key] = now
        _checked.move_to_end(key)
        while len(_checked) > MAX_REMEMBERED:
            _checked.popitem(last=False)
        return False
