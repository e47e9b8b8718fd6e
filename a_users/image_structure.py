"""Read how an image file is built, to bound the cost of decoding it before Pillow looks at it."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

MAX_PARTS = 2_000  # segments or chunks, at 10 µs each; a PNG of 5 MB has 640 if its chunks have 8 KB, as usual
JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"  # how the files begin

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive; libjpeg's other kinds cannot be scaled down
OTHER_FRAMES = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
WITHOUT_PAYLOAD = {0x01, *range(0xD0, 0xDA)}
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # in the data of a scan: no escaped 0xFF, and no restart

Part = tuple[int, bytes]


class Costly(ValueError):
    """Decoding the file would cost more than a picture is worth."""


def read_parts(data: bytes) -> list[Part]:
    """Return the segments of a JPEG or the chunks of a PNG; nothing for another file.

    Raises Costly for more than `MAX_PARTS`.
    """
    found = _segments(data) if data.startswith(JPEG) else _chunks(data) if data.startswith(PNG) else iter(())
    parts = list(islice(found, MAX_PARTS + 1))
    if len(parts) > MAX_PARTS:
        raise Costly("too many parts")
    return parts


def _segments(data: bytes) -> Iterator[Part]:
    """Yield (marker, payload) until the end of a JPEG's first image; a byte between segments counts as one, too."""
    at, has_scan = len(JPEG), False
    while at + 1 < len(data):
        marker = data[at + 1] if data[at] == 0xFF else 0
        if marker == END_OF_IMAGE and has_scan:
            return
        if marker in (0x00, 0xFF):
            at += 1
            yield 0, b""
        else:
            length = 0 if marker in WITHOUT_PAYLOAD else max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
            yield marker, data[at + 4 : at + 2 + length]
            at += 2 + length
            if marker == START_OF_SCAN:
                at, has_scan = _end_of_scan(data, at), True


def _end_of_scan(data: bytes, at: int) -> int:
    found = MARKER.search(data, at)
    return found.start() if found else len(data)


def _chunks(data: bytes) -> Iterator[Part]:
    """Yield (0, type) for each chunk of a PNG."""
    at = len(PNG)
    while at + 8 <= len(data):
        yield 0, data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def count_samples(segments: Iterable[Part]) -> tuple[int, int, int]:
    """Return how many samples a JPEG stores, how many its scans visit, and how many scans it has.

    libjpeg visits every sample of a component for each of its scans, however little data the scan has.
    Raises Costly for a kind of JPEG that cannot be scaled down.
    """
    sizes: dict[int, int] = {}
    visited = scans = 0
    for marker, payload in segments:
        if marker in OTHER_FRAMES:
            raise Costly("an unusual kind of JPEG")
        if marker in FRAMES:
            sizes = _component_sizes(payload)
        elif marker == START_OF_SCAN:
            scans += 1
            visited += sum(sizes.get(component, 0) for component in payload[1 : 1 + 2 * sum(payload[:1]) : 2])
    return sum(sizes.values()), visited, scans


def _component_sizes(frame: bytes) -> dict[int, int]:
    """Return {component: samples} for the header of a frame. Raises Costly if two components have one name."""
    pixels = int.from_bytes(frame[1:3], "big") * int.from_bytes(frame[3:5], "big")
    names, samplings = frame[6::3], frame[7::3]
    if len(set(names)) < len(names):
        raise Costly("components of one name")
    shares = {name: (sampling >> 4) * (sampling & 15) for name, sampling in zip(names, samplings, strict=False)}
    most = max(shares.values(), default=0) or 1
    return {name: pixels * share // most for name, share in shares.items()}
