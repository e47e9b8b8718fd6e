"""Pages compared with a view of a stock Django project, and a large room compared with a small one."""

import asyncio
import gzip
import re
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, cycle, islice
from statistics import fmean
from time import perf_counter
from typing import Any, cast

import brotli
import uvloop

from bench.plan import LARGE_TO_SMALL, Plan
from bench.results import Burst, Figure, Meter, compare
from bench.servers import Server
from bench.stage import Stage

CONNECTIONS = 8  # keep-alive, with a reader each
PATIENCE_SECONDS = 20.0  # for a response
CSRF = "csrftoken=" + "b" * 32  # as in a browser that has loaded a form
COMPRESSED = "Accept-Encoding: gzip, br\r\n"
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0\r\n"
    "Accept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n{headers}\r\n"
)
DECODERS = {b"gzip": gzip.decompress, b"br": brotli.decompress}
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
ENCODING = re.compile(rb"\r\ncontent-encoding: (\w+)", re.IGNORECASE)
SIZE_MARGIN = 0.1  # by which the lengths of responses on a connection may differ, since tokens and texts do

Source = tuple[Server, "Page"]
Comparison = tuple[str, float, Source, Source]  # a name, a target, and the sources to request in turn


class BadResponse(RuntimeError):
    """A server's answer wasn't the complete page."""


@dataclass
class Page:
    """The paths to request in turn, a reader for each connection, and how often marks must occur in the response."""

    name: str
    target: float
    paths: list[str]
    marks: dict[bytes, int]
    cookies: list[str] = field(default_factory=list)  # one for each reader; none if signed out
    headers: str = COMPRESSED

    def requests(self, reader: int) -> Iterator[bytes]:
        """Yield the requests of one connection, forever."""
        cookies = [f"Cookie: {cookie}; {CSRF}\r\n" for cookie in self.cookies] or [""]
        headers = self.headers + cookies[reader % len(cookies)]
        made = [REQUEST.format(path=path, headers=headers).encode() for path in self.paths]
        return islice(cycle(made), reader, None)


LISTED = 100  # rooms on a page at most (CHAT_ROOMS_LISTED)


def pages_of(data: dict[str, Any]) -> list[Page]:
    """Return the pages to measure, for the readers and rooms created by bench.prepare."""
    few, many, count = data["few"], data["many"], data["rooms"]
    rooms = [f"/rooms/{slug}/" for slug in data["opened"]]
    history = [f"{room}messages/?before={60 + number}" for number, room in enumerate(rooms)]
    messages, whole, links = {b"data-client-id=": 50}, {b"</html>": 1}, b'id="room-'
    return [
        Page("/healthz", 2.0, ["/healthz"], {b"ok": 1}),
        Page("room page, 20 rooms", 0.8, rooms, messages | whole | {links: 20}, few),
        Page(f"room page, {count} rooms", 0.6, rooms, messages | whole | {links: min(count, LISTED)}, many),
        Page("page of history", 1.0, history, messages, few, COMPRESSED + "HX-Request: true\r\n"),
        Page("list of rooms, 20 rooms", 1.0, ["/rooms/"], whole | {links: 20}, few),
        Page(f"list of rooms, {count} rooms", 1.0, ["/rooms/"], whole | {links: min(count, LISTED)}, many),
        Page("entry page, signed out", 1.0, ["/"], whole | {b"<form": 2}),
    ]


class Connection(asyncio.Protocol):
    """Send requests one at a time; check the status and length of each response, and the marks in the first."""

    def __init__(self, requests: Iterator[bytes], marks: dict[bytes, int]) -> None:
        self.requests, self.marks = requests, marks
        self.answer, self.first_size, self.stopping = bytearray(), 0, False
        self.latencies, self.sizes = array("d"), array("d")
        loop = asyncio.get_running_loop()
        self.warm: asyncio.Future[None] = loop.create_future()  # done after two responses
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        self.answer.clear()
        self.size, self.request, self.sent_at = 0, next(self.requests), perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Collect a response; once it is complete, check it and send the next request."""
        self.answer += data
        self.size = self.size or size_of(self.answer)
        if self.size and len(self.answer) >= self.size:
            self.latencies.append(perf_counter() - self.sent_at)
            self.sizes.append(self.size)
            if not self.is_good(self.size):
                got = bytes(self.answer[:600])
                return self.end(BadResponse(f"{self.request[:60]!r}: expected 200 and {self.marks}, got {got!r}"))
            if len(self.sizes) == 2:
                self.warm.set_result(None)
            self.end() if self.stopping else self.send()
        return None

    def is_good(self, size: int) -> bool:
        """Return whether the response is a complete page with status 200."""
        good = len(self.answer) == size and self.answer.startswith(b"HTTP/1.1 200 ")
        if good and not self.first_size:
            self.first_size, body = size, body_of(bytes(self.answer))
            good = all(body.count(mark) >= times for mark, times in self.marks.items())
        return good and abs(size - self.first_size) < 200 + SIZE_MARGIN * self.first_size

    def end(self, error: Exception | None = None) -> None:
        """Resolve the futures, with the error if there is one."""
        for waiting in (self.warm, self.ended):
            if not waiting.done():
                waiting.set_exception(error) if error else waiting.set_result(None)
                waiting.exception()  # don't warn if nothing awaits it any more

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(BadResponse(f"the server closed the connection or sent no Content-Length: {exc!r}"))

    async def stop(self) -> None:
        """Wait for the current response, then disconnect."""
        self.stopping = True
        try:
            await asyncio.wait_for(self.ended, PATIENCE_SECONDS)
        finally:
            self.transport.abort()


def size_of(answer: bytearray) -> int:
    """Return the length of a response and its head, or 0 while the head is incomplete.

    Raises IndexError if there is no Content-Length.
    """
    head = answer.find(b"\r\n\r\n") + 4
    return head + int(LENGTH.findall(answer, 0, head)[0]) if head > 3 else 0


def body_of(answer: bytes) -> bytes:
    """Return the decompressed body of a response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    for encoding in ENCODING.findall(head):
        body = DECODERS[encoding](body)
    return body


