"""HTTP threads keep their database connections."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Barrier

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.db.backends.signals import connection_created

from config.http import ThreadedHTTP
from config.http_threads import Threads
from tests.faults.test_postgres import copy_database, own_postgres  # noqa: F401  (a fixture)
from tests.server import serve
from tests.services import ON_POSTGRES

THREADS = 2


def close_in_each(threads):
    """Close the connections of every thread; the barrier gives each thread one task."""
    barrier = Barrier(threads.count)

    def close():
        barrier.wait(timeout=10)
        connections.close_all()

    return asyncio.gather(*(threads.run("", close) for _ in range(threads.count)))


async def health(application):
    """Return the status of the health check."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "http_version": "1.1"}
    await application({**scope, "headers": [(b"host", b"localhost")]}, None, send)
    return sent[0]["status"]


@pytest.mark.django_db(transaction=True)
async def test_requests_share_the_connections_of_the_threads():
    threads, opened = Threads(THREADS, "test", 100), []

    def count(**kwargs):
        opened.append(kwargs)

    application = ThreadedHTTP(WSGIHandler(), lambda method, path: threads, lambda path: 0)
    connection_created.connect(count)
    try:
        for _ in range(3):
            assert await asyncio.gather(*(health(application) for _ in range(20))) == [200] * 20
        assert 1 <= len(opened) <= THREADS
    finally:
        connection_created.disconnect(count)
        await close_in_each(threads)


@pytest.fixture
def server_and_postgres(own_postgres, tmp_path):  # noqa: F811
    copy_database(own_postgres)
    with serve(tmp_path / "log", DATABASE_URL=own_postgres.url, HTTP_THREADS=str(THREADS)) as server:
        yield server, own_postgres


def healthy(server, times):
    """Return the statuses of concurrent health checks."""

    def check(_):
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            response.read()
            return response.status

    with ThreadPoolExecutor(8) as clients:
        return list(clients.map(check, range(times)))


def backends(postgres):
    """Return the process IDs of the server's PostgreSQL connections."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
    with psycopg.connect(postgres.url) as own:
        return {pid for (pid,) in own.execute(query)}


@pytest.mark.skipif(not ON_POSTGRES, reason="only with TEST_DATABASE=postgresql")
@pytest.mark.django_db(transaction=True)
def test_connections_are_kept_and_survive_a_restart_of_postgres(server_and_postgres):
    server, postgres = server_and_postgres
    assert healthy(server, 50) == [200] * 50
    first = backends(postgres)
    assert len(first) <= THREADS + 1  # and an ORM thread's, for housekeeping after the first request
    assert healthy(server, 50) == [200] * 50
    assert backends(postgres) >= first
    postgres.stop()
    postgres.start()
    assert healthy(server, 50) == [200] * 50
    assert not backends(postgres) & first
