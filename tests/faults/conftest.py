"""Fixtures for the fault tests: servers, a Redis of their own, and simulated tabs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async

from a_rtchat.models import Room
from a_users.models import User
from tests.faults.consistency import wait_until_live
from tests.faults.tab import Tab
from tests.server import Server, serve
from tests.services import Redis
from tests.socket_client import cookie_of

OpenTab = Callable[..., Awaitable[Tab]]


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis for this test only."""
    server = Redis()
    yield server
    server.kill()


@pytest.fixture
def servers(own_redis, tmp_path, db) -> Iterator[tuple[Server, Server]]:
    """Two server processes sharing a Redis."""
    with (
        serve(tmp_path / "one.log", expect_errors=True, REDIS_URL=own_redis.url) as one,
        serve(tmp_path / "two.log", expect_errors=True, REDIS_URL=own_redis.url) as two,
    ):
        yield one, two


@pytest.fixture
def server(tmp_path, db) -> Iterator[Server]:
    """One server process, whose log must be free of errors."""
    with serve(tmp_path / "server.log") as one:
        yield one


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    """A function that opens a tab in a room: `await open_tab(alice, lobby, server)`; all tabs close after the test."""
    tabs: list[Tab] = []

    async def open_one(user: User, room: Room, *servers: Any, wait: bool = True, **options: Any) -> Tab:
        cookie = options.pop("cookie", None) or await database_sync_to_async(cookie_of)(user)
        tabs.append(Tab(cookie, room.slug, [server.origin for server in servers], **options))
        tabs[-1].open()
        if wait:
            await wait_until_live([tabs[-1]])
        return tabs[-1]

    yield open_one
    for tab in tabs:
        await tab.close()


@pytest.fixture
async def members(servers, open_tab, alice, bob, carol, lobby) -> list[Tab]:
    """alice on the first server, bob on the second, carol on both; each can fall back to the other server."""
    one, two = servers
    return [
        await open_tab(alice, lobby, one, two),
        await open_tab(bob, lobby, two, one),
        await open_tab(carol, lobby, one, two),
        await open_tab(carol, lobby, two, one),
    ]
