"""Two server processes sharing a Redis."""

import asyncio
import re
from contextlib import contextmanager

import pytest
from channels.db import database_sync_to_async

from tests.server import serve
from tests.socket_client import cookie_of, messages_in, open_socket, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def serve_two(redis, tmp_path):
    """A function that runs two servers, with settings of their environment."""

    @contextmanager
    def serve_two(**settings):
        with (
            serve(tmp_path / "one.log", expect_errors=True, REDIS_URL=redis.url, **settings) as one,
            serve(tmp_path / "two.log", expect_errors=True, REDIS_URL=redis.url, **settings) as two,
        ):
            yield one, two

    return serve_two


@pytest.fixture
def servers(serve_two):
    with serve_two() as two:
        yield two


@database_sync_to_async
def cookies_of(*users):
    return [cookie_of(user) for user in users]


async def next_texts(socket, count):
    texts: list[str] = []
    async with asyncio.timeout(10):
        while len(texts) < count:
            texts += [text for *_, text in messages_in(await socket.recv())]
    return texts


async def test_processes_receive_each_others_messages(servers, alice, bob, lobby):
    one, two = servers
    cookies = await cookies_of(alice, bob)
    async with (
        open_socket(one.origin, "lobby", cookies[0]) as in_one,
        open_socket(two.origin, "lobby", cookies[1]) as in_two,
    ):
        await send(in_one, body="from one")
        assert await next_texts(in_one, 1) == await next_texts(in_two, 1) == ["<p>from one</p>"]
        await send(in_two, body="from two")
        assert await next_texts(in_one, 1) == await next_texts(in_two, 1) == ["<p>from two</p>"]


async def test_every_reader_gets_the_same_order_from_both_processes(servers, alice, bob, lobby):
    one, two = servers
    cookies = await cookies_of(alice, bob)
    async with (
        open_socket(one.origin, "lobby", cookies[0]) as in_one,
        open_socket(two.origin, "lobby", cookies[1]) as in_two,
    ):
        for n in range(40):
            await asyncio.gather(send(in_one, body=f"one {n}"), send(in_two, body=f"two {n}"))
        texts_in_one, texts_in_two = await asyncio.gather(next_texts(in_one, 80), next_texts(in_two, 80))
    assert texts_in_one == texts_in_two
    assert len(set(texts_in_one)) == 80


async def presence_of(socket, user):
    """Return the next status of a user that a page is told."""
    async with asyncio.timeout(15):
        while True:
            told = dict(re.findall(r'data-(here|online|away|offline)="([\d ]*)"', await socket.recv()))
            for status, users in told.items():
                if str(user.pk) in users.split():
                    return status


async def test_a_killed_process_leaves_no_ghosts(serve_two, alice, bob, lobby):
    """Its users are shown to those of the other process, and as offline once it has been silent for too long."""
    with serve_two(CHAT_PRESENCE_SECONDS="3") as (one, two):
        cookies = await cookies_of(alice, bob)
        async with (
            open_socket(one.origin, "lobby", cookies[0]) as in_one,
            open_socket(two.origin, "lobby", cookies[1]),
        ):
            assert await presence_of(in_one, bob) == "here"
            two.kill()
            assert await presence_of(in_one, bob) == "offline"


async def test_presence_is_right_with_tabs_in_two_processes(servers, alice, bob, lobby):
    one, two = servers
    cookies = await cookies_of(alice, bob)
    async with (
        open_socket(one.origin, "lobby", cookies[0]) as in_one,
        open_socket(two.origin, "lobby", cookies[1]) as first,
        open_socket(one.origin, "lobby", cookies[1]),
    ):
        assert await presence_of(in_one, bob) == "here"
        await first.close()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(6):
                await presence_of(in_one, bob)


async def test_messages_are_delivered_without_redis(redis, servers, alice, bob, lobby):
    """Without Redis, the other process finds new messages when it compares its rooms with the database."""
    one, two = servers
    cookies = await cookies_of(alice, bob)
    async with (
        open_socket(one.origin, "lobby", cookies[0]) as in_one,
        open_socket(two.origin, "lobby", cookies[1]) as in_two,
    ):
        redis.kill()
        try:
            await send(in_one, body="without Redis")
            assert await next_texts(in_one, 1) == await next_texts(in_two, 1) == ["<p>without Redis</p>"]
        finally:
            redis.start()
