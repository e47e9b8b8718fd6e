"""Request bodies, streamed from the server to Django."""

import asyncio
import io
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError

Receive = Callable[[], Awaitable[dict[str, Any]]]

PREFETCHED_BYTES = 64 * 1024  # received before a thread is taken, so that slow clients do not block one
STALL_SECONDS = 30.0  # the longest wait for the client to send or read the next part
UPLOAD_SECONDS = 300.0  # the longest that an upload may hold a thread


def limit_of(path: str) -> int:
    """Return the maximum size of a request body for a path."""
    limits = settings.HTTP_BODY_LIMITS.items()
    return next((limit for pattern, limit in limits if re.search(pattern, path)), settings.HTTP_BODY_LIMIT)


class BodyTooLargeError(OSError):
    """The body is larger than its path allows."""


class ClientGoneError(OSError):
    """The client disconnected or stalled."""


class BrokenUploadError(SuspiciousOperation):
    """The body ended early. Django answers 400 and runs no view; it would take an OSError for an empty form."""


class Body:
    """A request body: receives its parts and counts them."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive, self.limit = receive, limit
        self.size = 0
        self.is_complete = False
        self.gone = False

    @property
    def is_too_large(self) -> bool:
        """Whether more than the limit has arrived."""
        return self.size > self.limit

    async def next_part(self) -> bytes:
        """Return the next part; empty at the end. Raises ClientGoneError and BodyTooLargeError."""
        if self.is_complete:
            return b""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise ClientGoneError("the client closed the connection")
        self.is_complete = not message.get("more_body", False)
        part = message.get("body", b"")
        self.size += len(part)
        if self.is_too_large:
            raise BodyTooLargeError(f"the body is larger than {self.limit} bytes")
        return part

    async def prefetch(self) -> bytes:
        """Return the beginning of the body, or all of a small one."""
        parts = []
        while not self.is_complete and self.size < PREFETCHED_BYTES:
            parts.append(await self.next_part())
        return b"".join(parts)

    async def drop_rest(self) -> None:
        """Receive and drop the rest of the body."""
        while not self.is_complete and not self.gone:
            message = await self.receive()
            self.gone = message["type"] == "http.disconnect"
            self.is_complete = not message.get("more_body", False)

    async def wait_for_disconnect(self) -> None:
        """Return when the client has disconnected; drop the rest of the body."""
        self.is_complete = True  # nothing else may receive from now on
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True


class UploadStream(io.RawIOBase):
    """A request body as a file: the event loop receives the next part when the thread has read the last one."""

    def __init__(self, first: bytes, body: Body) -> None:
        self.part, self.body = memoryview(first), body
        self.loop = asyncio.get_running_loop()
        self.deadline = self.loop.time() + UPLOAD_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer and return the number of bytes; 0 at the end."""
        while not self.part and not self.body.is_complete:
            try:
                self.part = memoryview(asyncio.run_coroutine_threadsafe(self._next(), self.loop).result())
            except OSError as error:
                raise BrokenUploadError(str(error)) from error
        count = min(len(buffer), len(self.part))
        buffer[:count] = self.part[:count]
        self.part = self.part[count:]
        return count

    async def _next(self) -> bytes:
        stalled_at = self.loop.time() + STALL_SECONDS
        async with asyncio.timeout_at(min(self.deadline, stalled_at)):  # TimeoutError is an OSError
            return await self.body.next_part()


def as_file(first: bytes, body: Body) -> io.BufferedIOBase:
    """Return wsgi.input for a body whose first bytes have been received."""
    return io.BytesIO(first) if body.is_complete else io.BufferedReader(UploadStream(first, body), PREFETCHED_BYTES)


class WithoutBrokenUploads(logging.Filter):
    """Drop log records of uploads that the client aborted."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for an aborted upload."""
        return not (record.exc_info and isinstance(record.exc_info[1], UnreadablePostError | BrokenUploadError))
