"""Request bodies: received as a whole by the event loop, so that a slow client holds no thread."""

import asyncio
import io
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

from config.shares import Shares

Receive = Callable[[], Awaitable[dict[str, Any]]]

STALL_SECONDS = 20.0  # the longest wait for the client to send or read the next part
LINGER_SECONDS = 5.0  # how long to go on receiving a refused body
BYTES_PER_SECOND = 4 * 1024  # the least that a client has to send after the first STALL_SECONDS
UPLOADS_PER_CLIENT = 8  # bodies that arrive in parts at the same time
BYTES_HELD = 64 * 1024 * 1024  # of all bodies in the process


def limit_of(path: str) -> int:
    """Return the maximum size of a request body for a path."""
    limits = settings.HTTP_BODY_LIMITS.items()
    return next((limit for pattern, limit in limits if re.search(pattern, path)), settings.HTTP_BODY_LIMIT)


class RefusedError(Exception):
    """A request that is answered with a status and one line, without a thread."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class ClientGoneError(OSError):
    """The client disconnected or stalled."""


class Uploads:
    """The bodies that a process holds: the bytes of each client, and how many of its bodies are arriving in parts."""

    def __init__(self) -> None:
        self.bytes = Shares(BYTES_HELD)
        self.arriving: Counter[str] = Counter()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Hold one of a client's places. Raises RefusedError if all are taken."""
        if self.arriving[client] >= UPLOADS_PER_CLIENT:
            raise RefusedError(429, "Too many uploads at once. Try again in a moment.")
        self.arriving[client] += 1
        try:
            yield
        finally:
            self.arriving[client] -= 1
            if not self.arriving[client]:
                del self.arriving[client]


class Body:
    """A request body. `file` holds it, on disk where it is larger than most paths allow."""

    def __init__(self, receive: Receive, client: str, limit: int, uploads: Uploads) -> None:
        self.receive, self.client, self.limit, self.uploads = receive, client, limit, uploads
        self.file: IO[bytes] = io.BytesIO()
        self.size = 0
        self.is_complete = self.gone = False

    async def receive_all(self) -> None:
        """Receive the body. Raises ClientGoneError, and RefusedError if it is too large or too slow."""
        self.file = SpooledTemporaryFile(settings.HTTP_BODY_LIMIT)  # noqa: SIM115  (close() closes it)
        try:
            async with asyncio.timeout(STALL_SECONDS) as limit:
                await self._receive_part()
                if not self.is_complete:
                    with self.uploads.place(self.client):
                        await self._receive_rest(limit)
        except TimeoutError:
            raise RefusedError(408, "This upload took too long.") from None
        self.file.seek(0)

    async def _receive_rest(self, limit: asyncio.Timeout) -> None:
        now = asyncio.get_running_loop().time
        begun = now()
        while not self.is_complete:
            limit.reschedule(STALL_SECONDS + min(now(), begun + self.size / BYTES_PER_SECOND))
            await self._receive_part()

    async def _receive_part(self) -> None:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise ClientGoneError("the client closed the connection")
        self.is_complete = not message.get("more_body", False)
        part = message.get("body", b"")
        self.size += len(part)
        self.uploads.bytes.add(self.client, len(part))
        if self.size > self.limit:
            raise RefusedError(413, "This upload is too large.")
        if self.uploads.bytes.is_over(self.client):
            raise RefusedError(503, "Too busy. Try again in a moment.")
        self.file.write(part)

    async def drop_rest(self) -> None:
        """Drop the rest for a moment: closing at once could reset the connection before the client reads the answer."""
        await asyncio.wait([asyncio.ensure_future(self._drop())], timeout=LINGER_SECONDS)

    async def _drop(self) -> None:
        while not self.is_complete and not self.gone:
            message = await self.receive()
            self.gone = message["type"] == "http.disconnect"
            self.is_complete = not message.get("more_body", False)

    async def wait_for_disconnect(self) -> None:
        """Return when the client has disconnected."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True

    def close(self) -> None:
        """Give back what the body holds."""
        self.file.close()
        self.uploads.bytes.add(self.client, -self.size)
        self.size = 0
