"""HTTP through a fixed thread pool, on real servers."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.http_app import PART
from tests.http_client import DaphneWithApp, Uvicorn, ask, ask_json, ask_raw, counts
from tests.server import serve
from tests.services import wait_until

pytestmark = pytest.mark.once

# --- Requests ---


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ("/plain", "/plain"),
        ("/caf%C3%A9", "/café"),
        ("/a%2Fb", "/a/b"),
        ("/100%25", "/100%"),
        ("//double//", "//double//"),
        ("/%FF", b"/\xff"),
    ],
)
def test_paths_are_decoded(server, sent, path):
    environ = ask_json(server, f"{sent}?q=%C3%A9&x=1")
    assert environ["PATH_INFO"].encode("latin-1") == (path if isinstance(path, bytes) else path.encode())
    assert (environ["SCRIPT_NAME"], environ["QUERY_STRING"]) == ("", "q=%C3%A9&x=1")


def test_headers_are_mapped(server):
    head = (
        b"GET /environ HTTP/1.1\r\nHost: chat.example:8000\r\nX-Two: 1\r\nX-Two: 2\r\nCookie: a=1\r\nCookie: b=2\r\n"
        b"X_Forwarded_Proto: https\r\nContent-Type: text/x\r\nConnection: close\r\n\r\n"
    )
    environ = json.loads(ask_raw(server, head).partition(b"\r\n\r\n")[2].strip(b"0123456789abcdef\r\n"))
    assert environ["HTTP_HOST"] == "chat.example:8000"
    assert environ["HTTP_X_TWO"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["CONTENT_TYPE"] == "text/x" and "HTTP_CONTENT_TYPE" not in environ
    assert "HTTP_X_FORWARDED_PROTO" not in environ
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("127.0.0.1", "127.0.0.1")
    assert (environ["SERVER_PORT"], environ["wsgi.url_scheme"]) == (str(server.port), "http")
    assert (environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"]) == ("GET", "HTTP/1.1")


def test_http_1_0_needs_no_host(server):
    answer = ask_raw(server, b"GET /environ HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.") and b'"SERVER_PORT": "%d"' % server.port in answer
    assert b"HTTP_HOST" not in answer and b'"SERVER_PROTOCOL": "HTTP/1.0"' in answer


def test_a_root_path_is_the_script_name(tmp_path):
    class WithRoot(Uvicorn):
        program: tuple[str, ...] = (*Uvicorn.program, "--root-path", "/chat")

    with serve(tmp_path / "log", kind=WithRoot) as running:
        environ = ask_json(running, "/rooms/")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/chat", "/rooms/")


# --- Responses ---


def test_a_connection_serves_many_requests(server):
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        for method, path, status in [
            ("GET", "/environ", 200),
            ("HEAD", "/environ", 200),
            ("GET", "/status/204", 204),
        ] * 2:
            connection.request(method, path)
            first = connection.sock
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, method == "GET" and status == 200)
            assert connection.sock is first is not None


@pytest.mark.parametrize(("status", "length"), [(204, None), (304, None), (200, "5"), (404, "5")])
def test_responses_without_a_body(server, status, length):
    for method in ("GET", "HEAD"):
        answer = ask(server, f"/status/{status}", method=method)
        headers = {name.lower(): value for name, value in answer[1].items()}
        assert (answer[0], answer[2]) == (status, b"hello" if length and method == "GET" else b"")
        assert headers.get("content-length") == length and "transfer-encoding" not in headers


@pytest.mark.parametrize("path", ["/stream?100", "/file?100"])
def test_streams_and_files_arrive_complete_and_are_closed_once(server, path):
    before = counts(server)["closed"]
    for method, size in (("GET", 100 * len(PART)), ("HEAD", 0)):
        assert len(ask(server, path, method=method)[2]) == size
    assert counts(server)["closed"] == before + 2 + 1  # and the counters page


@pytest.mark.parametrize("path", ["/drip", "/file?3000"])
def test_a_client_that_leaves_frees_the_thread(uvicorn, path):
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert client.recv(1_000)
    wait_until(lambda: counts(uvicorn)["closed"] >= 4, 5, "closing")
    after = counts(uvicorn)
    assert after["parts"] < 1_000
    assert "Traceback" not in uvicorn.log.read_text()


def test_a_stalled_download_blocks_no_thread(server):
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
    for client in clients:
        client.sendall(b"GET /file?1000 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    assert ask(server, "/slow?0")[2] == b'"done"'
    for client in clients:
        client.close()


def test_a_client_that_leaves_a_page_causes_no_traceback(uvicorn):
    with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as client:
        client.sendall(b"GET /slow?0.2 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
    wait_until(lambda: counts(uvicorn)["slow"] == 1, 5, "the page")
    assert "Traceback" not in uvicorn.log.read_text()


def test_a_client_that_leaves_the_queue_is_not_served(uvicorn):
    clients = []
    for _ in range(6):  # 2 run, 4 wait
        client = socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10)
        client.sendall(b"GET /slow?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
        clients.append(client)
        time.sleep(0.02)
    for client in clients:
        client.close()
    time.sleep(2)
    assert 2 <= counts(uvicorn)["slow"] < 6


def test_an_error_in_a_stream_closes_the_connection_and_the_stream(uvicorn):
    answer = ask_raw(uvicorn, b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") and not answer.endswith(b"0\r\n\r\n")
    assert "in the middle" in uvicorn.log.read_text()
    assert counts(uvicorn)["closed"] == 1


def test_requests_beyond_the_queue_are_rejected(server):
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: ask(server, "/slow?0.5"), range(20)))
    rejected = [headers for status, headers, _ in answers if status == 503]
    assert [status for status, *_ in answers].count(200) == 20 - len(rejected) >= 5  # the size of the queue
    assert rejected
    assert all({name.lower() for name in headers} >= {"retry-after"} for headers in rejected)
    assert ask(server, "/slow?0")[0] == 200


@pytest.mark.parametrize("kind", [Uvicorn, DaphneWithApp])
def test_a_running_request_is_finished_on_shutdown(kind, tmp_path):
    with serve(tmp_path / "log", kind=kind) as running, ThreadPoolExecutor(1) as client:
        answer = client.submit(ask, running, "/slow?1")
        time.sleep(0.4)
        running.process.send_signal(signal.SIGTERM)
        assert answer.result()[2] == b'"done"'
        running.process.wait(timeout=5)
