"""Readers who stop reading: the others notice nothing, the server's memory stays flat, and they are told to go."""

import asyncio
import socket
import time
from itertools import chain
from typing import Any

import psutil
import pytest
from channels.db import database_sync_to_async

from a_live.server_socket import HEARTBEAT
from a_rtchat.actions.members import admit
from conftest import make_user
from tests.faults.account import agree, all_live, until
from tests.faults.witness import Witness
from tests.server import Daphne, Server, serve
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, TABS, STALLED, MESSAGES, AT_ONCE = 10, 20, 20, 320, 10
BODY = f"`{'&' * 3_500}`"  # 17,500 characters of HTML; a kernel takes 2.5 to 4 MB for a socket before it stalls
UNPRESSED: dict[str, Any] = {"ping_interval": None, "max_queue": 1, "compression": None}  # BODY would be a few bytes
GROWTH = 40 * 2**20
TOO_SLOW, CUT = 1013, 1006
SILENCE = 2 * HEARTBEAT + 1  # seconds after which a reader would be cut who was not told to go


@pytest.fixture(params=[Server, Daphne], ids=["uvicorn", "daphne"])
def any_server(request, tmp_path, db):
    with serve(tmp_path / "server.log", kind=request.param) as one:
        yield one


@database_sync_to_async
def cookies_in(room):
    """Return the cookies of new members of a room."""
    users = [make_user(f"reader{n}") for n in range(PEOPLE)]
    for user in users:
        admit(room, user)
    return [cookie_of(user) for user in users]


def narrow_line(port):
    """Return a connection to a port of this machine with a small receive buffer."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.connect(("127.0.0.1", port))
    line.setblocking(False)
    return line


class NarrowWitness(Witness):
    """A witness whose first socket has a small receive buffer, so that it soon stalls."""

    def open(self):
        self.options.pop("sock", None)
        if not self.connections:
            self.options["sock"] = narrow_line(int(self.origins[0].rpartition(":")[2]))
        return super().open()


@pytest.fixture
async def pair(any_server, lobby):
    """Two readers with small receive buffers."""
    cookies = await cookies_in(lobby)
    readers = [NarrowWitness(cookie, lobby.slug, [any_server.origin], **UNPRESSED) for cookie in cookies[:2]]
    for reader in readers:
        reader.arrive()
    await all_live(readers)
    yield readers
    for reader in readers:
        await reader.leave()


@pytest.fixture
async def crowd(any_server, lobby):
    """Two hundred readers; the first twenty do not read."""
    cookies = await cookies_in(lobby)
    origins = [any_server.origin]
    stalled = [NarrowWitness(cookies[0], lobby.slug, origins, **UNPRESSED) for _ in range(STALLED)]
    tabs = chain.from_iterable([cookie] * TABS for cookie in cookies[1:])
    others = [Witness(cookie, lobby.slug, origins, ping_interval=None) for cookie in tabs]
    for witness in [*stalled, *others]:
        witness.arrive()
    await all_live([*stalled, *others])
    yield stalled, others
    for witness in [*stalled, *others]:
        await witness.leave()


def quantile(values, share):
    """Return the value that a share of the values does not exceed."""
    return sorted(values)[int(share * (len(values) - 1))]


async def post_all(author, process, count=MESSAGES):
    """Post so much, some at once and then their echoes; return by how many bytes the process grew at most."""
    before, peak = process.memory_info().rss, 0
    for _ in range(count // AT_ONCE):
        for _ in range(AT_ONCE):
            await author.say(BODY)
        await until(lambda: not author.outbox)
        peak = max(peak, process.memory_info().rss)
    return peak - before


async def test_stalled_readers_delay_nobody_and_cost_little(any_server, crowd, arrive, alice, lobby):
    stalled, others = crowd
    author = await arrive(alice, lobby, any_server)
    for reader in stalled:
        reader.stall()
    growth = await post_all(author, psutil.Process(any_server.process.pid))
    assert await until(lambda: all(len(reader.shown) == MESSAGES for reader in others)), "others were delayed"
    slowest = quantile(list(chain.from_iterable(reader.delays for reader in others)), 0.99)
    assert max(len(reader.shown) for reader in stalled) < MESSAGES
    for reader in stalled:
        reader.wake()
    await agree(lobby, [author, *stalled, *others], total=MESSAGES)
    codes = {code for reader in stalled for code in reader.closings}
    print(f"p99 {slowest * 1000:.0f} ms, memory +{growth / 2**20:.1f} MB, stalled ones closed with {codes}")
    assert all(reader.closings for reader in stalled)
    assert codes <= {TOO_SLOW, CUT}
    assert growth < GROWTH
    assert slowest < 2


def holds(process, port):
    """Tell whether a process has a connection to a port of its peer."""
    return any(line.raddr and line.raddr.port == port for line in process.net_connections("tcp4"))


async def test_a_stalled_reader_is_closed_with_1013_if_it_reads_on_and_else_cut(any_server, pair, arrive, alice, lobby):
    (late, deaf), process = pair, psutil.Process(any_server.process.pid)
    port = deaf.socket.local_address[1]
    author = await arrive(alice, lobby, any_server)
    for reader in pair:
        reader.stall()
    began = time.monotonic()
    await post_all(author, process)
    print(f"posted in {time.monotonic() - began:.1f} s")
    await asyncio.sleep(began + SILENCE - time.monotonic())
    late.wake()
    assert await until(lambda: late.closings)
    assert holds(process, port), "a reader who stalls has its time"
    assert await until(lambda: not holds(process, port), 30), "a reader who never reads is never cut"
    print(f"cut after {time.monotonic() - began:.1f} s")
    deaf.wake()
    await agree(lobby, [author, *pair], total=MESSAGES)
    assert (late.closings[0], deaf.closings[0]) == (TOO_SLOW, CUT)


@pytest.mark.parametrize("any_server", [Server], indirect=True, ids=["uvicorn"])
async def test_a_reader_who_stalls_while_the_room_goes_quiet_is_cut(any_server, pair, arrive, alice, lobby):
    """What waits is too little for a closing, so the heartbeat ends it (daphne's takes 50 s)."""
    deaf, process = pair[1], psutil.Process(any_server.process.pid)
    port = deaf.socket.local_address[1]
    author = await arrive(alice, lobby, any_server)
    deaf.stall()
    await post_all(author, process, count=180)
    assert await until(lambda: not holds(process, port), SILENCE + 3)
    deaf.wake()
    await agree(lobby, [author, *pair], total=180)
    assert deaf.closings[0] == CUT
