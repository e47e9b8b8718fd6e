"""The audit: what the database holds after the load, read past the application."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.storage import Database, read

# Rooms whose messages are not numbered one after the other, and how many numbers are left out or used twice there.
GAPS = """
SELECT MAX(seq) - MIN(seq) + 1 - COUNT(DISTINCT seq) + COUNT(*) - COUNT(DISTINCT seq)
FROM a_rtchat_message GROUP BY room_id
"""


@dataclass
class Audit:
    """How many messages were acknowledged, how many of these the database lacks or holds twice.

    `gaps` counts the numbers (seq) that are left out or used twice in a room.
    """

    acknowledged: int
    absent: int
    doubled: int
    gaps: int

    @property
    def passed(self) -> bool:
        """Whether each acknowledged message is stored exactly once, and all are numbered without a gap."""
        return not (self.absent or self.doubled or self.gaps)


def audit(database: Database, acknowledged: Iterable[str]) -> Audit:
    """Compare the acknowledged client_ids with the rows of the database."""
    stored = Counter(stored_in_order(database))
    counts = [stored[client_id] for client_id in acknowledged]
    gaps = sum(gaps for (gaps,) in read(database, GAPS))
    return Audit(len(counts), sum(n == 0 for n in counts), sum(n > 1 for n in counts), gaps)


def stored_in_order(database: Database) -> list[str]:
    """Return the client_id of every stored message, room by room, in the order of their seq."""
    rows = read(database, "SELECT client_id FROM a_rtchat_message ORDER BY room_id, seq")
    return [str(uuid.UUID(str(client_id))) for (client_id,) in rows]


def newest_revision(database: Database, slug: str) -> int:
    """Return the newest revision of a room."""
    return read(database, "SELECT revision FROM a_rtchat_room WHERE slug = ?", slug)[0][0]
