"""Who is here, online or away: what each process says about its own users, with a lease.

Each process tells the others who came, went, or looks at another topic, in its bulletins. A process that isn't heard
for CHAT_PRESENCE_SECONDS is taken for dead, so that a killed one leaves no ghosts. Users' tabs are combined over all
processes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings

from a_live.following import Following
from a_live.reader import Reader
from a_live.sources import presence_of
from a_live.wire import TextEvent

HERE, ONLINE, AWAY, OFFLINE = "here", "online", "away", "offline"
TELL_EVERY = 1.0  # seconds
TELL_AT_ONCE = 500  # users; the others follow in the next second
GRACE = 4.0  # seconds in which a reloaded page comes back

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


class Presence:
    """The presence of all users, as far as this process has heard."""

    def __init__(self, process: str, following: Following, hub: Any) -> None:
        self.process, self.following, self.hub = process, following, hub
        self.loop: asyncio.AbstractEventLoop = hub.loop
        self.processes: dict[str, dict[int, Person]] = {process: {}}
        self.heard: dict[str, float] = {}
        self.shown: dict[int, Person] = {}  # as local readers see them
        self.changed: dict[int, None] = {}  # in order
        self.touched: dict[int, float] = {}  # local users to look at again, and when
        self.news: dict[int, Person | None] = {}  # for the next bulletin
        self.timer: asyncio.TimerHandle | None = None
        self.on_news: Callable[[], None] = lambda: None

    # --- This process ---

    def touch(self, user_id: int, delay: float = 0.0) -> None:
        """Look again at a local user's tabs, soon."""
        self.touched[user_id] = self.loop.time() + delay
        self._schedule()

    def _look(self) -> None:
        """Find out how local users' presence has changed."""
        now, mine = self.loop.time(), self.processes[self.process]
        for user_id in [user_id for user_id, due in self.touched.items() if due <= now]:
            del self.touched[user_id]
            person = self._person(user_id)
            if person != mine.get(user_id):
                self._set(self.process, user_id, person)
                self.news[user_id] = person
        if self.news:
            self.on_news()

    def _person(self, user_id: int) -> Person | None:
        readers = self.hub.people.get(user_id, ())
        follows = self.following.users.get(user_id)
        if not readers or follows is None:
            return None
        here = frozenset(reader.topic for reader in readers if reader.is_visible and reader.topic in follows.numbers)
        state = ONLINE if any(reader.is_visible for reader in readers) else AWAY
        return Person(state, here, frozenset(follows.numbers), frozenset(follows.close), follows.hidden_from)

    # --- Other processes ---

    def take_news(self, full: bool) -> list[Any]:
        """Return what to tell the others: all local users, or those that changed since the last call."""
        news, self.news = self.news, {}
        known = self.processes[self.process] if full else news
        return [[user_id, *pack(person)] for user_id, person in known.items()]

    def hear(self, process: str, people: Iterable[Any], full: bool) -> None:
        """Take what another process says about its users."""
        self.heard[process] = self.loop.time()
        heard = {user_id: unpack(packed) for user_id, *packed in people}
        known = self.processes.setdefault(process, {})
        gone = [user_id for user_id in known if user_id not in heard] if full else []
        for user_id, person in (heard | dict.fromkeys(gone)).items():
            self._set(process, user_id, person)

    def expire(self) -> None:
        """Forget the users of processes that have died."""
        for process, at in list(self.heard.items()):
            if self.loop.time() - at > settings.CHAT_PRESENCE_SECONDS:
                del self.heard[process]
                self.changed |= dict.fromkeys(self.processes.pop(process, {}))
                self._schedule()

    def _set(self, process: str, user_id: int, person: Person | None) -> None:
        if person is None:
            self.processes[process].pop(user_id, None)
        else:
            self.processes[process][user_id] = person
        self.changed[user_id] = None
        self._schedule()

    # --- Local readers ---

    def status_of(self, user_ids: Iterable[int], topic: str, reader: int) -> dict[int, str]:
        """Return {user id: status} as a reader of a topic sees it; callable from any thread."""
        known = {user_id: self.shown.get(user_id) for user_id in user_ids}
        return {
            user_id: OFFLINE if person is None or reader in person.hidden_from else person.status(topic)
            for user_id, person in known.items()
        }

    def present_in(self, topic: str, reader: int) -> dict[int, str]:
        """Return {user id: status} of a topic's followers who aren't offline, as a reader sees them; any thread."""
        people = self.shown.copy()  # in one step, so that the event loop can't change it meanwhile
        return {
            user_id: person.status(topic)
            for user_id, person in people.items()
            if topic in person.topics and reader not in person.hidden_from
        }

    def strangers_of(self, user_id: int, readers: Iterable[Reader]) -> set[int]:
        """Return those of some readers' users who see nothing of a user: one of the two blocks the other."""
        hides = self.shown[user_id].hidden_from if user_id in self.shown else frozenset()
        return {
            reader.user_id
            for reader in readers
            if reader.user_id in hides
            or ((person := self.shown.get(reader.user_id)) is not None and user_id in person.hidden_from)
        }

    def _schedule(self) -> None:
        if self.timer is None:
            self.timer = self.loop.call_later(TELL_EVERY, self._tick)

    def _tick(self) -> None:
        self.timer = None
        self._look()
        self.tell()
        if self.touched or self.changed:
            self._schedule()

    def tell(self) -> None:
        """Show the readers of each topic, and the followers of close ones, whose presence has changed."""
        here: defaultdict[str, Statuses] = defaultdict(lambda: defaultdict(list))
        elsewhere: defaultdict[str, Statuses] = defaultdict(lambda: defaultdict(list))
        hidden: dict[int, frozenset[int]] = {}
        for user_id in list(islice(self.changed, TELL_AT_ONCE)):
            del self.changed[user_id]
            old, new = self.shown.pop(user_id, None), self._combined(user_id)
            if new is not None:
                self.shown[user_id] = new
            hidden[user_id] = (new or old or NOBODY).hidden_from
            self._compare(user_id, old, new, here, elsewhere)
            if old is not None and new is not None:
                self._hide(user_id, new, old.hidden_from ^ new.hidden_from)
        for topic, statuses in here.items():
            self._send(self.hub.topics[topic].readers, statuses, hidden)
        for topic, statuses in elsewhere.items():
            self._send(self._readers_elsewhere(topic), statuses, hidden)

    def _hide(self, user_id: int, person: Person, others: Iterable[int]) -> None:
        """Show a user to those from whom they hide since now (as offline) or no longer."""
        for other in others:
            known = other in self.following.users and not person.close.isdisjoint(self.following.users[other].close)
            for reader in self.hub.people.get(other, ()):
                if known or reader.topic in person.topics:
                    status = self.status_of([user_id], reader.topic, other)[user_id]
                    reader.deliver(TextEvent(presence_of({status: [user_id]})))

    def _compare(
        self,
        user_id: int,
        old: Person | None,
        new: Person | None,
        here: dict[str, Statuses],
        elsewhere: dict[str, Statuses],
    ) -> None:
        for topic in (new or old or NOBODY).topics:
            before, now = status_in(old, topic), status_in(new, topic)
            if before != now and topic in self.hub.topics:
                here[topic][now].append(user_id)
        before, now = old.state if old else OFFLINE, new.state if new else OFFLINE
        for topic in (new or old or NOBODY).close if before != now else ():
            if topic in self.following.followers:
                elsewhere[topic][now].append(user_id)

    def _combined(self, user_id: int) -> Person | None:
        people = [people[user_id] for people in self.processes.values() if user_id in people]
        if len(people) < 2:
            return people[0] if people else None
        state = ONLINE if any(person.state == ONLINE for person in people) else AWAY
        return Person(state, *(frozenset().union(*(person[place] for person in people)) for place in range(1, 5)))  # type: ignore[arg-type]

    def _readers_elsewhere(self, topic: str) -> list[Reader]:
        users = self.following.followers.get(topic, ())
        return [reader for user_id in users for reader in self.hub.people.get(user_id, ()) if reader.topic != topic]

    def _send(self, readers: Collection[Reader], statuses: Statuses, hidden: dict[int, frozenset[int]]) -> None:
        """Send statuses to readers, without those of users who hide from them: `hidden` is {user id: from whom}."""
        event = TextEvent(presence_of(statuses))
        hiding = frozenset[int]().union(*(hidden[pk] for some in statuses.values() for pk in some))
        for reader in readers:
            if reader.user_id not in hiding:
                reader.deliver(event)
            elif some := visible_to(reader.user_id, statuses, hidden):
                reader.deliver(TextEvent(presence_of(some)))


NOBODY = Person(OFFLINE, frozenset(), frozenset(), frozenset(), frozenset())


def status_in(person: Person | None, topic: str) -> str:
    """Return a user's status in a topic; OFFLINE for None."""
    return OFFLINE if person is None else person.status(topic)


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
