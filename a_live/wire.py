"""What a text is on the wire: its WebSocket frame, made once for all sockets instead of once for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

WINDOW_BITS = 12  # uvicorn's choice; a peer that agreed to a larger window can read a smaller one
DEFLATE = PerMessageDeflate(True, True, WINDOW_BITS, WINDOW_BITS)  # RFC 7692, no message refers to an earlier one


class TextEvent(dict[str, Any]):
    """The ASGI event that sends a text, with the frames (RFC 6455) that a server would make of it for each socket."""

    def __init__(self, text: str) -> None:
        super().__init__(type="websocket.send", text=text)

    @cached_property
    def plain(self) -> bytes:
        """The frame for sockets without an extension."""
        return Frame(Opcode.TEXT, self["text"].encode()).serialize(mask=False)

    @cached_property
    def deflated(self) -> bytes:
        """The frame for sockets with permessage-deflate, whatever each of them was sent before."""
        return Frame(Opcode.TEXT, self["text"].encode()).serialize(mask=False, extensions=[DEFLATE])


class Burst:
    """Changes of a topic that came in one turn of the event loop: each a frame of its own, all in one write."""

    def __init__(self, changes: Sequence[tuple[int, TextEvent]]) -> None:
        self.changes = changes
        self.first, self.last = changes[0][0], changes[-1][0]

    @cached_property
    def plain(self) -> bytes:
        """The frames for sockets without an extension."""
        return b"".join(event.plain for _, event in self.changes)

    @cached_property
    def deflated(self) -> bytes:
        """The frames for sockets with permessage-deflate."""
        return b"".join(event.deflated for _, event in self.changes)
