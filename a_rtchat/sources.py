"""The sources of the chat's topics: room logs and personal updates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from a_live.compiled import CompiledQuery, padded, placeholders
from a_live.events import Change
from a_live.following import Follows
from a_live.sources import Admission, Lookup, View, split, topic_name
from a_rtchat import fragments, permissions, replay, room_list
from a_rtchat.models import Block, Membership, Room
from a_users.models import User

PERSON = ("password", "language", "profile__display_name", "username")
RECENT = timedelta(minutes=5)  # a page may have been made this long before its socket opened
RIGHTS = ("role", "muted_until", *(f"room__{name}" for name in permissions.Rules._fields))
COLUMNS = ("user_id", "room__slug", "room_id", "room__revision", *RIGHTS, *(f"user__{name}" for name in PERSON))


class RoomSource:
    """Room topics: members follow a log of everything that the room page shows."""

    def admit(self, lookups: Collection[Lookup]) -> dict[Lookup, Admission]:
        """Return the admissions of the users who are members of the room, which is given by its slug."""
        slugs = {slug for _, slug in lookups}
        if len(slugs) == 1:  # as after a restart, when a room's readers reconnect together
            users = padded({user_id for user_id, _ in lookups})
            rows = _into_one_room(len(users)).fetch(*slugs, *users)
        else:
            pairs = padded(lookups)
            rows = _into_rooms(len(pairs)).fetch(*chain.from_iterable(pairs))
        return {(row[0], row[1]): _room_admission(*row) for row in rows}

    def newest(self, ids: Collection[int]) -> dict[int, int]:
        """Return the newest revision of each room."""
        return dict(Room.objects.filter(pk__in=ids).values_list("pk", "revision"))

    def changes_after(self, topic_id: int, revision: int) -> list[Change]:
        """Return the next page of a room's changes after a revision."""
        return replay.changes_after(topic_id, revision)

    def news(self, topic_id: int, number: int) -> str:
        """Return the fragment with a room's newest seq."""
        return fragments.news(topic_id, number)


class UserSource:
    """User topics: each user follows their personal state, which has no log and is sent again on reconnecting."""

    def admit(self, lookups: Collection[Lookup]) -> dict[Lookup, Admission]:
        """Return the admissions of active users to their own topics."""
        users = User.objects.filter(pk__in={user_id for user_id, _ in lookups}, is_active=True)
        return {
            (pk, ""): _admission(pk, topic_name("user", pk), 0, *person)
            for pk, *person in users.values_list("pk", *PERSON)
        }

    def newest(self, ids: Collection[int]) -> dict[int, int]:
        """Return nothing: there is no log."""
        return {}

    def changes_after(self, topic_id: int, revision: int) -> list[Change]:
        """Return nothing: there is no log."""
        return []

    def states(self, readers: Collection[View]) -> dict[View, str]:
        """Return each user's list of rooms, in which the room that they look at is in any case."""
        pages = {reader: (reader[0], _room_id(reader[1])) for reader in readers}
        lists = room_list.lists_of(set(pages.values()))
        return {reader: fragments.room_list(lists[page]) for reader, page in pages.items()}

    def news(self, topic_id: int, number: int) -> str:
        """Return nothing: nobody follows another user's topic."""
        return ""

    def follows(self, user_ids: Collection[int]) -> dict[int, Follows]:
        """Return the rooms of users, in three queries; direct rooms are close."""
        follows = {user_id: Follows() for user_id in user_ids}
        some = padded(follows)
        rooms = _states_of(some)
        for user_id, room_id in _pairs(len(some)).fetch(*some):  # up to hundreds for each user
            if room_id not in rooms:
                continue  # joined since
            topic, number, is_close, is_recent = rooms[room_id]
            mine = follows[user_id]
            mine.numbers[topic] = number
            if is_close:
                mine.close.add(topic)
            if is_recent:
                mine.recent.add(topic)
        for user_id, blocked in Block.objects.filter(blocker__in=user_ids).values_list("blocker", "blocked"):
            follows[user_id].hidden_from |= {blocked}
        return follows

    def presence(self, statuses: Mapping[str, list[int]], is_all: bool) -> str:
        """Return the fragment that shows users by status."""
        return fragments.presence(statuses, is_all)


def _room_id(topic: str) -> int | None:
    kind, topic_id = split(topic)
    return topic_id if kind == "room" else None


@cache
def _pairs(count: int) -> CompiledQuery:
    def pairs(*users: int) -> QuerySet:
        return Membership.objects.active().filter(user__in=users).values_list("user_id", "room_id")

    return CompiledQuery(pairs, *placeholders(count))


def _states_of(user_ids: Collection[int]) -> dict[int, tuple[str, int, bool, bool]]:
    """Return {room id: its topic, its newest seq, whether it is direct, whether it has had a post recently}."""
    since = timezone.now() - RECENT
    rooms = Room.objects.filter(pk__in=Membership.objects.filter(user__in=user_ids).values("room"))
    return {
        pk: (topic_name("room", pk), seq, kind == Room.Kind.DIRECT, last is not None and last > since)
        for pk, kind, seq, last in rooms.values_list("pk", "kind", "last_seq", "last_post_at")
    }


@cache
def _into_one_room(count: int) -> CompiledQuery:
    def memberships(slug: str, *users: int) -> QuerySet:
        return Membership.objects.in_room(slug, users).values_list(*COLUMNS)

    return CompiledQuery(memberships, "a slug", *placeholders(count))


@cache
def _into_rooms(count: int) -> CompiledQuery:
    def memberships(*pairs: Any) -> QuerySet:
        return Membership.objects.for_pairs(list(zip(pairs[::2], pairs[1::2], strict=True))).values_list(*COLUMNS)

    slugs = (f"slug {number}" for number in range(count))
    return CompiledQuery(memberships, *chain.from_iterable(zip(placeholders(count), slugs, strict=True)))


def _room_admission(
    user_id: int, slug: str, room_id: int, revision: int, role: str, muted_until: datetime | None, *columns: Any
) -> Admission:
    """Return the admission of a member, who is heard if they can post."""
    rules, person = columns[: len(permissions.Rules._fields)], columns[len(permissions.Rules._fields) :]
    admission = _admission(user_id, topic_name("room", room_id), revision, *person)
    is_heard = permissions.allows("post", role, permissions.Rules(*rules)) and not permissions.is_muted(muted_until)
    return replace(admission, is_heard=is_heard)


def _admission(
    user_id: int, topic: str, revision: int, password: str, language: str, display_name: str, username: str
) -> Admission:
    return Admission(user_id, topic, revision, password, language, display_name or username)
