"""A simulated tab: a client that behaves like the page, and records what it posts and shows."""

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

REJECTED = re.compile(r'id="composer-refusal"[^>]*data-client-id="([^"]+)"')
RESEND_AFTER = 4.0  # seconds without an echo; the page waits 10
RETRY_AFTER = 0.5  # seconds until the user clicks "Try again"
SOCKET_OPTIONS = {"close_timeout": 0.5, "open_timeout": 5, "ping_interval": 3, "ping_timeout": 3, "max_queue": 16}


class Tab:
    """One user's tab, which reconnects whenever its connection breaks.

    `origins` are the servers it can reach, as behind a load balancer: each attempt uses the next one.
    """

    posted_at: ClassVar[dict[str, float]] = {}  # client_id -> time, across all tabs

    def __init__(self, cookie: str, slug: str, origins: list[str], since: int = 0, **options: Any) -> None:
        self.cookie, self.slug, self.origins, self.options = cookie, slug, origins, {**SOCKET_OPTIONS, **options}
        self.revision = since
        self.outbox: dict[str, str] = {}
        self.posted: list[str] = []
        self.shown: dict[int, Article] = {}
        self.sent: dict[str, list[float]] = {}
        self.delays: list[float] = []  # from posting to showing, per message
        self.echo_delays: list[float] = []
        self.ordering_errors: list[str] = []
        self.close_codes: list[int | None] = []
        self.connections = self.last_revision = 0
        self.socket: ClientConnection | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self.tasks: list[asyncio.Task[None]] = []

    # --- what the user does ---

    def open(self) -> None:
        """Open the page, which stays connected until it is closed."""
        self.tasks = [asyncio.ensure_future(self._stay_connected()), asyncio.ensure_future(self._resend_unanswered())]

    async def close(self) -> None:
        """Close the page."""
        self.reading.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def post(self, body: str) -> str:
        """Add a message to the outbox, send it if connected, and return its client_id."""
        client_id = str(uuid.uuid4())
        self.outbox[client_id] = body
        self.posted.append(client_id)
        self.posted_at[client_id] = time.monotonic()
        await self.transmit(client_id)
        return client_id

    async def send_frame(self, **frame: object) -> None:
        """Send a frame if connected."""
        if self.socket is not None:
            try:
                await send(self.socket, **frame)
            except ConnectionClosed:
                return

    def disconnect(self) -> None:
        """Abort the connection."""
        if self.socket is not None:
            self.socket.transport.abort()

    def stall(self) -> None:
        """Stop reading, but stay connected."""
        self.reading.clear()

    def resume(self) -> None:
        """Read again."""
        self.reading.set()

    # --- what the tests check ---

    @property
    def is_live(self) -> bool:
        """Whether the tab is connected."""
        return self.socket is not None

    @property
    def messages(self) -> list[Article]:
        """The messages in the order the page shows them."""
        return sorted(self.shown.values())

    # --- what the page does ---

    async def transmit(self, client_id: str) -> None:
        """Send a message from the outbox."""
        if self.socket is not None and client_id in self.outbox:
            self.sent.setdefault(client_id, []).append(time.monotonic())
            await self.send_frame(body=self.outbox[client_id], client_id=client_id)

    def next_connection(self) -> connect:
        """Return a connection to the next server."""
        origin = self.origins[self.connections % len(self.origins)]
        self.connections += 1
        return open_socket(origin, self.slug, self.cookie, self.revision, **self.options)

    async def _stay_connected(self) -> None:
        while True:
            try:
                async with self.next_connection() as socket:
                    await self._receive(socket)
            except (OSError, TimeoutError, InvalidHandshake, InvalidMessage, ConnectionClosed):
                pass
            await asyncio.sleep(random.uniform(0.05, 0.5))

    async def _receive(self, socket: ClientConnection) -> None:
        self.socket, self.last_revision = socket, self.revision
        resend = asyncio.ensure_future(self._resend())
        try:
            async for fragment in socket:
                self._handle(str(fragment))
                await self.reading.wait()
        finally:
            self.socket = None
            resend.cancel()
            self.close_codes.append(socket.close_code)

    async def _resend(self) -> None:
        for client_id in list(self.outbox):
            await self.transmit(client_id)

    async def _resend_unanswered(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for client_id in list(self.outbox):
                if time.monotonic() - self.sent.get(client_id, [0.0])[-1] > RESEND_AFTER:
                    await self.transmit(client_id)

    def _handle(self, fragment: str) -> None:
        for article in articles_in(fragment):
            self._check_order(article)
            self._upsert(article)
            self._settle(article.client_id)
            self.revision = max(self.revision, article.revision)
        if rejected := REJECTED.search(fragment):
            when = time.monotonic() - RESEND_AFTER + RETRY_AFTER
            self.sent.setdefault(rejected[1], []).append(when)  # due again after RETRY_AFTER

    def _check_order(self, article: Article) -> None:
        """Record a message that is repeated or out of order on one socket, unless it was sent more than once."""
        if len(self.sent.get(article.client_id, [])) > 1:
            return
        if article.revision <= self.last_revision:
            self.ordering_errors.append(f"{article[:4]} came after revision {self.last_revision} on the same socket")
        self.last_revision = max(self.last_revision, article.revision)

    def _upsert(self, article: Article) -> None:
        before = self.shown.get(article.pk)
        if before is None and article.client_id in self.posted_at:
            self.delays.append(time.monotonic() - self.posted_at[article.client_id])
        if before is None or article.revision > before.revision:
            self.shown[article.pk] = article

    def _settle(self, client_id: str) -> None:
        if self.outbox.pop(client_id, None) is not None:
            self.echo_delays.append(time.monotonic() - self.posted_at[client_id])
