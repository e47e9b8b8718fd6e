"""Choosing and changing a username."""

from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from a_users.actions.accounts import MAX_FORMER_USERNAMES, change_username
from a_users.models import User
from a_users.usernames import fold

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
CHANGE = "/profile/settings/username/"
PASSWORD = "a long enough secret"

BAD = {
    "a": "2 to 150",
    "a" * 151: "150",
    "two words": "no spaces",
    "tab\tbed": "letters, digits",
    "bell\x07": "letters, digits",
    "ali\u200fce": "letters, digits",
    "ali\u202ece": "letters, digits",
    "zero\u200bwidth": "letters, digits",
    "..": "Start and end with a letter or digit",
    "-dash": "Start and end with a letter or digit",
    "me@example.org": "letters, digits",
    "admin": "reserved",
    "me": "reserved",
    "Everyone": "reserved",
    "here": "reserved",
    "ｈｅｒｅ": "reserved",
    "deleted-7": "reserved",
    "alice": "username is taken",
    "ALICE": "username is taken",
    "ａｌｉｃｅ": "username is taken",
}
GOOD = ["al", "a" * 150, "Zoë", "Grace.Hopper", "北川", "ivan_2", "مريم"]


@pytest.mark.parametrize(("username", "error"), BAD.items())
def test_an_invalid_username_is_rejected_at_sign_up(client, alice, username, error):
    response = client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert response.status_code == 200
    assert error in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(("username", "error"), BAD.items())
def test_an_invalid_username_is_rejected_in_the_settings(just_signed_in, alice, bob, username, error):
    response = just_signed_in(bob).post(CHANGE, {"username": username})
    assert response.status_code == 422
    assert error in response.content.decode()
    bob.refresh_from_db()
    assert bob.username == "bob" and not bob.former_usernames.exists()


@pytest.mark.parametrize("username", GOOD)
def test_a_valid_username_is_accepted(client, username):
    client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert User.objects.get().username == username


def test_a_username_is_normalised(client):
    client.post(SIGN_UP, {"username": "Ｍｉｒａ", "password1": PASSWORD})
    assert User.objects.get().username == "Mira"


def test_an_administrator_may_use_a_reserved_username():
    call_command("createsuperuser", "--noinput", username="admin", email="")
    assert User.objects.get().username == "admin"
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", username="no spaces", email="")


def test_folding_is_idempotent():
    for name in ("Straße", "ﬁne", "İstanbul", "ΑΣ"):
        assert fold(fold(name)) == fold(name)


def test_renaming_redirects_the_old_username(signed_in, just_signed_in, alice, bob):
    browser = just_signed_in(bob)
    assert browser.post(CHANGE, {"username": "robert"}, follow=True).status_code == 200
    assert browser.get("/profile/settings/").context["user"].username == "robert"
    page = signed_in(alice).get("/@bob/", follow=True)
    assert page.redirect_chain[-1][0] == "/@robert/" and page.status_code == 200


def test_nobody_else_can_take_a_former_username(alice, bob):
    change_username(bob, "robert")
    with pytest.raises(ValidationError):
        change_username(alice, "Bob")
    assert not User.objects.is_free("bob")


def test_users_can_return_to_a_former_username(bob):
    for name in ("robert", "bob"):
        change_username(bob, name)
    assert [former.username for former in bob.former_usernames.all()] == ["robert"]


def test_changing_only_the_case_leaves_no_former_username(bob):
    change_username(bob, "Bob")
    assert bob.username == "Bob" and not bob.former_usernames.exists()


def test_only_the_latest_former_usernames_are_blocked(bob):
    for n in range(MAX_FORMER_USERNAMES + 2):
        change_username(bob, f"bob{n}")
    assert bob.former_usernames.count() == MAX_FORMER_USERNAMES
    assert User.objects.is_free("bob") and not User.objects.is_free("bob3")


def test_signing_in_ignores_the_case_of_the_username(client, bob):
    bob.set_password(PASSWORD)
    bob.save()
    client.post("/accounts/login/", {"login": "BOB", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_renaming_requires_reauthentication(signed_in, bob):
    response = signed_in(bob).post(CHANGE, {"username": "robert"})
    assert response.url.startswith("/accounts/reauthenticate/")
    bob.refresh_from_db()
    assert bob.username == "bob"


def test_visitors_cannot_rename_users(client, bob):
    assert client.post(CHANGE, {"username": "robert"}).status_code == 302
    bob.refresh_from_db()
    assert bob.username == "bob"


@pytest.mark.parametrize(("username", "typed"), [("Ärger", "ärger"), ("ΣΑΣ", "σας"), ("straße", "STRASSE")])
def test_case_is_ignored_in_every_script(client, username, typed):
    User.objects.create_user(username, password=PASSWORD)
    client.post("/accounts/login/", {"login": typed, "password": PASSWORD})
    assert "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_concurrent_sign_ups_gets_an_error(client, alice):
    answers = [None, ValidationError("taken")]  # as a concurrent request would see it
    with patch("a_users.models.user.UserQuerySet.require_free", side_effect=answers):
        response = client.post(SIGN_UP, {"username": "ALICE", "password1": PASSWORD})
    assert "username is taken" in response.content.decode() and User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_concurrent_renames_gets_an_error(alice, bob):
    with patch("a_users.models.user.UserQuerySet.require_free"), pytest.raises(ValidationError):
        change_username(bob, "ALICE")
    bob.refresh_from_db()
    assert bob.username == "bob" and not bob.former_usernames.exists()
