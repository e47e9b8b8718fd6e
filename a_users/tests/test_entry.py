"""Signing up, in and out."""

import pytest

from a_users.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "dave", "password1": "a long enough secret"}


def test_one_page_shows_both_forms(client):
    page = client.get("/").content.decode()
    assert 'action="/accounts/login/"' in page and 'action="/accounts/signup/"' in page
    assert 'name="password2"' not in page


@pytest.mark.parametrize("email", ["", "dave@example.org"])
def test_signing_up_leads_to_the_welcome_page(client, email):
    response = client.post("/accounts/signup/", SIGN_UP | {"email": email})
    assert (response.status_code, response.url) == (302, "/welcome/")
    user = User.objects.get()
    assert (user.username, user.email) == ("dave", email)
    assert client.get("/rooms/").status_code == 200


def test_signing_in_leads_to_the_rooms_and_signing_out_to_the_home_page(client, alice):
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, "/rooms/")
    assert client.post("/accounts/logout/").url == "/"
    assert client.get("/rooms/").status_code == 302


@pytest.mark.parametrize("next_url", ["/rooms/lobby/", "/rooms/new/"])
def test_the_requested_page_is_kept(client, alice, next_url):
    page = client.get(next_url, follow=True).content.decode()
    assert page.count(f'<input type="hidden" name="next" value="{next_url}">') == 3  # sign in, passkey, sign up
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD, "next": next_url})
    assert response.url == next_url


def test_next_cannot_lead_to_another_site(client, alice):
    data = {"login": "alice", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/accounts/login/", data).url == "/rooms/"


@pytest.mark.parametrize("username", ["alice", "ALICE"])
def test_a_taken_username_shows_an_error_and_keeps_the_input(client, alice, username):
    response = client.post("/accounts/signup/", SIGN_UP | {"username": username, "email": "me@example.org"})
    page = response.content.decode()
    assert "That username is taken." in page
    assert f'value="{username}"' in page and 'value="me@example.org"' in page
    assert 'action="/accounts/login/"' in page
    assert User.objects.count() == 1


@pytest.mark.parametrize(("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_a_failed_sign_in_shows_an_error_and_keeps_the_name(client, alice, login, password):
    page = client.post("/accounts/login/", {"login": login, "password": password}).content.decode()
    assert "Wrong username or password." in page
    assert f'value="{login}"' in page and password not in page.replace(f'value="{login}"', "")
    assert 'action="/accounts/signup/"' in page


@pytest.mark.parametrize("password", ["short", "12345678", "password"])
def test_a_weak_password_is_rejected(client, password):
    assert "errorlist" in client.post("/accounts/signup/", SIGN_UP | {"password1": password}).content.decode()
    assert not User.objects.exists()


def test_a_deactivated_user_cannot_sign_in(client, alice):
    alice.is_active = False
    alice.save()
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert client.get("/rooms/").status_code == 302


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/email/", "/accounts/password/change/"])
def test_allauth_pages_use_our_design(signed_in, alice, path):
    page = signed_in(alice).get(path).content.decode()
    assert "css/tokens.css" in page and 'class="brand"' in page and "style=" not in page
