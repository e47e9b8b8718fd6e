"""QR codes, drawn as the path of an SVG."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import qrcode

MARGIN = 4  # modules, which scanners need


class Picture(NamedTuple):
    """A QR code: the side of its square in modules, and the path of its dark ones."""

    side: int
    path: str


def picture_of(text: str) -> Picture:
    """Return the QR code of a text."""
    code = qrcode.QRCode(border=MARGIN, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    return Picture(len(rows), "".join(part for y, row in enumerate(rows) for part in _runs(y, row)))


def _runs(y: int, row: list[bool]) -> Iterator[str]:
    """Yield a rectangle for each run of dark modules in a row."""
    x = 0
    for is_dark, run in groupby(row):
        width = len(list(run))
        if is_dark:
            yield f"M{x} {y}h{width}v1h-{width}z"
        x += width
