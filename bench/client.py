"""A minimal WebSocket client that is cheap for the load generator: no library, no compression."""

import asyncio
import base64
import os
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import cast

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A  # with the FIN bit, as uvicorn doesn't fragment

# Called with a socket, a buffer, the start and end of the text in it, and the time of the read.
OnText = Callable[["Socket", bytes, int, int, float], None]
Endpoint = tuple[int, bytes]  # a local port, and the upgrade request to send to it


def upgrade_request(port: int, path: str, cookie: str = "") -> bytes:
    """Return the HTTP request that opens a socket; `cookie` is "name=value" or ""."""
    key, cookie = base64.b64encode(os.urandom(16)).decode(), cookie and f"Cookie: {cookie}\r\n"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{cookie}\r\n"
    ).encode()


def frames(buffer: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the first byte of each complete server frame, and the start and end of its payload."""
    position, length = 0, len(buffer)
    while position + 2 <= length:
        first, size, start = buffer[position], buffer[position + 1], position + 2
        if size > 125:
            start += 2 if size == 126 else 8
            size = int.from_bytes(buffer[position + 2 : start], "big")
        if start + size > length:
            return
        position = start + size
        yield first, start, position


def client_frame(first: int, payload: bytes) -> bytes:
    """Return a client's frame.

    The mask is zero, which is valid and leaves the payload unchanged: it saves work in the load generator, but not in
    the server.
    """
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")  # raises from 64 KB on
    return bytes([first]) + length + bytes(4) + payload


class Socket(asyncio.Protocol):
    """A member's socket: sends the upgrade request, then calls `on_text` for each text frame.

    `numbers` lists the messages received, in order, for the crowd. `close_code` is the server's close code, 1006 if it
    dropped the connection, None while the socket is open.
    """

    __slots__ = ("close_code", "closed", "numbers", "on_text", "opened", "pending", "request", "transport")

    def __init__(self, request: bytes, on_text: OnText) -> None:
        self.request, self.on_text, self.pending = request, on_text, b""
        self.numbers: list[int] = []
        self.close_code: int | None = None
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Handle the complete frames in a read, and keep an incomplete one for the next."""
        buffer, end, now = self.pending + data if self.pending else data, 0, perf_counter()
        if not self.opened.done():
            return self.finish_handshake(buffer)
        for first, start, end in frames(buffer):
            if first == TEXT:
                self.on_text(self, buffer, start, end, now)
            else:
                self.control(first, buffer[start:end])
        self.pending = buffer[end:]
        return None

    def finish_handshake(self, answer: bytes) -> None:
        """Finish the handshake once the response head is complete; bytes after it are frames."""
        head, end, frames = answer.partition(b"\r\n\r\n")
        self.pending = b"" if end else answer
        if end and not head.startswith(b"HTTP/1.1 101 "):
            self.opened.set_exception(ConnectionError(f"the upgrade was refused: {answer[:200]!r}"))
        elif end:
            self.opened.set_result(None)
            self.data_received(frames)

    def control(self, first: int, payload: bytes) -> None:
        """Answer a ping or a close. Raises ValueError for an unexpected frame."""
        if first == PING:
            self.transport.write(client_frame(PONG, payload))
        elif first == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") or 1005
            self.transport.write(client_frame(CLOSE, payload[:2]))
        else:
            raise ValueError(f"an unexpected frame: {first:#x}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.close_code = self.close_code or 1006
        self.closed.set_result(None)
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the server closed the connection"))

    def send(self, payload: bytes) -> None:
        self.transport.write(client_frame(TEXT, payload))

    async def close(self) -> None:
        """Close the socket and wait for the server to disconnect, 10 seconds at most."""
        self.transport.write(client_frame(CLOSE, (1000).to_bytes(2, "big")))
        await asyncio.wait([self.closed], timeout=10)
        self.transport.abort()


async def open_socket(endpoint: Endpoint, on_text: OnText) -> Socket:
    """Open a socket. Raises OSError if the server doesn't listen or upgrade."""
    (port, request), loop = endpoint, asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(request, on_text), "127.0.0.1", port)
    await socket.opened
    return socket
