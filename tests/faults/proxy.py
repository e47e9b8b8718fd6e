"""A TCP proxy for tests: it delays, cuts, and half-opens (forwards nothing any more and closes nothing)."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Self


@dataclass(eq=False)
class Line:
    """One client's way through the proxy."""

    inside: asyncio.StreamWriter  # towards the server
    outside: asyncio.StreamWriter  # towards the client
    is_dumb: bool = False
    server_left: asyncio.Event = field(default_factory=asyncio.Event)
    left_at: float = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        """Forward what comes, somewhat later; a dumb line swallows it."""
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(random.uniform(0, delay))
                if not self.is_dumb:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            return
        finally:
            if writer is self.outside:
                self.left_at = time.monotonic()
                self.server_left.set()
            if not self.is_dumb:
                writer.close()

    def cut(self) -> None:
        """Cut both ends, without a word."""
        self.inside.transport.abort()
        self.outside.transport.abort()

    def half_open(self) -> None:
        """Forward nothing any more, and leave both connections open."""
        self.is_dumb = True


class Proxy:
    """A port in front of a server's."""

    def __init__(self, port: int, delay: float = 0.0) -> None:
        self.target, self.delay = port, delay
        self.lines: list[Line] = []

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop listening and cut what is left."""
        self.server.close()
        for line in self.lines:
            line.cut()

    async def trouble(self, seconds: float) -> None:
        """Cut a line, or half-open one, now and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0.05, 0.3))
            if open_lines := [line for line in self.lines if not line.is_dumb and not line.server_left.is_set()]:
                line = random.choice(open_lines)
                random.choice([line.cut, line.cut, line.half_open])()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside_reader, inside = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        line = Line(inside, writer)
        self.lines.append(line)
        await asyncio.gather(line.carry(reader, inside, self.delay), line.carry(inside_reader, writer, self.delay))


class CommitCutter(Proxy):
    """A proxy in front of PostgreSQL: once armed, it cuts a connection between a commit and its answer."""

    is_armed = False
    cuts = 0

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside_reader, inside_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.lines.append(Line(inside_writer, writer))
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
