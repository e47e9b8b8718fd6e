"""The audit: what the database file holds after the load, read past the application."""

import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Audit:
    """How many messages were acknowledged, and how many of these the database lacks or holds twice."""

    acknowledged: int
    absent: int
    doubled: int

    @property
    def passed(self) -> bool:
        """Whether each acknowledged message is stored exactly once."""
        return not (self.absent or self.doubled)


def audit(database: Path, acknowledged: Iterable[str]) -> Audit:
    """Compare the acknowledged client_ids with the rows of the database file."""
    stored = Counter(stored_in_order(database))
    counts = [stored[client_id] for client_id in acknowledged]
    return Audit(len(counts), sum(n == 0 for n in counts), sum(n > 1 for n in counts))


def stored_in_order(database: Path) -> list[str]:
    """Return the client_id of every stored message, room by room, in the order of their seq."""
    rows = _read(database, "SELECT client_id FROM a_rtchat_message ORDER BY room_id, seq")
    return [str(uuid.UUID(client_id)) for (client_id,) in rows]


def newest_revision(database: Path, slug: str) -> int:
    """Return the newest revision of a room."""
    return _read(database, "SELECT revision FROM a_rtchat_room WHERE slug = ?", slug)[0][0]


def _read(database: Path, query: str, *values: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()
