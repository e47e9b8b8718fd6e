"""The links to a user's rooms, as the sidebar lists them: bounded, in two queries, each link's HTML kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from a_rtchat.models import Membership, Room
from a_rtchat.skeleton import Skeleton, gap
from a_users.models import User

COLUMNS = ("user_id", "room_id", "room__kind", "room__slug", "room__name", "room__last_seq", "last_read_seq")


class Listed(NamedTuple):
    """A room in someone's list."""

    user_id: int
    pk: int
    kind: str
    slug: str
    title: str
    last_seq: int
    read_seq: int
    peer: int | None = None  # the other person of a direct room

    @property
    def html(self) -> str:
        """The link, with how far the room goes and how far its reader has read."""
        numbers = {"last_seq": str(self.last_seq), "read_seq": str(self.read_seq)}
        return _skeleton(self.pk, self.kind, self.slug, self.title, self.peer).fill(numbers)


@lru_cache(maxsize=20_000)
def _skeleton(pk: int, kind: str, slug: str, title: str, peer: int | None) -> Skeleton:
    room = {"pk": pk, "kind": kind, "slug": slug, "title": title, "peer": peer}
    return Skeleton(
        "a_rtchat/_room_link.html", {"room": room, "last_seq": gap("last_seq"), "read_seq": gap("read_seq")}
    )


def listed(user: User, query: str = "", limit: int | None = None) -> list[Listed]:
    """Return a user's rooms, the ones with the newest messages first; those whose title contains a query, if any."""
    rooms = _newest_first(Membership.objects.filter(user=user))
    if query:
        rooms = _titled(rooms, user, query)
    return with_titles(rooms[:limit] if limit else rooms)


def of_membership(membership: Membership) -> Listed:
    """Return one room as its member lists it."""
    return with_titles(Membership.objects.filter(pk=membership.pk))[0]


def html_of(rooms: Iterable[Listed], current: int | None = None) -> SafeString:
    """Return the links to rooms as one piece of HTML, with the current one marked."""
    html = "".join(room.html for room in rooms)
    link = f'<a id="to-room-{current}"'
    return mark_safe(html.replace(link, f'{link} aria-current="page"'))  # noqa: S308  (from a template)


def lists_of(user_ids: Collection[int]) -> dict[int, str]:
    """Return {user id: the links to their newest rooms}, in two queries for any number of users."""
    lists: dict[int, list[Listed]] = {user_id: [] for user_id in user_ids}
    for room in with_titles(_newest_first(Membership.objects.filter(user__in=user_ids))):
        if len(lists[room.user_id]) < settings.CHAT_ROOMS_LISTED:
            lists[room.user_id].append(room)
    return {user_id: html_of(rooms) for user_id, rooms in lists.items()}


def with_titles(memberships: Iterable[Membership]) -> list[Listed]:
    """Return memberships as listed rooms; a direct room is titled after the other person in it."""
    rooms = [Listed(*row) for row in memberships.values_list(*COLUMNS)]  # type: ignore[attr-defined]
    direct = {room.pk for room in rooms if room.kind == Room.Kind.DIRECT}
    peers = _peers(direct) if direct else {}
    return [_titled_after(room, peers) if room.pk in direct else room for room in rooms]


def _titled_after(room: Listed, peers: dict[int, dict[int, str]]) -> Listed:
    others = {user_id: name for user_id, name in peers.get(room.pk, {}).items() if user_id != room.user_id}
    peer, title = next(iter(others.items()), (None, gettext("Notes to myself")))
    return room._replace(title=title, peer=peer)


def _peers(room_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """Return {room id: {user id: name}} of direct rooms."""
    columns = ("room_id", "user_id", "user__profile__display_name", "user__username")
    peers: dict[int, dict[int, str]] = {}
    for room_id, user_id, name, username in Membership.objects.filter(room__in=room_ids).values_list(*columns):
        peers.setdefault(room_id, {})[user_id] = name or username
    return peers


def _newest_first(memberships):
    newest = Coalesce("room__last_post_at", "room__created_at")
    return memberships.active().order_by(newest.desc(), F("room_id").desc())


def _titled(memberships, user: User, query: str):
    """Keep the rooms whose title contains a query."""
    peers = Membership.objects.exclude(user=user).filter(room__kind=Room.Kind.DIRECT, room__memberships__user=user)
    named = peers.filter(Q(user__profile__display_name__icontains=query) | Q(user__username__icontains=query))
    return memberships.filter(Q(room__name__icontains=query) | Q(room__in=named.values("room")))
