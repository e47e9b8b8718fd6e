"""The landing page, the health check, error pages and response headers."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from a_home import health
from tests.services import free_port

pytestmark = pytest.mark.django_db


def test_the_health_check_succeeds(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_the_health_check_fails_without_the_database(client):
    with patch("a_home.health.connection.cursor", side_effect=OperationalError("password")):
        response = client.get("/healthz")
        assert (response.status_code, response.content) == (503, b"check_database: OperationalError")
        assert client.get("/healthz/live").status_code == 200


def test_the_health_check_writes_to_the_database_now_and_then(client, monkeypatch):
    monkeypatch.setattr(health, "_written_at", float("-inf"))
    with CaptureQueriesContext(connection) as queries:
        assert [client.get("/healthz").status_code for _ in range(3)] == [200] * 3
    sent = [query["sql"] for query in queries if "busy_timeout" not in query["sql"]]
    assert sent == [health.WRITES[connection.vendor], "SELECT 1", "SELECT 1"]


def test_the_health_check_fails_on_a_full_disk(client, monkeypatch):
    monkeypatch.setattr(health, "MIN_FREE", 2**62)
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"The disk is full.")


def test_the_health_check_needs_redis_if_it_is_configured(client, settings, redis):
    settings.REDIS_URL = redis.url
    assert client.get("/healthz").status_code == 200
    settings.REDIS_URL = f"redis://:secret@127.0.0.1:{free_port()}/0"
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"check_redis: ConnectionError")


def test_a_missing_page_shows_the_404_page(client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404 and "Page not found" in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/accounts/password/reset/", "/admin/login/", "/no/such/page/"])
def test_every_page_has_a_strict_content_security_policy(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "script-src 'self'" in policy and "object-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_the_personal_rule_has_a_fresh_nonce(signed_in, alice, lobby):
    responses = [signed_in(alice).get("/rooms/lobby/") for _ in range(2)]
    nonces = [response.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0] for response in responses]
    assert nonces[0] != nonces[1]
    assert all(f'<style nonce="{nonce}">' in r.content.decode() for nonce, r in zip(nonces, responses, strict=True))


@pytest.mark.parametrize("path", ["/", "/rooms/", "/rooms/lobby/", "/rooms/new/", "/@alice/"])
def test_no_page_uses_inline_code_or_another_host(signed_in, client, alice, lobby, path):
    for page in (client.get(path, follow=True), signed_in(alice).get(path)):
        html = page.content.decode()
        assert "style=" not in html and "hx-on" not in html and "javascript:" not in html and "<script>" not in html
        assert "https://" not in html and 'src="//' not in html


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/lobby/", "/rooms/lobby/messages/?before=5", "/@alice/"])
def test_signed_in_pages_are_not_cached(signed_in, alice, lobby, path):
    assert "no-store" in signed_in(alice).get(path).headers["Cache-Control"]


def test_a_fragment_request_after_signing_out_redirects_the_whole_page(client):
    response = client.get("/rooms/", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == "/"


@pytest.mark.parametrize("path", ["/rooms/", "/healthz", "/rooms/lobby/"])
def test_head_requests_work(signed_in, alice, lobby, path):
    assert signed_in(alice).head(path).status_code == 200


@pytest.mark.parametrize("path", ["/@a%00/", "/direct/a%00/", "/rooms/a%00/"])
def test_a_null_character_in_a_url_is_not_found(signed_in, alice, path):
    assert signed_in(alice).get(path).status_code == 404


def test_errors_are_logged_in_production(settings):
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["loggers"]["django"]["handlers"] == ["console"]
