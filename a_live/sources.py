"""Sources: what an app registers for a kind of topic, so that a_live can serve topics without importing the app.

A topic is named `<kind>.<id>`, such as `room.12`; the kind determines its source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from a_live.budget import charge, measured
from a_live.events import Change

if TYPE_CHECKING:
    from a_live.following import Follows

Lookup = tuple[int, str]  # a user's id, and the key of the topic they want to follow
View = tuple[int, str]  # a user's id, and the name of the topic that they follow


@dataclass(frozen=True, slots=True)
class Admission:
    """A user's access to a topic, at its newest revision.

    `password` is the user's password hash, to check the session against; `language` the one they chose, if any;
    `name` their display name. `is_heard` tells whether others are shown what they do, such as typing.
    """

    user_id: int
    topic: str
    revision: int
    password: str
    language: str = ""
    name: str = ""
    is_heard: bool = True


class Source(Protocol):
    """The data behind a kind of topic. All methods use the ORM and may be called from any thread."""

    def admit(self, lookups: Collection[Lookup]) -> dict[Lookup, Admission]:
        """Return the admissions of the users with access, in one query."""

    def newest(self, ids: Collection[int]) -> dict[int, int]:
        """Return the newest revision of each topic, in one query."""

    def changes_after(self, topic_id: int, revision: int) -> list[Change]:
        """Return the next page of changes after a revision, oldest first; an empty page means there are no more."""

    def news(self, topic_id: int, number: int) -> str:
        """Return the fragment that tells a topic's followers its newest number. No query."""


class PersonalSource(Source, Protocol):
    """The data behind the topics of users."""

    def states(self, readers: Collection[View]) -> dict[View, str]:
        """Return a fragment with the latest personal state for each user, as it is for a reader of that topic."""

    def follows(self, user_ids: Collection[int]) -> dict[int, Follows]:
        """Return what users follow, in a constant number of queries."""

    def presence(self, statuses: Mapping[str, list[int]], is_all: bool) -> str:
        """Return the fragment that shows users by status; if these are all, the user's others are offline. No query."""


_sources: dict[str, Source] = {}
_personal: PersonalSource


def register(kind: str, source: Source) -> None:
    """Register the source of a kind of topic; call this in AppConfig.ready."""
    _sources[kind] = source


def source_of(kind: str) -> Source:
    """Return the source of a kind. Raises KeyError if none is registered."""
    return _sources[kind]


def topic_name(kind: str, topic_id: int) -> str:
    return f"{kind}.{topic_id}"


def split(topic: str) -> tuple[str, int]:
    """Return the kind and id in a topic's name."""
    kind, _, topic_id = topic.rpartition(".")
    return kind, int(topic_id)


def newest_revisions(topics: Collection[str]) -> dict[str, int]:
    """Return {topic: newest revision} for the topics that exist, in one query per kind."""
    ids: dict[str, list[int]] = {}
    for kind, topic_id in map(split, topics):
        ids.setdefault(kind, []).append(topic_id)
    found = ((kind, source_of(kind).newest(some)) for kind, some in ids.items())
    return {topic_name(kind, pk): revision for kind, newest in found for pk, revision in newest.items()}


def changes_after(topic: str, revision: int) -> list[Change]:
    """Return the next page of a topic's changes after a revision."""
    kind, topic_id = split(topic)
    return source_of(kind).changes_after(topic_id, revision)


def register_personal(source: PersonalSource) -> None:
    """Register the source of the kind `user`; call this in AppConfig.ready."""
    global _personal
    register("user", source)
    _personal = source


def follows_of(user_ids: Collection[int]) -> dict[int, Follows]:
    """Return what users follow."""
    return _personal.follows(user_ids)


def presence_of(statuses: Mapping[str, list[int]], is_all: bool = False) -> str:
    """Return the fragment that shows users by status."""
    return _personal.presence(statuses, is_all)


def news_of(topic: str, number: int) -> str:
    """Return the fragment that tells a topic's followers its newest number."""
    kind, topic_id = split(topic)
    return source_of(kind).news(topic_id, number)


def states_of(readers: list[View]) -> list[str]:
    """Return a fragment with the latest personal state for each reader, in a constant number of queries."""
    states, seconds = measured(_personal.states, set(readers))
    charge([user_id for user_id, _ in readers], seconds)
    return [states.get(reader, "") for reader in readers]
