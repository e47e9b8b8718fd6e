"""Servers with the application of tests/http_app.py, and a client for them."""

import json
import socket
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

from tests.server import Daphne, Server


class Uvicorn(Server):
    """uvicorn with the test application."""

    program: tuple[str, ...] = ("uvicorn", "tests.http_app:application", "--lifespan", "off")


class DaphneWithApp(Daphne):
    """daphne with the test application."""

    program = ("daphne", "tests.http_app:application")


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
    """Return the application's counters."""
    return Counter(ask_json(server, "/counts"))


def ask_raw(server, data):
    """Send raw bytes and return everything the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def chunks(size, chunk=50_000):
    """Yield `size` bytes in chunks, for a chunked upload."""
    for start in range(0, size, chunk):
        yield b"a" * min(chunk, size - start)
