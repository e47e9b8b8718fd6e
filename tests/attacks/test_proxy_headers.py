"""X-Forwarded-* of a client on the same machine, which uvicorn trusts by default."""

from tests.http_client import Uvicorn, ask_json
from tests.server import Server, serve

HEADERS = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


class WithOption(Uvicorn):
    """An operator who lets uvicorn read the headers."""

    program = (*Uvicorn.program, "--forwarded-allow-ips", "127.0.0.1")


def seen(tmp_path, kind: type[Server] = Uvicorn, **environ):
    """Return the address, scheme and host that the application sees."""
    with serve(tmp_path / "log", kind=kind, **environ) as running:
        seen = ask_json(running, "/", headers=HEADERS)
        return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"] == f"127.0.0.1:{running.port}"


def test_they_are_ignored_by_default(tmp_path):
    assert seen(tmp_path) == ("127.0.0.1", "http", True)


def test_one_proxy_is_django_s_business(tmp_path):
    assert seen(tmp_path, TRUSTED_PROXY_COUNT="1") == ("127.0.0.1", "http", True)


def test_an_operator_can_turn_them_on(tmp_path):
    assert seen(tmp_path, WithOption) == ("203.0.113.9", "https", True)
    assert seen(tmp_path, FORWARDED_ALLOW_IPS="127.0.0.1") == ("203.0.113.9", "https", True)
