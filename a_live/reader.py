"""A reader: one local socket, as the hub sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine, Generator, Mapping
from types import coroutine
from typing import Any

from django.conf import settings

from a_live.admission import Ticket
from a_live.closing import TRY_AGAIN_LATER
from a_live.server_socket import ServerSocket
from a_live.wire import Batch, Burst, TextEvent

Tabs = Mapping[int, set["Reader"]]  # a process's readers by user


class Reader:
    """One socket's end of the fan-out: tracks its position in the topic and bounds its queue.

    `revision` is the newest change passed to the socket. Until `go_live`, live changes are held back behind the
    replay. The queue is bounded by number and by characters; a reader over the limit is closed, and aborted if it
    doesn't read the close frame either.
    """

    __slots__ = (
        "closing",
        "held",
        "is_heard",
        "is_visible",
        "queue",
        "revision",
        "send",
        "socket",
        "ticket",
        "topic",
        "user_id",
        "waiting",
        "writer",
    )

    def __init__(self, socket: ServerSocket, ticket: Ticket, user_id: int, topic: str, revision: int) -> None:
        self.socket = socket
        self.send = socket.send
        self.ticket = ticket
        self.topic = topic
        self.user_id = user_id
        self.revision = revision
        self.held: list[tuple[int | None, TextEvent]] | None = []
        self.queue: deque[TextEvent] = deque()
        self.waiting = 0  # characters queued or held back
        self.writer: asyncio.Task[None] | None = None
        self.closing = False
        self.is_visible = True  # the tab is in the foreground
        self.is_heard = True  # others are shown what its user does

    async def replay(self, revision: int, html: str) -> None:
        """Send a missed change and wait until the socket has accepted it."""
        await self.send_html(html)
        self.revision = max(revision, self.revision)

    async def send_html(self, html: str) -> None:
        """Send a fragment to this reader and wait until the socket has accepted it; do nothing while closing."""
        if not self.closing:
            await self._settle(self.send(TextEvent(html)))

    def go_live(self) -> None:
        """Send the events held back during the replay, and send later ones immediately."""
        held, self.held = self.held or [], None
        self.waiting = 0
        for revision, event in held:
            if revision is None:
                self.write(event)
            else:
                self.take(revision, event)

    def push(self, burst: Burst) -> None:
        """Send a burst of changes, in one write if the socket keeps up."""
        if burst.first > self.revision and self._write_at_once(burst):
            self.revision = burst.last
        else:
            for revision, event in burst.changes:
                self.take(revision, event)

    def take(self, revision: int, event: TextEvent) -> None:
        """Send or hold back one change, unless the socket already has it."""
        if self.held is not None:
            self.held.append((revision, event))
            self._count(event, len(self.held))
        elif revision > self.revision:
            self.revision = revision
            self.write(event)

    def deliver(self, event: TextEvent) -> None:
        """Send or hold back an event without a revision."""
        if self.held is not None:
            self.held.append((None, event))
            self._count(event, len(self.held))
        else:
            self.write(event)

    def deliver_all(self, batch: Batch) -> None:
        """Send or hold back events without a revision, in one write if the socket keeps up."""
        if not self._write_at_once(batch):
            for event in batch.events:
                self.deliver(event)

    def write(self, event: TextEvent) -> None:
        """Send an event now if possible, or queue it; close the socket if its queue is full."""
        if self.closing:
            return None
        if self.writer is not None:
            self.queue.append(event)
            return self._count(event, len(self.queue))
        try:
            if self.socket.push(event):
                return None
            sending = self.send(event)
            waiting = sending.send(None)
        except StopIteration:  # sent without waiting, the usual case, so no task is needed
            return None
        except (OSError, RuntimeError):
            return self._give_up()
        self.writer = asyncio.ensure_future(self._write_on(sending, waiting))

    def close(self, code: int) -> None:
        """Stop writing and close the socket with a code; abort it after a timeout."""
        if self.closing:
            return
        self.closing = True
        self.held, self.waiting = None, 0
        self.queue.clear()
        if self.writer is not None:
            self.writer.cancel()
        self.writer = asyncio.ensure_future(self._close(code))

    def _write_at_once(self, batch: Batch) -> bool:
        """Write a whole batch if nothing is queued before it; return False if events must be sent one by one."""
        if self.held is not None or self.writer is not None or self.closing:
            return False
        try:
            return self.socket.push(batch)
        except (OSError, RuntimeError):
            self._give_up()
            return False

    def _count(self, event: TextEvent, number: int) -> None:
        self.waiting += len(event["text"])
        if number > settings.CHAT_QUEUE_LIMIT or self.waiting > settings.CHAT_QUEUE_CHARACTERS:
            self.close(TRY_AGAIN_LATER)

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(settings.CHAT_STALL_SECONDS):
                await self._settle(self.socket.close(code))
        except TimeoutError:
            self.socket.abort()

    async def _settle(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except TimeoutError:
            raise
        except (OSError, RuntimeError):
            self._give_up()

    def _give_up(self) -> None:
        """Abort a broken socket, so that the browser notices and reconnects."""
        self.closing = True
        self.socket.abort()

    async def _write_on(self, sending: Coroutine[Any, Any, None], waiting: Any) -> None:
        await self._settle(resume(sending, waiting))
        while self.queue and not self.closing:
            event = self.queue.popleft()
            self.waiting -= len(event["text"])
            await self._settle(self.send(event))
        if not self.closing:
            self.writer = None


@coroutine
def resume(running: Coroutine[Any, Any, None], waiting: Any) -> Generator[Any, Any, None]:
    """Finish a coroutine that was started manually; `waiting` is the future it waits for.

    Starting `send` manually and creating a task only if it waits is what eager tasks do in Python 3.12. On 3.11, the
    tasks for 1,000 sends cost as much as the sends.
    """
    try:
        while True:
            try:
                value = yield waiting
            except BaseException as error:  # pass cancellation on to the coroutine
                waiting = running.throw(error)
            else:
                waiting = running.send(value)
    except StopIteration:
        return
