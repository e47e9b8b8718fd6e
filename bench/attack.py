"""`python -m bench.attack`: how long posts take while one member replays a large room over and over.

The attacker opens sockets in a loop, each from a different revision, and asks for changes over HTTP in loops. Another
member posts; the delay until a third member has the message is measured. Nothing but 127.0.0.1 is loaded.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from bench import servers
from bench.client import Socket, open_socket, upgrade_request
from bench.crowd import ID_LENGTH, MARKER
from bench.stage import app_frame

PHASES = ((0, 0), (20, 0), (49, 0), (0, 10), (20, 10))  # attacking sockets, attacking HTTP loops
LIVE, MESSAGES = b'data-state="live"', 100_000
PATIENCE_SECONDS = 3.0  # for a replay to end
UNLIMITED = ("CHAT_WORK_BURST", "CHAT_SOCKETS_PER_USER", "CHAT_FRAME_BURST")  # limits that the attacker does meet


def main() -> None:
    """Prepare a database and measure each phase, or attack a server as a subprocess of that."""
    parser = argparse.ArgumentParser("python -m bench.attack", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="per phase")
    parser.add_argument("--near", action="store_true", help="stay within the last 400 changes")
    parser.add_argument("--attack", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.attack:
        asyncio.run(attack(**json.loads(wanted.attack)))
        return
    with tempfile.TemporaryDirectory(prefix="backchat-attack-") as folder:
        measure(Path(folder), wanted.seconds, wanted.near)


def measure(folder: Path, seconds: float, near: bool) -> None:
    """Print the 50th and 99th percentile of each phase."""
    environment = servers.app_environment(folder, "", folder / "attack.sqlite3")
    environment = {name: value for name, value in environment.items() if name not in UNLIMITED}
    data = json.loads(servers.python("-m", "bench.prepare", "pages", "20", str(MESSAGES), environment=environment))
    attacker, poster, reader = data["few"][:3]
    for sockets, loops in PHASES:
        with servers.uvicorn("config.asgi:application", folder / "app.log", environment) as (port, _):
            told = {"port": port, "slug": data["large"], "cookie": attacker, "near": near}
            with attacking(told | {"sockets": sockets, "loops": loops}) as log:
                delays = asyncio.run(post_for(seconds, port, data["large"], poster, reader))
                counts = log.read_text()
        cut = quantiles(delays, n=100, method="inclusive")
        figures = f"p50 {cut[49] * 1000:.0f} ms, p99 {cut[98] * 1000:.0f} ms, worst {max(delays) * 1000:.0f} ms"
        print(f"{sockets} sockets, {loops} loops: {figures} ({len(delays)} posts) {counts}", flush=True)


@contextmanager
def attacking(told: dict):
    """Attack in a process of its own for the length of a block; yield the file with its count."""
    with tempfile.NamedTemporaryFile() as log:
        command = [sys.executable, "-m", "bench.attack", "--attack", json.dumps(told | {"log": log.name})]
        process = subprocess.Popen(command, cwd=servers.ROOT)
        try:
            yield Path(log.name)
        finally:
            process.terminate()
            process.wait()


async def post_for(seconds: float, port: int, slug: str, poster: str, reader: str) -> list[float]:
    """Post five messages a second; return the seconds until the reader had each, or those it has been missing for."""
    sent: dict[bytes, float] = {}
    delays: list[float] = []

    def receive(socket: Socket, buffer: bytes, start: int, end: int, now: float) -> None:
        at = buffer.find(MARKER, start, end) + len(MARKER)
        if began := sent.pop(buffer[at : at + ID_LENGTH], None):
            delays.append(now - began)

    path = f"/ws/rooms/{slug}/"
    author = await open_socket((port, upgrade_request(port, path, poster)), lambda *_: None)
    await open_socket((port, upgrade_request(port, path, reader)), receive)
    await asyncio.sleep(1)  # for the attack to begin
    for _ in range(int(seconds * 5)):
        client_id = str(uuid.uuid4())
        sent[client_id.encode()] = perf_counter()
        author.send(app_frame(client_id))
        await asyncio.sleep(0.2)
    await asyncio.sleep(min(seconds, 10))
    return delays + [perf_counter() - began for began in sent.values()]


async def attack(port: int, slug: str, cookie: str, near: bool, sockets: int, loops: int, log: str) -> None:
    """Replay over and over until the process is ended."""
    counts = {"sockets": 0, "refused": 0, "pages": 0, "429": 0}
    oldest = MESSAGES - 400 if near else 0
    attackers = [replay_again(port, slug, cookie, oldest, counts) for _ in range(sockets)]
    attackers += [request_again(port, slug, cookie, oldest, counts) for _ in range(loops)]
    await asyncio.gather(*attackers, report(counts, Path(log)))


async def report(counts: dict, log: Path) -> None:
    """Write the counts down every half second."""
    while True:
        log.write_text(json.dumps(counts))  # noqa: ASYNC240  (a few bytes, in the attacker's own process)
        await asyncio.sleep(0.5)


async def replay_again(port: int, slug: str, cookie: str, oldest: int, counts: dict) -> None:
    """Open a socket from a random revision, wait until it is live, and begin again."""
    while True:
        live = asyncio.Event()
        path = f"/ws/rooms/{slug}/?since={random.randrange(oldest, MESSAGES)}"

        def receive(socket, buffer, start, end, now, live=live) -> None:
            if buffer.find(LIVE, start, end) >= 0:
                live.set()

        with suppress(OSError):
            socket = await open_socket((port, upgrade_request(port, path, cookie)), receive)
            counts["sockets"] += 1
            is_live = asyncio.ensure_future(live.wait())
            ends: list[asyncio.Future] = [is_live, socket.closed]
            await asyncio.wait(ends, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            is_live.cancel()
            counts["refused"] += socket.close_code == 1013
            socket.transport.abort()


async def request_again(port: int, slug: str, cookie: str, oldest: int, counts: dict) -> None:
    """Ask for a page of changes from a random revision, over and over on one connection."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                path = f"/rooms/{slug}/messages/?since={random.randrange(oldest, MESSAGES)}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                counts["429" if head.split()[1] == b"429" else "pages"] += 1


if __name__ == "__main__":
    main()
