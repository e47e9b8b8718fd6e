"""The links to a user's rooms in the sidebar: limited in number, two queries, cached HTML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat import icons
from a_rtchat.models import Membership, Room
from a_rtchat.models.membership import MembershipQuerySet
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.models import User

PEER_COLUMNS = ("room_id", "user_id", "user__profile__display_name", "user__username")
NUMBERS = ("room__last_seq", "last_read_seq")
COLUMNS = ("user_id", "room_id", "room__kind", "room__slug", "room__name", *NUMBERS, "room__icon", "room__picture")

Reader = tuple[int, int | None]  # a user's id, and that of the room on their page, if any


class RoomLink(NamedTuple):
    """A room in a user's list."""

    user_id: int
    pk: int
    kind: str
    slug: str
    title: str
    last_seq: int
    read_seq: int
    icon: str = ""
    picture: str = ""
    peer: int | None = None  # the other person of a direct room
    handle: str = ""  # their username, which nobody can copy

    @property
    def html(self) -> str:
        """The link's HTML, with the room's newest seq and the user's read position."""
        numbers = {"last_seq": str(self.last_seq), "read_seq": str(self.read_seq)}
        icon = icons.icon_in(self.kind, self.slug, self.icon, self.picture)
        return _skeleton(self.pk, self.kind, self.slug, self.title, icon, self.peer, self.handle).fill(numbers)


class Peer(NamedTuple):
    """A member of a direct room."""

    pk: int | None
    name: str
    handle: str


@cached(maxsize=20_000)
def _skeleton(pk: int, kind: str, slug: str, title: str, icon: str, peer: int | None, handle: str) -> Skeleton:
    room = {"pk": pk, "kind": kind, "slug": slug, "title": title, "icon": icon, "peer": peer, "handle": handle}
    return Skeleton("a_rtchat/_room_link.html", {"room": room, **gaps(["last_seq", "read_seq"])})


def links_for(user: User, query: str = "", limit: int | None = None) -> list[RoomLink]:
    """Return a user's rooms, most recently active first: all, at most `limit`, or those whose title matches a query."""
    if query:
        return with_titles(_newest_first(_matching(Membership.objects.filter(user=user), user, query)))
    rooms = [RoomLink(*row) for row in _newest(limit).fetch(user.pk)]
    return _titled(rooms, lambda direct: _peers().fetch(user.pk))


@cache
def _newest(limit: int | None) -> CompiledQuery:
    return CompiledQuery(
        lambda user_id: _newest_first(Membership.objects.filter(user=user_id))[:limit], *placeholders(1)
    )


@cache
def _peers() -> CompiledQuery:
    def peers(user_id: int) -> QuerySet:
        mine = Membership.objects.filter(user=user_id, room__kind=Room.Kind.DIRECT)
        return Membership.objects.filter(room__in=mine.values("room")).values_list(*PEER_COLUMNS)

    return CompiledQuery(peers, *placeholders(1))


def link_for(membership: Membership) -> RoomLink:
    """Return the room of a membership, as listed for its user."""
    room = membership.room
    details = (room.last_seq, membership.last_read_seq, room.icon, room.picture.name or "")
    link = RoomLink(membership.user_id, room.pk, room.kind, room.slug, room.name, *details)
    return _titled([link], _peers_in)[0]


def html_of(rooms: Iterable[RoomLink], current: int | None = None) -> SafeString:
    """Return the HTML of the links to rooms, with the current one marked."""
    html = "".join(room.html for room in rooms)
    link = f'<a id="to-room-{current}"'
    return mark_safe(html.replace(link, f'{link} aria-current="page"'))  # noqa: S308  (from a template)


def lists_of(readers: Collection[Reader]) -> dict[Reader, str]:
    """Return the HTML of the links to each reader's newest rooms and to the one they look at, in two queries."""
    rooms: dict[int, list[RoomLink]] = {user_id: [] for user_id, _ in readers}
    for room in with_titles(_newest_first(Membership.objects.filter(user__in=rooms))):
        rooms[room.user_id].append(room)
    return {reader: html_of(_listed(rooms[reader[0]], reader[1]), reader[1]) for reader in readers}


def _listed(rooms: list[RoomLink], current: int | None) -> list[RoomLink]:
    limit = settings.CHAT_ROOMS_LISTED
    return rooms[:limit] + [room for room in rooms[limit:] if room.pk == current]


def with_titles(rows: QuerySet) -> list[RoomLink]:
    """Return rows of `COLUMNS` as listed rooms; the title of a direct room is the other person's name."""
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
    nobody = Peer(None, gettext("Notes to myself"), "")
    peer = next((one for one in peers.get(room.pk, ()) if one.pk != room.user_id), nobody)
    return room._replace(title=peer.name, peer=peer.pk, handle=peer.handle)


def _grouped(rows: Iterable[tuple[int, int, str, str]]) -> dict[int, list[Peer]]:
    """Return {room id: members} for direct rooms."""
    peers: dict[int, list[Peer]] = {}
    for room_id, user_id, name, username in rows:
        peers.setdefault(room_id, []).append(Peer(user_id, name or username, username))
    return peers


def _newest_first(memberships: MembershipQuerySet) -> QuerySet:
    newest = Coalesce("room__last_post_at", "room__created_at")
    return memberships.active().order_by(newest.desc(), F("room_id").desc()).values_list(*COLUMNS)


def _matching(memberships: MembershipQuerySet, user: User, query: str) -> MembershipQuerySet:
    """Return the memberships in rooms whose title contains a query."""
    peers = Membership.objects.exclude(user=user).filter(room__kind=Room.Kind.DIRECT, room__memberships__user=user)
    named = peers.filter(Q(user__profile__display_name__icontains=query) | Q(user__username__icontains=query))
    return memberships.filter(Q(room__name__icontains=query) | Q(room__in=named.values("room")))
