"""Connections that send no request, half of one, or too much of one."""

import re
import socket
import time
from contextlib import suppress

import pytest

from config.browser_headers import for_text
from tests.http_client import ask, ask_raw
from tests.server import serve
from tests.services import memory_of, wait_until

UPGRADE = "GET /ws/me/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
REQUEST = b"GET /environ HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def trickle(client, data, seconds):
    """Send a byte now and then; return how long the server let it."""
    begun = time.monotonic()
    try:
        for byte in data * 100:
            client.sendall(bytes([byte]))
            client.settimeout(0.1)
            try:
                if client.recv(1) == b"":
                    break
            except TimeoutError:
                pass
            assert time.monotonic() - begun < seconds, "still open"
    except ConnectionError:
        pass
    return time.monotonic() - begun


@pytest.mark.parametrize("start", ["GET / HTTP/1.1\r\nX: ", UPGRADE], ids=["request", "handshake"])
def test_a_head_that_never_ends_is_cut(either, start):
    with connect(either) as client:
        client.sendall(start.encode())
        assert 0.5 < trickle(client, b"a", seconds=3) < 3


def test_a_connection_that_sends_nothing_is_cut(either):
    with connect(either) as client:
        client.settimeout(3)
        assert client.recv(1) == b""


def test_a_second_head_that_never_ends_is_cut(either):
    with connect(either) as client:
        client.sendall(REQUEST)
        assert b" 200 " in client.recv(65_536)
        client.settimeout(0.2)
        with suppress(TimeoutError):  # a body that comes by itself
            client.recv(65_536)
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert 1 < trickle(client, b"a", seconds=4) < 4


def test_a_slow_page_is_not_cut(either):
    assert ask(either, "/slow?2")[2] == b'"done"'


def test_a_large_head_is_refused(either):
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n"
    assert b" 200 " in ask_raw(either, head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % (b"a" * 30_000))
    assert ask_raw(either, head % (b"a" * 33_000)).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_a_long_address_is_refused(either):
    assert ask_raw(either, b"GET /%s HTTP/1.1\r\n" % (b"a" * 40_000)).startswith(b"HTTP/1.1 431 ")
    assert ask(either, f"/{'a' * 20_000}")[::2] == (414, b"This address is too long.")


def test_a_handshake_with_a_long_line_is_refused(small):
    """The WebSocket library refuses lines that HTTP allows; the connection must not stay open."""
    assert ask_raw(small, f"{UPGRADE}{KEY}X: {'a' * 9_000}\r\n\r\n".encode()).startswith(b"HTTP/1.1 431 ")
    assert ask_raw(small, UPGRADE.replace("/me/", f"/{'a' * 9_000}/").encode() + b"\r\n").startswith(b"HTTP/1.1 414 ")


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (431, f"GET / HTTP/1.1\r\nHost: x\r\nX: {'a' * 33_000}\r\n\r\n"),
        (400, "no HTTP at all\r\n\r\n"),
        (400, f"{UPGRADE}\r\n"),
        (431, f"{UPGRADE}{KEY}X: {'a' * 9_000}\r\n\r\n"),
    ],
    ids=["large head", "no HTTP", "no key", "long line"],
)
def test_what_never_becomes_a_request_is_refused_with_the_headers_of_any_other_refusal(small, status, head):
    answer, _, text = ask_raw(small, head.encode()).partition(b"\r\n\r\n")
    lines = answer.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} ")
    assert {f"{name}: {value}".lower() for name, value in for_text().items()} <= set(lines)
    assert f"content-length: {len(text)}" in lines and len(lines) == len({line.split(":")[0] for line in lines})


def test_a_head_in_two_parts_may_be_followed_by_a_large_body(either):
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\nConnection: close\r\nX: %s\r\n\r\n" % (
        b"a" * 20_000
    )
    with connect(either) as client:
        client.sendall(head[:-2])
        time.sleep(0.1)
        client.sendall(head[-2:] + b"a" * 90_000)
        assert b'"size": 90000' in b"".join(iter(lambda: client.recv(65_536), b""))


