"""Control over a server's socket beyond ASGI: backpressure, heartbeats, aborting.

ASGI only has `send`. uvicorn's `send` waits for a slow reader, daphne's buffers without bound; neither can end a
socket whose reader has stopped reading. Both servers' protocol objects can be reached through `send`; without one
(tests, other servers), only plain ASGI is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from operator import attrgetter
from typing import Any

from django.conf import settings
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import State

from a_live.wire import WINDOW_BITS, Batch, TextEvent

Event = dict[str, Any]
Send = Callable[[Event], Coroutine[Any, Any, None]]

HEARTBEAT = 8.0  # seconds between pings, and to wait for a pong: a dead peer is noticed within 16


class ServerSocket:
    """A socket of any ASGI server, with `send` only."""

    def __init__(self, send: Send) -> None:
        self.send = send

    def push(self, event: TextEvent | Batch) -> bool:
        """Write shared bytes immediately; return False if `send` must be used instead."""
        return False

    async def close(self, code: int) -> None:
        """Send a close frame after the buffered data."""
        await self.send({"type": "websocket.close", "code": code})

    def abort(self) -> None:
        """Abort the connection and drop its buffered data."""


class UvicornSocket(ServerSocket):
    """A uvicorn socket, with a shorter ping interval, which must be set before the handshake is accepted.

    uvicorn closes a connection only after its data has been read, which may never happen; so we abort it.
    """

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(send)
        self.transport, self.closing = protocol.transport, False
        protocol.ping_interval = protocol.ping_timeout = HEARTBEAT
        protocol.keepalive_timeout = self.miss_pong
        self.protocol, self.frame_of = protocol, shared_frame(protocol)

    def push(self, event: TextEvent | Batch) -> bool:
        """Write immediately if the socket is open and nothing is buffered before it; return whether it was written."""
        protocol = self.protocol
        if self.frame_of is None or not protocol.writable.is_set() or protocol.conn.state is not State.OPEN:
            return False
        self.transport.write(self.frame_of(event))
        return True

    async def close(self, code: int) -> None:
        """Send a close frame after the buffered data; abort if the reader doesn't get to it in time."""
        self.closing = True
        await super().close(code)
        asyncio.get_running_loop().call_later(settings.CHAT_STALL_SECONDS, self.abort)

    def miss_pong(self) -> None:
        """Abort a peer that doesn't answer pings, unless it is closing, which has a timeout of its own."""
        if not self.closing:
            self.abort()

    def abort(self) -> None:
        """Abort the connection and drop its buffered data."""
        self.transport.abort()


def shared_frame(protocol: Any) -> Callable[[TextEvent | Batch], bytes] | None:
    """Return a function from an event to the frame that this uvicorn socket needs, or None if frames can't be shared.

    Turns off the compressor's context between messages, since shared frames come in between. That also saves 32 KB
    per socket.
    """
    extensions = getattr(getattr(protocol, "conn", None), "extensions", None)
    if extensions == []:
        return attrgetter("plain")
    if not extensions or len(extensions) > 1 or not isinstance(extensions[0], PerMessageDeflate):
        return None
    [deflate] = extensions
    if not deflate.local_no_context_takeover:
        deflate.local_no_context_takeover = True
        del deflate.encoder
    return attrgetter("deflated") if deflate.local_max_window_bits >= WINDOW_BITS else None


class DaphneSocket(ServerSocket):
    """A daphne socket, as a Twisted push producer: paused while the reader doesn't keep up."""

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(self.send_when_writable)
        self.server_send, self.protocol, self.transport = send, protocol, protocol.transport
        self.writable = asyncio.Event()
        self.writable.set()
        protocol.closeHandshakeTimeout = settings.CHAT_STALL_SECONDS  # daphne would abort a slow reader after 1 s
        protocol.maxMessagePayloadSize = protocol.maxFramePayloadSize = settings.CHAT_FRAME_LIMIT
        protocol.failByDrop = False  # close with 1009, don't just disconnect
        self.transport.unregisterProducer()  # the HTTP channel before the upgrade
        self.transport.registerProducer(self, True)

    async def send_when_writable(self, event: Event) -> None:
        """Send once the reader has caught up."""
        await self.writable.wait()
        code = event.get("code", 1000)
        if event["type"] == "websocket.close" and 1000 < code < 3000:
            self.protocol.sendCloseFrame(code=code)  # sendClose refuses codes reserved for servers
        else:
            await self.server_send(event)

    def abort(self) -> None:
        """Abort the connection and drop its buffered data."""
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Pause: the transport's buffer is full."""
        self.writable.clear()

    def resumeProducing(self) -> None:
        """Resume: the transport's buffer has room again."""
        self.writable.set()

    stopProducing = resumeProducing


def server_socket(send: Send) -> ServerSocket:
    """Return the socket behind a server's `send`."""
    protocol = getattr(send, "__self__", None)
    if hasattr(protocol, "ping_interval") and hasattr(protocol, "transport"):
        return UvicornSocket(send, protocol)
    if isinstance(send, partial) and hasattr(send.args[0], "transport"):
        return DaphneSocket(send, send.args[0])
    return ServerSocket(send)
