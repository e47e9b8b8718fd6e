"""Recognise the browsers that have signed in to an account, even after they signed out.

They have a limit of their own for wrong passwords, so that strangers can't lock the owner out.
"""

from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from a_users.models import User

MAX_AGE = 365 * 24 * 3600  # seconds
MAX_ACCOUNTS = 5  # per browser, the last ones
SALT = "a_users.known_devices"


def cookie_name() -> str:
    """Return the cookie's name; over HTTPS with the prefix that keeps subdomains from setting it."""
    return "__Host-backchat-devices" if settings.HTTPS else "backchat-devices"


def known_device(request: HttpRequest, user: User) -> str | None:
    """Return this device's ID if the user signed in on it and has not changed the password or signed out everywhere."""
    device, seal = _read(request).get(str(user.pk), ("", ""))
    return device if device and constant_time_compare(seal, _seal(user, device)) else None


def remember_device(request: HttpRequest, user: User) -> None:
    """Let the response to a request mark this device as known to a user."""
    request.known_to = user  # type: ignore[attr-defined]


def forget_devices(user: User) -> None:
    """Make all devices unknown to a user."""
    User.objects.filter(pk=user.pk).update(devices_epoch=F("devices_epoch") + 1)
    user.refresh_from_db(fields=["devices_epoch"])


class KnownDeviceMiddleware:
    """Set the cookie of a device that `remember_device` marked."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "known_to", None)
        if user is not None:
            _write(request, response, user)
        return response


def _read(request: HttpRequest) -> dict[str, tuple[str, str]]:
    """Return {primary key: (device, seal)} from the cookie; nothing from one that was forged."""
    try:
        return signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}


def _write(request: HttpRequest, response: HttpResponse, user: User) -> None:
    accounts: dict[str, Any] = _read(request)
    device, _ = accounts.pop(str(user.pk), (token_urlsafe(9), ""))
    accounts[str(user.pk)] = (device, _seal(user, device))
    kept = dict(list(accounts.items())[-MAX_ACCOUNTS:])
    value = signing.dumps(kept, salt=SALT, compress=True)
    response.set_cookie(cookie_name(), value, max_age=MAX_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax")


def _seal(user: User, device: str) -> str:
    """Return what ties a device to a user's password and to the time since they last signed out everywhere."""
    return salted_hmac(SALT, f"{device}:{user.pk}:{user.password}:{user.devices_epoch}").hexdigest()[:24]
