"""Who is here, online or away: what each process says about its own users, with a lease.

Each process tells the others who came, went, or looks at another topic, in its bulletins. A process that isn't heard
for CHAT_PRESENCE_SECONDS is taken for dead, so that a killed one leaves no ghosts. Users' tabs are combined over all
processes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from django.conf import settings

from a_live.following import Following
from a_live.people import (
    AWAY,
    NOBODY,
    OFFLINE,
    ONLINE,
    Person,
    Statuses,
    combined,
    pack,
    union,
    unpack,
    visible_to,
)
from a_live.reader import Reader, Tabs
from a_live.shown import Shown
from a_live.sources import presence_of
from a_live.topic import Topic
from a_live.wire import TextEvent

TELL_EVERY = 1.0  # seconds
TELL_AT_ONCE = 500  # users; the others follow in the next second
GRACE = 4.0  # seconds in which a reloaded page comes back


class Presence:
    """The presence of all users, as far as this process has heard."""

    def __init__(self, process: str, following: Following, tabs: Tabs, topics: Mapping[str, Topic]) -> None:
        self.process, self.following, self.tabs, self.topics = process, following, tabs, topics
        self.loop = asyncio.get_running_loop()
        self.processes: dict[str, dict[int, Person]] = {process: {}}
        self.heard: dict[str, float] = {}
        self.shown = Shown()
        self.changed: dict[int, None] = {}  # in order
        self.touched: dict[int, float] = {}  # local users to look at again, and when
        self.untold: dict[int, Person | None] = {}  # for the next bulletin
        self.timer: asyncio.TimerHandle | None = None
        self.on_change: Callable[[], None] = lambda: None

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
                self.untold[user_id] = person
        if self.untold:
            self.on_change()

    def _person(self, user_id: int) -> Person | None:
        readers = self.tabs.get(user_id, ())
        follows = self.following.users.get(user_id)
        if not readers or follows is None:
            return None
        here = frozenset(reader.topic for reader in readers if reader.is_visible and reader.topic in follows.numbers)
        state = ONLINE if any(reader.is_visible for reader in readers) else AWAY
        return Person(state, here, frozenset(follows.numbers), frozenset(follows.close), follows.hidden_from)

    # --- Other processes ---

    def take_changes(self, full: bool) -> list[Any]:
        """Return what to tell the others: all local users, or those that changed since the last call."""
        untold, self.untold = self.untold, {}
        known = self.processes[self.process] if full else untold
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
        return self.shown.status_of(user_ids, topic, reader)

    def introduce(self, reader: Reader) -> None:
        """Show a new reader who of their close people is there: much may have changed since their page was made."""
        if topics := self.following.close_topics(reader.user_id):
            statuses: Statuses = defaultdict(list)
            for user_id, status in self.shown.close_to(topics, reader.topic, reader.user_id).items():
                statuses[status].append(user_id)
            reader.deliver(TextEvent(presence_of(statuses, is_all=True)))

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
            known = [people[user_id] for people in self.processes.values() if user_id in people]
            old, new = self.shown.get(user_id), combined(known)
            self.shown.show(user_id, new)
            hidden[user_id] = (old if new is NOBODY else new).hidden_from
            self._compare(user_id, old, new, here, elsewhere)
            self._hide(user_id, old, new)
        for topic, statuses in here.items():
            self._send(self.topics[topic].readers, statuses, hidden)
        for topic, statuses in elsewhere.items():
            self._send(self._readers_elsewhere(topic), statuses, hidden)

    def _compare(
        self,
        user_id: int,
        old: Person,
        new: Person,
        here: dict[str, Statuses],
        elsewhere: dict[str, Statuses],
    ) -> None:
        for topic in new.topics or old.topics:
            if topic in self.topics and old.status(topic) != new.status(topic):
                here[topic][new.status(topic)].append(user_id)
        for topic in (new.close or old.close) if old.state != new.state else ():
            if topic in self.following.followers:
                elsewhere[topic][new.state].append(user_id)

    def _hide(self, user_id: int, old: Person, new: Person) -> None:
        """Show a user as offline to those they have just blocked, and as they are to those they no longer block."""
        for other in old.hidden_from ^ new.hidden_from if NOBODY not in (old, new) else ():
            for reader in self.tabs.get(other, ()):
                if reader.topic in new.topics or self.following.close_topics(other) & new.close:
                    status = OFFLINE if other in new.hidden_from else new.status(reader.topic)
                    reader.deliver(TextEvent(presence_of({status: [user_id]})))

    def _readers_elsewhere(self, topic: str) -> list[Reader]:
        users = self.following.followers.get(topic, ())
        return [reader for user_id in users for reader in self.tabs.get(user_id, ()) if reader.topic != topic]

    def _send(self, readers: Collection[Reader], statuses: Statuses, hidden: dict[int, frozenset[int]]) -> None:
        """Send statuses to readers, without those of users who hide from them: `hidden` is {user id: from whom}."""
        event = TextEvent(presence_of(statuses))
        hiding = union(hidden[pk] for some in statuses.values() for pk in some)
        for reader in readers:
            if reader.user_id not in hiding:
                reader.deliver(event)
            elif some := visible_to(reader.user_id, statuses, hidden):
                reader.deliver(TextEvent(presence_of(some)))
