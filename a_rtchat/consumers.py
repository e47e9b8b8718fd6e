"""The sockets: admit, delegate, relay. No queries, roles or HTML in here."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import parse_cookie
from django.utils import translation

from a_rtchat import fragments
from a_rtchat.admission import NO_SUCH_ROOM, NOT_SIGNED_IN, REVOKED, Admission, Ticket
from a_rtchat.frames import FRAMES_AT_ONCE, Frame, Reply, handle_all
from a_rtchat.hub import current_hub
from a_rtchat.languages import of_browser
from a_rtchat.local_room import LocalRoom
from a_rtchat.orm import Together, in_orm
from a_rtchat.reader import Reader
from a_rtchat.replay import changes_after
from a_rtchat.server_socket import server_socket

FRAME_TOO_BIG, RESTARTING, TRY_AGAIN_LATER = 1009, 1012, 1013
PING = '{"action":"ping"}'
PONG = '<i id="pong" hx-swap-oob="true" hidden></i>'


class ClosingConsumer(AsyncWebsocketConsumer):
    """Accepts, then closes: a handshake that is refused would be retried by browsers for ever."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Close what came to an address that is none."""
        await self.refuse(NO_SUCH_ROOM)

    async def refuse(self, code: int) -> None:
        """Accept the handshake and close with a code."""
        await self.accept()
        await self.close(code)


class RoomConsumer(ClosingConsumer):
    """One person's socket into one room."""

    channel_layer_alias = None  # the hub subscribes, once for the process
    reader: Reader | None = None
    admission: Admission
    inbox: Together[Frame, Reply | None]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Live as long as the socket; leave the hub however it ends."""
        self.socket = server_socket(send)
        try:
            await super().__call__(scope, receive, self.socket.send)
        finally:
            if self.reader is not None:
                current_hub().leave(self.admission.room_id, self.reader)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Go straight to the handler: Channels would cross into a thread before each to close its connections."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Admit whom the door admits, unless there are too many at once."""
        headers = dict(self.scope["headers"])
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        self.language = of_browser(headers, cookies)
        self.slug: str = self.scope["url_route"]["kwargs"]["slug"]
        ticket = Ticket(cookies.get(settings.SESSION_COOKIE_NAME, ""), self.slug)
        if not ticket.session_key:
            return await self.refuse(NOT_SIGNED_IN)
        try:
            result = await current_hub().door.call(ticket)
        except DatabaseError:
            return await self.refuse(TRY_AGAIN_LATER)
        if isinstance(result, int):
            return await self.refuse(result)
        await self.admit(result, ticket)

    async def admit(self, admission: Admission, ticket: Ticket) -> None:
        """Join the hub, then accept, then replay: what is posted once the browser is told "open" reaches it."""
        hub, since = current_hub(), self.since(admission.revision)
        if hub.is_crowded(admission.user_id):
            return await self.refuse(TRY_AGAIN_LATER)
        self.admission = admission
        self.language = admission.language or self.language
        self.inbox = hub.inboxes.setdefault(admission.room_id, Together(handle_all, FRAMES_AT_ONCE))
        self.reader = Reader(self.socket, ticket, admission.user_id, admission.revision if since is None else since)
        room = await hub.join(admission.room_id, admission.revision, self.reader)
        await self.accept()
        await self.replay(self.reader, room)
        self.reader.go_live()

    def since(self, newest: int) -> int | None:
        """Return the revision that the page shows, at most the newest; None where it tells none."""
        value = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("since", [""])[0]
        return min(int(value), newest) if value.isascii() and value.isdigit() and len(value) < 20 else None

    async def replay(self, reader: Reader, room: LocalRoom) -> None:
        """Send what was missed up to now, page by page, and tell beforehand when it is much.

        What comes later is held back by the reader, who has joined the room already.
        """
        missed, newest = room.revision - reader.revision, room.revision
        if missed >= settings.CHAT_REPLAY_ANNOUNCED:
            await self.say_state("replaying", missed)
        while reader.revision < newest and not reader.closing:
            changes = await room.missed(reader.revision) or await in_orm(changes_after, room.id, reader.revision)
            for revision, html in changes:
                await reader.replay(revision, html)
            if not changes:  # the last ones were deleted for good, by hand in the database
                reader.revision = newest
        if missed >= settings.CHAT_REPLAY_ANNOUNCED:
            await self.say_state("live")

    async def say_state(self, state: str, missed: int = 0) -> None:
        """Tell the reader in their language how the connection stands."""
        with translation.override(self.language):
            html = fragments.connection(state, missed)
        if self.reader is not None:
            await self.reader.say(html)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hand a frame over in one crossing into the ORM and answer its sender where there is something to say."""
        if len(text_data.encode() if text_data else bytes_data or b"") > settings.CHAT_FRAME_LIMIT:
            return await self.close(FRAME_TOO_BIG)
        if current_hub().frames.take(self.admission.user_id):
            return await self.close(TRY_AGAIN_LATER)
        if text_data == PING:
            return await self.send(text_data=PONG)
        reply = await self.inbox.call(Frame(self.admission.user_id, self.slug, text_data, self.language))
        if reply is None:
            return await self.close(REVOKED)
        if reply.html:
            await self.answer(reply)

    async def answer(self, reply: Reply) -> None:
        """Answer a sender, but never with a change that is ahead of what their socket was handed.

        The page would take what lies between for shown. Such a change comes in its turn, by the hub.
        """
        if self.reader is None or reply.revision <= self.reader.revision:
            await self.send(text_data=reply.html)
        elif room := current_hub().rooms.get(self.admission.room_id):
            room.hear_of(reply.revision)

    async def disconnect(self, code: int) -> None:
        """Let a socket not hold up a restart: what its reader has not taken soon is dropped."""
        if code == RESTARTING:
            asyncio.get_running_loop().call_later(settings.CHAT_DRAIN_SECONDS, self.socket.abort)
