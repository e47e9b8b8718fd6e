"""Request bodies on real servers: complete, limited, and slow."""

import hashlib
import socket
import time

import pytest

from config.http_body import limit_of
from tests.http_app import BODY_LIMIT, LARGE_LIMIT
from tests.http_client import ask, ask_json, ask_raw, chunks, counts
from tests.server import serve
from tests.socket_client import cookie_of


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_arrives_complete(server, size, chunked):
    body, headers = (chunks(size), {"Transfer-Encoding": "chunked"}) if chunked else (b"a" * size, {})
    answer = ask_json(server, "/echo/large", method="POST", body=body, headers=headers, chunked=chunked)
    assert (answer["size"], answer["sha256"]) == (size, hashlib.sha256(b"a" * size).hexdigest())


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize(("path", "limit"), [("/echo", BODY_LIMIT), ("/echo/large", LARGE_LIMIT)])
def test_the_limit_depends_on_the_path(server, path, limit, chunked):
    def post(size):
        body, headers = (chunks(size), {"Transfer-Encoding": "chunked"}) if chunked else (b"a" * size, {})
        return ask(server, path, method="POST", body=body, headers=headers, chunked=chunked)

    status, headers, text = post(limit + 1)
    assert (status, text) == (413, b"This upload is too large.")
    assert headers["content-type" if "content-type" in headers else "Content-Type"].startswith("text/plain")
    assert post(limit)[0] == 200


def test_a_chunked_upload_is_read_only_up_to_the_limit(uvicorn):
    options = {"method": "POST", "headers": {"Transfer-Encoding": "chunked"}, "chunked": True}
    assert ask(uvicorn, "/echo", body=chunks(3_000_000), **options)[0] == 413
    assert counts(uvicorn)["read"] == 0


def test_an_upload_that_is_too_large_is_rejected_before_it_is_sent(uvicorn):
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n"
    answer = ask_raw(uvicorn, head)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer


def test_slow_uploads_do_not_block_all_threads(server):
    head = b"POST /echo/large HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
    for client in clients:
        client.sendall(head + b"a" * 100_000)
    time.sleep(0.2)
    assert ask(server, "/slow?0")[0] == 200
    for client in clients:
        client.sendall(b"a" * 100_000)
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        client.close()


def test_a_broken_upload_is_dropped(uvicorn):
    head = b"POST /echo/large HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as client:
            client.sendall(head + b"a" * 100_000)
            time.sleep(0.1)
    assert ask_json(uvicorn, "/echo/large", method="POST", body=b"a" * 200_000)["size"] == 200_000
    assert counts(uvicorn)["read"] == 200_000
    assert "Traceback" not in uvicorn.log.read_text()


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [
        ("/profile/edit/", 6),
        ("/welcome/", 6),
        ("/rooms/new/", 6),
        ("/rooms/new/messages/", 1),
        ("/admin/a_users/profile/1/change/", 6),
        ("/accounts/login/", 1),
        ("/rooms/welcome/messages/", 1),
    ],
)
def test_pictures_may_be_larger_than_forms(path, megabytes):
    assert limit_of(path) == megabytes * 1024 * 1024


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [3_000_000, 7_000_000], ids=["aborted", "too large"])
def test_an_upload_that_breaks_off_changes_nothing(alice, tmp_path, size):
    """Django would take an unreadable form for an empty one, if the CSRF token comes in a header."""
    alice.profile.display_name = "Alice Okafor"
    alice.profile.save()
    with serve(tmp_path / "server.log", expect_errors=True) as running:
        token, cookie = "a" * 32, f"{cookie_of(alice)}; csrftoken={'a' * 32}"
        head = f"POST /profile/edit/ HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nCookie: {cookie}\r\n"
        head += f"X-CSRFToken: {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        head += f"Transfer-Encoding: chunked\r\nOrigin: {running.origin}\r\n\r\n"
        part = b'--b\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n\r\n'
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
            client.sendall(head.encode() + b"%x\r\n%s\r\n" % (len(part), part))
            for _ in range(size // 100_000):
                client.sendall(b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000))
            if size > 6_000_000:
                client.sendall(b"0\r\n\r\n")
                assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
        time.sleep(0.5)
    alice.profile.refresh_from_db()
    assert alice.profile.display_name == "Alice Okafor"
