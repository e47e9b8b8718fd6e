"""uvicorn's protocols with limits on what a stranger can hold: heads, idle connections, oversized frames."""

import asyncio
from typing import Any, ClassVar

from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

IDLE_SECONDS = 30.0  # from a response to the end of the next request's head, and for reading the response
LINGER_SECONDS = 5.0  # for the sender of a refused frame to read why its socket is closed
QUIET_SECONDS = 0.3  # without data, after which it has read that
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class LimitedHTTP(asyncio.Protocol):
    """A mixin for uvicorn's HTTP protocols.

    A connection has to complete a request's head in time and size. If there are too many connections, the one is cut
    that has waited longest for a head: an honest browser sends it at once.
    """

    waiting: ClassVar[dict["LimitedHTTP", None]] = {}  # connections between two requests, the longest first
    timer: asyncio.TimerHandle | None = None
    head_size = 0
    transport: Any  # these belong to uvicorn
    loop: asyncio.AbstractEventLoop
    connections: set[Any]
    cycle: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.wait(settings.HTTP_HEAD_SECONDS)
        if len(self.connections) > settings.HTTP_CONNECTIONS:
            next(iter(self.waiting)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def wait(self, seconds: float) -> None:
        """Expect the head of a request within this time."""
        self.stop_waiting()
        self.head_size = 0
        self.waiting[self] = None
        self.timer = self.loop.call_later(seconds, self.transport.abort)

    def stop_waiting(self) -> None:
        """Expect no head any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
            del self.waiting[self]

    def data_received(self, data: bytes) -> None:
        """Pass data on; up to the end of a head, only as much as a head may have."""
        if self.timer is None:
            return super().data_received(data)
        room = settings.HTTP_HEAD_LIMIT - self.head_size
        self.head_size += len(data)
        super().data_received(data[:room])
        if self.cycle is not None and not self.cycle.response_complete:
            self.stop_waiting()
        if len(data) > room and not self.transport.is_closing():
            return self.refuse() if self.timer else super().data_received(data[room:])
        return None

    def refuse(self) -> None:
        """Answer that the head is too large."""
        self.transport.write(TOO_LARGE)
        self.transport.close()

    def on_response_complete(self) -> None:
        """Wait for the next request; close the connection if the body of this one isn't wanted."""
        super().on_response_complete()  # type: ignore[misc]
        if self.cycle.response_complete:
            self.wait(IDLE_SECONDS)
            if self.cycle.more_body:
                self.transport.close()

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """Leave the connection to the socket."""
        self.stop_waiting()
        super().handle_websocket_upgrade(*event)  # type: ignore[misc]


class LimitedSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol; the sender of a refused frame gets to read the close code.

    uvicorn closes at once. The rest of the frame would then reset the connection, and the browser would see 1006.
    """

    linger_until = 0.0

    def data_received(self, data: bytes) -> None:
        """Parse data; drop what follows a refused frame."""
        if self.conn.parser_exc is None:
            super().data_received(data)
        elif self.loop.time() < self.linger_until:
            self.close_when_quiet()
        if not self.handshake_initiated:  # the request was refused
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Send the close frame, and close once the sender has nothing more to send, or has had its time."""
        if self.conn.close_sent is not None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": self.conn.close_sent.code})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.linger_until = self.loop.time() + LINGER_SECONDS
        self.transport.resume_reading()
        self.close_when_quiet()

    def close_when_quiet(self) -> None:
        """Close if nothing arrives for a moment."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(QUIET_SECONDS, self.transport.close)
