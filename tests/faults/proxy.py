"""A TCP proxy that delays connections, cuts them, or leaves them half open."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Self


@dataclass(eq=False)
class Connection:
    """One client's connection through the proxy."""

    inside: asyncio.StreamWriter  # to the server
    outside: asyncio.StreamWriter  # to the client
    is_silent: bool = False
    server_closed: asyncio.Event = field(default_factory=asyncio.Event)
    closed_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether data still gets through."""
        return not self.is_silent and not self.server_closed.is_set()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        """Forward data after a random delay, or drop it if the connection is silent."""
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(random.uniform(0, delay))
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            return
        finally:
            if writer is self.outside:
                self.closed_at = time.monotonic()
                self.server_closed.set()
            if not self.is_silent:
                writer.close()

    def disconnect(self) -> None:
        """Abort both ends."""
        self.inside.transport.abort()
        self.outside.transport.abort()

    def half_open(self) -> None:
        """Stop forwarding, but keep both ends open."""
        self.is_silent = True


class Proxy:
    """A proxy in front of a server's port."""

    def __init__(self, port: int, delay: float = 0.0) -> None:
        self.target, self.delay = port, delay
        self.connections: list[Connection] = []

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self.server.close()
        for connection in self.connections:
            connection.disconnect()

    async def disrupt(self, seconds: float) -> None:
        """Keep cutting or half-opening random connections."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0.05, 0.3))
            if candidates := [connection for connection in self.connections if connection.is_open]:
                connection = random.choice(candidates)
                random.choice([connection.disconnect, connection.disconnect, connection.half_open])()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside_reader, inside = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        connection = Connection(inside, writer)
        self.connections.append(connection)
        await asyncio.gather(
            connection.forward(reader, inside, self.delay), connection.forward(inside_reader, writer, self.delay)
        )


class CommitCutter(Proxy):
    """A proxy in front of PostgreSQL: once armed, it cuts a connection between a commit and its answer."""

    is_armed = False
    cuts = 0

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside_reader, inside_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.connections.append(Connection(inside_writer, writer))
        committing = asyncio.Event()
        back = asyncio.ensure_future(self._carry_back(inside_reader, writer, committing))
        while data := await reader.read(65536):
            if self.is_armed and b"COMMIT" in data:
                self.is_armed = False
                committing.set()
            inside_writer.write(data)
        back.cancel()
        inside_writer.transport.abort()

    async def _carry_back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if committing.is_set():  # this is the answer: it is committed
                self.cuts += 1
                return writer.transport.abort()
            writer.write(data)
