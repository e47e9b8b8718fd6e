"""WebSocket frames, encoded once for all sockets instead of once per socket."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

WINDOW_BITS = 12  # uvicorn's choice; a peer that agreed to a larger window can read a smaller one
DEFLATE = PerMessageDeflate(True, True, WINDOW_BITS, WINDOW_BITS)  # RFC 7692, without context between messages


class TextEvent(dict[str, Any]):
    """An ASGI event that sends a text, with its encoded WebSocket frames (RFC 6455)."""

    def __init__(self, text: str) -> None:
        super().__init__(type="websocket.send", text=text)

    @cached_property
    def plain(self) -> bytes:
        """The frame for sockets without an extension."""
        return Frame(Opcode.TEXT, self["text"].encode()).serialize(mask=False)

    @cached_property
    def deflated(self) -> bytes:
        """The frame for sockets with permessage-deflate; it doesn't depend on earlier messages."""
        return Frame(Opcode.TEXT, self["text"].encode()).serialize(mask=False, extensions=[DEFLATE])


class Batch:
    """Events that go to a socket in one write, one frame each."""

    def __init__(self, events: Sequence[TextEvent]) -> None:
        self.events = events

    @cached_property
    def plain(self) -> bytes:
        """The frames for sockets without an extension."""
        return b"".join(event.plain for event in self.events)

    @cached_property
    def deflated(self) -> bytes:
        """The frames for sockets with permessage-deflate."""
        return b"".join(event.deflated for event in self.events)


class Burst(Batch):
    """Changes of a topic from one event loop iteration."""

    def __init__(self, changes: Sequence[tuple[int, TextEvent]]) -> None:
        super().__init__([event for _, event in changes])
        self.changes = changes
        self.first, self.last = changes[0][0], changes[-1][0]
