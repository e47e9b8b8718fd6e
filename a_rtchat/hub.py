"""The hub, a process's post office: one subscription to the channel layer, fanned out to the local readers.

What this process announces reaches its own readers at once, and the other processes through the channel layer. What
the channel layer loses is found by comparing the local rooms with the database every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from itertools import chain
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import Error as DatabaseError

from a_rtchat.admission import ADMITTED_AT_ONCE, admit_all, check_all
from a_rtchat.background import begin, for_ever
from a_rtchat.channel import AWAY, room_group
from a_rtchat.limits import Bucket
from a_rtchat.local_room import LocalRoom
from a_rtchat.orm import Together, in_orm
from a_rtchat.post_box import PostBox
from a_rtchat.reader import Reader
from a_rtchat.replay import newest_revisions
from a_rtchat.wire import TextEvent

logger = logging.getLogger(__name__)

RECHECKED_AT_ONCE = 200  # readers in one crossing


class Hub:
    """The local rooms and readers of one event loop, and the tasks that feed them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.rooms: dict[int, LocalRoom] = {}
        self.people: defaultdict[int, set[Reader]] = defaultdict(set)
        self.seen: deque[str] = deque(maxlen=1_000)  # what concerns people has no revision to know it again by
        self.post_box = PostBox(self.route)
        self.door = Together(admit_all, ADMITTED_AT_ONCE)
        self.inboxes: WeakValueDictionary[int, Together] = WeakValueDictionary()  # of the rooms
        self.frames = Bucket(settings.CHAT_FRAME_BURST, settings.CHAT_FRAMES_PER_SECOND)
        self.handshakes = Bucket(settings.CHAT_HANDSHAKE_BURST, settings.CHAT_HANDSHAKES_PER_SECOND)
        self.tasks = [
            begin(for_ever(self.reconcile, settings.CHAT_RECONCILE_SECONDS)),
            begin(for_ever(self.recheck, settings.CHAT_RECHECK_SECONDS)),
        ]

    # --- readers come and go ---

    def is_crowded(self, user_id: int) -> bool:
        """Tell whether a user has too many sockets here, or opens too many in a short time."""
        too_many = len(self.people.get(user_id, ())) >= settings.CHAT_SOCKETS_PER_USER
        return too_many or self.handshakes.take(user_id) > 0

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

    # --- events come and go ---

    def announce(self, group: str, event: dict[str, Any]) -> None:
        """Take an event of this process: to its own readers now, to the others through the channel layer."""
        self.route(event)
        self.post_box.post(group, event)

    def route(self, event: dict[str, Any]) -> None:
        """Give an event to the local readers whom it concerns; one that came before changes nothing."""
        if event["type"] == "room.event":
            if room := self.rooms.get(event["room"]):
                room.hear(event["revision"], event["html"])
        elif event["id"] not in self.seen:
            self.seen.append(event["id"])
            for reader in self._concerned(event):
                if code := event.get("close"):
                    reader.close(code)
                else:
                    reader.tell(TextEvent(event["html"]))

    def _concerned(self, event: dict[str, Any]) -> list[Reader]:
        """Return the local readers of the user, the room and the session that an event names."""
        readers = self.people.get(event["user"], ()) if "user" in event else chain(*self.people.values())
        return [
            reader
            for reader in readers
            if event.get("slug") in (None, reader.ticket.slug)
            and event.get("session") in (None, reader.ticket.session_key)
        ]

    # --- the subscription ---

    async def _subscribed(self, room: LocalRoom) -> bool:
        """Return whether the channel layer brings this room's events here, asking it where it does not yet."""
        if room.subscription is None:
            room.subscription = asyncio.ensure_future(self._subscribe(room))
        return await asyncio.shield(room.subscription)

    async def _subscribe(self, room: LocalRoom) -> bool:
        try:
            await self.post_box.join(room_group(room.id))
            newest = await in_orm(newest_revisions, [room.id])
        except (*AWAY, DatabaseError) as error:
            logger.warning("room %s is not subscribed, it lives from the database meanwhile: %s", room.id, error)
            room.subscription = None
            return False
        room.hear_of(newest.get(room.id, 0), grace=0)
        return True

    # --- the truth ---

    async def reconcile(self) -> None:
        """Compare the local rooms with the database, drop those without readers, retry failed subscriptions."""
        newest = await in_orm(newest_revisions, list(self.rooms))
        for room in self.rooms.values():
            room.hear_of(newest.get(room.id, 0), grace=0)
        for room in list(self.rooms.values()):
            if not room.readers:
                await self._give_up(room)
            elif not await self._subscribed(room):
                return  # Redis is away: the others can wait for the next time, too

    async def _give_up(self, room: LocalRoom) -> None:
        del self.rooms[room.id]
        await self.post_box.leave(room_group(room.id))

    async def recheck(self) -> None:
        """Ask the door again for everyone who is in: a revocation that no event told of counts as well."""
        readers = list(chain(*self.people.values()))
        for start in range(0, len(readers), RECHECKED_AT_ONCE):
            some = readers[start : start + RECHECKED_AT_ONCE]
            for reader, result in zip(some, await in_orm(check_all, [r.ticket for r in some]), strict=True):
                if isinstance(result, int):
                    reader.close(result)


_hub: Hub | None = None


def current_hub() -> Hub:
    """Return the hub of the running event loop: one for a process, one for each test."""
    global _hub
    loop = asyncio.get_running_loop()
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub


def serving_hub() -> Hub | None:
    """Return the hub whose event loop runs in this process, from whatever thread; None where there is none."""
    return _hub if _hub is not None and _hub.loop.is_running() else None
