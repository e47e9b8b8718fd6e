"""Django's HTTP in a fixed pool of threads, behind real servers."""

import hashlib
import json
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.http_app import BODY_LIMIT, LARGE_LIMIT, PART
from tests.server import Daphne, Server, serve
from tests.services import wait_until


class Uvicorn(Server):
    """uvicorn with the small application."""

    program: tuple[str, ...] = ("uvicorn", "tests.http_app:application", "--lifespan", "off")


class DaphneWithApp(Daphne):
    """daphne with the small application."""

    program = ("daphne", "tests.http_app:application")


@pytest.fixture(scope="module", params=[Uvicorn, DaphneWithApp], ids=["uvicorn", "daphne"])
def server(request, tmp_path_factory):
    with serve(tmp_path_factory.mktemp("http") / "log", expect_trouble=True, kind=request.param) as running:
        yield running


@pytest.fixture
def uvicorn(tmp_path):
    with serve(tmp_path / "log", expect_trouble=True, kind=Uvicorn) as running:
        yield running


def ask(server, path, method="GET", body=None, headers=None, chunked=False):
    """Return the status, headers and body of a response."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request(method, path, body, headers or {}, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()


def ask_json(server, path, **options):
    """Return the JSON of a response."""
    return json.loads(ask(server, path, **options)[2])


def counts(server):
    """Return what the application has counted so far."""
    return Counter(ask_json(server, "/counts"))


def ask_raw(server, lines):
    """Return all that a server answers to these lines until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(lines)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def portions(size, portion=50_000):
    """Yield so many bytes, for a chunked upload."""
    for start in range(0, size, portion):
        yield b"a" * min(portion, size - start)


# --- Bodies ---


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_reaches_the_application_whole(server, size, chunked):
    body, headers = (portions(size), {"Transfer-Encoding": "chunked"}) if chunked else (b"a" * size, {})
    answer = ask_json(server, "/echo/large", method="POST", body=body, headers=headers, chunked=chunked)
    assert (answer["size"], answer["sha256"]) == (size, hashlib.sha256(b"a" * size).hexdigest())


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize(("path", "limit"), [("/echo", BODY_LIMIT), ("/echo/large", LARGE_LIMIT)])
def test_a_body_has_a_limit_by_its_path(server, path, limit, chunked):
    def post(size):
        body, headers = (portions(size), {"Transfer-Encoding": "chunked"}) if chunked else (b"a" * size, {})
        return ask(server, path, method="POST", body=body, headers=headers, chunked=chunked)

    status, headers, text = post(limit + 1)
    assert (status, text) == (413, b"This upload is too large.")
    assert headers["content-type" if "content-type" in headers else "Content-Type"].startswith("text/plain")
    assert post(limit)[0] == 200


def test_a_chunked_upload_is_read_no_further_than_its_limit(uvicorn):
    options = {"method": "POST", "headers": {"Transfer-Encoding": "chunked"}, "chunked": True}
    assert ask(uvicorn, "/echo", body=portions(3_000_000), **options)[0] == 413
    assert counts(uvicorn)["read"] <= BODY_LIMIT


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(uvicorn):
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n"
    answer = ask_raw(uvicorn, head)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer


def test_an_upload_waits_in_the_socket_until_it_is_read(uvicorn):
    with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as line:
        line.sendall(b"POST /sip/large HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n")
        line.settimeout(0.4)
        sent = 0
        with pytest.raises(TimeoutError):
            while True:
                sent += line.send(PART)
    assert sent < 15_000_000  # what the buffers of the sockets hold


def test_slow_uploads_do_not_hold_every_thread(server):
    head = b"POST /echo/large HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    lines = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
    for line in lines:
        line.sendall(head + b"a" * 100_000)
    time.sleep(0.2)
    assert ask(server, "/slow?0")[0] == 200
    for line in lines:
        line.sendall(b"a" * 100_000)
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
        line.close()


