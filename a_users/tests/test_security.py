"""What protects an account from others."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.contrib.sessions.models import Session
from django.test import Client

from a_users.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOG_IN = "/accounts/login/"


def test_a_session_gets_another_key_at_login_and_the_last_one_is_dead(client, alice):
    session = client.session
    session["before"] = "login"
    session.save()
    planted = session.session_key
    client.post(LOG_IN, {"login": "alice", "password": PASSWORD})
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_passwords_are_hashed_with_argon2(client, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]  # without the quick one of the tests
    client.post("/accounts/signup/", {"username": "dave", "password1": "a long enough secret"})
    assert identify_hasher(User.objects.get().password).algorithm == "argon2"


@pytest.mark.parametrize("login", ["alice", "nobody", "nobody@example.org"])
def test_guessing_a_password_is_limited_and_tells_nothing(alice, login):
    answers = [Client().post(LOG_IN, {"login": login, "password": f"guess {n}"}).content.decode() for n in range(7)]
    assert "not correct" in answers[0] and "Too many" in answers[-1]
    right = Client()
    right.post(LOG_IN, {"login": login, "password": PASSWORD})
    assert "_auth_user_id" not in right.session


def test_a_deactivated_account_does_not_get_in(client, alice):
    User.objects.update(is_active=False)
    client.post(LOG_IN, {"login": "alice", "password": PASSWORD}, follow=True)
    assert "_auth_user_id" not in client.session


def test_a_post_from_another_site_changes_nothing(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    for page in ("username/", "appearance/", "export/", "delete/"):
        assert browser.post(f"/profile/settings/{page}", {"theme": "dark"}).status_code == 403
    assert User.objects.get().theme == "system"
