"""What was posted, and who received it when."""

import asyncio
import uuid
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import perf_counter

from bench.client import Socket

MARKER = b'data-client-id="'
ID_LENGTH = 36  # characters of a client_id
CONNECTION = b'id="connection"'  # of the fragment that tells how the connection stands
STRAYS_KEPT = 20


@dataclass(slots=True)
class Posted:
    """One message on its way: who sent it when, and how many sockets have not received it yet."""

    number: int
    author: Socket
    sent_at: float  # seconds of perf_counter
    missing: int
    acknowledged: bool = False  # its author's own socket has received it


@dataclass
class Ledger:
    """The account of one crowd: every message posted to it, every one delivered.

    `frame` makes the text that posts a message of a client_id. `latencies` are seconds from sending to
    receipt, one for each delivery since it was last emptied; `strays` are texts without a message of ours,
    such as refusals.
    """

    frame: Callable[[str], bytes]
    sockets: list[Socket] = field(default_factory=list)
    posted: dict[bytes, Posted] = field(default_factory=dict)
    latencies: array = field(default_factory=lambda: array("d"))
    strays: list[bytes] = field(default_factory=list)
    fragment: bytes = b""  # the first one received, whole
    under_way: int = 0  # messages that some socket has not received yet
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # set while there are none
    on_complete: Callable[[], None] = lambda: None  # called when all sockets have received a message

    def post(self, author: Socket) -> Posted:
        """Send a message from one of the sockets."""
        client_id = str(uuid.uuid4())
        message = Posted(len(self.posted), author, perf_counter(), len(self.sockets))
        self.posted[client_id.encode()] = message
        self.under_way += 1
        self.settled.clear()
        author.send(self.frame(client_id))
        return message

    def expect(self, missed: dict[bytes, Posted], readers: int) -> None:
        """Take over the messages of another account: each of these readers is to receive them from now on."""
        now = perf_counter()
        self.posted |= {key: replace(message, missing=readers, sent_at=now) for key, message in missed.items()}
        self.under_way += len(missed)
        self.settled.clear()

    def receive(self, socket: Socket, buffer: bytes, start: int, end: int) -> None:
        """Book one text that a socket received. This runs for each delivery: every line of it counts."""
        at = buffer.find(MARKER, start, end) + len(MARKER)
        message = self.posted.get(buffer[at : at + ID_LENGTH])
        if message is None:
            return self.stray(buffer[start:end])
        socket.numbers.append(message.number)
        self.latencies.append(perf_counter() - message.sent_at)
        message.missing -= 1
        if socket is message.author:
            message.acknowledged = True
            self.fragment = self.fragment or buffer[start:end]
        if not message.missing:
            self.complete()
        return None

    def complete(self) -> None:
        """Take note that all sockets have received a message, and make room for the next one."""
        self.under_way -= 1
        self.on_complete()
        if not self.under_way:
            self.settled.set()

    def stray(self, text: bytes) -> None:
        """Keep the first few texts that carry no message of ours, for the report; a replay is announced by one."""
        if len(self.strays) < STRAYS_KEPT and CONNECTION not in text:
            self.strays.append(text)

    @property
    def acknowledged(self) -> list[str]:
        """The client_ids of the messages that came back to their authors, in the order of posting."""
        return [client_id.decode() for client_id, message in self.posted.items() if message.acknowledged]

    @property
    def lost(self) -> int:
        """How many deliveries never came."""
        return sum(len(self.posted) - len(set(socket.numbers)) for socket in self.sockets)

    @property
    def doubled(self) -> int:
        """How many deliveries came more than once."""
        return sum(len(socket.numbers) - len(set(socket.numbers)) for socket in self.sockets)

    def disordered(self, in_order: list[str]) -> int:
        """Return how many sockets received messages in another order than this one of client_ids."""
        keys = [key for client_id in in_order if (key := client_id.encode()) in self.posted]
        place = {self.posted[key].number: place for place, key in enumerate(keys)}
        seen = ([place[n] for n in socket.numbers if n in place] for socket in self.sockets)
        return sum(not _ascends(places) for places in seen)


def _ascends(places: list[int]) -> bool:
    return all(before < after for before, after in pairwise(places))
