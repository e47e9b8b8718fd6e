"""News of topics for those who look elsewhere: at most one write a second and tab, the same bytes for all."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from a_live.following import Following, Follows
from a_live.reader import Reader
from a_live.sources import news_of
from a_live.wire import Batch, TextEvent

TELL_EVERY = 1.0  # seconds


class News:
    """The topics with news that local followers haven't been told yet.

    A topic has a number that only grows (a room's newest seq), so a browser can compare it with what its reader has
    read. `numbers` are the newest ones known here.
    """

    def __init__(self, following: Following, readers_of: Callable[[int], Iterable[Reader]]) -> None:
        self.following, self.readers_of = following, readers_of
        self.numbers: dict[str, int] = {}
        self.pending: defaultdict[str, set[int] | None] = defaultdict(set)  # users to tell; None: all followers
        self.timer: asyncio.TimerHandle | None = None

    def note(self, topic: str, number: int) -> None:
        """Note a topic's new number, for all its followers."""
        if topic in self.following.followers and number > self.numbers.get(topic, -1):
            self.numbers[topic] = number
            self._add(topic, None)

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
            self.timer = asyncio.get_running_loop().call_later(TELL_EVERY, self.tell)

    def tell(self) -> None:
        """Send the pending news to the tabs of the followers, except to those that show the topic."""
        self.timer = None
        pending, self.pending = self.pending, defaultdict(set)
        by_user: defaultdict[int, list[str]] = defaultdict(list)
        for topic, users in pending.items():
            followers = self.following.followers.get(topic, set())
            for user_id in followers if users is None else followers & users:
                by_user[user_id].append(topic)
        self._forget_unfollowed()
        events = {topic: TextEvent(news_of(topic, self.numbers[topic])) for topic in pending if topic in self.numbers}
        batches: dict[tuple[str, ...], Batch] = {}
        for user_id, topics in by_user.items():
            for reader in self.readers_of(user_id):
                wanted = tuple(topic for topic in topics if topic != reader.topic and topic in events)
                if wanted:
                    batch = batches.get(wanted) or batches.setdefault(wanted, Batch([events[one] for one in wanted]))
                    reader.deliver_all(batch)

    def _forget_unfollowed(self) -> None:
        if len(self.numbers) > 2 * len(self.following.followers) + 100:
            self.numbers = {topic: self.numbers[topic] for topic in self.following.followers if topic in self.numbers}
