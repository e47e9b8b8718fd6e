"""Twenty of two hundred readers stop reading: the others notice nothing, and the server's memory stays flat."""

import socket
from itertools import chain

import psutil
import pytest
from channels.db import database_sync_to_async

from a_rtchat.actions.rooms import admit
from conftest import make_user
from tests.faults.account import agree, all_live, until
from tests.faults.witness import Witness
from tests.server import Daphne, Server, serve
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, TABS, STALLED, MESSAGES = 10, 20, 20, 320
BODY = "&" * 3_500  # 17,500 characters of HTML; a kernel takes 2.5 MB for a socket before it stalls
GROWTH = 40 * 2**20
TOO_SLOW, CUT = 1013, 1006


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


class NarrowWitness(Witness):
    """A witness whose first socket has a small receive buffer, so that it soon stalls."""

    def open(self):
        if self.options.pop("sock", None) or self.connections:
            return super().open()
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", int(self.origins[0].rpartition(":")[2])))
        narrow.setblocking(False)
        self.options["sock"] = narrow
        return super().open()


@pytest.fixture
async def crowd(any_server, lobby):
    """Two hundred readers; the first twenty do not read."""
    cookies = await cookies_in(lobby)
    origins = [any_server.origin]
    stalled = [
        NarrowWitness(cookies[0], lobby.slug, origins, ping_interval=None, max_queue=1, compression=None)
        for _ in range(STALLED)
    ]
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


async def post_all(author, process):
    """Post everything, one message after the other's echo; return by how many bytes the process grew at most."""
    before, peak = process.memory_info().rss, 0
    for _ in range(MESSAGES):
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
