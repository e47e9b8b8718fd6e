"""Limit wrong passwords and codes per account, without letting strangers lock the owner out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from a_live.clients import network_of
from a_users.known_devices import known_device
from a_users.limits import HOUR, MINUTE, Limit, Limited
from a_users.models import User

TOO_MANY = _("Too many attempts. Wait a few minutes, then try again.")

Count = tuple[Limit, object]  # a limit and its key


class Attempt:
    """An attempt to prove who one is; it counts unless it succeeds."""

    succeeded = False


class Door:
    """The limits on one kind of secret: for signed-in sessions, known devices, and strangers."""

    def __init__(self, kind: str, per_account: int) -> None:
        self.tries = Limit(f"{kind}:tries", 60, MINUTE, TOO_MANY)  # also the successful ones: each costs a hash
        self.session = Limit(f"{kind}:session", 5, 5 * MINUTE, TOO_MANY)
        self.device = Limit(f"{kind}:device", 10, 5 * MINUTE, TOO_MANY)
        self.address = Limit(f"{kind}:address", 10, MINUTE, TOO_MANY)
        self.account_and_address = Limit(f"{kind}:account-address", 5, 5 * MINUTE, TOO_MANY)
        self.account = Limit(f"{kind}:account", per_account, HOUR, TOO_MANY)  # strangers at all addresses

    @contextmanager
    def attempt(self, request: HttpRequest, user: User | None, name: str = "") -> Iterator[Attempt]:
        """Count an attempt on a user's secret, or on a name that nobody has. Raises Limited."""
        tries, failures = self._counts(request, user, name)
        attempt = Attempt()
        _take([tries, *failures])
        try:
            yield attempt
        except Limited:  # too busy to tell
            attempt.succeeded = True
            raise
        finally:
            if attempt.succeeded:
                _give_back(failures)

    def _counts(self, request: HttpRequest, user: User | None, name: str) -> tuple[Count, list[Count]]:
        """Return the count of all attempts, and those of failed ones."""
        if user is not None and request.user == user:
            session = f"{user.pk}:{request.session.session_key}"
            return (self.tries, session), [(self.session, session)]
        if user is not None and (device := known_device(request, user)):
            return (self.tries, device), [(self.device, f"{user.pk}:{device}")]
        address, account = network_of(request.META), f"name:{name}" if user is None else user.pk
        strangers: list[Count] = [
            (self.address, address),
            (self.account_and_address, f"{account}:{address}"),
            (self.account, account),
        ]
        return (self.tries, address), strangers


def _take(counts: list[Count]) -> None:
    """Take one of each, or none. Raises Limited."""
    for number, (limit, key) in enumerate(counts):
        try:
            limit.take(key)
        except Limited:
            _give_back(counts[:number])
            raise


def _give_back(counts: list[Count]) -> None:
    for limit, key in counts:
        limit.give_back(key)


passwords = Door("password", per_account=100)
codes = Door("code", per_account=20)  # of six digits, three of which are right at a time
