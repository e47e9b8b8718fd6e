"""How a name and a password become a user."""

from functools import cache
from typing import Any

from allauth.account import auth_backends
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest

from a_live.compiled import CompiledQuery, numbers
from a_users.models import User
from a_users.usernames import fold


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """allauth's, asking one account only: every try costs one hash, whether or not there is such an account.

    allauth would try each account that has named an address, which tells who has and takes as long as there are many.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session with their profile, which every page shows."""
        user = next(iter(_by_pk().fetch(user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        user = named(credentials.get("username") or "") or addressed(credentials.get("email") or "")
        return self._check_password(user, credentials["password"])


@cache
def _by_pk() -> CompiledQuery[User]:
    return CompiledQuery(lambda pk: User.objects.select_related("profile").filter(pk=pk), *numbers(1))


def named(username: str) -> User | None:
    """Return who has this username, in whatever case it is typed."""
    return User.objects.filter(username_key=fold(username)).first()


def addressed(email: str) -> User | None:
    """Return whose address this is: who has confirmed it, else who named it first."""
    users = filter_users_by_email(email, prefer_verified=True, for_login=True) if email else []
    return min(users, key=lambda user: user.pk, default=None)
