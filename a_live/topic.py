"""A topic with readers in this process: delivers changes in order and fills gaps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from django.db import Error as DatabaseError

from a_live.budget import measured
from a_live.events import Change
from a_live.orm import Lane, in_orm
from a_live.reader import Reader
from a_live.sources import changes_after
from a_live.wire import Burst, TextEvent

EARLY_LIMIT = 1_000  # changes held that arrived early; the rest is read from the database
GRACE = 0.05  # seconds for a missing change to arrive before it is read from the database

Page = tuple[list[Change], float]  # changes, and the seconds of work it took to read them

logger = logging.getLogger(__name__)


class Topic:
    """A topic with readers in this process.

    `revision` is the newest change delivered here, `newest` the newest one known to exist. `early` holds changes that
    arrived ahead of their turn, since several threads and processes announce at once.
    """

    def __init__(self, name: str, revision: int) -> None:
        self.name = name
        self.revision = self.newest = revision
        self.early: dict[int, str] = {}
        self.burst: list[tuple[int, TextEvent]] = []
        self.readers: set[Reader] = set()
        self.reads: dict[int, asyncio.Future[Page]] = {}
        self.subscription: asyncio.Task[bool] | None = None
        self.filling: asyncio.Task[None] | None = None

    def receive(self, changes: list[Change]) -> None:
        """Deliver announced changes in order; hold early ones, drop old ones."""
        for revision, html in changes:
            if revision == self.revision + 1 and not self.early:
                self._deliver(revision, html)
            elif revision > self.revision and len(self.early) < EARLY_LIMIT:
                self.early[revision] = html
        self._deliver_early()
        self.expect(changes[-1][0])

    def expect(self, revision: int, grace: float = GRACE) -> None:
        """Note that a change exists; read it from the database if it doesn't arrive within the grace period."""
        self.newest = max(self.newest, revision)
        if self.newest > self.revision and self.filling is None:
            self.filling = asyncio.ensure_future(self._fill(grace))

    async def missed(self, reader: Reader, lane: Lane) -> Page:
        """Return the next page of changes after a reader's revision, and the seconds of work it took.

        Concurrent readers share one query; one that started before the last of them joined may find nothing yet.
        Raises django.db.Error.
        """
        revision = reader.revision
        reading = self.reads.get(revision)
        if reading is None:
            reading = self.reads[revision] = asyncio.ensure_future(self._read(reader, lane))
            reading.add_done_callback(lambda _: self.reads.pop(revision, None))
        changes, seconds = await asyncio.shield(reading)
        return (changes, seconds) if changes else await self._read(reader, lane)

    async def _read(self, reader: Reader, lane: Lane) -> Page:
        return await lane.run(reader.user_id, measured, changes_after, self.name, reader.revision)

    def broadcast(self, html: str, except_for: Collection[int] = ()) -> None:
        """Send a fragment that has no revision to every reader, except to those of some users."""
        event = TextEvent(html)
        for reader in self.readers:
            if reader.user_id not in except_for:
                reader.deliver(event)

    def _deliver(self, revision: int, html: str) -> None:
        """Add a change to the burst, which is sent to all readers at the end of this event loop iteration."""
        self.revision = revision
        if not self.burst:
            asyncio.get_running_loop().call_soon(self._flush)
        self.burst.append((revision, TextEvent(html)))

    def _flush(self) -> None:
        burst, self.burst = Burst(self.burst), []
        for reader in self.readers:
            reader.push(burst)

    def _deliver_early(self) -> None:
        while html := self.early.pop(self.revision + 1, None):
            self._deliver(self.revision + 1, html)

    async def _fill(self, grace: float) -> None:
        try:
            await asyncio.sleep(grace)
            while self.revision < self.newest:
                await self._fill_page(self.newest)
        except DatabaseError as error:
            logger.warning("can't fill a gap in %s until the next reconciliation: %s", self.name, error)
        finally:
            self.filling = None

    async def _fill_page(self, known: int) -> None:
        changes = await in_orm(changes_after, self.name, self.revision)
        for revision, html in changes:
            if revision > self.revision:  # it may have arrived meanwhile
                self._deliver(revision, html)
        if not changes:  # all up to `known` was committed, so the rest was deleted directly in the database
            self.revision = max(self.revision, known)
        self.early = {revision: html for revision, html in self.early.items() if revision > self.revision}
        self._deliver_early()
