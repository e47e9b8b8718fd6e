"""Sources: what an app registers for a kind of topic, so that the wire can serve it without knowing it.

A topic is named `<kind>.<id>`, such as `room.12`; its kind leads to its source.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from a_live.events import Change

Asked = tuple[int, str]  # a user's id, and the key by which they ask for a topic


@dataclass(frozen=True, slots=True)
class Admission:
    """What a socket is admitted to: whose it is, and a topic at its newest revision.

    `password` is the user's password hash, to check the session against; `language` is the one they chose, if any;
    `name` is how they are shown.
    """

    user_id: int
    topic: str
    revision: int
    password: str
    language: str = ""
    name: str = ""


class Source(Protocol):
    """A kind of topic. All methods use the ORM and may be called from any thread."""

    def admit(self, asked: Collection[Asked]) -> dict[Asked, Admission]:
        """Return the admissions of those who may follow what they ask for, in one query."""

    def newest(self, ids: Collection[int]) -> dict[int, int]:
        """Return the newest revision of each topic, in one query."""

    def changes_after(self, topic_id: int, revision: int) -> list[Change]:
        """Return the next page of changes after a revision, oldest first; only an empty page is the last one."""

    def states(self, user_ids: Collection[int]) -> dict[int, str]:
        """Return the fragment that brings each user's own state up to date."""


_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """Register the source of a kind of topic; call it from AppConfig.ready."""
    _sources[kind] = source


def source_of(kind: str) -> Source:
    """Return the source of a kind. Raises KeyError where no app registered one."""
    return _sources[kind]


def topic_name(kind: str, topic_id: int) -> str:
    """Return the name of a topic."""
    return f"{kind}.{topic_id}"


def split(topic: str) -> tuple[str, int]:
    """Return the kind and the id in a topic's name."""
    kind, _, topic_id = topic.rpartition(".")
    return kind, int(topic_id)


def newest_revisions(topics: Collection[str]) -> dict[str, int]:
    """Return {topic: newest revision} of the topics that exist, in one query for each kind."""
    ids: dict[str, list[int]] = {}
    for kind, topic_id in map(split, topics):
        ids.setdefault(kind, []).append(topic_id)
    found = ((kind, source_of(kind).newest(some)) for kind, some in ids.items())
    return {topic_name(kind, pk): revision for kind, newest in found for pk, revision in newest.items()}


def changes_after(topic: str, revision: int) -> list[Change]:
    """Return the next page of a topic's changes after a revision."""
    kind, topic_id = split(topic)
    return source_of(kind).changes_after(topic_id, revision)


def states_of(user_ids: list[int]) -> list[str]:
    """Return for each user the fragment with their own state, in a constant number of queries."""
    states = source_of("user").states(set(user_ids))
    return [states.get(user_id, "") for user_id in user_ids]
