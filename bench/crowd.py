"""A crowd: the members of a room with open sockets, and a record of what they post and receive."""

import asyncio
import uuid
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import cycle, pairwise
from time import perf_counter

from bench.audit import Account, Database
from bench.client import Endpoint, Socket, open_socket

MARKER = b'data-client-id="'
ID_LENGTH = 36  # characters of a client_id
CONNECTION = b'id="connection"'  # in the fragment that announces a replay
ASIDE = (CONNECTION, b'data-signal="news"', b'data-signal="presence"')  # in fragments that arrive beside messages
GRACE_SECONDS = 10.0  # after which a delivery counts as lost


@dataclass
class Target:
    """The processes under load and how to talk to them.

    `endpoints` returns where each member of the room with N members connects, `frame` the text that posts a message
    with a client_id. `database` is where the servers store messages, if at all.
    """

    name: str
    pids: list[int]
    endpoints: Callable[[int], list[Endpoint]]
    frame: Callable[[str], bytes]
    database: Database | None = None


@dataclass(slots=True)
class Posted:
    """A posted message: its author, the time, and the number of sockets that haven't received it yet."""

    number: int
    author: Socket
    sent_at: float  # seconds of perf_counter
    missing: int
    acknowledged: bool = False  # received by its author's socket


@dataclass
class Crowd:
    """Members with open sockets, their messages, and every delivery.

    `latencies` are the seconds from sending to receiving for each delivery since the array was last replaced.
    `unexpected` are texts without one of our messages, such as refusals. `on_complete` is called when all have
    received a message.
    """

    target: Target
    sockets: list[Socket] = field(default_factory=list)
    posted: dict[bytes, Posted] = field(default_factory=dict)
    latencies: array = field(default_factory=lambda: array("d"))
    unexpected: list[bytes] = field(default_factory=list)
    fragment: bytes = b""  # the first one received
    in_flight: int = 0  # messages that some socket hasn't received yet
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # set while there are none
    on_complete: Callable[[], None] = lambda: None
    opened_per_second: float = 0.0  # from the first handshake until all have joined

    def post_in_turn(self) -> None:
        """Post a message from the next member in turn."""
        author, client_id = next(self.turns), str(uuid.uuid4())
        self.posted[client_id.encode()] = Posted(len(self.posted), author, perf_counter(), len(self.sockets))
        self.in_flight += 1
        self.settled.clear()
        author.send(self.target.frame(client_id))

    def expect(self, missed: dict[bytes, Posted], readers: int) -> None:
        """Expect each of the readers to receive messages posted by another crowd."""
        now = perf_counter()
        self.posted |= {key: replace(message, missing=readers, sent_at=now) for key, message in missed.items()}
        self.in_flight += len(missed)
        self.settled.clear()

    def receive(self, socket: Socket, buffer: bytes, start: int, end: int, now: float) -> None:
        """Record a received text. This runs for each delivery, so every line counts."""
        at = buffer.find(MARKER, start, end) + 16
        message = self.posted.get(buffer[at : at + ID_LENGTH])
        if message is None:
            if len(self.unexpected) < 20 and all(buffer.find(mark, start, end) < 0 for mark in ASIDE):
                self.unexpected.append(buffer[start:end])
            return
        socket.numbers.append(message.number)
        self.latencies.append(now - message.sent_at)
        message.missing -= 1
        if socket is message.author:
            message.acknowledged = True
            self.fragment = self.fragment or buffer[start:end]
        if not message.missing:
            self.in_flight -= 1
            self.on_complete()
            if not self.in_flight:
                self.settled.set()

    async def settle(self, seconds: float = GRACE_SECONDS) -> None:
        """Wait until everyone has received all messages, at most for the given time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.settled.wait(), seconds)

    async def join(self, members: int) -> None:
        """Open the sockets and wait until all have received one message."""
        endpoints, start = self.target.endpoints(members), perf_counter()
        await self.open(endpoints)
        self.post_in_turn()
        await self.settle()
        self.opened_per_second = members / (perf_counter() - start)

    async def open(self, endpoints: list[Endpoint], at_once: int = 50) -> None:
        waiting = iter(endpoints)

        async def open_some() -> None:
            for endpoint in waiting:
                self.sockets.append(await open_socket(endpoint, self.receive))

        await asyncio.gather(*(open_some() for _ in range(at_once)))
        self.turns = cycle(self.sockets)

    async def close(self) -> None:
        """Close all sockets."""
        await asyncio.gather(*(socket.close() for socket in self.sockets))

    def account(self, where: str) -> Account:
        """Return the audit of the deliveries, compared with the database, if there is one."""
        received = [(len(socket.numbers), len(set(socket.numbers))) for socket in self.sockets]
        lost = sum(len(self.posted) - different for _, different in received)
        closed = dict(Counter(socket.close_code for socket in self.sockets if socket.close_code))
        unexpected = [text.decode(errors="replace") for text in self.unexpected]
        account = Account(where, lost, sum(total - different for total, different in received), closed, unexpected)
        if self.target.database is not None:
            acknowledged = [key.decode() for key, message in self.posted.items() if message.acknowledged]
            account.out_of_order = self.out_of_order(account.look_up(self.target.database, acknowledged))
        return account

    def out_of_order(self, in_order: list[str]) -> int:
        """Return how many sockets received messages in a different order than the given client_ids."""
        keys = [key for client_id in in_order if (key := client_id.encode()) in self.posted]
        place = {self.posted[key].number: place for place, key in enumerate(keys)}
        seen = ([place[n] for n in socket.numbers if n in place] for socket in self.sockets)
        return sum(any(before >= after for before, after in pairwise(places)) for places in seen)


@asynccontextmanager
async def open_crowd(target: Target, members: int) -> AsyncIterator[Crowd]:
    """Yield a crowd whose members have all joined; close all sockets at the end."""
    crowd = Crowd(target)
    try:
        if members:
            await crowd.join(members)
        yield crowd
    finally:
        await crowd.close()
