"""Finding people by username and display name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import HttpRequest
from django.utils.safestring import SafeString

from a_rtchat import rendered
from a_rtchat.models import Block, Membership
from a_rtchat.models.message import LOOK_COLUMNS
from a_rtchat.rendered import Look
from a_users.models import User
from a_users.requests import query_value
from a_users.usernames import fold

LIMIT = 20  # people found
MAX_BLOCKED = 500  # people listed as blocked


class Person(NamedTuple):
    """A person in a list."""

    pk: int
    look: Look

    @property
    def avatar(self) -> SafeString:
        """The small avatar."""
        return rendered.avatar(self.look)


def query_of(request: HttpRequest) -> str:
    """Return what a search looks for: a part of a name."""
    return " ".join(query_value(request, "q").removeprefix("@").split())


def search(user: User, query: str) -> list[Person]:
    """Return people whose name matches, those first who share a room with the user; nobody whom the user blocks.

    Those who block the user are found: the blocked learn nothing.

    Without a query, only people who share a room with the user.
    """
    found = User.objects.filter(is_active=True).exclude(pk=user.pk)
    found = found.exclude(pk__in=Block.objects.filter(blocker=user).values("blocked"))
    found = found.annotate(is_near=_shares_a_room(user))
    found = found.filter(named(query) if query else Q(is_near=True)).order_by("-is_near", sort_key(), "pk")
    return _people(found[:LIMIT])


def called(user: User, names: Iterable[str]) -> list[Person]:
    """Return the active users with these usernames, except the user themself."""
    keys = [fold(name) for name in names][: 2 * LIMIT]
    return _people(User.objects.filter(username_key__in=keys, is_active=True).exclude(pk=user.pk).order_by("pk"))


def named(query: str, prefix: str = "") -> Q:
    """Return the condition that a username or a word of the display name begins with the query.

    `prefix` is the lookup path to the user. SQLite compares letters beyond ASCII exactly, so try other cases.
    """
    condition = Q(**{f"{prefix}username_key__startswith": fold(query)})
    for variant in {query, query.lower(), query.capitalize(), query.upper()}:
        condition |= Q(**{f"{prefix}profile__display_name__istartswith": variant})
        condition |= Q(**{f"{prefix}profile__display_name__icontains": f" {variant}"})
    return condition


def sort_key(prefix: str = "") -> Lower:
    """Return the expression by which people are sorted: the name that is shown."""
    return Lower(Coalesce(NullIf(f"{prefix}profile__display_name", Value("")), f"{prefix}username"))


def _shares_a_room(user: User) -> Exists:
    mine = Membership.objects.filter(user=user, banned_at=None).values("room")
    return Exists(Membership.objects.filter(user=OuterRef("pk"), room__in=mine, banned_at=None))


def _people(users: QuerySet) -> list[Person]:
    return [Person(pk, Look(*look)) for pk, *look in users.values_list("pk", *LOOK_COLUMNS)]
