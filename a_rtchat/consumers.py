"""The chat's sockets: one for room pages and one for all other pages."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from a_live import budget
from a_live.consumers import LiveConsumer, Reply
from a_live.hub import current_hub
from a_live.orm import Batcher
from a_rtchat import fragments
from a_rtchat.commands.registry import Command, Sender, refusal
from a_rtchat.frames import FRAME_BATCH, Frame, carry_out_all, command_of, parse
from a_rtchat.languages import browser_language


class ChatConsumer(LiveConsumer):
    """A socket that receives commands."""

    @cached_property
    def language(self) -> str:
        """The language of replies: the user's choice, or else the browser's language."""
        return self.admission.language or browser_language(dict(self.scope["headers"]), self.cookies())

    def state_fragment(self, state: str, missed: int) -> str:
        """Return the fragment that shows the connection's state, in the reader's language."""
        with translation.override(self.language):
            return fragments.connection(state, missed)

    async def carry_out(self, text: str | None) -> Reply | None:
        """Carry out a frame: immediately if it needs no database, otherwise in a batch with others of its room."""
        data: dict[str, Any] = {}
        with translation.override(self.language):
            try:
                data = parse(text)
                command = self.command_of(data)
                if command.actor is Sender:
                    return command.run(self.sender(), data)
                budget.check(self.admission.user_id)
            except ValidationError as error:
                return refusal(error, data)
        return await self.store(Frame(self.admission.user_id, self.key(), command, data, self.language))

    def command_of(self, data: dict[str, Any]) -> Command:
        """Return the command that a frame names. Raises ValidationError if it is unknown."""
        return command_of(data)

    def sender(self) -> Sender:
        """Return the user behind this socket."""
        return Sender(self.admission.user_id, self.admission.topic, self.admission.name, self.reader)

    async def store(self, frame: Frame) -> Reply | None:
        """Carry out a frame that needs the database."""
        raise NotImplementedError


class RoomConsumer(ChatConsumer):
    """A user's socket in a room."""

    kind = "room"
    inbox: Batcher[Frame, Reply | None] | None = None

    async def store(self, frame: Frame) -> Reply | None:
        """Carry out a frame in one ORM call, shared with concurrent frames of the same room."""
        if self.inbox is None:
            self.inbox = current_hub().inboxes.setdefault(self.admission.topic, Batcher(carry_out_all, FRAME_BATCH))
        return await self.inbox.call(frame)


class HomeConsumer(ChatConsumer):
    """The socket of a page without a room: it only receives the user's own updates."""

    kind = "user"
    has_log = False

    def command_of(self, data: dict[str, Any]) -> Command:
        """Return the command that a frame names. Raises ValidationError if it is unknown or needs a room."""
        command = super().command_of(data)
        if command.needs_room:
            raise ValidationError(_("Unknown action."))
        return command
