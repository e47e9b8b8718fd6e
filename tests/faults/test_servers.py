"""Server processes crash, stop and start again, one after the other."""

import asyncio
import http.client
import signal
import time

import pytest

from tests.faults.account import agree, all_live, chatter, has_shown, until

pytestmark = pytest.mark.django_db(transaction=True)
RESTARTING = 1012
AT_MOST = 5.0  # seconds from SIGTERM to the end of the process


async def stop(server):
    """Ask a server to end, without blocking the witnesses; return the seconds that it took."""
    asked = time.monotonic()
    await asyncio.to_thread(server.stop)
    return time.monotonic() - asked


async def test_the_clients_of_a_process_that_crashes_go_to_the_other(servers, members, lobby):
    one, _ = servers
    talking = asyncio.ensure_future(chatter(members, 50))
    await has_shown(members[1], 60)
    await asyncio.to_thread(one.kill)
    await talking
    await agree(lobby, members, total=200)


async def test_a_process_that_crashes_comes_back(servers, members, lobby):
    one, two = servers
    talking = asyncio.ensure_future(chatter(members, 80, pause=0.06))
    for server, shown in ((one, 40), (two, 160)):
        await has_shown(members[0], shown)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    await talking
    await agree(lobby, members, seconds=30, total=320)


async def test_a_process_under_load_ends_in_time_and_says_so(servers, members, lobby):
    one, _ = servers
    talking = asyncio.ensure_future(chatter(members, 50))
    await has_shown(members[0], 60)
    seconds = await stop(one)
    await talking
    await agree(lobby, members, total=200)
    assert seconds < AT_MOST
    assert [member.closings[:1] for member in members] == [[RESTARTING], [], [RESTARTING], []]


async def test_stalled_readers_and_idle_connections_do_not_hold_up_the_end(servers, arrive, alice, bob, lobby):
    one, two = servers
    idle = http.client.HTTPConnection("127.0.0.1", one.port)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    author = await arrive(alice, lobby, one, two)
    stalled = [await arrive(bob, lobby, one, two, ping_interval=None, max_queue=1) for _ in range(5)]
    for reader in stalled:
        reader.stall()
    await asyncio.gather(*(author.say("<" * 3_500) for _ in range(60)))
    await until(lambda: not author.outbox)
    seconds = await stop(one)
    idle.close()
    for reader in stalled:
        reader.wake()
    await agree(lobby, [author, *stalled], total=60)
    assert seconds < AT_MOST


async def test_posts_under_way_are_finished_before_the_end(servers, arrive, alice, bob, lobby):
    one, two = servers
    author, reader = await arrive(alice, lobby, one, two), await arrive(bob, lobby, two)
    await author.say("begin")
    await until(lambda: not author.outbox)
    await asyncio.gather(*(author.say(f"under way {n}") for n in range(30)))
    one.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(one.process.wait, 10)
    await agree(lobby, [author, reader], total=31)


async def test_a_rolling_restart_under_load_loses_nothing(servers, members, lobby):
    talking = asyncio.ensure_future(chatter(members, 120, pause=0.06))
    await has_shown(members[0], 40)
    seconds = []
    for server in servers:
        seconds.append(await stop(server))
        await asyncio.to_thread(server.start)
        await all_live(members)
    await talking
    await agree(lobby, members, total=480)
    assert max(seconds) < AT_MOST
    assert all(set(member.closings) <= {RESTARTING} for member in members)
