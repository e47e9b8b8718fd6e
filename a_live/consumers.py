"""WebSocket consumers: admit, replay, pass frames on, relay. No queries, roles or HTML here."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import parse_cookie

from a_live import budget
from a_live.admission import Ticket
from a_live.closing import NOT_FOUND, NOT_SIGNED_IN, RESTARTING, REVOKED, TOO_BIG, TRY_AGAIN_LATER
from a_live.hub import current_hub
from a_live.reader import Reader
from a_live.replaying import replay
from a_live.server_socket import server_socket
from a_live.sources import Admission

PING = '{"action":"ping"}'
PONG = '<i id="pong" hx-swap-oob="true" hidden></i>'


class Reply(NamedTuple):
    """The result of a command.

    `html` is a fragment for the sender only, or ""; `revision` is that of the change it shows, if any. `value` is the
    object that was created or changed, for callers other than sockets.
    """

    html: str = ""
    revision: int = 0
    value: Any = None


class RejectConsumer(AsyncWebsocketConsumer):
    """Accept, then close with a code: browsers would retry a refused handshake forever."""

    channel_layer_alias = None  # the hub subscribes once for the whole process

    async def connect(self) -> None:
        """Reject a socket on an unknown path."""
        await self.reject(NOT_FOUND)

    async def reject(self, code: int) -> None:
        """Accept the handshake and close with a code."""
        await self.accept()
        await self.close(code)


class LiveConsumer(RejectConsumer):
    """A browser tab's socket on one topic; an app's subclass defines the topic and handles the frames."""

    kind: str  # the topic's kind
    has_log = True  # whether the topic's changes can be replayed
    was_closed = False  # by this consumer
    reader: Reader | None = None
    admission: Admission

    # --- For subclasses ---

    def key(self) -> str:
        """Return the key of the requested topic."""
        return self.scope["url_route"]["kwargs"].get("slug", "")

    @property
    def language(self) -> str:
        """The language of replies."""
        return self.admission.language or settings.LANGUAGE_CODE

    def state_fragment(self, state: str, missed: int) -> str:
        """Return the fragment that shows the connection's state."""
        raise NotImplementedError

    async def carry_out(self, text: str | None) -> Reply | None:
        """Carry out a frame (None if it was binary); return None if its sender has lost access."""
        raise NotImplementedError

    # --- Lifecycle ---

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve the socket until it closes, then leave the hub."""
        self.scope, self.socket = scope, server_socket(send)
        self.base_send = self.socket.send
        try:
            while True:  # in order, without the task that Channels creates per event
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            if self.reader is not None:
                current_hub().leave(self.reader)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler directly: Channels would first switch threads to close database connections."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Admit a socket, or close it with the matching code; a session that is refused too often costs no query."""
        ticket, refusals = Ticket(self.session_key(), self.kind, self.key()), current_hub().refusals
        if not ticket.session_key:
            return await self.reject(NOT_SIGNED_IN)
        if refusals.wait(ticket.session_key, 1):
            return await self.reject(TRY_AGAIN_LATER)
        result = await self.ask(ticket)
        if isinstance(result, int):
            refusals.take(ticket.session_key)
            return await self.reject(result)
        await self.admit(result, ticket)

    async def ask(self, ticket: Ticket) -> Admission | int:
        """Return an admission or a close code for a ticket."""
        hub = current_hub()
        try:
            result = await hub.door.call(ticket)
        except DatabaseError:
            return TRY_AGAIN_LATER
        if isinstance(result, int):
            return result
        return TRY_AGAIN_LATER if hub.is_crowded(result.user_id) or budget.work.wait(result.user_id) else result

    def session_key(self) -> str:
        """Return the key of the browser's session, or ""."""
        return self.cookies().get(settings.SESSION_COOKIE_NAME, "")

    def cookies(self) -> dict[str, Any]:
        """Return the browser's cookies."""
        return parse_cookie(dict(self.scope["headers"]).get(b"cookie", b"").decode("latin1"))

    async def admit(self, admission: Admission, ticket: Ticket) -> None:
        """Join the hub, accept, replay, go live; nothing announced after the accept is missed."""
        hub, query = current_hub(), read_query(self.scope["query_string"])
        self.admission, since = admission, since_in(query, admission.revision)
        reader = self.reader = Reader(self.socket, ticket, admission.user_id, admission.topic, since)
        reader.is_heard = admission.is_heard
        hub.add(reader)
        topic = await hub.join(admission.revision, reader) if self.has_log else None
        await self.accept()
        if topic is not None:
            await replay(reader, topic, self.state_fragment)
        if "state" in query:
            await reader.send_html(await hub.states.call((admission.user_id, admission.topic)))
        reader.go_live()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Check a frame's size and rate, carry it out, and send the reply, if any; drop what follows a close frame."""
        if self.is_closing:
            return None
        if len(text_data.encode() if text_data else bytes_data or b"") > settings.CHAT_FRAME_LIMIT:
            return await self.close(TOO_BIG)
        if current_hub().frames.take(self.admission.user_id):
            return await self.close(TRY_AGAIN_LATER)
        if text_data == PING:
            return await self.send(text_data=PONG)
        reply = await self.carry_out(text_data)
        if self.is_closing:
            return None
        if reply is None:
            return await self.close(REVOKED)
        return await self.answer(reply) if reply.html else None

    @property
    def is_closing(self) -> bool:
        """Whether the socket was sent a close frame, here or by the hub."""
        return self.was_closed or (self.reader is not None and self.reader.closing)

    async def close(self, code: int) -> None:
        """Send a close frame."""
        self.was_closed = True
        await super().close(code)

    async def answer(self, reply: Reply) -> None:
        """Send a reply, unless it shows a change that is ahead of what the socket has received.

        The page would treat the changes in between as shown. The hub delivers such a change in order instead.
        """
        if self.reader is None or reply.revision <= self.reader.revision:
            await self.send(text_data=reply.html)
        elif topic := current_hub().topics.get(self.reader.topic):
            topic.expect(reply.revision)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """End the socket; Channels would first switch threads to close database connections."""
        await self.disconnect(message["code"])
        raise StopConsumer

    async def disconnect(self, code: int) -> None:
        """On restart, drop what is unsent after CHAT_DRAIN_SECONDS."""
        if code == RESTARTING:
            asyncio.get_running_loop().call_later(settings.CHAT_DRAIN_SECONDS, self.socket.abort)


def read_query(query: bytes) -> dict[str, str]:
    """Return the values of a query string; they are numbers, so none is percent-encoded."""
    parts = (part.partition("=") for part in query.decode("ascii", "replace").split("&"))
    return {name: value for name, _, value in parts}


def since_in(query: dict[str, str], newest: int) -> int:
    """Return the revision that the page shows, at most the newest; the newest if the query has none."""
    value = query.get("since", "")
    return min(int(value), newest) if value.isascii() and value.isdigit() and len(value) < 20 else newest
