"""Floods of frames that are tiny, empty or no messages at all: they cost their sender the socket, and others little."""

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from channels.db import database_sync_to_async

from bench.client import client_frame, frames, upgrade_request
from tests.server import serve
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

TEXT, FIRST, MORE, LAST, PING, PONG, CLOSE = 0x81, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x88
TRY_AGAIN_LATER, NOT_SIGNED_IN = 1013, 4401
FLOODS = {
    "pings": client_frame(PING, b"") * 40_000,
    "pongs": client_frame(PONG, b"x") * 40_000,
    "empty fragments": client_frame(FIRST, b"") + client_frame(MORE, b"") * 40_000,
    "texts": client_frame(TEXT, b'{"action":"ping"}') * 20_000,
}


@pytest.fixture
def server(tmp_path):
    with serve(tmp_path / "log", CHAT_FRAME_BURST="200") as running:  # whose log must be free of errors
        yield running


@asynccontextmanager
async def open_raw(server, cookie="", data=b""):
    """Open a socket and send data right behind the handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(upgrade_request(server.port, "/ws/rooms/lobby/", cookie))
        writer.write(data)
        await reader.readuntil(b"\r\n\r\n")
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def close_code(reader):
    """Read until the server's close frame; return its code, or None if the connection ends without one."""
    received = b""
    async with asyncio.timeout(10):
        while part := await reader.read(65_536):
            received += part
            for first, start, _end in frames(received):
                if first == CLOSE:
                    return int.from_bytes(received[start : start + 2], "big")
    return None


def seconds_of(pid):
    """Return how long a process has computed."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_of_frames_closes_the_socket_at_once(server, alice, lobby, flood):
    cookie = await database_sync_to_async(cookie_of)(alice)
    async with AsyncExitStack() as sockets:
        opened = [await sockets.enter_async_context(open_raw(server, cookie)) for _ in range(5)]
        before = seconds_of(server.process.pid)
        for _, writer in opened:
            writer.write(flood)
        assert {await close_code(reader) for reader, _ in opened} == {TRY_AGAIN_LATER}
    assert seconds_of(server.process.pid) - before < 0.5


async def test_frames_of_a_refused_socket_are_dropped(server, lobby):
    async with open_raw(server, data=client_frame(TEXT, b'{"body": "hello"}') * 5) as (reader, _):
        assert await close_code(reader) == NOT_SIGNED_IN


async def test_a_page_that_sends_many_frames_at_once_stays_connected(server, alice, lobby):
    """An outbox of a hundred messages, answers to pings, and fragments of a long one."""
    cookie = await database_sync_to_async(cookie_of)(alice)
    ping, received = client_frame(TEXT, b'{"action":"ping"}'), b""
    async with open_raw(server, cookie) as (reader, writer), asyncio.timeout(10):
        writer.write(ping * 100 + client_frame(PONG, b"x") * 5 + client_frame(FIRST, b'{"action"'))
        writer.write(client_frame(MORE, b"") * 5 + client_frame(LAST, b':"ping"}'))
        while received.count(b'id="pong"') < 101:
            received += await reader.read(65_536)
