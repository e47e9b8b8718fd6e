"""The sources of the chat's topics: room logs and personal updates."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from django.db.models import QuerySet

from a_live.compiled import CompiledQuery, padded, placeholders
from a_live.events import Change
from a_live.sources import Admission, Follower, Lookup, split, topic_name
from a_rtchat import fragments, replay, room_links
from a_rtchat.models import Membership, Room
from a_users.models import User

PERSON = ("password", "language", "profile__display_name", "username")
COLUMNS = ("user_id", "room__slug", "room_id", "room__revision", *(f"user__{name}" for name in PERSON))


class RoomSource:
    """Room topics: members follow a log of everything that the room page shows."""

    def admit(self, lookups: Collection[Lookup]) -> dict[Lookup, Admission]:
        """Return the admissions of the users who are members of the room, which is given by its slug."""
        slugs = {slug for _, slug in lookups}
        if len(slugs) == 1:  # as after a restart, when a room's readers reconnect together
            users = padded({user_id for user_id, _ in lookups})
            rows = _into_one_room(len(users)).fetch(*slugs, *users)
        else:
            rows = list(Membership.objects.for_pairs(lookups).values_list(*COLUMNS))
        return {
            (user_id, slug): _admission(user_id, topic_name("room", room_id), revision, *person)
            for user_id, slug, room_id, revision, *person in rows
        }

    def newest(self, ids: Collection[int]) -> dict[int, int]:
        """Return the newest revision of each room."""
        return dict(Room.objects.filter(pk__in=ids).values_list("pk", "revision"))

    def changes_after(self, topic_id: int, revision: int) -> list[Change]:
        """Return the next page of a room's changes after a revision."""
        return replay.changes_after(topic_id, revision)

    def states(self, readers: Collection[Follower]) -> dict[Follower, str]:
        """Return nothing: rooms have no personal state."""
        return {}


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

    def states(self, readers: Collection[Follower]) -> dict[Follower, str]:
        """Return each user's list of rooms, in which the room that they look at is in any case."""
        pages = {reader: (reader[0], _room_id(reader[1])) for reader in readers}
        lists = room_links.lists_of(set(pages.values()))
        return {reader: fragments.room_list(lists[page]) for reader, page in pages.items()}


def _room_id(topic: str) -> int | None:
    kind, topic_id = split(topic)
    return topic_id if kind == "room" else None


@cache
def _into_one_room(count: int) -> CompiledQuery:
    def memberships(slug: str, *users: int) -> QuerySet:
        return Membership.objects.for_pairs([(user, slug) for user in users]).values_list(*COLUMNS)

    return CompiledQuery(memberships, "a slug", *placeholders(count))


def _admission(
    user_id: int, topic: str, revision: int, password: str, language: str, display_name: str, username: str
) -> Admission:
    return Admission(user_id, topic, revision, password, language, display_name or username)
