"""The line between a client and its server is slow, is cut, or goes dumb."""

import asyncio
import time

import pytest

from tests.faults.account import agree, chatter, has_shown
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.django_db(transaction=True)


async def test_clients_get_through_a_line_that_is_cut_and_goes_dumb(server, arrive, alice, bob, carol, lobby):
    async with Proxy(server.port, delay=0.03) as proxy:
        members = [await arrive(user, lobby, proxy) for user in (alice, bob, carol)]
        await asyncio.gather(chatter(members, 40, pause=0.1), proxy.trouble(8))
        await agree(lobby, members, seconds=30, total=120)
        assert min(member.connections for member in members) > 1


async def test_cutting_every_line_at_once_loses_nothing(server, arrive, alice, bob, lobby):
    members = [await arrive(user, lobby, server) for user in (alice, alice, bob, bob)]
    talking = asyncio.ensure_future(chatter(members, 40))
    for shown in (20, 60, 100):
        await has_shown(members[0], shown)
        for member in members:
            member.cut()
    await talking
    await agree(lobby, members, total=160)


async def test_the_server_notices_a_dumb_line_within_20_s(server, arrive, alice, bob, lobby):
    async with Proxy(server.port) as proxy:
        gone = await arrive(alice, lobby, proxy, ping_interval=None)
        proxy.lines[0].half_open()
        went_dumb = time.monotonic()
        awake = await arrive(bob, lobby, server)
        await awake.say("anyone?")
        async with asyncio.timeout(25):
            await proxy.lines[0].server_left.wait()
        noticed_after = proxy.lines[0].left_at - went_dumb
        print(f"the server noticed after {noticed_after:.1f} s")
        assert noticed_after < 20
        gone.cut()
        await agree(lobby, [gone, awake], total=1)
