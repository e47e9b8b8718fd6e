"""A process's channel in the channel layer: publishes its events and receives those of other processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from a_live.background import spawn
from a_live.channel import EVERYONE, PUBLISH_TIMEOUT, channel_layer, publish

logger = logging.getLogger(__name__)

OUTGOING_LIMIT = 1_000  # events queued for a slow Redis; other processes find the rest in the database
PUBLISH_BATCH = 100  # events per message to the channel layer

Event = dict[str, Any]


class PostBox:
    """Publish events to groups in the background, and call `deliver` with each event of the joined groups."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self.deliver = deliver
        self.layer = channel_layer()
        self.outgoing: asyncio.Queue[tuple[str, Event]] = asyncio.Queue(OUTGOING_LIMIT)
        self.opening: asyncio.Task[str] | None = None
        self.tasks = [spawn(self._publish())]

    def post(self, group: str, event: Event) -> None:
        """Queue an event for a group; drop it if the queue is full."""
        try:
            self.outgoing.put_nowait((group, event))
        except asyncio.QueueFull:
            logger.warning("%s did not reach %s: the channel layer is too slow", event["type"], group)

    async def join(self, group: str) -> None:
        """Subscribe to a group. Raises one of channel.UNAVAILABLE."""
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await self.layer.group_add(group, await self._channel())

    async def leave(self, group: str) -> None:
        """Unsubscribe from a group. Raises one of channel.UNAVAILABLE."""
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await self.layer.group_discard(group, await self._channel())

    async def _channel(self) -> str:
        """Return the name of the channel, opening it on the first call."""
        if self.opening is None or (self.opening.done() and self.opening.exception()):
            self.opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(self.opening)

    async def _open(self) -> str:
        channel = await self.layer.new_channel()
        await self.layer.group_add(EVERYONE, channel)
        self.tasks.append(spawn(self._listen(channel)))
        return channel

    async def _publish(self) -> None:
        """Publish queued events by group, so that a burst in one room is one message."""
        while True:
            waiting = [await self.outgoing.get()]
            while not self.outgoing.empty() and len(waiting) < PUBLISH_BATCH:
                waiting.append(self.outgoing.get_nowait())
            for group in dict.fromkeys(group for group, _ in waiting):
                await publish(group, [event for addressed, event in waiting if addressed == group])

    async def _listen(self, channel: str) -> None:
        while True:
            for event in (await self.layer.receive(channel))["events"]:
                self.deliver(event)