async def burst(source: Source, plan: Plan) -> Burst:
    """Request a page on all connections as fast as possible, up to four times as long if responses are slow."""
    ((port, pid), page), loop = source, asyncio.get_running_loop()
    makers = [partial(Connection, page.requests(reader), page.marks) for reader in range(CONNECTIONS)]
    connections = [(await loop.create_connection(make, "127.0.0.1", port))[1] for make in makers]
    await asyncio.gather(*(connection.warm for connection in connections))
    meter, begun = Meter([pid]), [len(connection.sizes) for connection in connections]
    for _ in range(4):
        await asyncio.sleep(plan.page_seconds)
        if sum(len(connection.sizes) for connection in connections) - sum(begun) >= plan.responses:
            break
    measured = meter.burst()
    await asyncio.gather(*(connection.stop() for connection in connections))
    spans = [connection.latencies[start:] for connection, start in zip(connections, begun, strict=True)]
    rate = sum(len(span) / sum(span) for span in spans)  # exact even for few responses, as connections are never idle
    size = fmean(size for connection in connections for size in connection.sizes)
    return replace(measured, rate=rate, latencies=array("d", chain.from_iterable(spans)), size=size)


async def in_turn(comparisons: list[Comparison], sides: str, plan: Plan) -> list[Figure]:
    """Request both sources of each comparison in turn, in each round; return the ratios of requests per second."""
    rounds: dict[str, list[list[Burst]]] = defaultdict(list)
    async with asyncio.timeout(plan.limit_seconds):
        for name, _, *sources in comparisons * plan.rounds:
            rounds[name].append([await burst(source, plan) for source in sources])
    return [compare(name, target, rounds[name], sides) for name, target, *_ in comparisons]


def measure_pages(stage: Stage) -> list[Figure]:
    """Compare pages with the stock view, and measure them once without compression."""
    pages, plan = pages_of(stage.pages.data), stage.plan
    with stage.pages.serve() as [app], stage.stock() as (stock, cookie):
        hello = stock, Page("stock", 1.0, ["/"], {b"Signed in": 1}, [cookie])
        comparisons = [(page.name, page.target, (app, page), hello) for page in pages]
        figures = uvloop.run(in_turn(comparisons, "app stock", plan))
        for page, figure in zip(pages, figures, strict=True):
            plain = uvloop.run(burst((app, replace(page, headers=page.headers.replace(COMPRESSED, ""))), plan))
            figure.notes = [f"without Accept-Encoding {plain.rate:,.0f} requests/s of {plain.size:,.0f} bytes"]
    return figures


def measure_large(stage: Stage) -> list[Figure]:
    """Compare the page time of a large room with that of a small one."""
    data, (_, room, _, history, *_) = stage.pages.data, pages_of(stage.pages.data)
    path, comparisons = f"/rooms/{data['large']}/", []
    with stage.pages.serve() as [app]:
        for page, large in ((room, path), (history, f"{path}messages/?before={data['messages'] // 2}")):
            name = f"time of {page.name.partition(',')[0]}, {data['messages']:,} messages vs. {data['small']}"
            small = app, replace(page, paths=page.paths[:1])
            comparisons.append((name, LARGE_TO_SMALL, small, (app, replace(page, paths=[large]))))
        figures = uvloop.run(in_turn(comparisons, "small large", stage.plan))
    return [replace(figure, at_least=False) for figure in figures]
