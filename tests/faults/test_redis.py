"""Redis stops or hangs during a burst, and the servers keep working."""

import asyncio

import pytest

from tests.faults.consistency import assert_consistent, chatter, wait_for, wait_for_messages, wait_until_live

pytestmark = pytest.mark.django_db(transaction=True)


async def test_nothing_is_lost_when_redis_restarts(own_redis, members, lobby):
    posting = asyncio.ensure_future(chatter(members, 40))
    await wait_for_messages(members[0], 30)
    own_redis.kill()
    await wait_for_messages(members[0], 60)
    own_redis.start()
    await posting
    await assert_consistent(lobby, members, total=160)


async def test_messages_posted_without_redis_reach_the_other_process(own_redis, members, lobby):
    own_redis.kill()
    await chatter(members, 5)
    await assert_consistent(lobby, members, total=20)
    own_redis.start()
    await chatter(members, 5)
    await assert_consistent(lobby, members, total=40)


async def test_a_hanging_redis_delays_nobody(own_redis, members, lobby):
    posting = asyncio.ensure_future(chatter(members, 60, pause=0.1))
    await wait_for_messages(members[0], 20)
    own_redis.pause()
    try:
        await asyncio.sleep(10)
    finally:
        own_redis.resume()
    await posting
    await assert_consistent(lobby, members, total=240)
    assert max(max(member.echo_delays) for member in members) < 3


async def test_new_connections_work_while_redis_hangs(own_redis, servers, members, open_tab, alice, lobby):
    own_redis.pause()
    try:
        late = await open_tab(alice, lobby, *servers, wait=False)
        await wait_until_live([late], seconds=6)
        await late.post("Is anybody there?")
        assert await wait_for(lambda: not late.outbox, seconds=3)
    finally:
        own_redis.resume()
    await assert_consistent(lobby, [*members, late], total=1)
