"""Encoded frames, with real servers: shared by all sockets, whatever extensions each negotiated."""

import asyncio
import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from a_live.wire import TextEvent
from tests.server import Daphne, Server, serve
from tests.socket_client import cookie_of, messages_in, open_socket, send

pytestmark = pytest.mark.django_db(transaction=True)

NO_EXTENSION: dict[str, Any] = {"compression": None}
DEFLATE: dict[str, Any] = {"compression": "deflate"}  # as browsers offer it
SMALL_WINDOW: dict[str, Any] = {
    "compression": None,
    "extensions": [ClientPerMessageDeflateFactory(server_max_window_bits=9)],
}
LINE = "the same words again and again, so that a compressor would refer to what it sent before "


def test_a_frame_is_encoded_once_and_compressed():
    event = TextEvent(LINE * 10)
    assert event.plain is event.plain and event.deflated is event.deflated
    assert len(event.deflated) < len(event.plain) / 5


@pytest.mark.parametrize("program", [Server, Daphne])
async def test_shared_frames_and_replies_mix_on_every_kind_of_socket(program, alice, lobby, tmp_path):
    kinds = [NO_EXTENSION, DEFLATE, SMALL_WINDOW]
    cookie = await database_sync_to_async(cookie_of)(alice)
    with serve(tmp_path / "server.log", kind=program) as server:
        sockets = [await open_socket(server.origin, "lobby", cookie, **kind) for kind in kinds]
        for n in range(5):
            for socket in sockets:
                await send(socket, body=f"{n} {LINE}")
                assert [await text_of(each) for each in sockets] == [f"<p>{n} {LINE.strip()}</p>"] * len(kinds)
                await socket.send(json.dumps({"body": ""}))  # answered to the sender only, with a frame of its own
                assert "Write something first." in await receive(socket)
        for socket in sockets:
            await socket.close()


async def text_of(socket):
    [(*_, text)] = messages_in(await receive(socket))
    return text


async def receive(socket):
    """Return the next fragment, skipping presence, which arrives at any time."""
    async with asyncio.timeout(10):
        while "data-signal" in (fragment := await socket.recv()):
            pass
        return fragment
