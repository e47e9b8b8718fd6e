"""The sockets: admit, delegate, relay. No queries, roles or HTML in here."""

from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from a_rtchat import frames
from a_rtchat.hub import current_hub
from a_rtchat.models import Membership
from a_rtchat.orm import in_orm
from a_rtchat.reader import Reader
from a_rtchat.replay import changes_after

NOT_SIGNED_IN, REVOKED, NO_SUCH_ROOM, FRAME_TOO_BIG = 4401, 4403, 4404, 1009


class ClosingConsumer(AsyncWebsocketConsumer):
    """Accepts, then closes with 4404: a handshake that is refused would be retried by browsers for ever."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Close what came to an address that is none."""
        await self.accept()
        await self.close(NO_SUCH_ROOM)


class RoomConsumer(AsyncWebsocketConsumer):
    """One person's socket into one room."""

    channel_layer_alias = None  # the hub subscribes, once for the process
    reader: Reader | None = None
    room_id: int

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Live as long as the socket; leave the hub however it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.reader is not None:
                current_hub().leave(self.room_id, self.reader)

    async def connect(self) -> None:
        """Admit whom the door admits. Whoever is refused is accepted first, so that browsers see the close code."""
        self.user, self.slug = self.scope["user"], self.scope["url_route"]["kwargs"]["slug"]
        if not self.user.is_authenticated:
            return await self.refuse(NOT_SIGNED_IN)
        try:
            membership = await in_orm(Membership.objects.enter, self.user, self.slug)
        except Membership.DoesNotExist:
            return await self.refuse(NO_SUCH_ROOM)
        await self.admit(membership)

    async def refuse(self, code: int) -> None:
        """Accept the handshake and close with a code."""
        await self.accept()
        await self.close(code)

    async def admit(self, membership: Membership) -> None:
        """Join the hub, then accept, then replay: what is posted once the browser is told "open" reaches it."""
        room, since = membership.room, self.since(membership.room.revision)
        send = self.scope.get("server_send", self.base_send)
        self.room_id = room.pk
        self.reader = Reader(send, self.user.pk, room.revision if since is None else since)
        local_room = await current_hub().join(room.pk, room.revision, self.reader)
        await self.accept()
        if self.reader.revision < local_room.revision:
            await self.replay(self.reader)
        self.reader.go_live()

    def since(self, newest: int) -> int | None:
        """Return the revision that the page shows, at most the newest; None where it tells none."""
        value = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("since", [""])[0]
        return min(int(value), newest) if value.isascii() and value.isdigit() and len(value) < 20 else None

    async def replay(self, reader: Reader) -> None:
        """Send the missed changes in pages until none is left."""
        more = True
        while more and not reader.closing:
            changes = await in_orm(changes_after, self.room_id, reader.revision)
            for revision, html in changes:
                await reader.replay(revision, html)
            more = len(changes) == settings.CHAT_REPLAY_PAGE_SIZE

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hand a frame over in one crossing into the ORM and answer its sender where there is something to say."""
        if len(text_data.encode() if text_data else bytes_data or b"") > settings.CHAT_FRAME_LIMIT:
            return await self.close(FRAME_TOO_BIG)
        try:
            reply = await in_orm(frames.handle, self.user, self.slug, text_data)
        except Membership.DoesNotExist:
            return await self.close(REVOKED)
        if reply:
            await self.send(text_data=reply)
