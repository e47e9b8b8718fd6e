"""Pages beside a view of a stock Django project: eight keep-alive connections, each with a reader of its own."""

import asyncio
import gzip
import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any, cast

import brotli
import uvloop

from bench.plan import LARGE_TO_SMALL, Plan
from bench.results import Burst, Figure, Meter, compare
from bench.servers import Server
from bench.stage import Stage

CONNECTIONS = 8
WARM_UP_SECONDS = 0.2
FEWEST_RESPONSES = 40  # of a burst, for which a slow page gets more time
PATIENCE_SECONDS = 20.0  # for a response
CSRF = "csrftoken=" + "b" * 32  # a browser that has seen a form has one
COMPRESSED = "Accept-Encoding: gzip, br\r\n"
HTMX = "HX-Request: true\r\n"
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0\r\n"
    "Accept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n{headers}\r\n"
)
DECODERS = {b"gzip": gzip.decompress, b"br": brotli.decompress}
SIZE_MARGIN = 0.1  # by which responses to the same request may differ in length: tokens and ages of messages do


class BadResponse(RuntimeError):
    """A server answered something else than the complete page."""


@dataclass
class Page:
    """What to ask for: paths in turn, by one reader on each connection, and how often marks occur in the answer."""

    name: str
    target: float
    paths: list[str]
    marks: dict[bytes, int]
    cookies: list[str] = field(default_factory=lambda: [""] * CONNECTIONS)
    headers: str = COMPRESSED

    def requests(self, reader: int) -> Iterator[bytes]:
        """Yield the requests of one connection, forever."""
        cookie = self.cookies[reader % len(self.cookies)]
        headers = self.headers + (f"Cookie: {cookie}; {CSRF}\r\n" if cookie else "")
        made = [REQUEST.format(path=path, headers=headers).encode() for path in self.paths]
        return itertools.islice(itertools.cycle(made), reader, None)


STOCK = Page("stock", 1.0, ["/"], {b"Signed in": 1})


def pages_of(data: dict[str, Any]) -> list[Page]:
    """Return the pages to measure, for the readers and rooms that bench.prepare made."""
    few, many, count = data["few"], data["many"], data["rooms"]
    rooms = [f"/rooms/{slug}/" for slug in data["opened"]]
    history = [f"{room}messages/?before={seq}" for room, seq in zip(rooms, itertools.cycle(range(60, 101, 10)))]
    page = {b"data-client-id=": 50, b"</html>": 1}
    return [
        Page("/healthz", 2.0, ["/healthz"], {b"ok": 1}),
        Page("room page, 20 rooms", 0.8, rooms, page | {b'id="room-': 20}, few),
        Page(f"room page, {count} rooms", 0.6, rooms, page | {b'id="room-': count}, many),
        Page("page of history", 1.0, history, {b"data-client-id=": 50}, few, COMPRESSED + HTMX),
        Page("list of rooms, 20 rooms", 1.0, ["/rooms/"], {b'id="room-': 20, b"</html>": 1}, few),
        Page(f"list of rooms, {count} rooms", 1.0, ["/rooms/"], {b'id="room-': count, b"</html>": 1}, many),
        Page("entry page, signed out", 1.0, ["/"], {b"<form": 2, b"</html>": 1}),
    ]


def large_pages(data: dict[str, Any]) -> list[tuple[Page, Page]]:
    """Return pages of a small room, each with the same page of the large room."""
    _, room, _, history, *_ = pages_of(data)
    large, middle = f"/rooms/{data['large']}/", data["messages"] // 2
    return [
        (replace(room, paths=room.paths[:1]), replace(room, paths=[large])),
        (replace(history, paths=history.paths[:1]), replace(history, paths=[f"{large}messages/?before={middle}"])),
    ]


class Connection(asyncio.Protocol):
    """Sends requests one after the other; checks each response for its status and length, the first for its marks."""

    def __init__(self, requests: Iterator[bytes], marks: dict[bytes, int]) -> None:
        self.requests, self.marks = requests, marks
        self.answer = bytearray()
        self.first_size = 0
        self.seconds, self.sizes = array("d"), array("d")
        self.stopping = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        """Send the next request."""
        self.answer.clear()
        self.size: int | None = None
        self.sent_at = perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        """Collect a response; once it is complete, check it and go on."""
        self.answer += data
        if self.size is None:
            self.size = size_of(self.answer)
        if self.size is not None and len(self.answer) >= self.size:
            self.seconds.append(perf_counter() - self.sent_at)
            self.sizes.append(self.size)
            self.check(self.size)
            self.end() if self.stopping else self.send()

    def check(self, size: int) -> None:
        """End with BadResponse unless the response is a complete page with status 200."""
        good = len(self.answer) == size and self.answer.startswith(b"HTTP/1.1 200 ")
        if good and not self.first_size:
            self.first_size, text = size, body_of(bytes(self.answer))
            good = all(text.count(mark) >= times for mark, times in self.marks.items())
        if not good or abs(size - self.first_size) > 200 + SIZE_MARGIN * self.first_size:
            self.end(BadResponse(f"expected 200 and {self.marks}, got {bytes(self.answer[:600])!r}"))

    def end(self, error: Exception | None = None) -> None:
        """Let `stop` return, or raise the error."""
        self.stopping = True
        if not self.ended.done():
            self.ended.set_exception(error) if error else self.ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server hung up."""
        self.end(BadResponse("the server hung up"))

    async def stop(self) -> None:
        """Wait for the response under way, then hang up."""
        self.stopping = True
        try:
            await asyncio.wait_for(self.ended, PATIENCE_SECONDS)
        finally:
            self.transport.abort()


def size_of(answer: bytearray) -> int | None:
    """Return the length of a response with its head; None while it is unknown."""
    head = answer.find(b"\r\n\r\n") + 4
    if head < 4:
        return None
    fields = bytes(answer[:head]).lower()
    if b"\r\ntransfer-encoding: chunked\r\n" in fields:
        return len(answer) if answer.endswith(b"\r\n0\r\n\r\n") else None
    return head + int(value_of(fields, b"content-length") or 0)


def value_of(fields: bytes, name: bytes) -> bytes:
    """Return the value of a header, or nothing."""
    return fields.partition(b"\r\n" + name + b": ")[2].partition(b"\r\n")[0]


def body_of(answer: bytes) -> bytes:
    """Return the decompressed body of a response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = head.lower() + b"\r\n"
    if b"\r\ntransfer-encoding: chunked\r\n" in fields:
        body = b"".join(chunks(body))
    decode = DECODERS.get(value_of(fields, b"content-encoding"))
    return decode(body) if decode else body


