"""A reader: one local socket, as the hub sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from django.conf import settings

Event = dict[str, Any]
Send = Callable[[Event], Coroutine[Any, Any, None]]

TOO_SLOW = 1013


class Reader:
    """One socket's end of the fan-out: keeps its place in the room, bounds what waits for it, never delays others.

    `revision` is the newest change handed to the socket. Until `go_live`, live changes are held back behind
    the replay.
    """

    __slots__ = ("closing", "held", "queue", "revision", "send", "user_id", "writer")

    def __init__(self, send: Send, user_id: int, revision: int) -> None:
        self.send = send
        self.user_id = user_id
        self.revision = revision
        self.held: list[tuple[int, Event]] | None = []
        self.queue: deque[Event] = deque()
        self.writer: asyncio.Task[None] | None = None
        self.closing = False

    async def replay(self, revision: int, html: str) -> None:
        """Send one missed change and wait until the socket took it."""
        await self._send({"type": "websocket.send", "text": html})
        self.revision = revision

    def go_live(self) -> None:
        """Hand over what was held back during the replay, and everything from now on at once."""
        held, self.held = self.held or [], None
        for revision, event in held:
            self.push(revision, event)

    def push(self, revision: int, event: Event) -> None:
        """Take one change of the room, unless the socket has shown it."""
        if self.held is not None:
            self.held.append((revision, event))
            if len(self.held) > settings.CHAT_QUEUE_LIMIT:
                self.close(TOO_SLOW)
        elif revision > self.revision:
            self.revision = revision
            self.write(event)

    def write(self, event: Event) -> None:
        """Send now where the socket takes it at once; else queue, and close a socket whose queue is full."""
        if self.closing:
            return
        if self.writer is not None:
            self.queue.append(event)
            if len(self.queue) > settings.CHAT_QUEUE_LIMIT:
                self.close(TOO_SLOW)
            return
        sending = self.send(event)
        try:
            waiting = sending.send(None)
        except StopIteration:  # sent, without a wait: the rule, and no task is made for it
            return
        except (OSError, RuntimeError):  # the socket went away meanwhile; its consumer hears of it and leaves
            self.closing = True
            return
        self.writer = asyncio.ensure_future(self._write_on(sending, waiting))

    def close(self, code: int) -> None:
        """Stop writing and close the socket with a code."""
        if self.closing:
            return
        self.closing = True
        self.queue.clear()
        if self.writer is not None:
            self.writer.cancel()
        self.writer = asyncio.ensure_future(self._send({"type": "websocket.close", "code": code}))

    async def _send(self, event: Event) -> None:
        await self._settle(self.send(event))

    async def _settle(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except (OSError, RuntimeError):
            self.closing = True

    async def _write_on(self, sending: Coroutine[Any, Any, None], waiting: Any) -> None:
        await self._settle(resume(sending, waiting))
        while self.queue and not self.closing:
            await self._send(self.queue.popleft())
        if not self.closing:
            self.writer = None


@coroutine
def resume(running: Coroutine[Any, Any, None], waiting: Any) -> Generator[Any, Any, None]:
    """Run a coroutine to its end that was begun by hand; `waiting` is what it waits for.

    Beginning a server's `send` by hand and making a task only when it waits is the idea of Python 3.12's eager tasks;
    on 3.11 a task for each of 1,000 sends costs as much as the sends.
    """
    try:
        while True:
            try:
                value = yield waiting
            except BaseException as error:  # a cancellation belongs to the coroutine: hand it over
                waiting = running.throw(error)
            else:
                waiting = running.send(value)
    except StopIteration:
        return
