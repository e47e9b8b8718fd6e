"""The list of rooms in the sidebar: sections that fold, in the order that the reader chose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_live.people import OFFLINE
from a_rtchat import room_links
from a_rtchat.models import Room
from a_rtchat.room_link import RoomLink, badge, mention_badge
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_rtchat.statuses import statuses_of

FAVOURITES, DIRECT, ROOMS, ARCHIVED = SECTIONS = ("favourites", "direct", "rooms", "archived")
ORDERS: dict[str, Callable[[RoomLink], Any]] = {
    "activity": lambda room: (-room.active_at.timestamp(), -room.pk),
    "name": lambda room: (room.title.casefold(), room.pk),
    "unread": lambda room: (not room.loudness, -room.active_at.timestamp(), -room.pk),
}
ORDER_COOKIE, FOLDED_COOKIE = "rooms_order", "rooms_folded"  # set by static/js/room-list.js

Reader = tuple[int, int | None]  # a user's id, and that of the room on their page, if any


class Arrangement(NamedTuple):
    """How a browser shows the list: its order, and the sections that are folded."""

    order: str = "activity"
    folded: frozenset[str] = frozenset({ARCHIVED})


BY_ACTIVITY = Arrangement()


def arrangement_of(request: HttpRequest, query: str = "") -> Arrangement:
    """Return the arrangement that a browser has chosen; what a filter finds is never folded.

    `?order=` chooses an order without a script.
    """
    order = request.GET.get("order", request.COOKIES.get(ORDER_COOKIE, ""))
    folded = [] if query else request.COOKIES.get(FOLDED_COOKIE, ARCHIVED).split(".")
    return Arrangement(order if order in ORDERS else "activity", frozenset(folded) & frozenset(SECTIONS))


def html_of(
    rooms: Iterable[RoomLink], current: int | None = None, arrangement: Arrangement = BY_ACTIVITY
) -> SafeString:
    """Return the HTML of the sections with links to rooms, with the current one marked."""
    sections: dict[str, list[RoomLink]] = {name: [] for name in SECTIONS}
    for room in sorted(rooms, key=ORDERS[arrangement.order]):
        sections[section_of(room)].append(room)
    html = "".join(_section(name, rooms, name not in arrangement.folded) for name, rooms in sections.items())
    link = f'<a id="to-room-{current}"'
    return mark_safe(html.replace(link, f'{link} aria-current="page"'))  # noqa: S308  (from templates)


def section_of(room: RoomLink) -> str:
    """Return the name of the section that lists a room."""
    if room.archived_at is not None:
        return ARCHIVED
    if room.is_favourite:
        return FAVOURITES
    return DIRECT if room.kind == Room.Kind.DIRECT else ROOMS


def lists_of(readers: Collection[Reader]) -> dict[Reader, str]:
    """Return the HTML of each reader's list, which has the room that they look at in any case, in two queries."""
    rooms = room_links.lists_of({user_id for user_id, _ in readers})
    return {reader: html_of(room_links.listed(rooms[reader[0]], reader[1]), reader[1]) for reader in readers}


def links_of(rooms: Collection[RoomLink]) -> list[str]:
    """Return the HTML of one user's rooms, with who is online in the direct ones."""
    peers = {room.peer: room.user_id for room in rooms if room.peer}
    statuses = statuses_of(peers.keys(), "", next(iter(peers.values()))) if peers else {}
    language = get_language()
    return [room.html(language, statuses.get(room.peer or 0, OFFLINE)) for room in rooms]


def _section(name: str, rooms: list[RoomLink], is_open: bool) -> str:
    language = get_language()
    unread = sum(room.unread for room in rooms if not room.is_quiet)
    mentions = sum(room.mention_count for room in rooms)
    links = "".join(links_of(rooms))
    values = {
        "open": " open" if is_open else "",
        "mention_badge": mention_badge(language, mentions),
        "badge": badge(language, unread),
        "rooms": links,
    }
    return _skeleton(language, name).fill(values)


@cached(maxsize=100)
def _skeleton(language: str, name: str) -> Skeleton:
    return Skeleton("a_rtchat/_room_section.html", {"name": name, **gaps(["open", "mention_badge", "badge", "rooms"])})
