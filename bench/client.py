"""A WebSocket client that costs the load generator as little as Python allows: no library, no compression."""

import asyncio
import base64
import os
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import cast

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A  # with the FIN bit: uvicorn does not fragment

# Takes a socket, a buffer, where the text begins and ends in it, and the time of the read.
OnText = Callable[["Socket", bytes, int, int, float], None]
Door = tuple[int, bytes]  # a port of this machine, and the upgrade request to send to it


def upgrade_request(port: int, path: str, cookie: str = "") -> bytes:
    """Return the HTTP request that opens a socket; `cookie` is "name=value" or ""."""
    key, cookie = base64.b64encode(os.urandom(16)).decode(), cookie and f"Cookie: {cookie}\r\n"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{cookie}\r\n"
    ).encode()


def frames(buffer: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the first byte of each complete frame of a server, and where its payload begins and ends."""
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

    Its mask is zero, a valid one that leaves the payload as it is: the server does the same work as for any other,
    the load generator none.
    """
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")  # raises from 64 KB on
    return bytes([first]) + length + bytes(4) + payload


class Socket(asyncio.Protocol):
    """One member's socket: sends the upgrade request, then calls `on_text` for each text frame.

    `numbers` is for the crowd: what this socket received, in order. `close_code` is what the server closed with, 1006
    if it only hung up, None while the socket is open.
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
        """Pass on the frames of a read, often many, and keep an incomplete one for the next read."""
        buffer, end, now = self.pending + data if self.pending else data, 0, perf_counter()
        if not self.opened.done():
            return self.shake_hands(buffer)
        for first, start, end in frames(buffer):
            if first == TEXT:
                self.on_text(self, buffer, start, end, now)
            else:
                self.control(first, buffer[start:end])
        self.pending = buffer[end:]
        return None

    def shake_hands(self, answer: bytes) -> None:
        """Open once the head of the answer is complete, if it is 101; bytes after it are frames."""
        head, end, frames = answer.partition(b"\r\n\r\n")
        self.pending = b"" if end else answer
        if end and not head.startswith(b"HTTP/1.1 101 "):
            self.opened.set_exception(ConnectionError(f"the upgrade was refused: {answer[:200]!r}"))
        elif end:
            self.opened.set_result(None)
            self.data_received(frames)

    def control(self, first: int, payload: bytes) -> None:
        """Answer a ping, note a close. Raises ValueError for a frame that no server should send."""
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
            self.opened.set_exception(ConnectionError("the server hung up"))

    def send(self, payload: bytes) -> None:
        self.transport.write(client_frame(TEXT, payload))

    async def close(self) -> None:
        """Close the socket and wait until the server has hung up, 10 seconds at most."""
        self.transport.write(client_frame(CLOSE, (1000).to_bytes(2, "big")))
        await asyncio.wait([self.closed], timeout=10)
        self.transport.abort()


async def open_socket(door: Door, on_text: OnText) -> Socket:
    """Open a socket. Raises OSError if the server does not upgrade or listen."""
    (port, request), loop = door, asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(request, on_text), "127.0.0.1", port)
    await socket.opened
    return socket
