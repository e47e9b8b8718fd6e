"""Readers that stop reading are closed, without delaying others or growing the server's memory."""

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
from tests.faults.consistency import assert_consistent, wait_for, wait_until_live
from tests.faults.tab import Tab
from tests.server import Daphne, Server, serve
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, TABS, STALLED, MESSAGES, BATCH = 10, 20, 20, 320, 10
BODY = f"`{'&' * 3_500}`"  # 17,500 characters of HTML; the kernel buffers 2.5 to 4 MB per socket before it stalls
# Without compression: BODY would shrink to a few bytes.
UNCOMPRESSED: dict[str, Any] = {"ping_interval": None, "max_queue": 1, "compression": None}
MAX_GROWTH = 40 * 2**20
TOO_SLOW, CUT = 1013, 1006
SILENCE = 2 * HEARTBEAT + 1  # seconds until a reader that was not closed would be cut


@pytest.fixture(params=[Server, Daphne], ids=["uvicorn", "daphne"])
def any_server(request, tmp_path, db):
    with serve(tmp_path / "server.log", kind=request.param) as one:
        yield one


@database_sync_to_async
def add_members(room):
    """Add members to a room and return their cookies."""
    users = [make_user(f"reader{n}") for n in range(PEOPLE)]
    for user in users:
        admit(room, user)
    return [cookie_of(user) for user in users]


def narrow_socket(port):
    """Return a connection to a local port with a small receive buffer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", port))
    connection.setblocking(False)
    return connection


class NarrowTab(Tab):
    """A tab whose first socket has a small receive buffer, so that it stalls quickly."""

    def next_connection(self):
        self.options.pop("sock", None)
        if not self.connections:
            self.options["sock"] = narrow_socket(int(self.origins[0].rpartition(":")[2]))
        return super().next_connection()


@pytest.fixture
async def pair(any_server, lobby):
    """Two readers with small receive buffers."""
    cookies = await add_members(lobby)
    readers = [NarrowTab(cookie, lobby.slug, [any_server.origin], **UNCOMPRESSED) for cookie in cookies[:2]]
    for reader in readers:
        reader.open()
    await wait_until_live(readers)
    yield readers
    for reader in readers:
        await reader.close()


@pytest.fixture
async def crowd(any_server, lobby):
    """200 readers; the first 20 will stall."""
    cookies = await add_members(lobby)
    origins = [any_server.origin]
    stalled = [NarrowTab(cookies[0], lobby.slug, origins, **UNCOMPRESSED) for _ in range(STALLED)]
    tabs = chain.from_iterable([cookie] * TABS for cookie in cookies[1:])
    others = [Tab(cookie, lobby.slug, origins, ping_interval=None) for cookie in tabs]
    for tab in [*stalled, *others]:
        tab.open()
    await wait_until_live([*stalled, *others])
    yield stalled, others
    for tab in [*stalled, *others]:
        await tab.close()


def quantile(values, share):
    """Return a quantile of the values."""
    return sorted(values)[int(share * (len(values) - 1))]


async def post_all(author, process, count=MESSAGES):
    """Post messages in batches; return the process's peak memory growth in bytes."""
    before, peak = process.memory_info().rss, 0
    for _ in range(count // BATCH):
        for _ in range(BATCH):
            await author.post(BODY)
        await wait_for(lambda: not author.outbox)
        peak = max(peak, process.memory_info().rss)
    return peak - before


async def test_stalled_readers_delay_nobody_and_use_little_memory(any_server, crowd, open_tab, alice, lobby):
    stalled, others = crowd
    author = await open_tab(alice, lobby, any_server)
    for reader in stalled:
        reader.stall()
    growth = await post_all(author, psutil.Process(any_server.process.pid))
    assert await wait_for(lambda: all(len(reader.shown) == MESSAGES for reader in others)), "others were delayed"
    slowest = quantile(list(chain.from_iterable(reader.delays for reader in others)), 0.99)
    assert max(len(reader.shown) for reader in stalled) < MESSAGES
    for reader in stalled:
        reader.resume()
    await assert_consistent(lobby, [author, *stalled, *others], total=MESSAGES)
    codes = {code for reader in stalled for code in reader.close_codes}
    print(f"p99 {slowest * 1000:.0f} ms, memory +{growth / 2**20:.1f} MB, stalled readers closed with {codes}")
    assert all(reader.close_codes for reader in stalled)
    assert codes <= {TOO_SLOW, CUT}
    assert growth < MAX_GROWTH
    assert slowest < 2


def has_connection(process, port):
    """Return whether a process has a connection to a peer's port."""
    return any(item.raddr and item.raddr.port == port for item in process.net_connections("tcp4"))


async def test_a_stalled_reader_gets_1013_on_resuming_and_is_cut_otherwise(any_server, pair, open_tab, alice, lobby):
    (slow, dead), process = pair, psutil.Process(any_server.process.pid)
    port = dead.socket.local_address[1]
    author = await open_tab(alice, lobby, any_server)
    for reader in pair:
        reader.stall()
    started = time.monotonic()
    await post_all(author, process)
    print(f"posted in {time.monotonic() - started:.1f} s")
    await asyncio.sleep(started + SILENCE - time.monotonic())
    slow.resume()
    assert await wait_for(lambda: slow.close_codes)
    assert has_connection(process, port), "a stalled reader must not be cut at once"
    assert await wait_for(lambda: not has_connection(process, port), 30), "a reader that never reads must be cut"
    print(f"cut after {time.monotonic() - started:.1f} s")
    dead.resume()
    await assert_consistent(lobby, [author, *pair], total=MESSAGES)
    assert (slow.close_codes[0], dead.close_codes[0]) == (TOO_SLOW, CUT)


@pytest.mark.parametrize("any_server", [Server], indirect=True, ids=["uvicorn"])
async def test_a_reader_that_stalls_in_a_quiet_room_is_cut(any_server, pair, open_tab, alice, lobby):
    """The queue is too short for a 1013, so the heartbeat closes the socket (daphne's takes 50 s)."""
    dead, process = pair[1], psutil.Process(any_server.process.pid)
    port = dead.socket.local_address[1]
    author = await open_tab(alice, lobby, any_server)
    dead.stall()
    await post_all(author, process, count=180)
    assert await wait_for(lambda: not has_connection(process, port), SILENCE + 3)
    dead.resume()
    await assert_consistent(lobby, [author, *pair], total=180)
    assert dead.close_codes[0] == CUT
