"""Frames that are too large, on both servers."""

import asyncio
import zlib
from dataclasses import replace

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from tests.server import Daphne, Server, serve
from tests.services import memory_of
from tests.socket_client import cookie_of, open_socket, send

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTES = 1024 * 1024
TOO_BIG = 1009


class Uvicorn(Server):
    """uvicorn, as started in production."""


class LegacyWebsockets(Server):
    """uvicorn with its older WebSocket protocol."""

    program = (*Server.program, "--ws", "websockets")


@pytest.fixture(params=[Uvicorn, Daphne, LegacyWebsockets], ids=["uvicorn", "daphne", "uvicorn-legacy"])
def server(request, tmp_path):
    with serve(tmp_path / "log", kind=request.param) as running:
        yield running


async def close_code(socket, *frames):
    """Send frames, return the code with which the server closes the socket."""
    try:
        for frame in frames:
            await socket.send(frame)
        async with asyncio.timeout(10):
            while True:
                await socket.recv()
    except ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else None


@pytest.mark.parametrize("size", [settings.CHAT_FRAME_LIMIT + 1, 300_000, 16 * MEGABYTES])
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_frame_that_is_too_large_closes_with_1009(server, alice, lobby, size, compression):
    cookie = await database_sync_to_async(cookie_of)(alice)
    async with open_socket(server.origin, "lobby", cookie, compression=compression, max_size=None) as socket:
        assert await close_code(socket, "x" * size) == TOO_BIG


async def test_a_message_in_too_many_parts_closes_with_1009(server, alice, lobby):
    cookie = await database_sync_to_async(cookie_of)(alice)
    async with open_socket(server.origin, "lobby", cookie) as socket:
        assert await close_code(socket, ["x" * 60_000] * 20) == TOO_BIG


async def test_a_frame_of_the_largest_size_passes(server, alice, lobby):
    cookie = await database_sync_to_async(cookie_of)(alice)
    async with open_socket(server.origin, "lobby", cookie) as socket:
        await send(socket, action="ping")
        await socket.send("x" * settings.CHAT_FRAME_LIMIT)
        await send(socket, body="after")
        async with asyncio.timeout(10):
            while "after" not in await socket.recv():
                pass


async def test_twenty_large_frames_take_little_memory(server, alice, lobby):
    cookie = await database_sync_to_async(cookie_of)(alice)
    sockets = [await open_socket(server.origin, "lobby", cookie, compression=None) for _ in range(20)]
    before, frame = memory_of(server.process.pid), "x" * (16 * MEGABYTES - 100)
    closing = [asyncio.ensure_future(close_code(socket, frame)) for socket in sockets]
    peak = before
    while not all(task.done() for task in closing):
        peak = max(peak, memory_of(server.process.pid))
        await asyncio.sleep(0.02)
    assert peak - before < 40 * MEGABYTES
    assert {task.result() for task in closing} == {TOO_BIG}


async def test_a_small_frame_that_inflates_takes_little_memory(server, alice, lobby, monkeypatch):
    """20 frames of 60 KB which inflate to 60 MB each."""
    if not isinstance(server, Uvicorn):
        pytest.skip("only this server accepts compressed frames")
    cookie = await database_sync_to_async(cookie_of)(alice)
    sockets = [await open_socket(server.origin, "lobby", cookie, max_size=None) for _ in range(20)]
    before = peak = memory_of(server.process.pid)
    bomb = zlib.compressobj(9, wbits=-12)
    payload = bomb.compress(b"a" * 60_000_000) + bomb.flush(zlib.Z_SYNC_FLUSH)
    codes = []

    def inflating(frame):
        return replace(frame, data=payload[:-4], rsv1=True)

    for socket in sockets:
        monkeypatch.setattr(socket.protocol.extensions[0], "encode", inflating)
        codes.append(asyncio.ensure_future(close_code(socket, "x")))
    while not all(task.done() for task in codes):
        peak = max(peak, memory_of(server.process.pid))
        await asyncio.sleep(0.01)
    assert {task.result() for task in codes} == {TOO_BIG}
    assert peak - before < 40 * MEGABYTES
