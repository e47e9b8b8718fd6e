"""What the fault tests stand on: servers and a Redis that may be broken, and witnesses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async

from a_rtchat.models import Room
from a_users.models import User
from tests.faults.account import all_live
from tests.faults.witness import Witness
from tests.server import Server, serve
from tests.services import Redis
from tests.socket_client import cookie_of

Arrive = Callable[..., Awaitable[Witness]]


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that this test alone may break."""
    server = Redis()
    yield server
    server.kill()


@pytest.fixture
def servers(own_redis, tmp_path, db) -> Iterator[tuple[Server, Server]]:
    """Two server processes on one Redis."""
    with (
        serve(tmp_path / "one.log", expect_errors=True, REDIS_URL=own_redis.url) as one,
        serve(tmp_path / "two.log", expect_errors=True, REDIS_URL=own_redis.url) as two,
    ):
        yield one, two


@pytest.fixture
def server(tmp_path, db) -> Iterator[Server]:
    """One server process, whose log has to stay free of errors."""
    with serve(tmp_path / "server.log") as one:
        yield one


@pytest.fixture
async def arrive() -> AsyncIterator[Arrive]:
    """A function that brings someone into a room: `await arrive(alice, lobby, server)`; all leave after the test."""
    witnesses: list[Witness] = []

    async def come(user: User, room: Room, *servers: Any, wait: bool = True, **options: Any) -> Witness:
        cookie = options.pop("cookie", None) or await database_sync_to_async(cookie_of)(user)
        witnesses.append(Witness(cookie, room.slug, [server.origin for server in servers], **options))
        witnesses[-1].arrive()
        if wait:
            await all_live([witnesses[-1]])
        return witnesses[-1]

    yield come
    for witness in witnesses:
        await witness.leave()


@pytest.fixture
async def members(servers, arrive, alice, bob, carol, lobby) -> list[Witness]:
    """alice on the first server, bob on the second, carol on both; each knows the other server, too."""
    one, two = servers
    return [
        await arrive(alice, lobby, one, two),
        await arrive(bob, lobby, two, one),
        await arrive(carol, lobby, one, two),
        await arrive(carol, lobby, two, one),
    ]
