"""Read positions as values."""

from typing import NamedTuple


class ReadPosition(NamedTuple):
    """How far someone has read a room, how often that has changed, and what mentions them beyond it."""

    room: int
    seq: int
    revision: int
    mentions: str = ""  # the seqs of the mentions beyond it when the room's revision was `mentions_at`
    mentions_at: int = 0  # 0: they aren't told
