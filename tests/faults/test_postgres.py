"""PostgreSQL restarts during a burst: a separate server with a copy of the test database."""

import asyncio
import subprocess

import psycopg
import pytest
from channels.db import database_sync_to_async

from tests.faults.consistency import assert_consistent, chatter, wait_for, wait_for_messages, wait_until_live
from tests.faults.tab import Article, Tab
from tests.server import database_url, serve
from tests.services import ON_POSTGRES, Postgres
from tests.socket_client import cookie_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not ON_POSTGRES, reason="only with TEST_DATABASE=postgresql"),
]


@pytest.fixture
def own_postgres():
    """A PostgreSQL for this test only."""
    server = Postgres()
    yield server
    server.remove()


def copy_database(target):
    """Copy the test database with its current contents."""
    dump = subprocess.run([target.bin / "pg_dump", database_url()], check=True, capture_output=True).stdout
    load = [target.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", target.url]
    subprocess.run(load, input=dump, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def servers_and_cookies(own_postgres, own_redis, tmp_path, alice, bob, carol, lobby):
    """Two servers on that PostgreSQL, and the cookies of alice, bob and carol."""
    cookies = [cookie_of(user) for user in (alice, bob, carol)]
    copy_database(own_postgres)
    environ = {"DATABASE_URL": own_postgres.url, "REDIS_URL": own_redis.url}
    with (
        serve(tmp_path / "one.log", expect_errors=True, **environ) as one,
        serve(tmp_path / "two.log", expect_errors=True, **environ) as two,
    ):
        yield [one.origin, two.origin], cookies


@pytest.fixture
async def members(servers_and_cookies, lobby):
    """alice on the first server, bob on the second, carol on the first."""
    origins, cookies = servers_and_cookies
    routes = [origins, origins[::-1], origins]
    tabs = [Tab(cookie, lobby.slug, route) for cookie, route in zip(cookies, routes, strict=True)]
    for tab in tabs:
        tab.open()
    await wait_until_live(tabs)
    yield tabs
    for tab in tabs:
        await tab.close()


def loader_for(server):
    """Return a function that loads a room's messages from that PostgreSQL."""
    query = "SELECT seq, id, revision, client_id::text, body_html FROM a_rtchat_message WHERE room_id = %s ORDER BY seq"

    @database_sync_to_async
    def stored_messages(room):
        with psycopg.connect(server.url) as own:
            return [Article(*row) for row in own.execute(query, [room.pk])]

    return stored_messages


async def test_nothing_is_lost_when_postgres_restarts(own_postgres, members, lobby):
    posting = asyncio.ensure_future(chatter(members, 60))
    for shown in (30, 100):
        await wait_for_messages(members[0], shown)
        await asyncio.to_thread(own_postgres.stop)
        await asyncio.to_thread(own_postgres.start)
    await posting
    await assert_consistent(lobby, members, total=180, load=loader_for(own_postgres))


async def test_tabs_reconnect_once_postgres_is_back(own_postgres, members, lobby):
    await chatter(members, 3)
    await asyncio.to_thread(own_postgres.stop)
    for member in members:
        member.disconnect()
        await member.post("while the database is down")
    await wait_for(lambda: all(member.connections > 1 for member in members))
    await asyncio.to_thread(own_postgres.start)
    await assert_consistent(lobby, members, seconds=15, total=12, load=loader_for(own_postgres))
