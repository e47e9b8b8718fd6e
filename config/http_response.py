"""WSGI responses, sent to an ASGI server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.util import FileWrapper

from config.browser_headers import for_text
from config.http_body import STALL_SECONDS, Body, ClientGoneError
from config.http_environ import Environ

Send = Callable[[dict[str, Any]], Awaitable[None]]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

BODILESS = {204, 304}


@dataclass(slots=True)
class Head:
    """The status and headers of a response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    has_body: bool

    @classmethod
    def of(cls, status: int, headers: list[tuple[str, str]], method: str) -> "Head":
        """Return the head of a WSGI response."""
        encoded = [(name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers]
        if status in BODILESS:
            encoded = [header for header in encoded if header[0] != b"content-length"]
        return cls(status, encoded, method != "HEAD" and status not in BODILESS)

    def message(self) -> dict[str, Any]:
        """Return the ASGI message that starts the response."""
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


class Response:
    """One response: made in a thread, sent by the event loop.

    A page is returned as bytes. A file is read in portions, and no thread is held in between. Any other stream stays in
    its thread, because its generator may use the thread's database connection.
    """

    def __init__(self, send: Send, body: Body) -> None:
        self.send, self.body = send, body
        self.loop = asyncio.get_running_loop()
        self.listener: asyncio.Task[None] | None = None

    # --- in a thread ---

    def make(self, app: WSGIApplication, environ: Environ) -> tuple[Head, Any] | None:
        """Run the application; return the head and the bytes or the file of the response, None if it was streamed.

        Raises ClientGoneError if the client disconnected while the request was queued.
        """
        if self.body.gone:
            raise ClientGoneError("the client disconnected while the request was queued")
        started: list[Head] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            started[:] = [Head.of(int(status[:3]), headers, environ["REQUEST_METHOD"])]

        result = app(environ, start)
        if isinstance(result, FileWrapper) and started[0].has_body:
            return started[0], result
        try:
            return self._read(started[0], result)
        finally:
            close(result)

    def _read(self, head: Head, result: Iterable[bytes]) -> tuple[Head, bytes] | None:
        if head.has_body and getattr(result, "streaming", False):
            self._stream(head, result)
            return None
        return head, b"".join(result) if head.has_body else b""

    def _stream(self, head: Head, parts: Iterable[bytes]) -> None:
        try:
            self._send_from_thread(head.message())
            for part in parts:
                self._send_from_thread({"type": "http.response.body", "body": part, "more_body": True})
            self._send_from_thread({"type": "http.response.body"})
        except ClientGoneError:
            return

    def _send_from_thread(self, message: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(self.send_part(message), self.loop).result()

    # --- in the event loop ---

    async def send_page(self, head: Head, page: bytes) -> None:
        """Send a complete response."""
        if head.has_body and not any(name == b"content-length" for name, _ in head.headers):
            head.headers.append((b"content-length", b"%d" % len(page)))
        try:
            await self.send(head.message())
            await self.send({"type": "http.response.body", "body": page})
        except (OSError, RuntimeError) as error:  # uvloop raises RuntimeError for a transport that is closed
            raise ClientGoneError("the client closed the connection") from error

    async def send_part(self, message: dict[str, Any]) -> None:
        """Send one message of a stream. Raises ClientGoneError if the client disconnected or stalled."""
        self.listen()
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self.send(message)
        except TimeoutError:
            self.body.gone = True
        if self.body.gone:
            raise ClientGoneError("the client closed the connection or stopped reading")

    def listen(self) -> None:
        """Start waiting for the client to disconnect."""
        if self.listener is None:
            self.listener = asyncio.ensure_future(self.body.wait_for_disconnect())

    def stop_listening(self) -> None:
        """Stop waiting for the client to disconnect."""
        if self.listener is not None:
            self.listener.cancel()


async def send_text(
    send: Send, status: int, text: str, *headers: tuple[bytes, bytes], before_end: Awaitable[None] | None = None
) -> None:
    """Send a short plain text; await `before_end` before the response ends."""
    body = text.encode()
    all_headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)), *headers]
    all_headers += [(name.lower().encode(), value.encode()) for name, value in for_text().items()]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body, "more_body": before_end is not None})
    if before_end is not None:
        await before_end
        await send({"type": "http.response.body"})


def close(result: Any) -> None:
    """Close the result of a WSGI application."""
    if hasattr(result, "close"):
        result.close()
