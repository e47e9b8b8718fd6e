"""uvicorn's protocols with limits on what a stranger can hold: heads, idle connections, oversized frames."""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from a_live.closing import TRY_AGAIN_LATER
from config.raw_refusals import complete_rejections, refusal

IDLE_SECONDS = 30.0  # from a response to the end of the next request's head, and for reading the response
LINGER_SECONDS = 5.0  # for the sender of a refused frame to read why its socket is closed
QUIET_SECONDS = 0.3  # without data, after which it has read that
PART = 1024  # bytes that are parsed at a time
FLOOD = 2  # a socket's burst of frames, in bursts of its user's; it counts frames that aren't messages as well
COSTS = {Opcode.TEXT: 1, Opcode.CONT: 10, Opcode.PING: 10, Opcode.PONG: 10}  # browsers send few but texts


class LimitedHTTP(asyncio.Protocol):
    """A mixin for uvicorn's HTTP protocols.

    A connection has to complete a request's head in time and size. If there are too many connections, the one is cut
    that has waited longest for its client: an honest browser sends its request at once. What comes after a request is
    parsed once it has been answered: thousands of small requests in one packet would keep the event loop busy.
    """

    waiting: ClassVar[dict["LimitedHTTP", None]] = {}  # connections that wait for a head or a body, the longest first
    timer: asyncio.TimerHandle | None = None  # while waiting for a head
    head_size = 0
    ahead = b""  # received, not parsed yet
    transport: Any  # these belong to uvicorn
    loop: asyncio.AbstractEventLoop
    connections: set[Any]
    cycle: Any
    flow: Any

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
        """Expect nothing any more."""
        self.waiting.pop(self, None)
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    @property
    def is_answering(self) -> bool:
        """Whether a request was received and hasn't been answered yet."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Parse what belongs to the current request; keep the rest, within limits."""
        self.ahead += data
        self.parse_ahead()

    def parse_ahead(self) -> None:
        """Parse until a request is complete; up to the end of a head, only as much as a head may have."""
        while self.ahead and not self.is_answering and not self.transport.is_closing():
            size = min(PART, settings.HTTP_HEAD_LIMIT - self.head_size) if self.timer else len(self.ahead)
            if not size:
                return self.refuse()
            part, self.ahead = self.ahead[:size], self.ahead[size:]
            self.head_size += size
            super().data_received(part)
            self.follow()
        if len(self.ahead) > settings.HTTP_HEAD_LIMIT:
            self.flow.pause_reading()  # until the response is complete
        return None

    def follow(self) -> None:
        """Note what the connection waits for: still a head, a body (its time is limited elsewhere), or nothing."""
        if self.cycle is None or self.cycle.response_complete:
            return
        self.stop_waiting()
        if self.cycle.more_body:
            self.waiting[self] = None

    def refuse(self) -> None:
        """Answer that the head is too large."""
        self.ahead = b""
        self.end_with(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "This request's headers are too large.")

    def send_400_response(self, msg: str) -> None:
        """Answer what isn't HTTP."""
        self.end_with(HTTPStatus.BAD_REQUEST, msg)

    def end_with(self, status: HTTPStatus, text: str) -> None:
        """Send a line of text as the connection's last answer."""
        self.transport.write(refusal(status, text))
        self.transport.close()

    def on_response_complete(self) -> None:
        """Go on to the next request; close the connection if the body of this one isn't wanted."""
        super().on_response_complete()  # type: ignore[misc]
        if self.cycle.response_complete:
            self.wait(IDLE_SECONDS)
            if self.cycle.more_body:
                self.transport.close()
        self.parse_ahead()

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """Leave the connection to the socket."""
        self.stop_waiting()
        self.ahead = b""  # no browser sends frames before the handshake is accepted
        super().handle_websocket_upgrade(*event)  # type: ignore[misc]


class LimitedSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with a limit on frames of any kind: pings and empty fragments cost time as well.

    The sender of a refused frame gets to read the close code. uvicorn closes at once. The rest of the frame would then
    reset the connection, and the browser would see 1006.
    """

    linger_until = 0.0
    frames_paid_at = 0.0  # when the socket's frames so far are within the rate

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.close_timeout = LINGER_SECONDS  # for the answer to a close frame; uvicorn waits 10 s
        complete_rejections(self.conn)

    def data_received(self, data: bytes) -> None:
        """Parse data, in parts so that a flood is noticed early; drop what follows a refused frame."""
        for start in range(0, len(data), PART):
            if self.is_refused:
                return self.close_when_quiet() if self.loop.time() < self.linger_until else None
            super().data_received(data[start : start + PART])
        if not self.handshake_initiated:  # the request was refused
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
        return None

    async def send(self, message: Any) -> None:
        """Send an event; raise ClientDisconnected once a frame was refused."""
        if self.is_refused:
            raise ClientDisconnected
        await super().send(message)

    @property
    def is_refused(self) -> bool:
        """Whether a frame was refused, and the socket is about to close."""
        return self.linger_until > 0

    def handle_events(self) -> None:
        """Handle the frames of a part; refuse them if they are too many."""
        cost, now = sum(cost_of(event) for event in self.conn.events), self.loop.time()
        self.frames_paid_at = max(self.frames_paid_at, now) + cost / settings.CHAT_FRAMES_PER_SECOND
        if self.frames_paid_at - now > FLOOD * settings.CHAT_FRAME_BURST / settings.CHAT_FRAMES_PER_SECOND:
            self.conn.fail(TRY_AGAIN_LATER)
            self.handle_parser_exception()
        else:
            super().handle_events()

    def handle_parser_exception(self) -> None:
        """Send the close frame, and close once the sender has nothing more to send, or has had its time."""
        if self.conn.close_sent is not None and not self.close_sent:
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


def cost_of(event: Any) -> int:
    """Return what an event of a socket counts, in text frames."""
    return COSTS.get(event.opcode, 1) if isinstance(event, Frame) else 0
