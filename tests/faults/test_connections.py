"""Connections that are slow, cut or half open."""

import asyncio
import time

import pytest

from tests.faults.consistency import assert_consistent, chatter, wait_for_messages
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.django_db(transaction=True)


async def test_nothing_is_lost_over_an_unreliable_connection(server, open_tab, alice, bob, carol, lobby):
    async with Proxy(server.port, delay=0.03) as proxy:
        members = [await open_tab(user, lobby, proxy) for user in (alice, bob, carol)]
        await asyncio.gather(chatter(members, 40, pause=0.1), proxy.disrupt(8))
        await assert_consistent(lobby, members, seconds=30, total=120)
        assert min(member.connections for member in members) > 1


async def test_nothing_is_lost_when_all_connections_are_cut_at_once(server, open_tab, alice, bob, lobby):
    members = [await open_tab(user, lobby, server) for user in (alice, alice, bob, bob)]
    posting = asyncio.ensure_future(chatter(members, 40))
    for shown in (20, 60, 100):
        await wait_for_messages(members[0], shown)
        for member in members:
            member.disconnect()
    await posting
    await assert_consistent(lobby, members, total=160)


async def test_the_server_closes_a_silent_connection_within_20_s(server, open_tab, alice, bob, lobby):
    async with Proxy(server.port) as proxy:
        silent = await open_tab(alice, lobby, proxy, ping_interval=None)
        proxy.connections[0].half_open()
        went_silent = time.monotonic()
        awake = await open_tab(bob, lobby, server)
        await awake.post("anyone?")
        async with asyncio.timeout(25):
            await proxy.connections[0].server_closed.wait()
        noticed_after = proxy.connections[0].closed_at - went_silent
        print(f"the server noticed after {noticed_after:.1f} s")
        assert noticed_after < 20
        silent.disconnect()
        await assert_consistent(lobby, [silent, awake], total=1)