def is_open(client):
    """Return whether the server has left a connection open."""
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_many_half_open_connections_make_room_for_others(small):
    """HTTP_CONNECTIONS is 40; those beyond it are cut long before HTTP_HEAD_SECONDS are over."""
    clients = []
    begun = time.monotonic()
    for _ in range(100):
        clients.append(connect(small))
        clients[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
    assert ask(small, "/environ")[0] == 200
    left = [is_open(client) for client in clients]
    assert time.monotonic() - begun < 1, "too slow to tell"
    assert sum(left) <= 40 and not any(left[:50]) and left[-1]
    for client in clients:
        client.close()


def test_an_answer_that_is_not_read_is_dropped(small):
    """A page larger than what the socket buffers hold."""
    with connect(small) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.sendall(b"GET /large?20000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        before = memory_of(small.process.pid)
        wait_until(lambda: memory_of(small.process.pid) < before - 5_000_000, 5, "dropping the page")


@pytest.mark.parametrize(
    "head",
    [
        "Host: evil.example",
        "Host: a b",
        f"Host: {'a' * 20_000}",
        "Host: [::1",
        "Host: ",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_strange_host_is_answered_with_400_and_one_line_in_the_log(tmp_path, head):
    with serve(tmp_path / "log") as running:
        for path in ("/", "/rooms", "/accounts/login/", "/healthz", "/static/nothing"):
            answer = ask_raw(running, f"GET {path} HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 400 ")
    assert max(len(line) for line in running.log.read_text().splitlines()) < 1_000


@pytest.mark.parametrize("length", [3_000, 15_000, 17_000, 31_000])
@pytest.mark.django_db(transaction=True)
def test_long_addresses_leave_no_traceback(tmp_path, length):
    with serve(tmp_path / "log") as running:
        for path in ("/", "/rooms/?next=", "/accounts/login/?next=", "/@", "//", "/%2F"):
            answer = ask(running, path + "a" * length)
            assert answer[0] in (200, 301, 302, 400, 404, 414)
    assert max(len(line) for line in running.log.read_text().splitlines() if "uvicorn" not in line) < 40_000


@pytest.mark.django_db(transaction=True)
def test_a_broken_form_leaves_no_traceback(tmp_path):
    form = {"Content-Type": "multipart/form-data; boundary=b", "Cookie": "csrftoken=" + "a" * 32}
    with serve(tmp_path / "log") as running:
        headers = {**form, "Origin": running.origin}
        for body in (b"--b\r\n" + b"x" * 5_000, b"--b\r\n" * 5_000, b"a=1&" * 5_000):
            assert ask(running, "/accounts/login/", method="POST", body=body, headers=headers)[0] in (400, 403)


def test_many_requests_without_their_bodies_keep_nobody_out(small):
    """HTTP_CONNECTIONS is 40."""
    clients = []
    for _ in range(100):
        clients.append(connect(small))
        clients[-1].sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
    assert ask(small, "/environ")[0] == 200
    for client in clients:
        client.close()


def test_requests_sent_ahead_are_answered_in_order(either):
    ahead = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(100))
    answers = ask_raw(either, ahead + b"GET /100 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert re.findall(rb'"PATH_INFO": "/(\d+)"', answers) == [b"%d" % number for number in range(101)]


def test_thousands_of_requests_sent_ahead_take_little_time_and_memory(either):
    """10,000 requests of each of six clients, behind one that takes a second."""
    before, clients = memory_of(either.process.pid), [connect(either) for _ in range(6)]
    begun = time.monotonic()
    for client in clients:
        client.sendall(b"GET /slow?1 HTTP/1.1\r\n\r\n" + b"GET / HTTP/1.1\r\n\r\n" * 10_000)
    assert ask(either, f"/{'a' * 20_000}")[0] == 414  # by the event loop: the threads are busy
    assert time.monotonic() - begun < 0.5
    assert memory_of(either.process.pid) - before < 20_000_000
    for client in clients:
        client.close()
    wait_until(lambda: ask(either, "/environ")[0] == 200, 10, "a free thread")
    assert memory_of(either.process.pid) - before < 20_000_000


def test_a_head_that_is_sent_during_an_answer_is_limited(either):
    """While a page takes two seconds, its client sends the next head."""
    before = memory_of(either.process.pid)
    with connect(either) as client:
        client.sendall(b"GET /slow?2 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX: ")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            for _ in range(1_000):
                client.sendall(b"a" * 100_000)
        assert memory_of(either.process.pid) - before < 20_000_000
