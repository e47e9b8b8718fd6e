"""A user's rooms for the sidebar: limited in number, in two queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat.models import Membership, Room
from a_rtchat.models.membership import MembershipQuerySet
from a_rtchat.models.mention import UnreadMentions
from a_rtchat.models.message import LOOK_COLUMNS
from a_rtchat.rendered import Look
from a_rtchat.room_link import Peer, RoomLink, title_of
from a_users.models import User

PEER_COLUMNS = ("room_id", "user_id", *(f"user__{name}" for name in LOOK_COLUMNS))
ROOM_COLUMNS: tuple[Any, ...] = tuple(
    f"room__{name}" for name in ("kind", "slug", "name", "icon", "picture", "archived_at")
)
READING_COLUMNS = ("room__last_seq", "last_read_seq", "read_revision", UnreadMentions(), "room__revision")
LISTING_COLUMNS = ("is_favourite", "notify", "snoozed_until")
ACTIVE_AT = Coalesce("room__last_post_at", "room__created_at")
COLUMNS: tuple[Any, ...] = ("user_id", "pk", "room_id", *ROOM_COLUMNS, *READING_COLUMNS, *LISTING_COLUMNS, ACTIVE_AT)

IS_UNREAD = Case(When(room__last_seq__gt=F("last_read_seq"), then=Value(1)), default=Value(0))


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
    about = (room.pk, room.kind, room.slug, room.name, room.icon, room.picture.name or "", room.archived_at)
    reading = (room.last_seq, mine.last_read_seq, mine.read_revision, None, 0)  # 0: its mentions aren't known
    listing = (mine.is_favourite, mine.notify, mine.snoozed_until)
    link = RoomLink(mine.user_id, mine.pk, *about, *reading, *listing, timezone.now())
    return _titled([link], _peers_in)[0]


def stored(membership_id: int) -> list[RoomLink]:
    """Return the room of a membership as listed now, or nothing if the list doesn't show it."""
    return with_titles(_in_order(_shown().filter(pk=membership_id)))


def of_rooms(user: User, room_ids: Collection[int]) -> list[RoomLink]:
    """Return those of some rooms that a user is in, also hidden ones."""
    return with_titles(_in_order(Membership.objects.filter(user=user, room__in=room_ids)))


def most_active(user: User) -> str:
    """Return the slug of the room with a user's newest messages, or ""."""
    newest = _shown().filter(user=user).active().order_by(ACTIVE_AT.desc(), F("room_id").desc())
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
    return room._replace(title=title_of(others) or gettext("Notes to myself"), people=others)


def _grouped(rows: Iterable[tuple[int, int, str, str, str, str]]) -> dict[int, list[Peer]]:
    """Return {room id: members} for direct rooms."""
    peers: dict[int, list[Peer]] = {}
    for room_id, user_id, *look in rows:
        peers.setdefault(room_id, []).append(Peer(user_id, Look(*look)))
    return peers


def _shown() -> MembershipQuerySet:
    """Return the memberships whose rooms aren't hidden from the list."""
    return Membership.objects.filter(Q(hidden_seq=None) | Q(room__last_seq__gt=F("hidden_seq")))


def _in_order(memberships: MembershipQuerySet) -> QuerySet:
    order = (F("is_favourite").desc(), IS_UNREAD.desc(), ACTIVE_AT.desc(), F("room_id").desc())
    return memberships.active().order_by(*order).values_list(*COLUMNS)


def _matching(memberships: MembershipQuerySet, user: User, query: str) -> MembershipQuerySet:
    """Return the memberships in rooms whose title contains a query, except hidden ones without a message."""
    peers = Membership.objects.exclude(user=user).filter(room__kind=Room.Kind.DIRECT, room__memberships__user=user)
    named = peers.filter(Q(user__profile__display_name__icontains=query) | Q(user__username__icontains=query))
    found = memberships.exclude(hidden_seq=0, room__last_seq=0)
    return found.filter(Q(room__name__icontains=query) | Q(room__in=named.values("room")))
