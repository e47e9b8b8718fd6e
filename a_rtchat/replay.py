"""A room's log: the changes after a revision, read from the database as fragments."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from django.conf import settings

from a_live.events import Change
from a_rtchat import fragments, rendered
from a_rtchat.models import Departure, Membership, Message, Room
from a_rtchat.models.message import LOOK_COLUMNS
from a_rtchat.rendered import Look

PAGE_CHARACTERS = 256_000  # per page, which each reader catching up holds in memory


def changes_after(room_id: int, revision: int) -> list[Change]:
    """Return the next page of a room's changes, oldest first; an empty page means there are no more."""
    room = Room.objects.filter(pk=room_id).first()
    if room is None or room.revision <= revision:
        return []
    sources = (_details(room, revision), _messages(room, revision), _members(room, revision))
    return _page(islice(merge(*sources), settings.CHAT_REPLAY_PAGE_SIZE))


def _page(changes: Iterator[Change]) -> list[Change]:
    page: list[Change] = []
    space = PAGE_CHARACTERS
    for change in changes:
        space -= len(change.html)
        if page and space < 0:
            break
        page.append(change)
    return page


def _details(room: Room, revision: int) -> list[Change]:
    if room.details_revision <= revision:
        return []
    return [Change(room.details_revision, fragments.room_changed(room, room.details_revision))]


def _messages(room: Room, revision: int) -> list[Change]:
    changed = Message.objects.filter(room=room).changed_after(revision)
    return [
        Change(shown.revision, fragments.append(shown.html))
        for shown in rendered.render_rows(changed.cache_keys(), room.slug)
    ]


def _members(room: Room, revision: int) -> list[Change]:
    """Return the changes of members, each with the current number of members."""
    columns = ("revision", "user_id", *(f"user__{name}" for name in LOOK_COLUMNS))
    here = Membership.objects.filter(room=room, revision__gt=revision).order_by("revision")
    gone = Departure.objects.filter(room=room, revision__gt=revision).order_by("revision")
    size = settings.CHAT_REPLAY_PAGE_SIZE
    rows = [(*row[:-2], "" if row[-2] else row[-1]) for row in here.values_list(*columns, "banned_at", "role")[:size]]
    rows += [(*row, "") for row in gone.values_list(*columns)[:size]]
    count = Membership.objects.count_in(room.pk) if rows else 0
    return [_member(row, count) for row in sorted(rows)]


def _member(row: tuple, count: int) -> Change:
    revision, user_id, *look, role = row
    return Change(revision, fragments.member_changed(Look(*look), user_id, role, count, revision))
