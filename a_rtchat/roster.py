"""A room's members: in the panel beside the conversation those who are there first, on a page all by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_rtchat import rendered, statuses
from a_rtchat.models import Membership, Room
from a_rtchat.models.message import LOOK_COLUMNS
from a_rtchat.paging import cut
from a_rtchat.people import named, sort_key
from a_rtchat.rendered import Look
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.models import User

LIMIT = 100  # members in the panel, and on a page
PRESENT_LIMIT = 2_000  # of those who are there, to choose the first from
COLUMNS = ("user_id", "role", *(f"user__{name}" for name in LOOK_COLUMNS))


class Member(NamedTuple):
    """A member in a list."""

    pk: int
    role: str
    look: Look
    status: str

    @property
    def html(self) -> str:
        """The list item, in the active language."""
        values = {"pk": self.pk, "presence": self.status, "presence_label": statuses.LABELS[self.status]}
        return _skeleton(get_language(), self.look, self.role).fill_escaped(values)


class Page(NamedTuple):
    """A page of members, and the id of the last one if there are more."""

    members: list[Member]
    after: int | None


@cached(maxsize=10_000)
def _skeleton(language: str, look: Look, role: str) -> Skeleton:
    return Skeleton("a_rtchat/_member.html", _context(look, role) | gaps(["pk", "presence", "presence_label"]))


def _context(look: Look, role: str) -> dict[str, object]:
    label = "" if role == Membership.Role.MEMBER else Membership.Role(role).label
    url = reverse("profile", args=[look.username])
    return {"look": look, "avatar": rendered.avatar(look), "url": url, "role": role, "role_label": label}


def html_of(members: Iterable[Member]) -> SafeString:
    """Return the list items of members."""
    return mark_safe("".join(member.html for member in members))  # noqa: S308  (from a template)


def first_of(membership: Membership) -> list[Member]:
    """Return the first members for the panel: those who are here, online, away, offline, then by name; in one query."""
    room = membership.room
    present = statuses.present_in(room.topic, membership.user_id)
    rows = _members(room).order_by(_rank(present), sort_key("user__"), "user_id").values_list(*COLUMNS)[:LIMIT]
    return [_member(row, present) for row in rows]


def page_of(membership: Membership, query: str, after: int | None) -> Page:
    """Return a page of a room's members by name, after the one with this user id, or only those a query finds."""
    members = _members(membership.room).annotate(key=sort_key("user__"))
    if query:
        members = members.filter(named(query, "user__"))
    if after:
        members = members.filter(_behind(after))
    rows, last = cut(members.order_by("key", "user_id").values_list(*COLUMNS)[: LIMIT + 1], LIMIT)
    found = statuses.statuses_of([row[0] for row in rows], membership.room.topic, membership.user_id)
    return Page([_member(row, found) for row in rows], last and last[0])


def _members(room: Room) -> QuerySet:
    return Membership.objects.filter(room=room, banned_at=None)


def _rank(present: dict[int, str]) -> Case:
    """Return the expression of a member's place by status."""
    by_status: dict[str, list[int]] = {}
    for user_id, status in sorted(present.items(), key=lambda one: statuses.ORDER.index(one[1]))[:PRESENT_LIMIT]:
        by_status.setdefault(status, []).append(user_id)
    cases = [When(user__in=some, then=Value(statuses.ORDER.index(status))) for status, some in by_status.items()]
    return Case(*cases, default=Value(len(statuses.ORDER)), output_field=IntegerField())


def _behind(user_id: int) -> Q:
    """Return the condition of coming after a user in the order of names."""
    key = User.objects.filter(pk=user_id).values_list(sort_key(), flat=True).first()
    return Q() if key is None else Q(key__gt=key) | Q(key=key, user_id__gt=user_id)


def _member(row: tuple, found: dict[int, str]) -> Member:
    user_id, role, *look = row
    return Member(user_id, role, Look(*look), found.get(user_id, "offline"))
