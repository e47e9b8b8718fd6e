"""Authenticate users by username or email."""

from functools import cache
from typing import Any

from allauth.account import auth_backends
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest

from a_live.compiled import CompiledQuery, placeholders
from a_users.models import User
from a_users.usernames import fold


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """Check one account per attempt, so that timing does not reveal which accounts exist.

    allauth checks every account with a matching address: one password hash for each.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return a session's user with the profile, which every page shows."""
        user = next(iter(_by_pk().fetch(user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        return self._check_password(user_by_login(credentials), credentials["password"])


@cache
def _by_pk() -> CompiledQuery[User]:
    return CompiledQuery(lambda pk: User.objects.select_related("profile").filter(pk=pk), *placeholders(1))


def user_by_login(credentials: dict[str, Any]) -> User | None:
    """Return the account that someone wants to sign in to."""
    return user_by_username(credentials.get("username") or "") or user_by_email(credentials.get("email") or "")


def user_by_username(username: str) -> User | None:
    """Return the user with this username, in any case."""
    return User.objects.filter(username_key=fold(username)).first()


def user_by_email(email: str) -> User | None:
    """Return the user who confirmed this address, or else the first who added it."""
    users = filter_users_by_email(email, prefer_verified=True, for_login=True) if email else []
    return min(users, key=lambda user: user.pk, default=None)
