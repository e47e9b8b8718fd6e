"""The hub of a process: one subscription to the channel layer, fanned out to the local readers.

Events of this process reach its own readers directly and other processes through the channel layer. Events that the
channel layer loses are found by comparing the local topics with the database every few seconds.
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
from a_live.bulletins import BEATS
from a_live.channel import UNAVAILABLE
from a_live.closing import NOT_FOUND, REVOKED
from a_live.elsewhere import Elsewhere
from a_live.limits import Bucket
from a_live.orm import Batcher, Lane, in_orm
from a_live.post_box import PostBox
from a_live.reader import Reader
from a_live.sources import newest_revisions, states_of
from a_live.topic import Topic
from a_live.wire import TextEvent

logger = logging.getLogger(__name__)

RECHECK_BATCH = 200  # readers per ORM call
STATE_BATCH = 64  # users per ORM call
REFOLLOW_SECONDS = 60.0  # between reads of what all local users follow


class Hub:
    """The local topics and readers of one event loop, and the tasks that feed them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.topics: dict[str, Topic] = {}
        self.people: defaultdict[int, set[Reader]] = defaultdict(set)
        self.seen: deque[str] = deque(maxlen=1_000)  # ids of recent events that have no revision
        self.post_box = PostBox(self.route)
        self.door = Batcher(admit_all, ADMIT_BATCH, repeat=True)
        self.states = Batcher(states_of, STATE_BATCH, repeat=True)
        self.replays = Lane(settings.CHAT_REPLAYS_AT_ONCE)
        self.inboxes: WeakValueDictionary[str, Batcher] = WeakValueDictionary()  # by topic
        self.frames = Bucket(settings.CHAT_FRAME_BURST, settings.CHAT_FRAMES_PER_SECOND)
        self.handshakes = Bucket(settings.CHAT_HANDSHAKE_BURST, settings.CHAT_HANDSHAKES_PER_SECOND)
        self.refusals = Bucket(settings.CHAT_REFUSAL_BURST, settings.CHAT_REFUSALS_PER_SECOND)
        self.elsewhere = Elsewhere(self.people, self.topics, self.post_box)
        self.presence = self.elsewhere.presence
        self.routes = {
            "ephemeral": self._route_ephemeral,
            "state": self._route_state,
            "close": self._route_close,
            **self.elsewhere.routes,
        }
        self.tasks = [
            spawn(run_every(settings.CHAT_RECONCILE_SECONDS, self.reconcile)),
            spawn(run_every(settings.CHAT_RECHECK_SECONDS, self.recheck)),
            spawn(run_every(settings.CHAT_PRESENCE_SECONDS / BEATS, self.elsewhere.bulletins.beat)),
            spawn(run_every(REFOLLOW_SECONDS, self.elsewhere.refollow)),
        ]

    # --- Readers ---

    def is_crowded(self, user_id: int) -> bool:
        """Return whether a user has too many sockets here, or opens them too quickly."""
        too_many = len(self.people.get(user_id, ())) >= settings.CHAT_SOCKETS_PER_USER
        return too_many or self.handshakes.take(user_id) > 0

    def add(self, reader: Reader) -> None:
        """Add a reader, so that it receives its user's events."""
        self.people[reader.user_id].add(reader)
        self.elsewhere.joined(reader)

    async def join(self, revision: int, reader: Reader) -> Topic:
        """Add a reader to its topic and return the topic, subscribed; `revision` was just read from the database.

        The reader receives changes after the topic's revision and has to replay the ones before.
        """
        topic = self.topics.get(reader.topic)
        if topic is None:
            topic = self.topics[reader.topic] = Topic(reader.topic, revision)
        topic.readers.add(reader)
        await self._subscribed(topic)
        return topic

    def leave(self, reader: Reader) -> None:
        """Remove a reader; its topic stays subscribed until the next reconciliation."""
        if topic := self.topics.get(reader.topic):
            topic.readers.discard(reader)
        self.people[reader.user_id].discard(reader)
        if not self.people[reader.user_id]:
            del self.people[reader.user_id]
        self.elsewhere.left(reader)

    # --- Events ---

    def announce(self, group: str, event: dict[str, Any]) -> None:
        """Deliver an event to local readers, and to other processes through the channel layer."""
        self.route(event)
        self.post_box.post(group, event)
        if event.get("number") is not None:
            self.elsewhere.note(event["topic"], event["number"])

    def route(self, event: dict[str, Any]) -> None:
        """Deliver an event to the local readers it addresses."""
        if event["type"] == "changes":
            if topic := self.topics.get(event["topic"]):
                topic.receive(event["changes"])
        elif event["id"] not in self.seen:
            self.seen.append(event["id"])
            self.routes[event["type"]](event)

    def _route_ephemeral(self, event: dict[str, Any]) -> None:
        if topic := self.topics.get(event["topic"]):
            topic.broadcast(event["html"], self.presence.shown.strangers_of(event["author"], topic.readers))

    def _route_state(self, event: dict[str, Any]) -> None:
        fragment = TextEvent(event["html"])
        for user_id in self._present(event["users"]):
            for reader in self.people[user_id]:
                reader.deliver(fragment)

    def _route_close(self, event: dict[str, Any]) -> None:
        readers = self.people.get(event["user"], ()) if "user" in event else chain(*self.people.values())
        for reader in list(readers):
            if event.get("topic") in (None, reader.topic) and event.get("session") in (None, reader.ticket.session_key):
                reader.close(event["code"])

    def _present(self, user_ids: list[int]) -> Iterable[int]:
        """Return the users who have sockets here, iterating over the shorter collection."""
        if len(user_ids) < len(self.people):
            return [user_id for user_id in user_ids if user_id in self.people]
        return self.people.keys() & set(user_ids)

    # --- Subscriptions ---

    async def _subscribed(self, topic: Topic) -> bool:
        """Subscribe to a topic's events if necessary; return whether it is subscribed."""
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
            logger.warning("can't subscribe to %s; serving its readers from the database: %s", topic.name, error)
            topic.subscription = None
            return False
        topic.expect(newest.get(topic.name, 0), grace=0)
        return True

    # --- Reconciliation ---

    async def reconcile(self) -> None:
        """Compare the local topics with the database, drop topics without readers, retry failed subscriptions."""
        await self.elsewhere.catch_up()
        newest = await in_orm(newest_revisions, list(self.topics))
        for topic in self.topics.values():
            topic.expect(newest.get(topic.name, 0), grace=0)
        for topic in list(self.topics.values()):
            if not topic.readers:
                await self._drop(topic)
            elif not await self._subscribed(topic):
                return  # the channel layer is unavailable: try the others next time

    async def _drop(self, topic: Topic) -> None:
        del self.topics[topic.name]
        await self.post_box.leave(topic.name)

    async def recheck(self) -> None:
        """Check every local reader's admission again, to catch lost revocations and changed rights."""
        readers = list(chain(*self.people.values()))
        for start in range(0, len(readers), RECHECK_BATCH):
            some = readers[start : start + RECHECK_BATCH]
            for reader, result in zip(some, await in_orm(admit_all, [r.ticket for r in some]), strict=True):
                if isinstance(result, int):
                    reader.close(REVOKED if result == NOT_FOUND else result)
                else:
                    reader.is_heard = result.is_heard


_hub: Hub | None = None


def current_hub() -> Hub:
    """Return the hub of the running event loop: one per process, one per test."""
    global _hub
    loop = asyncio.get_running_loop()
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub


def serving_hub() -> Hub | None:
    """Return the hub running in this process, or None; callable from any thread."""
    return _hub if _hub is not None and _hub.loop.is_running() else None
