"""What one may call oneself, and what becomes of the name one had."""

from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from a_users.actions.accounts import FORMER_USERNAMES_KEPT, change_username
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
    "..": "letter or digit at both ends",
    "-dash": "letter or digit at both ends",
    "me@example.org": "letters, digits",
    "admin": "reserved",
    "me": "reserved",
    "Everyone": "reserved",
    "here": "reserved",
    "ｈｅｒｅ": "reserved",
    "deleted-7": "reserved",
    "alice": "has this name already",
    "ALICE": "has this name already",
    "ａｌｉｃｅ": "has this name already",
}
GOOD = ["al", "a" * 150, "Zoë", "Grace.Hopper", "北川", "ivan_2", "مريم"]


@pytest.mark.parametrize(("username", "reason"), BAD.items())
def test_a_bad_name_is_refused_at_sign_up_and_nothing_is_stored(client, alice, username, reason):
    response = client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert response.status_code == 200
    assert reason in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(("username", "reason"), BAD.items())
def test_a_bad_name_is_refused_in_the_settings_and_stays_in_its_field(just_in, alice, bob, username, reason):
    response = just_in(bob).post(CHANGE, {"username": username})
    assert response.status_code == 422
    assert reason in response.content.decode()
    bob.refresh_from_db()
    assert bob.username == "bob" and not bob.former_usernames.exists()


@pytest.mark.parametrize("username", GOOD)
def test_a_good_name_is_taken(client, username):
    client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert User.objects.get().username == username


def test_a_name_is_stored_in_its_usual_form(client):
    client.post(SIGN_UP, {"username": "Ｍｉｒａ", "password1": PASSWORD})
    assert User.objects.get().username == "Mira"


def test_the_database_itself_refuses_a_look_alike(alice):
    with pytest.raises(IntegrityError):
        User.objects.create_user("ALICE")


def test_an_administrator_is_told_of_a_look_alike(alice, admin_client):
    response = admin_client.post(
        "/admin/a_users/user/add/", {"username": "ALICE", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert "has this name already" in response.content.decode()


def test_an_administrator_may_be_called_admin():
    call_command("createsuperuser", "--noinput", username="admin", email="")
    assert User.objects.get().username == "admin"
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", username="no spaces", email="")


def test_folding_is_stable():
    for name in ("Straße", "ﬁne", "İstanbul", "ΑΣ"):
        assert fold(fold(name)) == fold(name)


def test_one_is_renamed_and_the_last_name_leads_on(signed_in, just_in, alice, bob):
    browser = just_in(bob)
    assert browser.post(CHANGE, {"username": "robert"}, follow=True).status_code == 200
    assert browser.get("/profile/settings/").context["user"].username == "robert"
    page = signed_in(alice).get("/@bob/", follow=True)
    assert page.redirect_chain[-1][0] == "/@robert/" and page.status_code == 200


def test_nobody_else_can_take_a_name_that_was_given_up(alice, bob):
    change_username(bob, "robert")
    with pytest.raises(ValidationError):
        change_username(alice, "Bob")
    assert not User.objects.is_free("bob")


def test_one_can_go_back_to_ones_last_name(bob):
    for name in ("robert", "bob"):
        change_username(bob, name)
    assert [former.username for former in bob.former_usernames.all()] == ["robert"]


def test_a_change_of_case_gives_no_name_up(bob):
    change_username(bob, "Bob")
    assert bob.username == "Bob" and not bob.former_usernames.exists()


def test_only_the_newest_names_are_kept_from_others(bob):
    for n in range(FORMER_USERNAMES_KEPT + 2):
        change_username(bob, f"bob{n}")
    assert bob.former_usernames.count() == FORMER_USERNAMES_KEPT
    assert User.objects.is_free("bob") and not User.objects.is_free("bob3")


def test_one_can_log_in_in_any_case(client, bob):
    bob.set_password(PASSWORD)
    bob.save()
    client.post("/accounts/login/", {"login": "BOB", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_whoever_came_in_long_ago_enters_the_password_first(signed_in, bob):
    response = signed_in(bob).post(CHANGE, {"username": "robert"})
    assert response.url.startswith("/accounts/reauthenticate/")
    bob.refresh_from_db()
    assert bob.username == "bob"


def test_a_stranger_changes_nothing(client, bob):
    assert client.post(CHANGE, {"username": "robert"}).status_code == 302
    bob.refresh_from_db()
    assert bob.username == "bob"


@pytest.mark.parametrize("username", ["\u3164\u3164", "\u115f\u1160", "аlice", "aliсe", "deletеd-5"])
def test_nobody_goes_by_letters_that_deceive_the_eye(client, username):
    response = client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert "errorlist" in response.content.decode() and not User.objects.exists()


@pytest.mark.parametrize("username", ["alıce", "аӏісе", "αlιce"])
def test_a_look_alike_in_another_script_is_taken_already(alice, username):
    assert not User.objects.is_free(username)


@pytest.mark.parametrize(("username", "typed"), [("Ärger", "ärger"), ("ΣΑΣ", "σας"), ("straße", "STRASSE")])
def test_case_makes_no_difference_in_any_script(client, username, typed):
    User.objects.create_user(username, password=PASSWORD)
    client.post("/accounts/login/", {"login": typed, "password": PASSWORD})
    assert "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_for_a_name_at_once_one_is_told(client, alice):
    with patch("a_users.models.user.UserQuerySet.is_free", side_effect=[True, False]):  # as both were told
        response = client.post(SIGN_UP, {"username": "ALICE", "password1": PASSWORD})
    assert "has this name already" in response.content.decode() and User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_rename_themselves_at_once_one_is_told(alice, bob):
    with patch("a_users.models.user.UserQuerySet.is_free", return_value=True), pytest.raises(ValidationError):
        change_username(bob, "ALICE")
    bob.refresh_from_db()
    assert bob.username == "bob" and not bob.former_usernames.exists()
