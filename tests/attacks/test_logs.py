"""Refusals that would fill the disk by way of the log."""

import io
import logging
import sys

import pytest
from django.core.exceptions import DisallowedHost

from config.logs import BURST, Refusals
from tests.http_client import ask_raw
from tests.server import Server, serve

FLOOD = 100  # refusals of each kind
HEADS = {
    "not found": b"GET /nowhere/%d/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "no CSRF token": (
        b"POST /rooms/new/?%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ),
    "a strange host": b"GET /?%d HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "no HTTP": b"GET/%d\r\n\r\n",
    "a foreign socket": (
        b"GET /ws/me/?%d HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ),
    "a broken handshake": (
        b"GET /ws/me/?%d HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    ),
}


class WithoutAccessLog(Server):
    """Its log holds only what the server complains of."""

    program = (*Server.program, "--no-access-log")


@pytest.mark.django_db(transaction=True)
def test_a_flood_of_refusals_leaves_few_lines(tmp_path):
    with serve(tmp_path / "log", kind=WithoutAccessLog) as running:
        before = len(running.log.read_text().splitlines())
        for head in HEADS.values():
            for number in range(FLOOD):
                assert b"HTTP/1.1 4" in ask_raw(running, head % number)
        lines = running.log.read_text().splitlines()[before:]
    assert len(lines) < len(HEADS) * BURST * 2  # a socket may leave two kinds of lines
    for kind in ("Not Found", "CSRF", "HTTP_HOST", "Invalid HTTP request", "403"):
        assert any(kind in line for line in lines), kind


@pytest.fixture
def logger():
    """A logger with the filter."""
    logger, handler = logging.Logger("django.request"), logging.StreamHandler(io.StringIO())
    handler.addFilter(Refusals())
    logger.addHandler(handler)
    return logger


def written(logger):
    """Return the lines that a logger wrote."""
    return logger.handlers[0].stream.getvalue().splitlines()


def test_those_left_out_are_counted(logger, monkeypatch):
    filter = logger.handlers[0].filters[0]
    for _ in range(BURST + 5):
        logger.warning("Not Found: %s", "/a", extra={"status_code": 404})
    filter.lines.clear()  # ten seconds later
    logger.warning("Not Found: %s", "/b", extra={"status_code": 404})
    assert written(logger) == ["Not Found: /a"] * BURST + ["Not Found: /b (and 5 more like it)"]


def test_errors_of_ours_are_never_left_out(logger):
    for _ in range(FLOOD):
        try:
            raise RuntimeError("broken")
        except RuntimeError:
            logger.error("Internal Server Error: %s", "/", exc_info=sys.exc_info(), extra={"status_code": 500})
        logger.warning("the cache is down")
    assert written(logger).count("RuntimeError: broken") == written(logger).count("the cache is down") == FLOOD


def test_a_refusal_is_one_short_line(logger):
    try:
        raise DisallowedHost("x" * 5_000)
    except DisallowedHost as error:
        logger.error(str(error), exc_info=sys.exc_info(), extra={"status_code": 400})
    [line] = written(logger)
    assert len(line) < 600 and "Traceback" not in line
