"""The people whom this process shows to its readers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from a_live.people import NOBODY, OFFLINE, Person
from a_live.reader import Reader


class Shown:
    """All people who aren't offline, as local readers see them; its methods are callable from any thread."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.close: defaultdict[str, set[int]] = defaultdict(set)  # by close topic

    def get(self, user_id: int) -> Person:
        """Return a person, or NOBODY."""
        return self.people.get(user_id, NOBODY)

    def show(self, user_id: int, person: Person) -> None:
        """Show a person, or nobody any more. Called by the event loop only."""
        old = self.get(user_id)
        if person is NOBODY:
            self.people.pop(user_id, None)
        else:
            self.people[user_id] = person
        for topic in old.close - person.close:
            self.close[topic].discard(user_id)
            if not self.close[topic]:
                del self.close[topic]
        for topic in person.close - old.close:
            self.close[topic].add(user_id)

    def status_of(self, user_ids: Iterable[int], topic: str, reader: int) -> dict[int, str]:
        """Return {user id: status} as a reader of a topic sees it."""
        known = {user_id: self.get(user_id) for user_id in user_ids}
        return {
            user_id: OFFLINE if reader in person.hidden_from else person.status(topic)
            for user_id, person in known.items()
        }

    def present_in(self, topic: str, reader: int) -> dict[int, str]:
        """Return {user id: status} of a topic's followers who aren't offline, as a reader sees them."""
        people = self.people.copy()  # in one step, so that the event loop can't change it meanwhile
        return {
            user_id: person.status(topic)
            for user_id, person in people.items()
            if topic in person.topics and reader not in person.hidden_from
        }

    def close_to(self, topics: Iterable[str], topic: str, reader: int) -> dict[int, str]:
        """Return {user id: status} of a reader's close people who aren't offline, by their close topics."""
        people = {user_id for close in topics for user_id in self.close.get(close, ())} - {reader}
        found = self.status_of(people, topic, reader)
        return {user_id: status for user_id, status in found.items() if status != OFFLINE}

    def strangers_of(self, user_id: int, readers: Iterable[Reader]) -> set[int]:
        """Return those of some readers' users who see nothing of a user: one of the two blocks the other."""
        hides = self.get(user_id).hidden_from
        people = {reader.user_id for reader in readers}
        return {one for one in people if one in hides or user_id in self.get(one).hidden_from}
