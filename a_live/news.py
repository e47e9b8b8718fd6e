"""News of topics for those who look elsewhere: at most one write a second and tab, the same bytes for all.

With so many tabs that telling them takes long, they are told less often, so that posts don't have to wait.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from time import monotonic, thread_time

from a_live.following import Following, Follows
from a_live.reader import Reader
from a_live.sources import news_of
from a_live.wire import Batch, TextEvent

MIN_INTERVAL, MAX_INTERVAL = 1.0, 5.0  # seconds
TELL_SHARE = 0.015  # of the event loop's time, which may make the interval longer
PAGE_SECONDS = 60.0  # in which a page that was made opens its socket


class News:
    """The topics with news that local followers haven't been told yet.

    A topic has a number that only grows (a room's newest seq), so a browser can compare it with what its reader has
    read. `numbers` are the newest ones known here.
    """

    def __init__(self, following: Following, readers_of: Callable[[int], Iterable[Reader]]) -> None:
        self.following, self.readers_of = following, readers_of
        self.numbers: dict[str, int] = {}
        self.changed: dict[str, float] = {}  # when a number last changed
        self.pending: defaultdict[str, set[int] | None] = defaultdict(set)  # users to tell; None: all followers
        self.timer: asyncio.TimerHandle | None = None
        self.interval = MIN_INTERVAL

    def note(self, topic: str, number: int) -> None:
        """Note a topic's new number, for all its followers."""
        if topic in self.following.followers and number > self.numbers.get(topic, -1):
            self.numbers[topic] = number
            self.changed[topic] = monotonic()
            self._add(topic, None)

    def greet(self, user_id: int) -> None:
        """Tell a user what has changed since the page that opens a socket was made."""
        since = monotonic() - PAGE_SECONDS
        for topic in self.changed.keys() & self.following.users[user_id].numbers.keys():
            if self.changed[topic] > since:
                self._add(topic, user_id)

    def compare(self, loaded: dict[int, Follows]) -> None:
        """Tell users what may have changed since their page was made, and everyone what no event has told."""
        for user_id, follows in loaded.items():
            for topic, number in follows.numbers.items():
                if topic in self.numbers:
                    self.note(topic, number)
                self.numbers[topic] = max(number, self.numbers.get(topic, number))
            for topic in follows.recent:
                self._add(topic, user_id)

    def _add(self, topic: str, user_id: int | None) -> None:
        if user_id is None or self.pending[topic] is None:
            self.pending[topic] = None
        else:
            self.pending[topic].add(user_id)  # type: ignore[union-attr]
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.interval, self.tell)

    def tell(self) -> None:
        """Send the pending news to the tabs of the followers, except to those that show the topic."""
        self.timer = None
        pending, self.pending = self.pending, defaultdict(set)
        start = thread_time()
        self._tell(pending)
        self.interval = min(max(MIN_INTERVAL, (thread_time() - start) / TELL_SHARE), MAX_INTERVAL)
        self._forget_unfollowed()

    def _tell(self, pending: dict[str, set[int] | None]) -> None:
        topics = [topic for topic in pending if topic in self.numbers]
        bits = {topic: 1 << place for place, topic in enumerate(topics)}
        wanted: defaultdict[int, int] = defaultdict(int)  # {user id: the bits of their topics}
        for topic, bit in bits.items():
            for user_id in self._to_tell(topic, pending[topic]):
                wanted[user_id] |= bit
        self._send(wanted, bits, [TextEvent(news_of(topic, self.numbers[topic])) for topic in topics])

    def _to_tell(self, topic: str, users: set[int] | None) -> set[int]:
        followers = self.following.followers.get(topic, set())
        return followers if users is None else followers & users

    def _send(self, wanted: dict[int, int], bits: dict[str, int], events: list[TextEvent]) -> None:
        """Send each tab its user's events in one write; tabs that want the same share a batch."""
        batches: dict[int, Batch] = {}
        for user_id, mask in wanted.items():
            for reader in self.readers_of(user_id):
                if mine := mask & ~bits.get(reader.topic, 0):
                    if mine not in batches:
                        batches[mine] = Batch([one for place, one in enumerate(events) if mine >> place & 1])
                    reader.deliver_all(batches[mine])

    def _forget_unfollowed(self) -> None:
        if len(self.numbers) > 2 * len(self.following.followers) + 100:
            self.numbers = {topic: self.numbers[topic] for topic in self.following.followers if topic in self.numbers}
            self.changed = {topic: at for topic, at in self.changed.items() if topic in self.numbers}
