"""Pages by key: each is read with one row more than it shows, which tells whether there is another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

R = TypeVar("R")


def cut(rows: Iterable[R], size: int) -> tuple[list[R], R | None]:
    """Return the first `size` rows, and the last of them if there are more, after which the next page begins."""
    found = list(rows)
    return found[:size], found[size - 1] if len(found) > size else None
