"""The links to a user's rooms in the sidebar: limited in number, two queries, cached HTML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import get_language, gettext

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat.models import Membership, Room
from a_rtchat.models.membership import MembershipQuerySet
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.models import User

PEER_COLUMNS = ("room_id", "user_id", "user__profile__display_name", "user__username")
ROOM_COLUMNS = ("room_id", "room__kind", "room__slug", "room__name", "room__icon", "room__archived_at")
READING_COLUMNS = ("room__last_seq", "last_read_seq", "read_revision")
LISTING_COLUMNS = ("is_favourite", "notify", "snoozed_until")
ACTIVE_AT = Coalesce("room__last_post_at", "room__created_at")
COLUMNS = ("user_id", "pk", *ROOM_COLUMNS, *READING_COLUMNS, *LISTING_COLUMNS, ACTIVE_AT)

IS_UNREAD = Case(When(room__last_seq__gt=F("last_read_seq"), then=Value(1)), default=Value(0))
MOST_SHOWN = 99  # unread messages that a badge counts
GAPS = ("membership", "last_seq", "read_seq", "read_revision", "favourite", "notify", "snoozed", "active", "badge")


class Peer(NamedTuple):
    """Another member of a direct room."""

    pk: int
    name: str
    handle: str


class RoomLink(NamedTuple):
    """A room in a user's list."""

    user_id: int
    membership: int
    pk: int
    kind: str
    slug: str
    title: str
    icon: str
    archived_at: datetime | None
    last_seq: int
    read_seq: int
    read_revision: int
    is_favourite: bool
    notify: str
    snoozed_until: datetime | None
    active_at: datetime  # of the newest post, or of its creation
    people: tuple[Peer, ...] = ()  # the others in a direct room

    @property
    def peer(self) -> int | None:
        """The id of the other person in a direct room of two."""
        return self.people[0].pk if len(self.people) == 1 else None

    @property
    def handle(self) -> str:
        """Their username, which nobody can copy."""
        return self.people[0].handle if len(self.people) == 1 else ""

    @property
    def unread(self) -> int:
        """The number of unread messages."""
        return max(0, self.last_seq - self.read_seq)

    @property
    def is_snoozed(self) -> bool:
        """Whether the room notifies of nothing until tomorrow."""
        return self.snoozed_until is not None and self.snoozed_until > timezone.now()

    @property
    def is_quiet(self) -> bool:
        """Whether its unread messages are a dot, not a number."""
        return self.notify == Membership.Notify.NOTHING or self.is_snoozed or self.archived_at is not None

    @property
    def html(self) -> str:
        """The link's HTML, in the active language."""
        room = (self.pk, self.kind, self.slug, self.title, self.icon, self.archived_at is not None, self.people)
        return _skeleton(get_language(), *room).fill(self._values())

    def _values(self) -> dict[str, str]:
        return {
            "membership": str(self.membership),
            "last_seq": str(self.last_seq),
            "read_seq": str(self.read_seq),
            "read_revision": str(self.read_revision),
            "favourite": " data-favourite" if self.is_favourite else "",
            "notify": self.notify,
            "snoozed": str(int(self.snoozed_until.timestamp())) if self.snoozed_until else "",
            "active": str(int(self.active_at.timestamp())),
            "badge": badge(self.unread, self.is_quiet),
        }


def badge(unread: int, is_quiet: bool = False) -> str:
    """Return the HTML of a number of unread messages: nothing for 0, a dot if it is quiet."""
    if not unread:
        return ""
    text = "" if is_quiet else str(unread) if unread <= MOST_SHOWN else f"{MOST_SHOWN}+"
    label = escape(f"{text} {gettext('unread')}".strip())
    quiet = " data-quiet" if is_quiet else ""
    return f'<span class="badge" role="img" aria-label="{label}"{quiet}>{text}</span>'


@cached(maxsize=20_000)
def _skeleton(
    language: str, pk: int, kind: str, slug: str, title: str, icon: str, is_archived: bool, people: tuple[Peer, ...]
) -> Skeleton:
    room = {"pk": pk, "kind": kind, "slug": slug, "title": title, "icon": icon, "is_archived": is_archived}
    context = {"room": room, "people": people, "peer": people[0] if len(people) == 1 else None, **gaps(GAPS)}
    return Skeleton("a_rtchat/_room_link.html", context)


def links_for(user: User, query: str = "", limit: int | None = None) -> list[RoomLink]:
    """Return a user's rooms: all, or those whose title matches a query, or at most `limit`.

    Favourites come first, then those with unread messages, then those most recently active, so that a limit keeps them.
    """
    if query:
        return with_titles(_in_order(_matching(Membership.objects.filter(user=user), user, query)))
    rooms = [RoomLink(*row) for row in _first(limit).fetch(user.pk)]
    return _titled(rooms, lambda direct: _peers().fetch(user.pk))


