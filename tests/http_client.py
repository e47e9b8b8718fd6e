"""Servers with the small application of tests/http_app.py, and a client for them."""

import json
import socket
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

from tests.server import Daphne, Server


class Uvicorn(Server):
    """uvicorn with the small application."""

    program: tuple[str, ...] = ("uvicorn", "tests.http_app:application", "--lifespan", "off")


class DaphneWithApp(Daphne):
    """daphne with the small application."""

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
