"""Read positions as values."""

from typing import NamedTuple


class ReadPosition(NamedTuple):
    """How far someone has read a room, and how often that has changed."""

    room: int
    seq: int
    revision: int
