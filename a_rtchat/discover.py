"""The open rooms that a user could join: searched, sorted, and paged by key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from a_live.compiled import CompiledQuery, padded, placeholders
from a_rtchat import icons
from a_rtchat.languages import member_count
from a_rtchat.models import Membership, Room
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.models import User
from a_users.timezones import ago

PAGE_SIZE = 30
ABOUT_LENGTH = 140  # characters of a description
COLUMNS = ("pk", "slug", "name", "description", "icon", "picture", "active_at", "key")
NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC))  # so that nobody can fill the first page with empty rooms


class Sort(NamedTuple):
    """An order of rooms: its label, what it sorts by, whether the highest comes first, and how to read a key back."""

    label: Any
    by: Any
    is_descending: bool
    parse: Callable[[str], Any]


def moment_in(text: str) -> datetime:
    """Return the moment in a text, in UTC. Raises ValueError or OverflowError, also beyond the years 1 to 9999."""
    return datetime.fromisoformat(text).astimezone(UTC)


SORTS = {
    "activity": Sort(_("Last activity"), Coalesce("last_post_at", NEVER), True, moment_in),
    "members": Sort(_("Members"), Count("memberships", filter=Q(memberships__banned_at=None)), True, int),
    "name": Sort(_("Name"), Lower("name"), False, str),
    "newest": Sort(_("Newest"), F("created_at"), True, moment_in),
}


class OpenRoom(NamedTuple):
    """An open room in the list; `key` is what it is sorted by."""

    pk: int
    slug: str
    name: str
    description: str
    icon: str
    picture: str
    active_at: datetime
    key: Any
    people: int = 0

    @property
    def html(self) -> str:
        """The list item, in the active language."""
        about = Truncator(" ".join(self.description.split())).chars(ABOUT_LENGTH)
        icon = icons.icon_in(Room.Kind.OPEN, self.slug, self.icon, self.picture)
        skeleton = _skeleton(get_language(), self.pk, self.slug, self.name, about, icon)
        return skeleton.fill_escaped({"people_text": member_count(self.people), "active_text": active(self.active_at)})


@cached(maxsize=5_000)
def _skeleton(language: str, pk: int, slug: str, name: str, about: str, icon: str) -> Skeleton:
    room = {"pk": pk, "slug": slug, "name": name, "about": about, "icon": icon}
    return Skeleton("a_rtchat/_discovered.html", {"room": room, **gaps(["people_text", "active_text"])})


class Search(NamedTuple):
    """What to look for: a text, the order, and after which room (`<pk>:<key>`) the page begins."""

    query: str = ""
    sort: str = "activity"
    after: str = ""


class Page(NamedTuple):
    """A page of open rooms, and the search for the next one, or None if it is the last."""

    rooms: list[OpenRoom]
    following: Search | None

    @property
    def html(self) -> SafeString:
        """The list items."""
        return mark_safe("".join(room.html for room in self.rooms))  # noqa: S308  (from a template)

    @property
    def next_query(self) -> str:
        """The query string of the next page's URL, or ""."""
        if self.following is None:
            return ""
        query, sort, after = self.following
        return urlencode({name: value for name, value in (("q", query), ("sort", sort), ("after", after)) if value})


def find(user: User, search: Search) -> Page:
    """Return a page of the open rooms that a user could join and that match a search, in two queries."""
    is_first = not (search.query or search.after)
    rows = _first_page(search.sort).fetch(user.pk) if is_first else _found(user.pk, search)
    rooms = [OpenRoom(*row) for row in rows]
    shown, more = _counted(rooms[:PAGE_SIZE]), rooms[PAGE_SIZE:]
    return Page(shown, search._replace(after=_key_of(shown[-1])) if more else None)


def _counted(rooms: list[OpenRoom]) -> list[OpenRoom]:
    """Return rooms with their number of members: counting those of a page is far less work than those of all rooms."""
    ids = padded([room.pk for room in rooms])
    people = dict(_member_counts(len(ids)).fetch(*ids)) if rooms else {}
    return [room._replace(people=people.get(room.pk, 0)) for room in rooms]


@cache
def _member_counts(count: int) -> CompiledQuery:
    return CompiledQuery(lambda *ids: Membership.objects.filter(room__in=ids).counted(), *placeholders(count))


def _key_of(room: OpenRoom) -> str:
    key = room.key.isoformat() if isinstance(room.key, datetime) else room.key
    return f"{room.pk}:{key}"


@cache
def _first_page(sort: str) -> CompiledQuery:
    return CompiledQuery(lambda user_id: _found(user_id, Search(sort=sort)), *placeholders(1))


def _found(user_id: int, search: Search) -> QuerySet:
    sort = SORTS[search.sort]
    rooms = Room.objects.open_to(user_id).annotate(active_at=Coalesce("last_post_at", "created_at"), key=sort.by)
    if search.query:
        rooms = rooms.filter(Q(name__icontains=search.query) | Q(description__icontains=search.query))
    if after := _parse(search):
        rooms = rooms.filter(_beyond(sort, *after))
    mark = "-" if sort.is_descending else ""
    return rooms.order_by(f"{mark}key", f"{mark}pk").values_list(*COLUMNS)[: PAGE_SIZE + 1]


def _parse(search: Search) -> tuple[int, Any] | None:
    """Return the id and the key after which a page begins, or None for the first page or a malformed key."""
    pk, _separator, key = search.after.partition(":")
    try:
        return int(pk), SORTS[search.sort].parse(key)
    except (ValueError, OverflowError):
        return None


def _beyond(sort: Sort, pk: int, key: Any) -> Q:
    direction = "lt" if sort.is_descending else "gt"
    return Q(**{f"key__{direction}": key}) | Q(**{"key": key, f"pk__{direction}": pk})


def active(moment: datetime) -> str:
    """Return when a room was last active, in words."""
    return gettext("Active %(ago)s") % {"ago": ago(moment)}