def test_a_broken_upload_frees_its_thread(uvicorn):
    head = b"POST /echo/large HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as line:
            line.sendall(head + b"a" * 100_000)
            time.sleep(0.1)
    assert ask_json(uvicorn, "/echo/large", method="POST", body=b"a" * 200_000)["size"] == 200_000
    assert counts(uvicorn)["ClientGoneError"] == 4
    assert "Traceback" not in uvicorn.log.read_text()


# --- The environ ---


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
def test_some_responses_have_no_body(server, status, length):
    for method in ("GET", "HEAD"):
        answer = ask(server, f"/status/{status}", method=method)
        headers = {name.lower(): value for name, value in answer[1].items()}
        assert (answer[0], answer[2]) == (status, b"hello" if length and method == "GET" else b"")
        assert headers.get("content-length") == length and "transfer-encoding" not in headers


@pytest.mark.parametrize("path", ["/stream?100", "/file?100"])
def test_streams_and_files_arrive_whole_and_are_closed_once(server, path):
    before = counts(server)["closed"]
    for method, size in (("GET", 100 * len(PART)), ("HEAD", 0)):
        assert len(ask(server, path, method=method)[2]) == size
    assert counts(server)["closed"] == before + 2 + 1  # and the page of the counts


@pytest.mark.parametrize("path", ["/drip", "/file?3000"])
def test_a_client_that_leaves_frees_the_thread(uvicorn, path):
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert line.recv(1_000)
    wait_until(lambda: counts(uvicorn)["closed"] >= 4, 5, "closing")
    after = counts(uvicorn)
    assert after["parts"] < 1_000
    assert "Traceback" not in uvicorn.log.read_text()


def test_a_stalled_reader_of_files_holds_no_thread(server):
    lines = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
    for line in lines:
        line.sendall(b"GET /file?1000 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    assert ask(server, "/slow?0")[2] == b'"done"'
    for line in lines:
        line.close()


def test_a_client_that_leaves_a_page_causes_no_traceback(uvicorn):
    with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10) as line:
        line.sendall(b"GET /slow?0.2 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
    wait_until(lambda: counts(uvicorn)["slow"] == 1, 5, "the page")
    assert "Traceback" not in uvicorn.log.read_text()


def test_who_leaves_the_queue_is_not_served(uvicorn):
    lines = []
    for _ in range(6):  # 2 run, 4 wait
        line = socket.create_connection(("127.0.0.1", uvicorn.port), timeout=10)
        line.sendall(b"GET /slow?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
        lines.append(line)
        time.sleep(0.02)
    for line in lines:
        line.close()
    time.sleep(2)
    assert 2 <= counts(uvicorn)["slow"] < 6


def test_an_error_in_a_stream_ends_the_connection_and_closes_once(uvicorn):
    answer = ask_raw(uvicorn, b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") and not answer.endswith(b"0\r\n\r\n")
    assert "in the middle" in uvicorn.log.read_text()
    assert counts(uvicorn)["closed"] == 1


def test_more_requests_than_the_queue_holds_are_refused(server):
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: ask(server, "/slow?0.5"), range(20)))
    refused = [headers for status, headers, _ in answers if status == 503]
    assert [status for status, *_ in answers].count(200) == 20 - len(refused) >= 5  # as many as may wait
    assert refused
    assert all({name.lower() for name in headers} >= {"retry-after"} for headers in refused)
    assert ask(server, "/slow?0")[0] == 200


@pytest.mark.parametrize("kind", [Uvicorn, DaphneWithApp])
def test_a_running_request_is_finished_on_shutdown(kind, tmp_path):
    with serve(tmp_path / "log", kind=kind) as running, ThreadPoolExecutor(1) as client:
        answer = client.submit(ask, running, "/slow?1")
        time.sleep(0.4)
        running.process.send_signal(signal.SIGTERM)
        assert answer.result()[2] == b'"done"'
        running.process.wait(timeout=5)
