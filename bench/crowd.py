"""A crowd: the members of one room, each with an open socket, and the account of what they receive."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter

from bench.client import Door, open_socket
from bench.ledger import Ledger
from bench.target import Target

HANDSHAKES_AT_ONCE = 50
GRACE_SECONDS = 10.0  # what has not come by then is lost


@dataclass
class Crowd:
    """Members with open sockets; `opened_per_second` counts from the first handshake until all had joined."""

    target: Target
    ledger: Ledger
    opened_per_second: float = 0.0

    def post_in_turn(self) -> None:
        """Post one message from the member whose turn it is."""
        self.ledger.post(next(self._turns))

    async def settle(self, seconds: float = GRACE_SECONDS) -> None:
        """Wait until everything posted has reached everyone, for some seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ledger.settled.wait(), seconds)

    @property
    def close_codes(self) -> dict[int, int]:
        """How many sockets the server has closed by itself, by code."""
        return dict(Counter(socket.close_code for socket in self.ledger.sockets if socket.close_code))

    async def join(self, members: int) -> None:
        """Open the sockets, a few at once, and wait until one message has reached all of them."""
        doors, start = self.target.doors(members), perf_counter()
        await self.open(doors)
        self.post_in_turn()
        await self.settle()
        self.opened_per_second = members / (perf_counter() - start)

    async def open(self, doors: list[Door], at_once: int = HANDSHAKES_AT_ONCE) -> None:
        """Open a socket at each door, so many at once."""
        waiting = iter(doors)
        await asyncio.gather(*(self._open(waiting) for _ in range(at_once)))
        self._turns = cycle(self.ledger.sockets)

    async def _open(self, doors: Iterator[Door]) -> None:
        for door in doors:
            self.ledger.sockets.append(await open_socket(door, self.ledger.receive))

    async def leave(self) -> None:
        """Close all sockets."""
        await asyncio.gather(*(socket.close() for socket in self.ledger.sockets))

    def abandon(self) -> None:
        """Cut all sockets without a word."""
        for socket in self.ledger.sockets:
            socket.transport.abort()


@asynccontextmanager
async def gathered(target: Target, members: int) -> AsyncIterator[Crowd]:
    """Give a crowd of members who have all joined; they leave at the end."""
    crowd = Crowd(target, Ledger(target.frame))
    try:
        await crowd.join(members)
        yield crowd
    finally:
        await crowd.leave()
