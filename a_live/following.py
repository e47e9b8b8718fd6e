"""Who follows what: the topics of the users with sockets here, loaded once per user and kept in memory.

So news of a topic reach its followers without a query or a publish per follower. Changes arrive as events; a reload
every minute heals what was lost.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from a_live.background import spawn
from a_live.orm import in_orm
from a_live.sources import follows_of

LOAD_BATCH = 200  # users per ORM call
LOAD_DELAY = 0.1  # seconds to collect users, who arrive together after a restart


@dataclass(slots=True)
class Follows:
    """What a user follows.

    `numbers` is {topic: its newest number}; `recent` the topics whose number has just changed, unless the user has been
    told. The people of `close` topics are shown on every page. The user's presence is hidden from `hidden_from`, the
    users they block.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    recent: set[str] = field(default_factory=set)
    close: set[str] = field(default_factory=set)
    hidden_from: frozenset[int] = frozenset()


class Following:
    """The topics that local users follow; `on_loaded` is called with users whose topics were read."""

    def __init__(self, on_loaded: Callable[[dict[int, Follows]], None]) -> None:
        self.on_loaded = on_loaded
        self.users: dict[int, Follows] = {}
        self.followers: defaultdict[str, set[int]] = defaultdict(set)
        self.wanted: set[int] = set()
        self.loading: asyncio.Task[None] | None = None

    def add(self, user_id: int) -> None:
        """Follow what a user follows, soon."""
        if user_id not in self.users:
            self.reload([user_id])

    def reload(self, user_ids: Iterable[int]) -> None:
        """Read again what users follow."""
        self.wanted.update(user_ids)
        if self.loading is None and self.wanted:
            self.loading = spawn(self._load())

    def remove(self, user_id: int) -> None:
        """Forget a user who has no sockets here any more."""
        self.wanted.discard(user_id)
        self._forget(user_id)

    def _forget(self, user_id: int) -> set[str]:
        """Forget a user; return the topics that they followed, whose news they have been told."""
        follows = self.users.pop(user_id, None) or Follows()
        for topic in follows.numbers:
            self._drop(topic, user_id)
        return set(follows.numbers)

    def close_topics(self, user_id: int) -> set[str]:
        """Return the close topics that a local user follows, as far as they are known."""
        follows = self.users.get(user_id)
        return follows.close if follows else set()

    def follow(self, user_id: int, topic: str, number: int, is_close: bool) -> None:
        """Add a topic to what a local user follows."""
        if follows := self.users.get(user_id):
            follows.numbers[topic] = number
            self.followers[topic].add(user_id)
            if is_close:
                follows.close.add(topic)

    def unfollow(self, user_id: int, topic: str) -> None:
        """Remove a topic from what a local user follows."""
        if follows := self.users.get(user_id):
            follows.numbers.pop(topic, None)
            follows.close.discard(topic)
            self._drop(topic, user_id)

    async def _load(self) -> None:
        try:
            await asyncio.sleep(LOAD_DELAY)
            while some := set(islice(self.wanted, LOAD_BATCH)):
                self.wanted -= some  # who is wanted again meanwhile is read again
                loaded = await in_orm(follows_of, some)
                self._take({user_id: loaded.get(user_id) or Follows() for user_id in some})
        finally:
            self.loading = None

    def _take(self, loaded: dict[int, Follows]) -> None:
        for user_id, follows in loaded.items():
            follows.recent -= self._forget(user_id)
            self.users[user_id] = follows
            for topic in follows.numbers:
                self.followers[topic].add(user_id)
        self.on_loaded(loaded)

    def _drop(self, topic: str, user_id: int) -> None:
        followers = self.followers[topic]
        followers.discard(user_id)
        if not followers:
            del self.followers[topic]
