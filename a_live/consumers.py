"""The sockets: admit, replay, hand frames over, relay. No queries, roles or HTML in here."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import parse_cookie

from a_live.admission import Ticket
from a_live.closing import NOT_FOUND, NOT_SIGNED_IN, RESTARTING, REVOKED, TOO_BIG, TRY_AGAIN_LATER
from a_live.hub import current_hub
from a_live.orm import in_orm
from a_live.reader import Reader
from a_live.server_socket import server_socket
from a_live.sources import Admission, changes_after
from a_live.topic import Topic

PING = '{"action":"ping"}'
PONG = '<i id="pong" hx-swap-oob="true" hidden></i>'


class Reply(NamedTuple):
    """The fragment for a sender alone, or ""; with the revision of the change that it shows, if any.

    `value` is what was made or changed, for whoever carried out the command other than by a frame.
    """

    html: str = ""
    revision: int = 0
    value: Any = None


class RejectConsumer(AsyncWebsocketConsumer):
    """Accepts, then closes: browsers would retry a handshake that is refused for ever."""

    channel_layer_alias = None  # the hub subscribes, once for the process

    async def connect(self) -> None:
        """Reject a socket on an unknown path."""
        await self.reject(NOT_FOUND)

    async def reject(self, code: int) -> None:
        """Accept the handshake and close with a code."""
        await self.accept()
        await self.close(code)


class LiveConsumer(RejectConsumer):
    """One browser tab's socket on one topic. An app's subclass says which, and what its frames do."""

    kind: str  # of the topic
    has_log = True  # whether the topic has changes to replay
    reader: Reader | None = None
    admission: Admission

    # --- what a subclass decides ---

    def key(self) -> str:
        """Return the key by which the socket asks for its topic."""
        return self.scope["url_route"]["kwargs"].get("slug", "")

    @property
    def language(self) -> str:
        """The language to answer in."""
        return self.admission.language or settings.LANGUAGE_CODE

    def state_fragment(self, state: str, missed: int) -> str:
        """Return the fragment that tells how the connection stands."""
        raise NotImplementedError

    async def carry_out(self, text: str | None) -> Reply | None:
        """Carry out a frame (None: a binary one); return None where its sender is no longer admitted."""
        raise NotImplementedError

    # --- the life of a socket ---

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Run as long as the socket; leave the hub however it ends."""
        self.scope, self.socket = scope, server_socket(send)
        self.base_send = self.socket.send
        try:
            while True:  # one event after the other: Channels would make a task of each
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            if self.reader is not None:
                current_hub().leave(self.reader)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Go straight to the handler: Channels would cross into a thread before each to close its connections."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Admit a socket, or close it with the code that says why not."""
        ticket = Ticket(self.cookies().get(settings.SESSION_COOKIE_NAME, ""), self.kind, self.key())
        if not ticket.session_key:
            return await self.reject(NOT_SIGNED_IN)
        try:
            result = await current_hub().door.call(ticket)
        except DatabaseError:
            return await self.reject(TRY_AGAIN_LATER)
        if isinstance(result, int):
            return await self.reject(result)
        await self.admit(result, ticket)

    def cookies(self) -> dict[str, Any]:
        """Return the browser's cookies."""
        return parse_cookie(dict(self.scope["headers"]).get(b"cookie", b"").decode("latin1"))

    async def admit(self, admission: Admission, ticket: Ticket) -> None:
        """Join the hub, accept, catch up, go live: what is announced once the browser is told "open" reaches it."""
        hub, query = current_hub(), parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        if hub.is_crowded(admission.user_id):
            return await self.reject(TRY_AGAIN_LATER)
        self.admission, since = admission, since_in(query, admission.revision)
        reader = self.reader = Reader(self.socket, ticket, admission.user_id, admission.topic, since)
        hub.greet(reader)
        topic = await hub.join(admission.revision, reader) if self.has_log else None
        await self.accept()
        if topic is not None:
            await self.replay(reader, topic)
        if "state" in query:
            await reader.say(await hub.states.call(admission.user_id))
        reader.go_live()

    async def replay(self, reader: Reader, topic: Topic) -> None:
        """Send what was missed up to now, page by page, and tell beforehand when it is much.

        What comes later is held back by the reader, who has joined the topic already.
        """
        missed, newest = topic.revision - reader.revision, topic.revision
        if missed >= settings.CHAT_REPLAY_ANNOUNCED:
            await reader.say(self.state_fragment("replaying", missed))
        while reader.revision < newest and not reader.closing:
            changes = await topic.missed(reader.revision) or await in_orm(changes_after, topic.name, reader.revision)
            for revision, html in changes:
                await reader.replay(revision, html)
            if not changes:  # the last ones were deleted by hand in the database
                reader.revision = newest
        if missed >= settings.CHAT_REPLAY_ANNOUNCED:
            await reader.say(self.state_fragment("live", 0))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Check a frame's size and rate, carry it out, and answer its sender where there is something to say."""
        if len(text_data.encode() if text_data else bytes_data or b"") > settings.CHAT_FRAME_LIMIT:
            return await self.close(TOO_BIG)
        if current_hub().frames.take(self.admission.user_id):
            return await self.close(TRY_AGAIN_LATER)
        if text_data == PING:
            return await self.send(text_data=PONG)
        reply = await self.carry_out(text_data)
        if reply is None:
            return await self.close(REVOKED)
        if reply.html:
            await self.answer(reply)

    async def answer(self, reply: Reply) -> None:
        """Answer a sender, but never with a change that is ahead of what their socket was handed.

        The page would take what lies between as shown. Such a change comes in its turn, from the hub.
        """
        if self.reader is None or reply.revision <= self.reader.revision:
            await self.send(text_data=reply.html)
        elif topic := current_hub().topics.get(self.reader.topic):
            topic.hear_of(reply.revision)

    async def disconnect(self, code: int) -> None:
        """On restart, drop what is unsent after CHAT_DRAIN_SECONDS."""
        if code == RESTARTING:
            asyncio.get_running_loop().call_later(settings.CHAT_DRAIN_SECONDS, self.socket.abort)


def since_in(query: dict[str, list[str]], newest: int) -> int:
    """Return the revision that the page shows, at most the newest; the newest where the query tells none."""
    value = query.get("since", [""])[0]
    return min(int(value), newest) if value.isascii() and value.isdigit() and len(value) < 20 else newest
