"""The entry page is kept between requests, and is the same as a fresh one."""

import re

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.session import SessionStorage
from django.test import Client
from django.utils.http import urlencode

from a_users.adapter import SocialAccountAdapter
from a_users.kept_page import NEXT_MARK, TOKEN_MARK, _pages, forget_pages
from a_users.views.entry import entry

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')


class Site:
    """Another site to sign in by."""

    name, uses_apps = "Site", False

    def get_login_url(self, request, **query):
        """Return its address, as allauth's providers make it."""
        return f"/accounts/site/login/?{urlencode(query)}"


def page(query="", language="en"):
    """Return the entry page without its tokens, and the tokens."""
    content = Client().get(f"/{query}", headers={"accept-language": language}).content.decode()
    return TOKEN.sub("", content), TOKEN.findall(content)


def fresh_page(settings, *args):
    """Return the page as it is rendered anew."""
    settings.DEBUG = True
    try:
        return page(*args)[0]
    finally:
        settings.DEBUG = False


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("sites", [[], [Site()]], ids=["alone", "with a site"])
@pytest.mark.parametrize("query", ["", "?next=/rooms/lobby/", "?next=/a%20b/%3Fx=1%26y=%22%3Cb%3E%27%2B%25&other=1"])
def test_a_kept_page_equals_a_fresh_one(settings, monkeypatch, language, sites, query):
    monkeypatch.setattr(SocialAccountAdapter, "list_providers", lambda *args: sites)
    fresh = fresh_page(settings, query, language)
    page("?next=/somewhere/else/", language)  # keeps a page
    kept = [page(query, language)[0] for _ in range(2)]
    assert kept == [fresh, fresh]
    assert f'lang="{language}"' in fresh and ("?next" not in query or 'name="next"' in fresh)
    assert ("/accounts/site/login/?process=login" in fresh) == bool(sites)
    assert TOKEN_MARK not in fresh and NEXT_MARK not in kept[0]


def test_every_page_has_tokens_of_its_own():
    tokens = [page()[1] for _ in range(2)]
    assert all(len(set(of_page)) == 1 and len(of_page) >= 2 for of_page in tokens)
    assert tokens[0] != tokens[1]


def test_the_token_of_a_kept_page_lets_one_in(alice):
    page()
    client = Client(enforce_csrf_checks=True)
    token, *_ = TOKEN.findall(client.get("/").content.decode())
    data = {"login": "alice", "password": "correct horse battery"}
    assert client.post("/accounts/login/", data).status_code == 403
    answer = client.post("/accounts/login/", {**data, "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/rooms/")


def test_a_page_with_messages_is_not_kept(rf):
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), {}
    request._messages = SessionStorage(request)
    forget_pages()
    messages.success(request, "Goodbye, alice")
    assert "Goodbye, alice" in entry(request).content.decode()
    assert not _pages
    assert "Goodbye" not in page()[0] and _pages
