"""A room with readers in this process: its changes in order, its gaps filled."""

from __future__ import annotations

import asyncio
import logging

from django.db import Error as DatabaseError

from a_rtchat.orm import in_orm
from a_rtchat.reader import Reader
from a_rtchat.replay import Change, changes_after
from a_rtchat.wire import TextEvent

EARLY_LIMIT = 1_000  # changes kept for their turn; the rest is read from the database when it comes

logger = logging.getLogger(__name__)

GRACE = 0.05  # seconds that a missing change has to arrive by itself, before the database is asked


class LocalRoom:
    """A room with readers in this process.

    `revision` is the newest change delivered here, `heard` the newest one known to exist, `early` what came before
    its turn: changes are announced by several threads and processes at once.
    """

    def __init__(self, room_id: int, revision: int) -> None:
        self.id = room_id
        self.revision = self.heard = revision
        self.early: dict[int, str] = {}
        self.readers: set[Reader] = set()
        self.readings: dict[int, asyncio.Future[list[Change]]] = {}
        self.subscription: asyncio.Task[bool] | None = None
        self.filling: asyncio.Task[None] | None = None

    def hear(self, revision: int, html: str) -> None:
        """Take one announced change: deliver it when it is the next one, keep an early one, drop an old one."""
        if revision > self.revision:
            if len(self.early) < EARLY_LIMIT:
                self.early[revision] = html
            self._deliver_early()
            self.hear_of(revision)

    def hear_of(self, revision: int, grace: float = GRACE) -> None:
        """Take note that a change exists; when it stays missing for some seconds, read it from the database."""
        self.heard = max(self.heard, revision)
        if self.heard > self.revision and self.filling is None:
            self.filling = asyncio.ensure_future(self._fill(grace))

    def deliver(self, revision: int, html: str) -> None:
        """Hand the same event to every reader."""
        event = TextEvent(html)
        self.revision = revision
        for reader in self.readers:
            reader.push(revision, event)

    async def missed(self, revision: int) -> list[Change]:
        """Return the next page of changes after a revision.

        Readers who ask at the same time share one reading, which may have begun before the last of them joined.
        Raises django.db.Error.
        """
        reading = self.readings.get(revision)
        if reading is None:
            reading = self.readings[revision] = asyncio.ensure_future(in_orm(changes_after, self.id, revision))
            reading.add_done_callback(lambda _: self.readings.pop(revision, None))
        return await asyncio.shield(reading)

    def _deliver_early(self) -> None:
        while html := self.early.pop(self.revision + 1, None):
            self.deliver(self.revision + 1, html)

    async def _fill(self, grace: float) -> None:
        try:
            await asyncio.sleep(grace)
            while self.revision < self.heard:
                await self._fill_page(self.heard)
        except DatabaseError as error:
            logger.warning("the gap of room %s stays until the next reconciliation: %s", self.id, error)
        finally:
            self.filling = None

    async def _fill_page(self, known: int) -> None:
        changes = await in_orm(changes_after, self.id, self.revision)
        for revision, html in changes:
            if revision > self.revision:  # it may have arrived by itself meanwhile
                self.deliver(revision, html)
        if not changes:  # all up to `known` was committed, so the last ones were deleted for good, by hand
            self.revision = max(self.revision, known)
        self.early = {revision: html for revision, html in self.early.items() if revision > self.revision}
        self._deliver_early()
