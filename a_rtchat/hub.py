"""The hub, a process's post office: one subscription to the channel layer, fanned out to the local readers.

The channel layer is a hint, the database is the truth. A room's changes are delivered in the order of their
revisions; a gap, a failed subscription or a Redis that lost its memory is filled from the database, once for the
process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from a_rtchat.broadcasts import PEOPLE, room_group
from a_rtchat.orm import in_orm
from a_rtchat.reader import Reader
from a_rtchat.replay import changes_after, newest_revisions

logger = logging.getLogger(__name__)


class LocalRoom:
    """A room with readers in this process.

    `revision` is the newest change delivered here, `heard` the newest one known to exist. While they differ, a
    task fills the gap from the database.
    """

    def __init__(self, room_id: int, revision: int) -> None:
        self.id = room_id
        self.revision = self.heard = revision
        self.readers: set[Reader] = set()
        self.subscription: asyncio.Task[bool] | None = None
        self.filling: asyncio.Task[None] | None = None

    def hear(self, revision: int, html: str) -> None:
        """Take one change from the channel layer: deliver the next one, drop an old one, else fill the gap."""
        if revision == self.revision + 1 and self.filling is None:
            self.deliver(revision, html)
        self.hear_of(revision)

    def hear_of(self, revision: int) -> None:
        """Take note that a change exists, and fill the gap up to it if there is one."""
        self.heard = max(self.heard, revision)
        if self.heard > self.revision and self.filling is None:
            self.filling = asyncio.ensure_future(self._fill())

    def deliver(self, revision: int, html: str) -> None:
        """Hand the same event to every reader."""
        event = {"type": "websocket.send", "text": html}
        self.revision = revision
        for reader in self.readers:
            reader.push(revision, event)

    async def _fill(self) -> None:
        try:
            while self.revision < self.heard:
                await self._fill_page(self.heard)
        except DatabaseError as error:
            logger.warning("the gap of room %s stays until the next reconciliation: %s", self.id, error)
        finally:
            self.filling = None

    async def _fill_page(self, known: int) -> None:
        changes = await in_orm(changes_after, self.id, self.revision)
        for revision, html in changes:
            self.deliver(revision, html)
        if len(changes) < settings.CHAT_REPLAY_PAGE_SIZE:  # all up to `known` was committed, so all is read
            self.revision = max(self.revision, known)


class Hub:
    """The local rooms and readers of one event loop, and the tasks that feed them."""

    def __init__(self) -> None:
        layer = get_channel_layer()
        assert layer is not None, "CHANNEL_LAYERS has no default"
        self.layer = layer
        self.rooms: dict[int, LocalRoom] = {}
        self.people: defaultdict[int, set[Reader]] = defaultdict(set)
        self.started: asyncio.Task[str] | None = None
        self.tasks: list[asyncio.Task[None]] = []

    async def join(self, room_id: int, revision: int, reader: Reader) -> LocalRoom:
        """Add a reader to a room whose revision was just read; return the room, subscribed.

        Changes after the returned room's revision come to the reader; the ones before are its to replay.
        """
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = LocalRoom(room_id, revision)
        room.readers.add(reader)
        self.people[reader.user_id].add(reader)
        await self._subscribed(room)
        return room

    def leave(self, room_id: int, reader: Reader) -> None:
        """Forget a reader; the room stays subscribed until the next reconciliation."""
        if room := self.rooms.get(room_id):
            room.readers.discard(reader)
        self.people[reader.user_id].discard(reader)
        if not self.people[reader.user_id]:
            del self.people[reader.user_id]

    async def _subscribed(self, room: LocalRoom) -> bool:
        """Return whether the channel layer brings this room's events here, asking it where it does not yet."""
        if room.subscription is None:
            room.subscription = asyncio.ensure_future(self._subscribe(room))
        return await asyncio.shield(room.subscription)

    async def _subscribe(self, room: LocalRoom) -> bool:
        try:
            await self.layer.group_add(room_group(room.id), await self._channel())
            newest = await in_orm(newest_revisions, [room.id])
        except (RedisError, OSError, TimeoutError, DatabaseError) as error:
            logger.warning("room %s is not subscribed, it lives from the database meanwhile: %s", room.id, error)
            room.subscription = None
            return False
        room.hear_of(newest.get(room.id, 0))
        return True

    async def _channel(self) -> str:
        """Return the process's one channel, opened and listened to from the first call on."""
        if self.started is None or (self.started.done() and self.started.exception()):
            self.started = asyncio.ensure_future(self._open())
        return await asyncio.shield(self.started)

    async def _open(self) -> str:
        if not self.tasks:
            self.tasks.append(asyncio.ensure_future(self._reconcile_for_ever()))
        channel = await self.layer.new_channel()
        await self.layer.group_add(PEOPLE, channel)
        self.tasks.append(asyncio.ensure_future(self._listen(channel)))
        return channel

    async def _listen(self, channel: str) -> None:
        while True:
            self._route(await self.layer.receive(channel))

    def _route(self, event: dict[str, Any]) -> None:
        if event["type"] == "room.event":
            if room := self.rooms.get(event["room"]):
                room.hear(event["revision"], event["html"])
        elif event["type"] == "people.event":
            for reader in self.people.get(event["user"], ()):
                reader.write({"type": "websocket.send", "text": event["html"]})

    async def _reconcile_for_ever(self) -> None:
        while True:
            await asyncio.sleep(settings.CHAT_RECONCILE_SECONDS)
            try:
                await self.reconcile()
            except (DatabaseError, RedisError, OSError, TimeoutError) as error:
                logger.warning("reconciliation failed; the next one is in a few seconds: %s", error)

    async def reconcile(self) -> None:
        """Compare the local rooms with the database, drop those without readers, retry failed subscriptions."""
        for room in [room for room in self.rooms.values() if not room.readers]:
            del self.rooms[room.id]
            await self.layer.group_discard(room_group(room.id), await self._channel())
        for room in list(self.rooms.values()):
            await self._subscribed(room)
        newest = await in_orm(newest_revisions, list(self.rooms))
        for room in self.rooms.values():
            room.hear_of(newest.get(room.id, 0))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current_hub() -> Hub:
    """Return the hub of the running event loop: one for a process, one for each test."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
