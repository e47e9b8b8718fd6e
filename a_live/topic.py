"""A topic with readers in this process: its changes in order, its gaps filled."""

from __future__ import annotations

import asyncio
import logging

from django.db import Error as DatabaseError

from a_live.events import Change
from a_live.orm import in_orm
from a_live.reader import Reader
from a_live.sources import changes_after
from a_live.wire import Burst, TextEvent

EARLY_LIMIT = 1_000  # changes kept until their turn; the rest is read from the database
GRACE = 0.05  # seconds for a missing change to arrive before the database is asked

logger = logging.getLogger(__name__)


class Topic:
    """A topic with readers in this process.

    `revision` is the newest change delivered here, `heard` the newest one known to exist, `early` what came before
    its turn: changes are announced by several threads and processes at once.
    """

    def __init__(self, name: str, revision: int) -> None:
        self.name = name
        self.revision = self.heard = revision
        self.early: dict[int, str] = {}
        self.burst: list[tuple[int, TextEvent]] = []
        self.readers: set[Reader] = set()
        self.reads: dict[int, asyncio.Future[list[Change]]] = {}
        self.subscription: asyncio.Task[bool] | None = None
        self.filling: asyncio.Task[None] | None = None

    def hear(self, changes: list[Change]) -> None:
        """Take announced changes: deliver those whose turn it is, keep early ones, drop old ones."""
        for revision, html in changes:
            if revision == self.revision + 1 and not self.early:
                self._deliver(revision, html)
            elif revision > self.revision and len(self.early) < EARLY_LIMIT:
                self.early[revision] = html
        self._deliver_early()
        self.hear_of(changes[-1][0])

    def hear_of(self, revision: int, grace: float = GRACE) -> None:
        """Note that a change exists; if it is still missing after the grace, read it from the database."""
        self.heard = max(self.heard, revision)
        if self.heard > self.revision and self.filling is None:
            self.filling = asyncio.ensure_future(self._fill(grace))

    async def missed(self, revision: int) -> list[Change]:
        """Return the next page of changes after a revision.

        Readers who ask at the same time share one read, which may have begun before the last of them joined.
        Raises django.db.Error.
        """
        reading = self.reads.get(revision)
        if reading is None:
            reading = self.reads[revision] = asyncio.ensure_future(in_orm(changes_after, self.name, revision))
            reading.add_done_callback(lambda _: self.reads.pop(revision, None))
        return await asyncio.shield(reading)

    def tell(self, html: str) -> None:
        """Send a fragment without a revision to every reader."""
        event = TextEvent(html)
        for reader in self.readers:
            reader.tell(event)

    def _deliver(self, revision: int, html: str) -> None:
        """Add a change to the burst that goes to every reader at the end of this turn of the event loop."""
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
            while self.revision < self.heard:
                await self._fill_page(self.heard)
        except DatabaseError as error:
            logger.warning("the gap of %s stays until the next reconciliation: %s", self.name, error)
        finally:
            self.filling = None

    async def _fill_page(self, known: int) -> None:
        changes = await in_orm(changes_after, self.name, self.revision)
        for revision, html in changes:
            if revision > self.revision:  # it may have arrived by itself meanwhile
                self._deliver(revision, html)
        if not changes:  # all up to `known` was committed, so the last ones were deleted by hand
            self.revision = max(self.revision, known)
        self.early = {revision: html for revision, html in self.early.items() if revision > self.revision}
        self._deliver_early()
