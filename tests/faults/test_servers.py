"""Server processes crash, stop and restart."""

import asyncio
import http.client
import signal
import time

import pytest

from tests.faults.consistency import assert_consistent, chatter, wait_for, wait_for_messages, wait_until_live

pytestmark = pytest.mark.django_db(transaction=True)
RESTARTING = 1012
MAX_SECONDS = 5.0  # from SIGTERM to the end of the process


async def stop(server):
    """Stop a server without blocking the tabs; return how many seconds it took."""
    started = time.monotonic()
    await asyncio.to_thread(server.stop)
    return time.monotonic() - started


async def test_clients_of_a_crashed_process_move_to_the_other(servers, members, lobby):
    one, _ = servers
    posting = asyncio.ensure_future(chatter(members, 50))
    await wait_for_messages(members[1], 60)
    await asyncio.to_thread(one.kill)
    await posting
    await assert_consistent(lobby, members, total=200)


async def test_nothing_is_lost_when_processes_crash_and_restart(servers, members, lobby):
    one, two = servers
    posting = asyncio.ensure_future(chatter(members, 80, pause=0.06))
    for server, shown in ((one, 40), (two, 160)):
        await wait_for_messages(members[0], shown)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    await posting
    await assert_consistent(lobby, members, seconds=30, total=320)


async def test_a_process_under_load_stops_in_time_with_1012(servers, members, lobby):
    one, _ = servers
    posting = asyncio.ensure_future(chatter(members, 50))
    await wait_for_messages(members[0], 60)
    seconds = await stop(one)
    await posting
    await assert_consistent(lobby, members, total=200)
    assert seconds < MAX_SECONDS
    assert [member.close_codes[:1] for member in members] == [[RESTARTING], [], [RESTARTING], []]


async def test_stalled_readers_and_idle_connections_do_not_delay_the_stop(servers, open_tab, alice, bob, lobby):
    one, two = servers
    idle = http.client.HTTPConnection("127.0.0.1", one.port)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    author = await open_tab(alice, lobby, one, two)
    stalled = [await open_tab(bob, lobby, one, two, ping_interval=None, max_queue=1) for _ in range(5)]
    for reader in stalled:
        reader.stall()
    await asyncio.gather(*(author.post("<" * 3_500) for _ in range(60)))
    await wait_for(lambda: not author.outbox)
    seconds = await stop(one)
    idle.close()
    for reader in stalled:
        reader.resume()
    await assert_consistent(lobby, [author, *stalled], total=60)
    assert seconds < MAX_SECONDS


async def test_posts_in_progress_finish_before_the_stop(servers, open_tab, alice, bob, lobby):
    one, two = servers
    author, reader = await open_tab(alice, lobby, one, two), await open_tab(bob, lobby, two)
    await author.post("begin")
    await wait_for(lambda: not author.outbox)
    await asyncio.gather(*(author.post(f"in progress {n}") for n in range(30)))
    one.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(one.process.wait, 10)
    await assert_consistent(lobby, [author, reader], total=31)


async def test_a_rolling_restart_under_load_loses_nothing(servers, members, lobby):
    posting = asyncio.ensure_future(chatter(members, 120, pause=0.06))
    await wait_for_messages(members[0], 40)
    seconds = []
    for server in servers:
        seconds.append(await stop(server))
        await asyncio.to_thread(server.start)
        await wait_until_live(members)
    await posting
    await assert_consistent(lobby, members, total=480)
    assert max(seconds) < MAX_SECONDS
    assert all(set(member.close_codes) <= {RESTARTING} for member in members)
