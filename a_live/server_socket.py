"""What a server knows of a socket beyond ASGI: whether its reader keeps up, whether it still answers, how to cut it.

ASGI has `send` and nothing else. uvicorn's `send` waits for a slow reader, daphne's buffers without bound; neither can
end a socket whose reader takes nothing any more. Both keep the protocol object beside `send`; where there is none
(tests, other servers), plain ASGI has to do.
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

from a_live.wire import WINDOW_BITS, Burst, TextEvent

Event = dict[str, Any]
Send = Callable[[Event], Coroutine[Any, Any, None]]

HEARTBEAT = 8.0  # seconds between pings, and for the answer: a dead peer is noticed within 16


class ServerSocket:
    """A socket of any ASGI server: `send` is all there is."""

    def __init__(self, send: Send) -> None:
        self.send = send

    def push(self, event: TextEvent | Burst) -> bool:
        """Write at once, as bytes that are the same for all sockets; return False where only `send` can."""
        return False

    async def close(self, code: int) -> None:
        """Send the closing, behind what waits in the connection."""
        await self.send({"type": "websocket.close", "code": code})

    def abort(self) -> None:
        """Cut the connection and drop what waits in it."""


class UvicornSocket(ServerSocket):
    """A socket of uvicorn, which pings each peer every 20 s unless told otherwise before the handshake is accepted.

    Where it ends a connection, it waits for a reader who may never read; so we cut it.
    """

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(send)
        self.transport, self.closing = protocol.transport, False
        protocol.ping_interval = protocol.ping_timeout = HEARTBEAT
        protocol.keepalive_timeout = self.miss_pong
        self.protocol, self.frame_of = protocol, shared_frame(protocol)

    def push(self, event: TextEvent | Burst) -> bool:
        """Write at once, unless something waits before it or the socket is not (or no longer) open."""
        protocol = self.protocol
        if self.frame_of is None or not protocol.writable.is_set() or protocol.conn.state is not State.OPEN:
            return False
        self.transport.write(self.frame_of(event))
        return True

    async def close(self, code: int) -> None:
        """Send the closing, behind what waits in the connection, and give the reader time to come to it."""
        self.closing = True
        await super().close(code)
        asyncio.get_running_loop().call_later(settings.CHAT_STALL_SECONDS, self.abort)

    def miss_pong(self) -> None:
        """Cut a peer that does not answer; one that is being closed has its time for that, and no pong to give."""
        if not self.closing:
            self.abort()

    def abort(self) -> None:
        """Cut the connection and drop what waits in it."""
        self.transport.abort()


def shared_frame(protocol: Any) -> Callable[[TextEvent | Burst], bytes] | None:
    """Return which of an event's frames a socket of uvicorn takes; None where only uvicorn itself can tell.

    From here on nothing that the socket sends refers to what it sent before: shared frames come in between. That
    also saves the 32 KB that a compressor keeps for each socket.
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
    """A socket of daphne, as a Twisted push producer: paused while the reader does not keep up."""

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(self.send_when_writable)
        self.server_send, self.protocol, self.transport = send, protocol, protocol.transport
        self.writable = asyncio.Event()
        self.writable.set()
        protocol.closeHandshakeTimeout = settings.CHAT_STALL_SECONDS  # daphne would cut a slow reader after 1 s
        self.transport.unregisterProducer()  # the HTTP channel before the upgrade
        self.transport.registerProducer(self, True)

    async def send_when_writable(self, event: Event) -> None:
        """Wait until the reader keeps up, then send."""
        await self.writable.wait()
        code = event.get("code", 1000)
        if event["type"] == "websocket.close" and 1000 < code < 3000:
            self.protocol.sendCloseFrame(code=code)  # sendClose would refuse the codes that are a server's to use
        else:
            await self.server_send(event)

    def abort(self) -> None:
        """Cut the connection and drop what waits in it."""
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Take note that the transport's buffer is full."""
        self.writable.clear()

    def resumeProducing(self) -> None:
        """Take note that the transport's buffer is empty."""
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
