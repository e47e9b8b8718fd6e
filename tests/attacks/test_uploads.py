"""Bodies of strangers: silent, slow, many, and sent to pages that take none."""

import os
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from config.shares import Shares
from tests.attacks.test_connections import connect, trickle
from tests.http_client import ask, ask_json, counts
from tests.services import wait_until

HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


def begin(server, path, size, sent):
    """Begin an upload."""
    client = connect(server)
    client.sendall(HEAD % (path, size) + b"a" * sent)
    return client


def read_all(client):
    """Return what the server sends until it closes the connection."""
    return b"".join(iter(lambda: client.recv(65_536), b""))


def files_on_disk(server):
    """Return how many temporary files a server has open."""
    opened = Path(f"/proc/{server.process.pid}/fd")
    return sum("deleted" in os.path.realpath(opened / name) for name in os.listdir(opened))  # noqa: PTH208


def test_a_silent_upload_is_refused_in_time(small):
    for sent in (0, 100, 70_000):
        with begin(small, b"/echo", 90_000, sent) as client:
            assert read_all(client).startswith(b"HTTP/1.1 408 ")


def test_an_upload_that_trickles_is_refused_in_time(small):
    with begin(small, b"/echo/large", 90_000, 0) as client:
        assert trickle(client, b"a", seconds=6) < 6


def test_silent_uploads_hold_no_thread_and_delay_no_upload(small):
    """There are two threads."""
    before = counts(small)["read"]
    with ExitStack() as clients:
        for _ in range(3):
            clients.enter_context(begin(small, b"/echo/large", 30_000_000, 200_000))
        begun = time.monotonic()
        assert ask(small, "/slow?0")[0] == 200
        assert ask_json(small, "/echo", method="POST", body=b"a" * 50_000)["size"] == 50_000
        assert time.monotonic() - begun < 0.9
    assert counts(small)["read"] == before + 50_000


def test_a_client_has_only_a_few_uploads_at_a_time(small):
    """UPLOADS_PER_CLIENT is 3."""
    with ExitStack() as clients:
        for _ in range(3):
            clients.enter_context(begin(small, b"/echo/large", 30_000_000, 100_000))
        time.sleep(0.2)
        answer = ask(small, "/echo/large", method="POST", body=b"a" * 1_000_000)
        assert answer[0] == 429 and "retry-after" in answer[1]
        assert ask(small, "/echo", method="POST", body=b"a" * 1_000)[0] == 200  # a form arrives at once
    wait_until(lambda: ask(small, "/echo/large", method="POST", body=b"a" * 1_000_000)[0] == 200, 5, "a place")


def test_all_bodies_together_are_limited(small):
    """BYTES_HELD is 30 MB."""
    with begin(small, b"/echo/large", 39_000_000, 20_000_000):
        assert ask(small, "/echo/large", method="POST", body=b"a" * 15_000_000)[0] == 503
        assert ask(small, "/echo", method="POST", body=b"a" * 90_000)[0] == 200
    wait_until(lambda: ask(small, "/echo/large", method="POST", body=b"a" * 15_000_000)[0] == 200, 5, "the space")


def test_only_large_uploads_are_on_disk(small):
    wait_until(lambda: files_on_disk(small) == 0, 5, "closing the files of other tests")
    with begin(small, b"/nowhere", 99_000, 98_000), begin(small, b"/echo/large", 30_000_000, 900_000):
        time.sleep(0.2)
        assert files_on_disk(small) == 0
    with begin(small, b"/echo/large", 30_000_000, 2_000_000):
        wait_until(lambda: files_on_disk(small) == 1, 5, "the file")
    wait_until(lambda: files_on_disk(small) == 0, 5, "closing the file")


def test_a_page_that_takes_no_large_body_reads_none(small):
    """299 MB to an address that doesn't exist."""
    with begin(small, b"/nowhere", 299_000_000, 0) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 413 ")
    with connect(small) as client:
        client.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent, begun = 0, time.monotonic()
        try:
            while time.monotonic() - begun < 10:
                client.sendall(b"10000\r\n%s\r\n" % (b"a" * 65_536))
                sent += 65_536
        except ConnectionError:
            pass
    assert files_on_disk(small) == 0
    assert time.monotonic() - begun < 5


def test_an_upload_at_an_honest_pace_passes(small):
    """It takes longer than STALL_SECONDS, which is 1, but is fast enough."""
    with begin(small, b"/echo/large", 700_000, 0) as client:
        for _ in range(7):
            client.sendall(b"a" * 100_000)
            time.sleep(0.3)
        client.shutdown(socket.SHUT_WR)
        assert b'"size": 700000' in client.recv(65_536)


def test_large_uploads_of_some_keep_no_form_of_others_out():
    """Whoever holds much is refused, not whoever comes last."""
    shares = Shares(30_000_000)
    for client in ("first", "second"):
        shares.add(client, 15_000_000)
    shares.add("other", 2_000)
    assert [shares.is_over(client) for client in ("first", "second", "other")] == [True, True, False]
    shares.add("first", -15_000_000)
    assert not shares.is_over("second")
