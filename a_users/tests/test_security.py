"""Protection against account takeover."""

from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.contrib.sessions.models import Session
from django.test import Client

from a_users.models import User
from conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db
HASH = MD5PasswordHasher.encode
SIGN_IN = "/accounts/login/"


def test_signing_in_changes_the_session_key_and_deletes_the_old_session(client, alice):
    session = client.session
    session["before"] = "sign-in"
    session.save()
    planted = session.session_key
    client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_passwords_are_hashed_with_argon2(client, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]  # without the fast hasher of the tests
    client.post("/accounts/signup/", {"username": "dave", "password1": "a long enough secret"})
    assert identify_hasher(User.objects.get().password).algorithm == "argon2"


@pytest.mark.parametrize("login", ["alice", "nobody", "nobody@example.org"])
def test_guessing_a_password_is_rate_limited_and_reveals_nothing(alice, login):
    answers = [Client().post(SIGN_IN, {"login": login, "password": f"guess {n}"}).content.decode() for n in range(7)]
    assert "or password." in answers[0] and "Too many" in answers[-1]
    right = Client()
    right.post(SIGN_IN, {"login": login, "password": PASSWORD})
    assert "_auth_user_id" not in right.session


def test_a_deactivated_user_cannot_sign_in(client, alice):
    User.objects.update(is_active=False)
    client.post(SIGN_IN, {"login": "alice", "password": PASSWORD}, follow=True)
    assert "_auth_user_id" not in client.session


def test_cross_site_posts_are_rejected(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    for page in ("username/", "appearance/", "export/", "delete/"):
        assert browser.post(f"/profile/settings/{page}", {"theme": "dark"}).status_code == 403
    assert User.objects.get().theme == "system"


@pytest.mark.parametrize("login", ["alice", "nobody", "alice@example.org", "nobody@example.org"])
def test_every_attempt_costs_one_hash_for_any_number_of_matching_accounts(client, alice, login):
    for name in ("alice", "anna", "abel"):
        user = User.objects.filter(username=name).first() or make_user(name)
        EmailAddress.objects.create(user=user, email="alice@example.org")
    with patch("django.contrib.auth.hashers.MD5PasswordHasher.encode", autospec=True, side_effect=HASH) as hashed:
        client.post(SIGN_IN, {"login": login, "password": "a guess"})
    assert hashed.call_count == 1


def test_failed_attempts_from_elsewhere_do_not_lock_out_the_owner(alice):
    for n in range(7):
        Client().post(SIGN_IN, {"login": "alice", "password": f"guess {n}"}, REMOTE_ADDR="10.0.0.1")
    honest = Client()
    honest.post(SIGN_IN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="10.0.0.2")
    assert "_auth_user_id" in honest.session


def test_attempts_on_one_name_are_limited_across_all_addresses(alice):
    for n in range(101):
        Client().post(SIGN_IN, {"login": "alice", "password": f"guess {n}"}, REMOTE_ADDR=f"10.0.0.{n}")
    right = Client()
    right.post(SIGN_IN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="10.0.1.1")
    assert "_auth_user_id" not in right.session


def test_an_endless_login_is_rejected(client):
    page = client.post(SIGN_IN, {"login": "a" * 200_000, "password": PASSWORD})
    assert page.status_code == 200 and "errorlist" in page.content.decode()


def test_an_endless_path_is_not_found(signed_in, alice):
    assert signed_in(alice).get(f"/media/avatars/{'a' * 5_000}.webp").status_code == 404
