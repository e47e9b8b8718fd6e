"""Hooks for other apps. They register at startup, so that a_users imports none of them."""

from collections.abc import Collection, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from a_users.models import User
from a_users.requests import SignedInRequest


class Extension:
    """Base class for an app's hooks; override the ones it needs."""

    def signed_up(self, user: User) -> None:
        """Handle a new account, in the transaction that creates it."""

    def signed_in(self, user: User, next_url: str) -> None:
        """Handle someone who has signed in or up, and goes on to a URL ("" if none was given)."""

    def room_joined(self, next_url: str) -> str:
        """Return the name of the room that signing in joins because of a URL, or ""."""
        return ""

    def signed_out(self, response: HttpResponse) -> None:
        """Handle the response to someone who has signed out."""

    def profile_changed(self, user: User) -> None:
        """Handle a changed name, colour, picture or username, in the transaction that changes it."""

    def site_ban_changed(self, users: Collection[User], actor: User | None, is_banned: bool) -> None:
        """Handle users whom an administrator deactivated or reactivated, in the transaction that does so."""

    def account_deleted(self, user: User) -> None:
        """Clean up after an account, in the transaction that deletes it."""

    def export(self, user: User) -> dict[str, Any]:
        """Return {name: content} to add to a user's export; an iterator becomes a JSON Lines file."""
        return {}

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        """Return the context for the frame around a signed-in user's pages."""
        return {}

    def profile_context(self, request: SignedInRequest, person: User) -> dict[str, Any]:
        """Return what the app adds to a person's profile."""
        return {}

    def first_page(self, user: User) -> str | None:
        """Return the URL where a new user starts, if the app has one."""
        return None

    def start_page(self, request: HttpRequest, user: User) -> str | None:
        """Return the URL where signing in leads, if the app has one."""
        return None


_extensions: list[Extension] = []


def register(extension: Extension) -> None:
    """Register an app's extension; call this from AppConfig.ready."""
    _extensions.append(extension)


def registered() -> Iterator[Extension]:
    """Yield the registered extensions."""
    yield from _extensions


def page_context(request: SignedInRequest) -> dict[str, Any]:
    """Return the context for the frame around a signed-in user's pages."""
    return {key: value for extension in registered() for key, value in extension.page_context(request).items()}


def profile_context(request: SignedInRequest, person: User) -> dict[str, Any]:
    """Return what apps add to a person's profile."""
    added = (extension.profile_context(request, person) for extension in registered())
    return {key: value for context in added for key, value in context.items()}


def first_page(user: User) -> str | None:
    """Return the URL where a new user starts, or None if no app has one."""
    return next(filter(None, (extension.first_page(user) for extension in registered())), None)


def start_page(request: HttpRequest, user: User) -> str:
    """Return the URL where signing in leads: an app's start page, or else the settings."""
    pages = (extension.start_page(request, user) for extension in registered())
    return next(filter(None, pages), reverse("settings"))


def room_joined(next_url: str) -> str:
    """Return the name of the room that signing in joins because of a URL, so that the page can say so, or ""."""
    return next(filter(None, (extension.room_joined(next_url) for extension in registered())), "")
