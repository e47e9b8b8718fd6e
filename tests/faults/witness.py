"""A witness: a client that behaves like the page, and keeps an account of what it said and of what it was shown."""

from __future__ import annotations

import asyncio
import random
import re
import time
import uuid
from typing import Any, ClassVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.faults.article import Article, articles_in
from tests.socket_client import open_socket, send

REFUSED = re.compile(r'id="composer-refusal"[^>]*data-client-id="([^"]+)"')
PATIENCE = 4.0  # seconds without an echo, then it is sent again; the page waits 10
AGAIN = 0.5  # seconds until someone presses "try again"
LINE = {"close_timeout": 0.5, "open_timeout": 5, "ping_interval": 3, "ping_timeout": 3, "max_queue": 16}


class Witness:
    """One tab of one person, which comes back whenever its line is cut.

    `origins` are the servers that it may reach, as behind a load balancer: each try takes the next one.
    """

    said_at: ClassVar[dict[str, float]] = {}  # client_id -> when, of all witnesses

    def __init__(self, cookie: str, slug: str, origins: list[str], since: int = 0, **options: Any) -> None:
        self.cookie, self.slug, self.origins, self.options = cookie, slug, origins, {**LINE, **options}
        self.revision = since
        self.outbox: dict[str, str] = {}
        self.said: list[str] = []
        self.shown: dict[int, Article] = {}
        self.sent: dict[str, list[float]] = {}
        self.delays: list[float] = []  # from saying to showing, of what came first to this tab
        self.echo_delays: list[float] = []
        self.defects: list[str] = []
        self.closings: list[int | None] = []
        self.connections = self.newest_here = 0
        self.socket: ClientConnection | None = None
        self.attentive = asyncio.Event()
        self.attentive.set()
        self.tasks: list[asyncio.Task[None]] = []

    # --- what a person does ---

    def arrive(self) -> None:
        """Open the page's socket, and open it again for as long as the page is there."""
        self.tasks = [asyncio.ensure_future(self._live()), asyncio.ensure_future(self._nag())]

    async def leave(self) -> None:
        """Close the page."""
        self.attentive.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def say(self, body: str) -> str:
        """Put a message into the outbox and send it if the line stands; return its client_id."""
        client_id = str(uuid.uuid4())
        self.outbox[client_id] = body
        self.said.append(client_id)
        self.said_at[client_id] = time.monotonic()
        await self.transmit(client_id)
        return client_id

    async def frame(self, **frame: object) -> None:
        """Send any frame; it is lost where the line is down."""
        if self.socket is not None:
            try:
                await send(self.socket, **frame)
            except ConnectionClosed:
                return

    def cut(self) -> None:
        """Lose the line without a word."""
        if self.socket is not None:
            self.socket.transport.abort()

    def stall(self) -> None:
        """Stop reading, and keep the line."""
        self.attentive.clear()

    def wake(self) -> None:
        """Read on."""
        self.attentive.set()

    # --- what it tells ---

    @property
    def is_live(self) -> bool:
        """Whether the line stands."""
        return self.socket is not None

    @property
    def list(self) -> list[Article]:
        """The messages as the page shows them."""
        return sorted(self.shown.values())

    # --- what the page does ---

    async def transmit(self, client_id: str) -> None:
        """Send what is in the outbox under a client_id."""
        if self.socket is not None and client_id in self.outbox:
            self.sent.setdefault(client_id, []).append(time.monotonic())
            await self.frame(body=self.outbox[client_id], client_id=client_id)

    def open(self) -> connect:
        """Return the next connection, to be entered."""
        origin = self.origins[self.connections % len(self.origins)]
        self.connections += 1
        return open_socket(origin, self.slug, self.cookie, self.revision, **self.options)

    async def _live(self) -> None:
        while True:
            try:
                async with self.open() as socket:
                    await self._stay(socket)
            except (OSError, TimeoutError, InvalidHandshake, InvalidMessage, ConnectionClosed):
                pass
            await asyncio.sleep(random.uniform(0.05, 0.5))

    async def _stay(self, socket: ClientConnection) -> None:
        self.socket, self.newest_here = socket, self.revision
        resending = asyncio.ensure_future(self._resend())
        try:
            async for fragment in socket:
                self._take(str(fragment))
                await self.attentive.wait()
        finally:
            self.socket = None
            resending.cancel()
            self.closings.append(socket.close_code)

    async def _resend(self) -> None:
        for client_id in list(self.outbox):
            await self.transmit(client_id)

    async def _nag(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for client_id in list(self.outbox):
                if time.monotonic() - self.sent.get(client_id, [0.0])[-1] > PATIENCE:
                    await self.transmit(client_id)

    def _take(self, fragment: str) -> None:
        for article in articles_in(fragment):
            self._check(article)
            self._upsert(article)
            self._settle(article.client_id)
            self.revision = max(self.revision, article.revision)
        if refused := REFUSED.search(fragment):
            when = time.monotonic() - PATIENCE + AGAIN
            self.sent.setdefault(refused[1], []).append(when)  # the nagging takes it from here

    def _check(self, article: Article) -> None:
        """Note what comes twice or out of turn on one socket; what was sent again may be answered again."""
        if len(self.sent.get(article.client_id, [])) > 1:
            return
        if article.revision <= self.newest_here:
            self.defects.append(f"{article[:4]} came after revision {self.newest_here} on the same socket")
        self.newest_here = max(self.newest_here, article.revision)

    def _upsert(self, article: Article) -> None:
        before = self.shown.get(article.pk)
        if before is None and article.client_id in self.said_at:
            self.delays.append(time.monotonic() - self.said_at[article.client_id])
        if before is None or article.revision > before.revision:
            self.shown[article.pk] = article

    def _settle(self, client_id: str) -> None:
        if self.outbox.pop(client_id, None) is not None:
            self.echo_delays.append(time.monotonic() - self.said_at[client_id])