def chunks(body: bytes) -> Iterator[bytes]:
    """Yield the chunks of a chunked body."""
    while body:
        size, _, body = body.partition(b"\r\n")
        yield body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]


async def burst(server: Server, page: Page, seconds: float) -> Burst:
    """Ask for a page on all connections as fast as it comes, up to four times as long where it comes slowly."""
    (port, pid), latencies = server, array("d")
    connections = [await connect(port, page, reader) for reader in range(CONNECTIONS)]
    await asyncio.sleep(WARM_UP_SECONDS)
    for connection in connections:
        connection.seconds = latencies
    meter = Meter([pid])
    for _ in range(4):
        await asyncio.sleep(seconds)
        if len(latencies) >= FEWEST_RESPONSES:
            break
    count, (elapsed, usage) = len(latencies), meter.read()
    await asyncio.gather(*(connection.stop() for connection in connections))
    sizes = [size for connection in connections for size in connection.sizes]
    return Burst(count / elapsed, usage, latencies, sum(sizes) / len(sizes))


async def connect(port: int, page: Page, reader: int) -> Connection:
    """Open a connection, which starts to ask for the page."""
    make = partial(Connection, page.requests(reader), page.marks)
    _, connection = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", port)
    return connection


def measure_pages(stage: Stage) -> list[Figure]:
    """Compare requests per second of pages with the stock view's."""
    with stage.pages.serve() as [app], stage.stock() as (stock, cookie):
        return uvloop.run(compare_pages(app, stock, replace(STOCK, cookies=[cookie]), stage))


async def compare_pages(app: Server, stock: Server, hello: Page, stage: Stage) -> list[Figure]:
    """Ask both servers in turn, page by page, in each round; then once without compression."""
    plan, pages = stage.plan, pages_of(stage.pages.data)
    pairs: dict[str, list[tuple[Burst, Burst]]] = defaultdict(list)
    async with asyncio.timeout(plan.limit_seconds):
        for page in pages * plan.rounds:
            ours = await burst(app, page, plan.page_seconds)
            pairs[page.name].append((ours, await burst(stock, hello, plan.page_seconds)))
        return [page_figure(page, pairs[page.name], await plain(app, page, plan)) for page in pages]


async def plain(app: Server, page: Page, plan: Plan) -> Burst:
    """Ask for a page without offering to decompress it."""
    return await burst(app, replace(page, headers=page.headers.replace(COMPRESSED, "")), plan.page_seconds)


def page_figure(page: Page, pairs: list[tuple[Burst, Burst]], uncompressed: Burst) -> Figure:
    """Return the ratio of requests per second."""
    figure = compare(page.name, page.target, pairs, ("app", "stock"))
    rate, size = uncompressed.rate, uncompressed.size
    figure.notes, figure.saturated = [f"without Accept-Encoding {rate:,.0f} requests/s of {size:,.0f} bytes"], True
    return figure


def measure_large(stage: Stage) -> list[Figure]:
    """Compare the page time of a room with many messages with that of a small room."""
    with stage.pages.serve() as [app]:
        return uvloop.run(compare_rooms(app, stage))


async def compare_rooms(app: Server, stage: Stage) -> list[Figure]:
    """Ask for pages of the small and the large room in turn."""
    plan, figures = stage.plan, []
    async with asyncio.timeout(plan.limit_seconds):
        for small, large in large_pages(stage.pages.data):
            turns = [[await burst(app, page, plan.page_seconds) for page in (small, large)] for _ in range(plan.rounds)]
            name = f"time of {large.name.split(',')[0]}, {stage.pages.data['messages']:,} messages to 150"
            pairs = [(turn[0], turn[1]) for turn in turns]
            figures.append(compare(name, LARGE_TO_SMALL, pairs, ("small", "large")))
            figures[-1].at_least = False
    return figures
