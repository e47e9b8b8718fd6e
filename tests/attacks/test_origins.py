"""Which origins may open sockets: only the site itself, with its scheme and port, and trusted ones."""

import asyncio
from urllib.parse import urlsplit

import pytest
from channels.db import database_sync_to_async
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from a_live.origin import is_allowed
from a_rtchat.tests.conftest import make_tab
from tests.server import Daphne, Server, serve
from tests.socket_client import cookie_of

HOST = "chat.example.org"


def handshake(origin, host=HOST, scheme="ws", **headers):
    """Return the scope of a handshake; None leaves a header out."""
    sent = {"origin": origin, "host": host, **headers}
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items() if value is not None]
    return {"type": "websocket", "scheme": scheme, "headers": named}


@pytest.fixture(autouse=True)
def site(settings):
    """The site's host, and the origins it trusts."""
    settings.ALLOWED_HOSTS = [HOST, "127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://friend.example", "https://*.friends.example", "http://127.0.0.1:5000"]


@pytest.mark.parametrize(
    "scope",
    [
        handshake(f"http://{HOST}"),
        handshake(f"http://{HOST}:8000", f"{HOST}:8000"),
        handshake(f"https://{HOST}", scheme="wss"),
        handshake("https://friend.example"),
        handshake("https://a.friends.example"),
        handshake("http://127.0.0.1:5000", "127.0.0.1:8000"),
        handshake("https://friend.example", sec_fetch_site="cross-site"),
        handshake(f"http://{HOST}", sec_fetch_site="same-origin"),
        handshake(f"http://{HOST}:1234", host=None),
    ],
    ids=str,
)
def test_an_own_or_trusted_origin_is_allowed(scope):
    assert is_allowed(scope)


@pytest.mark.parametrize(
    "scope",
    [
        handshake(f"http://{HOST}:8001", f"{HOST}:8000"),
        handshake(f"http://{HOST}:8000"),
        handshake(f"https://{HOST}"),
        handshake(f"http://{HOST}", scheme="wss"),
        handshake(f"ftp://{HOST}"),
        handshake(f"ws://{HOST}"),
        handshake(f"chrome-extension://{HOST}"),
        handshake(f"file://{HOST}"),
        handshake(f"//{HOST}"),
        handshake(HOST),
        handshake(f"http://{HOST}/"),
        handshake(f"http://a.{HOST}"),
        handshake(f"http://{HOST}.evil.example"),
        handshake(f"http://user@{HOST}"),
        handshake("http://friend.example"),
        handshake("https://friends.example.evil.example"),
        handshake("https://evil.example"),
        handshake("http://evil.example", "evil.example"),  # DNS that points here
        handshake("http://["),
        handshake("null"),
        handshake(""),
        handshake(None),
        handshake(f"http://{HOST}", sec_fetch_site="cross-site"),
        handshake(f"http://{HOST}", sec_fetch_site="same-site"),
        handshake(f"ftp://{HOST}", host=None),
        handshake("http://evil.example", host=None),
        handshake("http://[", host=None),
        handshake("null", host=None),
        handshake(None, host=None),
    ],
    ids=str,
)
def test_any_other_origin_is_refused(scope):
    assert not is_allowed(scope)


@pytest.mark.parametrize(
    ("origin", "forwarded", "allowed"),
    [
        (f"https://{HOST}", "https", True),
        (f"https://{HOST}", "wss", True),
        (f"http://{HOST}", "https", False),
        (f"http://{HOST}", "http", True),
        (f"https://{HOST}", "http", False),
        (f"https://{HOST}", None, False),
    ],
)
def test_behind_a_proxy_its_scheme_counts(settings, origin, forwarded, allowed):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert is_allowed(handshake(origin, x_forwarded_proto=forwarded)) is allowed


def test_without_a_proxy_a_forwarded_scheme_counts_for_nothing():
    assert not is_allowed(handshake(f"https://{HOST}", x_forwarded_proto="https"))


async def status_of(server, cookie, origin):
    """Return 101 if a server accepts a socket with an Origin, or else the status of the refusal."""
    url = f"ws://127.0.0.1:{server.port}/ws/rooms/lobby/"
    try:
        async with connect(url, origin=origin, additional_headers={"Cookie": cookie}):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [Server, Daphne])
def test_a_real_server_refuses_another_port_and_other_schemes(kind, tmp_path, alice, lobby):
    cookie = cookie_of(alice)
    with serve(tmp_path / "log", kind=kind) as server:
        own = urlsplit(server.origin)
        others = [
            f"http://{own.hostname}:1",
            f"https://{own.netloc}",
            f"ftp://{own.netloc}",
            f"http://localhost:{own.port}",
        ]
        statuses = [asyncio.run(status_of(server, cookie, origin)) for origin in [server.origin, *others, "null", None]]
    assert statuses == [101, *[403] * 6]


@pytest.mark.django_db(transaction=True)
async def test_a_refused_handshake_is_never_accepted(alice, lobby):
    tab = await database_sync_to_async(make_tab)(alice, "lobby", origin=b"http://testserver:8000")
    assert (await tab.connect())[0] is False
