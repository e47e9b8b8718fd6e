"""What other apps add to accounts. They register it when they start; accounts import nothing of them."""

from collections.abc import Iterator
from typing import Any

from a_users.models import User
from a_users.requests import SignedInRequest


class Extension:
    """What an app adds to accounts. Override what it needs."""

    def signed_up(self, user: User) -> None:
        """Act on a new account, within the transaction that created it."""

    def profile_changed(self, user: User) -> None:
        """Act on a changed name, colour, picture or username, within the transaction that changed it."""

    def account_deleted(self, user: User) -> None:
        """Remove what an account that is being deleted leaves behind, within the same transaction."""

    def export(self, user: User) -> dict[str, Any]:
        """Return {name: content} to add to a copy of a user's data; an iterator becomes a file of JSON lines."""
        return {}

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        """Return what the frame around a page shows to a user who is signed in."""
        return {}

    def first_page(self, user: User) -> str | None:
        """Return the address where a new user starts, if the app has one."""
        return None


_extensions: list[Extension] = []


def register(extension: Extension) -> None:
    """Add an app's extension; call it from AppConfig.ready."""
    _extensions.append(extension)


def each() -> Iterator[Extension]:
    """Yield the registered extensions."""
    yield from _extensions


def page_context(request: SignedInRequest) -> dict[str, Any]:
    """Return what the frame around a page shows to a user who is signed in."""
    return {key: value for extension in each() for key, value in extension.page_context(request).items()}


def first_page(user: User) -> str | None:
    """Return the address where a new user starts, or None where no app has one."""
    return next(filter(None, (extension.first_page(user) for extension in each())), None)
