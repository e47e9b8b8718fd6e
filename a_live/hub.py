"""The hub, a process's post office: one subscription to the channel layer, fanned out to the local readers.

What this process announces reaches its own readers at once, and the other processes through the channel layer. What
the channel layer loses is found by comparing the local topics with the database every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import chain
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import Error as DatabaseError

from a_live.admission import ADMIT_BATCH, admit_all
from a_live.background import run_every, spawn
from a_live.channel import UNAVAILABLE
from a_live.closing import NOT_FOUND, REVOKED
from a_live.limits import Bucket
from a_live.orm import Batcher, in_orm
from a_live.post_box import PostBox
from a_live.reader import Reader
from a_live.sources import newest_revisions, states_of
from a_live.topic import Topic
from a_live.wire import TextEvent

logger = logging.getLogger(__name__)

RECHECK_BATCH = 200  # readers in one crossing
STATE_BATCH = 64  # users in one crossing


class Hub:
    """The local topics and readers of one event loop, and the tasks that feed them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.topics: dict[str, Topic] = {}
        self.people: defaultdict[int, set[Reader]] = defaultdict(set)
        self.seen: deque[str] = deque(maxlen=1_000)  # ids of events without a revision to tell them apart
        self.post_box = PostBox(self.route)
        self.door = Batcher(admit_all, ADMIT_BATCH)
        self.states = Batcher(states_of, STATE_BATCH)
        self.inboxes: WeakValueDictionary[str, Batcher] = WeakValueDictionary()  # of the topics
        self.frames = Bucket(settings.CHAT_FRAME_BURST, settings.CHAT_FRAMES_PER_SECOND)
        self.handshakes = Bucket(settings.CHAT_HANDSHAKE_BURST, settings.CHAT_HANDSHAKES_PER_SECOND)
        self.tasks = [
            spawn(run_every(settings.CHAT_RECONCILE_SECONDS, self.reconcile)),
            spawn(run_every(settings.CHAT_RECHECK_SECONDS, self.recheck)),
        ]

    # --- readers come and go ---

    def is_crowded(self, user_id: int) -> bool:
        """Whether a user has too many sockets here, or opens too many in a short time."""
        too_many = len(self.people.get(user_id, ())) >= settings.CHAT_SOCKETS_PER_USER
        return too_many or self.handshakes.take(user_id) > 0

    def greet(self, reader: Reader) -> None:
        """Add a reader to those who receive what concerns their user."""
        self.people[reader.user_id].add(reader)

    async def join(self, revision: int, reader: Reader) -> Topic:
        """Add a reader to its topic, whose revision was just read; return the topic, subscribed.

        Changes after the returned topic's revision come to the reader; it replays the ones before.
        """
        topic = self.topics.get(reader.topic)
        if topic is None:
            topic = self.topics[reader.topic] = Topic(reader.topic, revision)
        topic.readers.add(reader)
        await self._subscribed(topic)
        return topic

    def leave(self, reader: Reader) -> None:
        """Forget a reader; its topic stays subscribed until the next reconciliation."""
        if topic := self.topics.get(reader.topic):
            topic.readers.discard(reader)
        self.people[reader.user_id].discard(reader)
        if not self.people[reader.user_id]:
            del self.people[reader.user_id]

    # --- events come and go ---

    def announce(self, group: str, event: dict[str, Any]) -> None:
        """Take an event of this process: to its own readers now, to the others through the channel layer."""
        self.route(event)
        self.post_box.post(group, event)

    def route(self, event: dict[str, Any]) -> None:
        """Give an event to the local readers it concerns."""
        if event["type"] == "changes":
            if topic := self.topics.get(event["topic"]):
                topic.hear(event["changes"])
        elif event["id"] not in self.seen:
            self.seen.append(event["id"])
            getattr(self, f"_route_{event['type']}")(event)

    def _route_ephemeral(self, event: dict[str, Any]) -> None:
        if topic := self.topics.get(event["topic"]):
            topic.tell(event["html"])

    def _route_state(self, event: dict[str, Any]) -> None:
        fragment = TextEvent(event["html"])
        for user_id in self._present(event["users"]):
            for reader in self.people[user_id]:
                reader.tell(fragment)

    def _route_close(self, event: dict[str, Any]) -> None:
        readers = self.people.get(event["user"], ()) if "user" in event else chain(*self.people.values())
        for reader in list(readers):
            if event.get("topic") in (None, reader.topic) and event.get("session") in (None, reader.ticket.session_key):
                reader.close(event["code"])

    def _present(self, user_ids: list[int]) -> Iterable[int]:
        """Return those of the users who have sockets here, walking whichever collection is shorter."""
        if len(user_ids) < len(self.people):
            return [user_id for user_id in user_ids if user_id in self.people]
        return self.people.keys() & set(user_ids)

    # --- the subscription ---

    async def _subscribed(self, topic: Topic) -> bool:
        """Return whether the channel layer brings this topic's events here, asking it where it does not yet."""
        if topic.subscription is None:
            topic.subscription = asyncio.ensure_future(self._subscribe(topic))
        elif topic.subscription.done():
            return topic.subscription.result()
        return await asyncio.shield(topic.subscription)

    async def _subscribe(self, topic: Topic) -> bool:
        try:
            await self.post_box.join(topic.name)
            newest = await in_orm(newest_revisions, [topic.name])
        except (*UNAVAILABLE, DatabaseError) as error:
            logger.warning("%s is not subscribed, its readers are served from the database: %s", topic.name, error)
            topic.subscription = None
            return False
        topic.hear_of(newest.get(topic.name, 0), grace=0)
        return True

    # --- the truth ---

    async def reconcile(self) -> None:
        """Compare the local topics with the database, drop those without readers, retry failed subscriptions."""
        newest = await in_orm(newest_revisions, list(self.topics))
        for topic in self.topics.values():
            topic.hear_of(newest.get(topic.name, 0), grace=0)
        for topic in list(self.topics.values()):
            if not topic.readers:
                await self._drop(topic)
            elif not await self._subscribed(topic):
                return  # the channel layer is unavailable: the others can wait for the next time, too

    async def _drop(self, topic: Topic) -> None:
        del self.topics[topic.name]
        await self.post_box.leave(topic.name)

    async def recheck(self) -> None:
        """Check the admission of everyone here again, to catch revocations that no event told of."""
        readers = list(chain(*self.people.values()))
        for start in range(0, len(readers), RECHECK_BATCH):
            some = readers[start : start + RECHECK_BATCH]
            for reader, result in zip(some, await in_orm(admit_all, [r.ticket for r in some]), strict=True):
                if isinstance(result, int):
                    reader.close(REVOKED if result == NOT_FOUND else result)


_hub: Hub | None = None


def current_hub() -> Hub:
    """Return the hub of the running event loop: one for a process, one for each test."""
    global _hub
    loop = asyncio.get_running_loop()
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub


def serving_hub() -> Hub | None:
    """Return the hub whose event loop runs in this process, from any thread; None where there is none."""
    return _hub if _hub is not None and _hub.loop.is_running() else None
