"""The limits that the server gets from config/server.py."""

import logging
import socket

import pytest
from django.conf import settings
from uvicorn.config import Config

from config.server import limit_server, limit_uvicorn
from config.server_protocols import LimitedHTTP, LimitedSocket
from tests.attacks.conftest import SmallLimits
from tests.http_client import ask_json
from tests.server import serve


class TwoWorkers(SmallLimits):
    """uvicorn imports the application in each worker, at another moment than in a single process."""

    program = (*SmallLimits.program, "--workers", "2")


async def application(scope, receive, send):
    """Do nothing."""


def configured(**options):
    """Return uvicorn's configuration with limits."""
    config = Config(application, log_config=None, **options)
    limit_uvicorn(config)
    config.load()
    return config


def test_the_plain_command_has_limits():
    config = configured()
    assert config.ws_max_size == settings.CHAT_FRAME_LIMIT
    assert not config.proxy_headers
    assert issubclass(config.http_protocol_class, LimitedHTTP)
    assert config.ws_protocol_class is LimitedSocket


def test_what_the_operator_sets_stays(monkeypatch):
    config = configured(ws_max_size=1_000, h11_max_incomplete_event_size=2_000, http="h11", ws="none")
    assert (config.ws_max_size, config.h11_max_incomplete_event_size) == (1_000, 2_000)
    assert "H11Protocol" in [kind.__name__ for kind in config.http_protocol_class.__mro__]
    assert config.ws_protocol_class is None
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
    assert configured().proxy_headers
    assert not configured(proxy_headers=False).proxy_headers


@pytest.mark.parametrize("debug", [True, False])
def test_another_server_is_warned_of_except_in_development(caplog, settings, debug):
    settings.DEBUG = debug
    with caplog.at_level(logging.WARNING, "config.server"):
        limit_server()
    assert ("have no limits" in caplog.text) is not debug


@pytest.mark.parametrize("kind", [SmallLimits, TwoWorkers])
def test_each_worker_has_limits(tmp_path, kind):
    with serve(tmp_path / "log", kind=kind) as running:
        assert ask_json(running, "/", headers={"X-Forwarded-For": "203.0.113.9"})["REMOTE_ADDR"] == "127.0.0.1"
        clients = [socket.create_connection(("127.0.0.1", running.port), timeout=5) for _ in range(8)]
        assert [client.recv(1) for client in clients] == [b""] * 8
        for client in clients:
            client.close()
