"""Redis breaks in the middle of a burst; the servers go on."""

import asyncio

import pytest

from tests.faults.account import agree, all_live, chatter, has_shown, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_nothing_is_lost_when_redis_is_killed_and_started_again(own_redis, members, lobby):
    talking = asyncio.ensure_future(chatter(members, 40))
    await has_shown(members[0], 30)
    own_redis.kill()
    await has_shown(members[0], 60)
    own_redis.start()
    await talking
    await agree(lobby, members, total=160)


async def test_what_is_said_without_redis_is_shown_by_the_other_process(own_redis, members, lobby):
    own_redis.kill()
    await chatter(members, 5)
    await agree(lobby, members, total=20)
    own_redis.start()
    await chatter(members, 5)
    await agree(lobby, members, total=40)


async def test_nobody_waits_for_a_redis_that_hangs(own_redis, members, lobby):
    talking = asyncio.ensure_future(chatter(members, 60, pause=0.1))
    await has_shown(members[0], 20)
    own_redis.pause()
    try:
        await asyncio.sleep(10)
    finally:
        own_redis.resume()
    await talking
    await agree(lobby, members, total=240)
    assert max(max(member.echo_delays) for member in members) < 3


async def test_someone_who_comes_while_redis_hangs_is_let_in(own_redis, servers, members, arrive, alice, lobby):
    own_redis.pause()
    try:
        late = await arrive(alice, lobby, *servers, wait=False)
        await all_live([late], seconds=6)
        await late.say("Is anybody there?")
        assert await until(lambda: not late.outbox, seconds=3)
    finally:
        own_redis.resume()
    await agree(lobby, [*members, late], total=1)
