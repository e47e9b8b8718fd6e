"""What a browser tells of a request, what it is told, and what never leaves the server."""

import encodings
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest
from django.conf import settings as django_settings
from django.test import Client

from a_rtchat.models import Message
from a_users.models import User
from config.wsgi import Request
from tests.http_client import ask
from tests.server import Daphne, Server, serve
from tests.services import BASE_DIR, ON_POSTGRES
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)


# --- Requests from other sites ---


def post_from(client, fetch_site, **headers):
    """Post a message as a browser would that tells where the request comes from; return the status."""
    sent = {"Sec-Fetch-Site": fetch_site, **headers} if fetch_site else headers
    return client.post("/rooms/lobby/messages/", {"body": "hi"}, headers=sent).status_code


@pytest.mark.parametrize("fetch_site", ["same-origin", "none", None])
def test_the_site_itself_may_change_things(signed_in, alice, lobby, fetch_site):
    assert post_from(signed_in(alice), fetch_site) == 302
    assert Message.objects.count() == 1


@pytest.mark.parametrize("fetch_site", ["cross-site", "same-site"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver"])
def test_another_site_may_not_change_anything(signed_in, alice, lobby, fetch_site, origin):
    assert post_from(signed_in(alice), fetch_site, Origin=origin) == 403
    assert Message.objects.count() == 0


def test_a_trusted_site_may_change_things(signed_in, alice, lobby, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://friend.example"]
    assert post_from(signed_in(alice), "cross-site", Origin="https://friend.example") == 302
    assert post_from(signed_in(alice), "cross-site", Origin="https://evil.example") == 403


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/profile/edit/"])
def test_no_form_takes_anything_from_another_site(signed_in, alice, path):
    assert signed_in(alice).post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_links_from_other_sites_work(signed_in, alice, lobby):
    assert signed_in(alice).get("/rooms/lobby/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_the_token_is_asked_for_as_well(alice, lobby):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert post_from(client, "same-origin") == 403


# --- Cookies ---


COOKIE = r"__Host-csrftoken=\w+; expires=.*; HttpOnly; Max-Age=\d+; Path=/; SameSite=Lax; Secure"


def get(server, path, **headers):
    """Return the status and headers of a response."""
    status, received, _ = ask(server, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return status, {name.lower(): value for name, value in received.items()}


def test_over_https_cookies_belong_to_this_very_host(tmp_path, alice):
    forwarded = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "127.0.0.1"}
    with serve(tmp_path / "log", HTTPS="on", TRUSTED_PROXY_COUNT="1") as server:
        assert re.fullmatch(COOKIE, get(server, "/", **forwarded)[1]["set-cookie"])
        plain = cookie_of(alice)
        assert get(server, "/rooms/", **forwarded, Cookie=plain)[0] == 302  # as a subdomain could set it
        assert get(server, "/rooms/", **forwarded, Cookie=f"__Host-{plain}")[0] == 200


def test_without_https_cookies_have_their_usual_names():
    names = [getattr(django_settings, f"{kind}_COOKIE_NAME") for kind in ("SESSION", "CSRF", "LANGUAGE")]
    assert names == ["sessionid", "csrftoken", "django_language"]


# --- Headers ---


@pytest.mark.parametrize("kind", [Server, Daphne])
def test_every_answer_has_the_security_headers(kind, tmp_path, alice, lobby):
    paths = ["/", "/rooms/lobby/", "/nothing/", "/avatars/nothing.webp", "/healthz", "/static/js/main.js"]
    with serve(tmp_path / "log", kind=kind) as server:
        for path in paths:
            headers = get(server, path, Cookie=cookie_of(alice))[1]
            assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
            assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
            assert "camera=()" in headers["permissions-policy"]


def test_a_refusal_that_django_never_sees_has_them_too(tmp_path, db):
    with serve(tmp_path / "log") as server:
        refused = [
            ask(server, f"/{'a' * 20_000}"),
            ask(server, "/", method="POST", headers={"Content-Length": "9" * 9}),
        ]
    assert [status for status, *_ in refused] == [414, 413]
    for headers in ({name.lower(): value for name, value in answer[1].items()} for answer in refused):
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "camera=()" in headers["permissions-policy"] and headers["x-frame-options"] == "DENY"


# --- Charsets ---

CODECS = ["utf-7", "UTF-7", "utf-16", "utf-32", "base64", "rot13", "idna", "undefined", "unicode_escape", "latin-1"]
NONSENSE = ["nonsense", "..", "a" * 10_000, "\xe9", '"utf-7"', "utf-8,utf-7"]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("charset", [*CODECS, *NONSENSE])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain"])
def test_text_in_another_charset_is_refused(client, charset, kind):
    for path in ("/", "/accounts/login/"):
        response = client.generic("POST", path, b"login=%41&+AGE-=b", f"{kind}; charset={charset}")
        assert response.status_code == 415 and response.content == b"Send text as UTF-8."


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf_8_is_read(signed_in, alice, lobby, charset):
    content_type = f"{FORM}; charset={charset}"
    assert signed_in(alice).generic("POST", "/rooms/lobby/messages/", "body=%C3%A9", content_type).status_code == 302
    assert Message.objects.get().body == "é"


@pytest.mark.parametrize("kind", [Server, Daphne])
def test_a_server_refuses_charsets_without_a_traceback(kind, tmp_path, alice):
    with serve(tmp_path / "log", kind=kind) as server:
        for cookie in ("", cookie_of(alice)):
            for charset in CODECS:
                headers = {"Content-Type": f"{FORM}; charset={charset}", "Cookie": cookie}
                assert ask(server, "/accounts/login/?next=+AGE-", "POST", b"login=a", headers)[0] == 415
                assert ask(server, "/?next=+AGE-", headers=headers)[0] == 415


def test_unknown_charsets_leave_nothing_in_memory():
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": io.BytesIO()}
    before = len(encodings._cache)
    for number in range(20):
        Request({**environ, "CONTENT_TYPE": f"text/plain; charset=unknown-{number}"})
    assert len(encodings._cache) == before


# --- Error reports ---

FAIL = """
import django; django.setup()
import json
from django.conf import settings
from django.core.mail import mail_admins
from django.test import RequestFactory
from django.views.debug import technical_500_response, get_exception_reporter_class
import sys
def fail(dsn, params): raise ValueError(f"can't connect to {dsn}")
request = RequestFactory().get("/")
try: fail(settings.DATABASE_URL, dict(settings.DATABASES["default"], copied="db-s&cret"))
except ValueError:
    page = technical_500_response(request, *sys.exc_info()).content.decode()
    text = get_exception_reporter_class(request)(request, *sys.exc_info(), is_email=True).get_traceback_text()
print(json.dumps([page, text]))
"""


def test_error_reports_hide_every_password():
    secrets = ["db-s&cret", "db-s%26cret", "db-s&amp;cret", "redis-secret", "mail-secret", "key-" * 10]
    environ = {
        **os.environ,
        "DEBUG": "on",
        "SECRET_KEY": "key-" * 10 + "0123456789",
        "DATABASE_URL": "postgres://bob:db-s%26cret@127.0.0.1:1/chat",
        "REDIS_URL": "redis://:redis-secret@127.0.0.1:1/0",
        "EMAIL_URL": "smtp+tls://bob:mail-secret@127.0.0.1:1",
    }
    page, text = json.loads(subprocess.check_output([sys.executable, "-c", FAIL], cwd=BASE_DIR, env=environ))
    assert "DATABASE_URL" in page and "REDIS_URL" in page and "can&#x27;t connect to" in page
    for secret in secrets:
        assert secret not in page and secret not in text


# --- A full disk ---


@pytest.mark.skipif(ON_POSTGRES, reason="another process writes the files")
def test_a_full_disk_is_reported_and_pages_still_open(tmp_path, alice, lobby):
    cookie = cookie_of(alice)
    User.objects.update(last_login=datetime(2020, 1, 1, tzinfo=UTC))  # so that it is time to note when alice was seen
    with serve(tmp_path / "log") as server:
        prlimit(server.process.pid, RLIMIT_FSIZE, (0, RLIM_INFINITY))  # no file may grow
        assert get(server, "/rooms/lobby/", Cookie=cookie)[0] == 200
        assert get(server, "/healthz")[0] == 503
        assert get(server, "/healthz/live")[0] == 200
        prlimit(server.process.pid, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
        assert get(server, "/healthz")[0] == 200
