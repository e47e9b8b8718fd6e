"""A person as others see them, and how processes tell each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

HERE, ONLINE, AWAY, OFFLINE = "here", "online", "away", "offline"

Statuses = dict[str, list[int]]  # users by status


class Person(NamedTuple):
    """A user's presence in one process, or combined."""

    state: str  # ONLINE or AWAY
    here: frozenset[str]  # topics on screen
    topics: frozenset[str]
    close: frozenset[str]
    hidden_from: frozenset[int]

    def status(self, topic: str) -> str:
        """Return how the user appears to the readers of a topic."""
        return HERE if topic in self.here else self.state


NOBODY = Person(OFFLINE, frozenset(), frozenset(), frozenset(), frozenset())


def visible_to(user_id: int, statuses: Statuses, hidden: dict[int, frozenset[int]]) -> Statuses:
    """Return the statuses without those of users who hide from a user."""
    seen = {status: [pk for pk in some if user_id not in hidden.get(pk, ())] for status, some in statuses.items()}
    return {status: some for status, some in seen.items() if some}


def pack(person: Person | None) -> list[Any]:
    """Return a person as values that the channel layer can carry."""
    return [] if person is None else [person.state, *(sorted(part) for part in person[1:])]


def unpack(packed: list[Any]) -> Person | None:
    """Return the person that `pack` packed."""
    return Person(packed[0], *(frozenset(part) for part in packed[1:])) if packed else None


def combined(people: list[Person]) -> Person:
    """Return one person for what several processes know; NOBODY if none knows any."""
    if len(people) < 2:
        return people[0] if people else NOBODY
    state = ONLINE if any(person.state == ONLINE for person in people) else AWAY
    here, topics, close, hidden_from = (union(person[place] for person in people) for place in range(1, 5))
    return Person(state, here, topics, close, hidden_from)


def union(sets: Iterable[Any]) -> frozenset[Any]:
    """Return the union of sets."""
    return frozenset[Any]().union(*sets)
