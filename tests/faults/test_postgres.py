"""PostgreSQL restarts in the middle of a burst. It is one of this test's own, with a copy of the test database."""

import asyncio
import subprocess

import psycopg
import pytest
from channels.db import database_sync_to_async

from tests.faults.account import agree, all_live, chatter, has_shown, until
from tests.faults.witness import Article, Witness
from tests.server import database_url, serve
from tests.services import ON_POSTGRES, Postgres
from tests.socket_client import cookie_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not ON_POSTGRES, reason="belongs to the PostgreSQL round"),
]


@pytest.fixture
def own_postgres():
    """A PostgreSQL that this test alone may break."""
    server = Postgres()
    yield server
    server.remove()


def copy_database(target):
    """Copy the test database, with all that the test has made so far."""
    dump = subprocess.run([target.bin / "pg_dump", database_url()], check=True, capture_output=True).stdout
    load = [target.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", target.url]
    subprocess.run(load, input=dump, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def setting(own_postgres, own_redis, tmp_path, alice, bob, carol, lobby):
    """Two servers on that PostgreSQL, and the cookies of the three."""
    cookies = [cookie_of(user) for user in (alice, bob, carol)]
    copy_database(own_postgres)
    environ = {"DATABASE_URL": own_postgres.url, "REDIS_URL": own_redis.url}
    with (
        serve(tmp_path / "one.log", expect_errors=True, **environ) as one,
        serve(tmp_path / "two.log", expect_errors=True, **environ) as two,
    ):
        yield [one.origin, two.origin], cookies


@pytest.fixture
async def members(setting, lobby):
    """alice on the first server, bob on the second, carol on the first."""
    origins, cookies = setting
    ways = [origins, origins[::-1], origins]
    witnesses = [Witness(cookie, lobby.slug, way) for cookie, way in zip(cookies, ways, strict=True)]
    for witness in witnesses:
        witness.arrive()
    await all_live(witnesses)
    yield witnesses
    for witness in witnesses:
        await witness.leave()


def reader_of(server):
    """Return what reads a room from that PostgreSQL."""
    query = "SELECT seq, id, revision, client_id::text, body_html FROM a_rtchat_message WHERE room_id = %s ORDER BY seq"

    @database_sync_to_async
    def stored_in(room):
        with psycopg.connect(server.url) as own:
            return [Article(*row) for row in own.execute(query, [room.pk])]

    return stored_in


async def test_nothing_is_lost_when_postgres_restarts(own_postgres, members, lobby):
    talking = asyncio.ensure_future(chatter(members, 60))
    for shown in (30, 100):
        await has_shown(members[0], shown)
        await asyncio.to_thread(own_postgres.stop)
        await asyncio.to_thread(own_postgres.start)
    await talking
    await agree(lobby, members, total=180, stored=reader_of(own_postgres))


async def test_whoever_comes_while_postgres_is_away_comes_in_later(own_postgres, members, lobby):
    await chatter(members, 3)
    await asyncio.to_thread(own_postgres.stop)
    for member in members:
        member.cut()
        await member.say("into the dark")
    await until(lambda: all(member.connections > 1 for member in members))
    await asyncio.to_thread(own_postgres.start)
    await agree(lobby, members, seconds=15, total=12, stored=reader_of(own_postgres))
