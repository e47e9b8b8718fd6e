"""A room's members: in the panel those who are there first, on pages owners and moderators first; and its banned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_live.people import OFFLINE
from a_rtchat import rendered, statuses
from a_rtchat.models import Membership
from a_rtchat.models.message import LOOK_COLUMNS
from a_rtchat.paging import cut
from a_rtchat.people import named, sort_key
from a_rtchat.permissions import FOR_GOOD, is_muted
from a_rtchat.rendered import Look
from a_rtchat.skeleton import Skeleton, cached, gaps

LIMIT = 100  # members in the panel, and on a page
PRESENT_LIMIT = 2_000  # of those who are there, to choose the first from
COLUMNS = ("user_id", "role", "muted_until", "banned_at", "banned_until", *(f"user__{name}" for name in LOOK_COLUMNS))


class Member(NamedTuple):
    """A member in a list."""

    pk: int
    role: str
    muted_until: datetime | None
    banned_at: datetime | None
    banned_until: datetime | None
    look: Look
    status: str = OFFLINE

    @property
    def avatar(self) -> SafeString:
        """The small avatar."""
        return rendered.avatar(self.look)

    @property
    def role_label(self) -> str:
        """The role as listed: nothing for a member without one."""
        return role_label(self.role)

    @property
    def is_muted(self) -> bool:
        """Whether a moderator has muted them."""
        return is_muted(self.muted_until)

    @property
    def is_muted_for_good(self) -> bool:
        """Whether they are muted until a moderator unmutes them."""
        return self.muted_until == FOR_GOOD

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
    url = reverse("profile", args=[look.username])
    return {"look": look, "avatar": rendered.avatar(look), "url": url, "role": role, "role_label": role_label(role)}


def role_label(role: str) -> str:
    """Return the name of a role in the active language, "" for members without one."""
    return "" if role == Membership.Role.MEMBER else str(Membership.Role(role).label)


def html_of(members: Iterable[Member]) -> SafeString:
    """Return the list items of members."""
    return mark_safe("".join(member.html for member in members))  # noqa: S308  (from a template)


def first_of(membership: Membership) -> list[Member]:
    """Return the first members for the panel: those who are here, online, away, offline, then by name; in one query."""
    room = membership.room
    present = statuses.present_in(room.topic, membership.user_id)
    members = room.memberships.active().order_by(_rank(present), sort_key("user__"), "user_id")
    return [_member(row, present) for row in members.values_list(*COLUMNS)[:LIMIT]]


def some_of(membership: Membership, user_ids: Iterable[int]) -> list[Member]:
    """Return the members among these users, to add to the panel; in one query."""
    present = statuses.present_in(membership.room.topic, membership.user_id)
    members = membership.room.memberships.active().filter(user__in=user_ids)
    return [_member(row, present) for row in members.values_list(*COLUMNS)]


def page_of(membership: Membership, query: str = "", after: int | None = None) -> Page:
    """Return a page of the members of a room, after the one with this user id, or only those a query finds."""
    return _page(membership, membership.room.memberships.active(), query, after)


def banned_from(membership: Membership, query: str = "", after: int | None = None) -> Page:
    """Return a page of those banned from a room."""
    return _page(membership, membership.room.memberships.exclude(banned_at=None), query, after)


def member_of(membership: Membership) -> Member:
    """Return a membership as listed; its user's profile should be loaded."""
    one, look = membership, rendered.look_of(membership.user)
    return Member(one.user_id, one.role, one.muted_until, one.banned_at, one.banned_until, look)


def _page(membership: Membership, people: QuerySet[Membership], query: str, after: int | None) -> Page:
    """Return a page of people: owners, moderators, then everyone else, each by name."""
    found = people.annotate(key=sort_key("user__"))
    if query:
        found = found.filter(named(query, "user__"))
    if after:
        found = found.filter(_behind(people, after))
    rows, last = cut(found.order_by("-role", "key", "user_id").values_list(*COLUMNS)[: LIMIT + 1], LIMIT)
    present = statuses.statuses_of([row[0] for row in rows], membership.room.topic, membership.user_id)
    return Page([_member(row, present) for row in rows], last and last[0])


def _rank(present: dict[int, str]) -> Case:
    """Return the expression of a member's place by status."""
    by_status: dict[str, list[int]] = {}
    for user_id, status in sorted(present.items(), key=lambda one: statuses.ORDER.index(one[1]))[:PRESENT_LIMIT]:
        by_status.setdefault(status, []).append(user_id)
    cases = [When(user__in=some, then=Value(statuses.ORDER.index(status))) for status, some in by_status.items()]
    return Case(*cases, default=Value(len(statuses.ORDER)), output_field=IntegerField())


def _behind(people: QuerySet[Membership], user_id: int) -> Q:
    """Return the condition of coming after a user in the order of a page."""
    place = people.filter(user=user_id).values_list("role", sort_key("user__")).first()
    if place is None:
        return Q()
    role, key = place
    return Q(role__lt=role) | Q(role=role) & (Q(key__gt=key) | Q(key=key, user_id__gt=user_id))


def _member(row: tuple, present: dict[int, str]) -> Member:
    user_id, role, muted_until, banned_at, banned_until, *look = row
    return Member(user_id, role, muted_until, banned_at, banned_until, Look(*look), present.get(user_id, OFFLINE))
