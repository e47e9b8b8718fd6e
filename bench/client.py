"""A WebSocket client that costs the load generator as little as Python allows: no library, no compression."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

from bench.frames import CLOSE, PING, PONG, TEXT, client_frame, frame_at

# Takes a socket, a buffer, and where the text begins and ends in it.
OnText = Callable[["Socket", bytes, int, int], None]

Door = tuple[int, bytes]  # a port of this machine, and the upgrade request to send to it

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{cookie}\r\n"
)


class HandshakeRefused(OSError):
    """The server answered an upgrade with something else than 101."""


def upgrade_request(host: str, path: str, cookie: str = "") -> bytes:
    """Return the HTTP request that opens a socket; `host` with its port, `cookie` as "name=value" or ""."""
    key = base64.b64encode(os.urandom(16)).decode()
    return UPGRADE.format(path=path, host=host, key=key, cookie=cookie and f"Cookie: {cookie}\r\n").encode()


class Socket(asyncio.Protocol):
    """One member's open socket.

    Calls `on_text` for each text frame; `numbers` is for the ledger: what this socket received, in its order.
    `close_code` is what the server closed with, 1006 where it only hung up, None while the socket is open.
    """

    __slots__ = ("close_code", "closed", "numbers", "on_text", "pending", "transport")

    def __init__(self, transport: asyncio.Transport, on_text: OnText) -> None:
        self.transport = transport
        self.on_text = on_text
        self.numbers: list[int] = []
        self.pending = b""
        self.close_code: int | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Hand on each complete frame and keep the rest for the next call."""
        buffer, position = self.pending + data if self.pending else data, 0
        while frame := frame_at(buffer, position):
            first, start, position = frame
            if first == TEXT:
                self.on_text(self, buffer, start, position)
            else:
                self.control(first, buffer[start:position])
        self.pending = buffer[position:]

    def control(self, first: int, payload: bytes) -> None:
        """Answer a ping, take note of a close. Raises ValueError for a frame that no server should send."""
        if first == PING:
            self.transport.write(client_frame(PONG, payload))
        elif first == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") or 1005
            self.transport.write(client_frame(CLOSE, payload[:2]))
        else:
            raise ValueError(f"an unexpected frame: {first:#x}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the server hung up."""
        self.close_code = self.close_code or 1006
        self.closed.set_result(None)

    def send(self, payload: bytes) -> None:
        """Send a text."""
        self.transport.write(client_frame(TEXT, payload))

    async def close(self) -> None:
        """Say goodbye and wait until the server has hung up, 10 seconds at most."""
        self.transport.write(client_frame(CLOSE, (1000).to_bytes(2, "big")))
        await asyncio.wait([self.closed], timeout=10)
        self.transport.abort()


class Handshake(asyncio.Protocol):
    """The upgrade: sends the request and becomes a Socket with the server's answer."""

    def __init__(self, request: bytes, on_text: OnText) -> None:
        self.request = request
        self.on_text = on_text
        self.answer = b""
        self.socket: asyncio.Future[Socket] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Collect the answer's head; what comes behind it belongs to the socket."""
        self.answer += data
        head, end, rest = self.answer.partition(b"\r\n\r\n")
        if end and head.startswith(b"HTTP/1.1 101 "):
            self.become_socket(rest)
        elif end:
            self.refuse(head)

    def become_socket(self, rest: bytes) -> None:
        """Give the connection to a Socket, with the first bytes that already came for it."""
        socket = Socket(self.transport, self.on_text)
        self.transport.set_protocol(socket)
        self.socket.set_result(socket)
        if rest:
            socket.data_received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the server hung up during the upgrade."""
        self.refuse(self.answer or b"hung up")

    def refuse(self, answer: bytes) -> None:
        """Fail the waiting `open_socket`."""
        if not self.socket.done():
            self.socket.set_exception(HandshakeRefused(answer[:200].decode(errors="replace")))


async def open_socket(door: Door, on_text: OnText) -> Socket:
    """Open a socket. Raises HandshakeRefused, or OSError where nobody listens."""
    loop, (port, request) = asyncio.get_running_loop(), door
    _, handshake = await loop.create_connection(lambda: Handshake(request, on_text), "127.0.0.1", port)
    return await handshake.socket
