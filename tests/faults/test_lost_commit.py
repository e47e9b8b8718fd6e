"""The connection to PostgreSQL breaks between a commit and its answer: what was stored is not stored again."""

import asyncio
import json

import pytest
from channels.db import database_sync_to_async

from a_rtchat.models import Message
from tests.faults.proxy import CommitCutter
from tests.server import database_url, serve
from tests.services import ON_POSTGRES
from tests.socket_client import cookie_of, open_socket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not ON_POSTGRES, reason="belongs to the PostgreSQL round"),
]


async def shown_by(socket, count):
    """Return the fragments that a socket receives until it has shown so many messages."""
    fragments = ""
    async with asyncio.timeout(20):
        while fragments.count("<article") < count:
            fragments += await socket.recv()
    return fragments


@pytest.mark.parametrize("at_once", [1, 8])
async def test_frames_without_an_id_are_stored_and_shown_once(tmp_path, alice, lobby, at_once):
    url = database_url()
    port = int(url.rpartition(":")[2].partition("/")[0])
    async with CommitCutter(port) as cutter:
        through = url.replace(f":{port}/", f":{cutter.origin.rpartition(':')[2]}/")
        cookie = await database_sync_to_async(cookie_of)(alice)
        with serve(tmp_path / "server.log", expect_errors=True, DATABASE_URL=through) as server:
            async with open_socket(server.origin, "lobby", cookie) as socket:
                for turn in range(3):
                    cutter.is_armed = True
                    for n in range(at_once):
                        await socket.send(json.dumps({"body": f"{turn}.{n}"}))
                    fragments = await shown_by(socket, at_once)
                    assert "composer-refusal" not in fragments
                    assert cutter.cuts == turn + 1
    bodies = [body async for body in Message.objects.order_by("seq").values_list("body", flat=True)]
    assert sorted(bodies) == sorted(f"{turn}.{n}" for turn in range(3) for n in range(at_once))
