"""Members of a room as its settings list them: those with a role first, then everyone by username, paged by key."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.safestring import SafeString

from a_rtchat import rendered
from a_rtchat.models import Membership, Room
from a_rtchat.models.membership import MembershipQuerySet
from a_rtchat.paging import cut
from a_rtchat.permissions import FOR_GOOD, MEMBER, is_muted

PAGE_SIZE = 50
STAFF_LIMIT = 100  # owners and moderators on the first page


class Row(NamedTuple):
    """A member as listed."""

    membership: Membership
    name: str
    username: str
    avatar: SafeString
    is_muted: bool
    is_muted_for_good: bool


class Listing(NamedTuple):
    """A page of members, and the query string of the next one ("" on the last)."""

    rows: list[Row]
    more: str


def members_of(room: Room, query: str = "", after: str = "") -> Listing:
    """Return a page of a room's members whose name or username contains a query, after a username's key."""
    people = room.memberships.active()
    if query:
        return _page(_named(people, query), query, after)
    page = _page(people.filter(role=MEMBER), query, after)
    return page if after else page._replace(rows=staff_of(room) + page.rows)


def staff_of(room: Room) -> list[Row]:
    """Return a room's owners and moderators, owners first."""
    staff = room.memberships.active().exclude(role=MEMBER).order_by("-role", "user__username_key")
    return [row_of(one) for one in staff.select_related("user__profile")[:STAFF_LIMIT]]


def banned_from(room: Room, query: str = "", after: str = "") -> Listing:
    """Return a page of those banned from a room."""
    banned = Membership.objects.filter(room=room).exclude(banned_at=None)
    return _page(_named(banned, query) if query else banned, query, after)


def row_of(membership: Membership) -> Row:
    """Return a member as listed; their user's profile should be loaded."""
    look = rendered.look_of(membership.user)
    until = membership.muted_until
    return Row(membership, look.name, look.username, rendered.avatar(look), is_muted(until), until == FOR_GOOD)


def _named(people: MembershipQuerySet, query: str) -> MembershipQuerySet:
    named = Q(user__username__icontains=query) | Q(user__profile__display_name__icontains=query)
    return people.filter(named)


def _page(people: MembershipQuerySet, query: str, after: str) -> Listing:
    following = people.filter(user__username_key__gt=after) if after else people
    ordered = following.order_by("user__username_key").select_related("user__profile")
    page, last = cut(ordered[: PAGE_SIZE + 1], PAGE_SIZE)
    return Listing([row_of(one) for one in page], _next(query, last) if last else "")


def _next(query: str, last: Membership) -> str:
    params: dict[str, Any] = {"after": last.user.username_key} | ({"q": query} if query else {})
    return f"?{urlencode(params)}"
