"""The cached entry page equals a fresh one."""

import re

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.session import SessionStorage
from django.test import Client
from django.utils.http import urlencode

from a_users.adapter import SocialAccountAdapter
from a_users.page_cache import NEXT_MARK, TOKEN_MARK, _pages, clear_pages
from a_users.views.entry import entry

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')


class Site:
    """A fake provider for signing in."""

    name, uses_apps = "Site", False

    def get_login_url(self, request, **query):
        """Return the provider's sign-in URL, as allauth does."""
        return f"/accounts/site/login/?{urlencode(query)}"


def page(query="", language="en"):
    """Return the entry page without its tokens, and the tokens."""
    content = Client().get(f"/{query}", headers={"accept-language": language}).content.decode()
    return TOKEN.sub("", content), TOKEN.findall(content)


def fresh_page(settings, *args):
    """Return the entry page without the cache."""
    settings.DEBUG = True
    try:
        return page(*args)[0]
    finally:
        settings.DEBUG = False


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("sites", [[], [Site()]], ids=["alone", "with a site"])
@pytest.mark.parametrize("query", ["", "?next=/rooms/lobby/", "?next=/a%20b/%3Fx=1%26y=%22%3Cb%3E%27%2B%25&other=1"])
def test_a_cached_page_equals_a_fresh_one(settings, monkeypatch, language, sites, query):
    monkeypatch.setattr(SocialAccountAdapter, "list_providers", lambda *args: sites)
    fresh = fresh_page(settings, query, language)
    page("?next=/somewhere/else/", language)  # fills the cache
    cached = [page(query, language)[0] for _ in range(2)]
    assert cached == [fresh, fresh]
    assert f'lang="{language}"' in fresh and ("?next" not in query or 'name="next"' in fresh)
    assert ("/accounts/site/login/?process=login" in fresh) == bool(sites)
    assert TOKEN_MARK not in fresh and NEXT_MARK not in cached[0]


def test_every_response_has_its_own_tokens():
    tokens = [page()[1] for _ in range(2)]
    assert all(len(set(of_page)) == 1 and len(of_page) >= 2 for of_page in tokens)
    assert tokens[0] != tokens[1]


def test_the_token_of_a_cached_page_is_valid(alice):
    page()
    client = Client(enforce_csrf_checks=True)
    token, *_ = TOKEN.findall(client.get("/").content.decode())
    data = {"login": "alice", "password": "correct horse battery"}
    assert client.post("/accounts/login/", data).status_code == 403
    response = client.post("/accounts/login/", {**data, "csrfmiddlewaretoken": token})
    assert (response.status_code, response.headers["Location"]) == (302, "/rooms/")


def test_a_page_with_messages_is_not_cached(rf):
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), {}
    request._messages = SessionStorage(request)
    clear_pages()
    messages.success(request, "Goodbye, alice")
    assert "Goodbye, alice" in entry(request).content.decode()
    assert not _pages
    assert "Goodbye" not in page()[0] and _pages
