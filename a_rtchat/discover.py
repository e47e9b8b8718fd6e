"""The open rooms that a user could join, with their number of members: one query, limited in number."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat.languages import member_count
from a_rtchat.models import Membership, Room
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.models import User

LIMIT = 100  # rooms listed; others can be joined by code
LIVELY_FIRST = (F("last_post_at").desc(nulls_last=True), F("pk").desc())


class OpenRoom(NamedTuple):
    """An open room in the list."""

    pk: int
    slug: str
    name: str
    people: int

    @property
    def html(self) -> str:
        """The list item, in the active language."""
        skeleton = _skeleton(get_language(), self.pk, self.slug, self.name)
        return skeleton.fill_escaped({"people_text": member_count(self.people)})


@cached(maxsize=5_000)
def _skeleton(language: str, pk: int, slug: str, name: str) -> Skeleton:
    room = {"pk": pk, "slug": slug, "name": name}
    return Skeleton("a_rtchat/_discovered.html", {"room": room, **gaps(["people_text"])})


def open_to(user: User) -> list[OpenRoom]:
    """Return the open rooms that a user could join: those with the newest posts first, those without any last."""
    return [OpenRoom(*row) for row in _open_to().fetch(user.pk)]


@cache
def _open_to() -> CompiledQuery:
    def rooms(user_id: int) -> QuerySet:
        counted = Membership.objects.filter(room=OuterRef("pk")).counted().values("people")
        found = Room.objects.open_to(user_id).annotate(people=Coalesce(Subquery(counted), 0)).order_by(*LIVELY_FIRST)
        return found.values_list("pk", "slug", "name", "people")[:LIMIT]

    return CompiledQuery(rooms, *placeholders(1))


def html_of(rooms: list[OpenRoom]) -> SafeString:
    """Return the list items of rooms."""
    return mark_safe("".join(room.html for room in rooms))  # noqa: S308  (from a template)