@cache
def _first(limit: int | None) -> CompiledQuery:
    return CompiledQuery(lambda user_id: _in_order(_shown().filter(user=user_id))[:limit], *placeholders(1))


@cache
def _peers() -> CompiledQuery:
    def peers(user_id: int) -> QuerySet:
        mine = Membership.objects.filter(user=user_id, room__kind=Room.Kind.DIRECT)
        return Membership.objects.filter(room__in=mine.values("room")).values_list(*PEER_COLUMNS)

    return CompiledQuery(peers, *placeholders(1))


def link_for(membership: Membership) -> RoomLink:
    """Return the room of a membership, as listed for its user when it has just been added."""
    room, mine = membership.room, membership
    about = (room.pk, room.kind, room.slug, room.name, room.icon, room.archived_at)
    reading = (room.last_seq, mine.last_read_seq, mine.read_revision)
    listing = (mine.is_favourite, mine.notify, mine.snoozed_until)
    link = RoomLink(mine.user_id, mine.pk, *about, *reading, *listing, timezone.now())
    return _titled([link], _peers_in)[0]


def stored_link(membership_id: int) -> RoomLink | None:
    """Return the room of a membership as listed now, or None if the list doesn't show it."""
    return next(iter(with_titles(_in_order(_shown().filter(pk=membership_id)))), None)


def most_active(user: User) -> str:
    """Return the slug of the room with a user's newest messages, or ""."""
    newest = Membership.objects.filter(user=user).active().order_by(ACTIVE_AT.desc(), F("room_id").desc())
    return newest.values_list("room__slug", flat=True).first() or ""


def lists_of(user_ids: Collection[int]) -> dict[int, list[RoomLink]]:
    """Return {user id: all their rooms} in two queries."""
    rooms: dict[int, list[RoomLink]] = {user_id: [] for user_id in user_ids}
    for room in with_titles(_in_order(_shown().filter(user__in=rooms))):
        rooms[room.user_id].append(room)
    return rooms


def listed(rooms: list[RoomLink], current: int | None) -> list[RoomLink]:
    """Return the first rooms, as many as a page lists, and the one that it shows."""
    limit = settings.CHAT_ROOMS_LISTED
    return rooms[:limit] + [room for room in rooms[limit:] if room.pk == current]


def with_titles(rows: QuerySet) -> list[RoomLink]:
    """Return rows of `COLUMNS` as listed rooms; the title of a direct room is the others' names."""
    return _titled([RoomLink(*row) for row in rows], _peers_in)


def _peers_in(room_ids: Collection[int]) -> QuerySet:
    return Membership.objects.filter(room__in=room_ids).values_list(*PEER_COLUMNS)


def _titled(rooms: list[RoomLink], find_peers: Callable[[set[int]], Iterable[Any]]) -> list[RoomLink]:
    """Return rooms with their titles; `find_peers` is called with the ids of the direct ones, if there are any."""
    direct = {room.pk for room in rooms if room.kind == Room.Kind.DIRECT}
    peers = _grouped(find_peers(direct)) if direct else {}
    return [_with_title(room, peers) for room in rooms]


def _with_title(room: RoomLink, peers: dict[int, list[Peer]]) -> RoomLink:
    if room.kind != Room.Kind.DIRECT:
        return room
    others = tuple(sorted(one for one in peers.get(room.pk, ()) if one.pk != room.user_id))
    return room._replace(title=", ".join(one.name for one in others) or gettext("Notes to myself"), people=others)


def _grouped(rows: Iterable[tuple[int, int, str, str]]) -> dict[int, list[Peer]]:
    """Return {room id: members} for direct rooms."""
    peers: dict[int, list[Peer]] = {}
    for room_id, user_id, name, username in rows:
        peers.setdefault(room_id, []).append(Peer(user_id, name or username, username))
    return peers


def _shown() -> MembershipQuerySet:
    """Return the memberships whose rooms aren't hidden from the list."""
    return Membership.objects.filter(Q(hidden_seq=None) | Q(room__last_seq__gt=F("hidden_seq")))


def _in_order(memberships: MembershipQuerySet) -> QuerySet:
    order = (F("is_favourite").desc(), IS_UNREAD.desc(), ACTIVE_AT.desc(), F("room_id").desc())
    return memberships.active().order_by(*order).values_list(*COLUMNS)


def _matching(memberships: MembershipQuerySet, user: User, query: str) -> MembershipQuerySet:
    """Return the memberships in rooms whose title contains a query."""
    peers = Membership.objects.exclude(user=user).filter(room__kind=Room.Kind.DIRECT, room__memberships__user=user)
    named = peers.filter(Q(user__profile__display_name__icontains=query) | Q(user__username__icontains=query))
    return memberships.filter(Q(room__name__icontains=query) | Q(room__in=named.values("room")))
