"""A crowd: the members of one room, each with an open socket, and the account of what they receive."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter

from bench.client import open_socket
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

    async def settle(self) -> None:
        """Wait until everything posted has reached everyone, for the grace period at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ledger.settled.wait(), GRACE_SECONDS)

    @property
    def close_codes(self) -> dict[int, int]:
        """How many sockets the server has closed by itself, by code."""
        return dict(Counter(socket.close_code for socket in self.ledger.sockets if socket.close_code))

    async def join(self, members: int) -> None:
        """Open the sockets, a few at once, and wait until one message has reached all of them."""
        requests, start = iter(self.target.requests(members)), perf_counter()
        await asyncio.gather(*(self._open(requests) for _ in range(HANDSHAKES_AT_ONCE)))
        self._turns = cycle(self.ledger.sockets)
        self.post_in_turn()
        await self.settle()
        self.opened_per_second = members / (perf_counter() - start)

    async def _open(self, requests: Iterator[bytes]) -> None:
        for request in requests:
            socket = await open_socket(self.target.port, request, self.ledger.receive)
            self.ledger.sockets.append(socket)

    async def leave(self) -> None:
        """Close all sockets."""
        await asyncio.gather(*(socket.close() for socket in self.ledger.sockets))


@asynccontextmanager
async def gathered(target: Target, members: int) -> AsyncIterator[Crowd]:
    """Give a crowd of members who have all joined; they leave at the end."""
    crowd = Crowd(target, Ledger(target.frame))
    try:
        await crowd.join(members)
        yield crowd
    finally:
        await crowd.leave()
