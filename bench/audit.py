"""The audit: whether every message was delivered and stored, checked directly in the database."""

import sqlite3
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

Database = Path | str  # an SQLite file, or a PostgreSQL URL

IN_ORDER = "SELECT client_id FROM a_rtchat_message ORDER BY room_id, seq"
# How many numbers are missing or used twice in each room.
GAPS = """
SELECT MAX(seq) - MIN(seq) + 1 - COUNT(DISTINCT seq) + COUNT(*) - COUNT(DISTINCT seq)
FROM a_rtchat_message GROUP BY room_id
"""


@dataclass
class Account:
    """The audit of one crowd.

    `lost` and `duplicated` count deliveries, `out_of_order` sockets whose order differs from the database's, `gaps`
    numbers (seq) that are missing or used twice, `not_stored` and `stored_twice` acknowledged messages. `closed` counts
    the sockets closed by the server, by code; `unexpected` are texts without a message.
    """

    where: str
    lost: int
    duplicated: int
    closed: dict[int, int]
    unexpected: list[str]
    out_of_order: int = 0
    acknowledged: int = 0
    not_stored: int = 0
    stored_twice: int = 0
    gaps: int = 0

    @property
    def passed(self) -> bool:
        """Whether every message was delivered to everyone once and in order, and every acknowledged one stored once."""
        problems = (self.lost, self.duplicated, self.out_of_order, self.not_stored, self.stored_twice, self.gaps)
        return not any(problems)

    def look_up(self, database: Database, acknowledged: list[str]) -> list[str]:
        """Check the acknowledged client_ids against the database; return all stored ones in order of seq."""
        in_order = [str(uuid.UUID(str(client_id))) for (client_id,) in read(database, IN_ORDER)]
        stored = Counter(in_order)
        self.acknowledged, self.not_stored = len(acknowledged), sum(not stored[client_id] for client_id in acknowledged)
        self.stored_twice = sum(stored[client_id] > 1 for client_id in acknowledged)
        self.gaps = sum(gaps for (gaps,) in read(database, GAPS))
        return in_order


def newest_revision(database: Database, slug: str) -> int:
    """Return a room's newest revision."""
    return read(database, "SELECT revision FROM a_rtchat_room WHERE slug = ?", slug)[0][0]


def read(database: Database, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query with "?" placeholders."""
    if isinstance(database, Path):
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()
    import psycopg

    with psycopg.connect(database) as connection:
        return connection.execute(cast(Any, query.replace("?", "%s")), values).fetchall()
