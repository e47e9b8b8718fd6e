"""Usernames that could be taken for another."""

import pytest
from django.db import IntegrityError, transaction

from a_users.actions.accounts import change_username
from a_users.models import User
from a_users.tests.test_usernames import PASSWORD, SIGN_UP
from a_users.usernames import skeleton

pytestmark = pytest.mark.django_db


def test_the_database_rejects_a_look_alike(alice):
    with pytest.raises(IntegrityError):
        User.objects.create_user("ALICE")


def test_the_admin_rejects_a_look_alike(alice, admin_client):
    response = admin_client.post(
        "/admin/a_users/user/add/", {"username": "ALICE", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert "username is taken" in response.content.decode()


@pytest.mark.parametrize("username", ["\u3164\u3164", "\u115f\u1160", "аlice", "aliсe", "deletеd-5"])
def test_deceptive_characters_are_rejected(client, username):
    response = client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert "errorlist" in response.content.decode() and not User.objects.exists()


LOOK_ALIKES = {
    "alice": ["aIice", "AIice", "a1ice", "ɑlice", "alıce", "ᴀlice", "alɪce", "аӏісе", "АLІСЕ", "ALlCE", "ɑIıce"],
    "bob": ["b0b", "bοb", "ᏴՕᏴ", "ꓐꓳꓐ"],
    "Ian": ["lan", "1an"],
    "morten": ["rnorten", "mоrten"],
}


@pytest.mark.parametrize(("username", "other"), [(name, like) for name, likes in LOOK_ALIKES.items() for like in likes])
def test_a_username_that_looks_like_another_is_taken(client, username, other):
    User.objects.create_user(username)
    page = client.post(SIGN_UP, {"username": other, "password1": PASSWORD}).content.decode()
    assert "looks too much like" in page or "single alphabet" in page, skeleton(other)
    assert not User.objects.is_free(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(other)


HONEST_PAIRS = [
    "mia mla",
    "ian lan",
    "bob bop",
    "anna ana",
    "jose josé",
    "user1 user2",
    "max rnax0",
    "ole öle",
    "Ли Ле",
]


@pytest.mark.parametrize("pair", HONEST_PAIRS)
def test_usernames_that_differ_visibly_are_both_free(client, pair):
    first, second = pair.split()
    User.objects.create_user(first)
    client.post(SIGN_UP, {"username": second, "password1": PASSWORD})
    assert User.objects.filter(username=second).exists()


@pytest.mark.parametrize("username", ["ⲁlice", "b০b", "Ольгa", "αlpha", "מaria", "漢字а", "ꓮlice", "ᎪLICE"])
def test_a_username_of_several_alphabets_is_rejected(client, username):
    page = client.post(SIGN_UP, {"username": username, "password1": PASSWORD}).content.decode()
    assert "single alphabet" in page and not User.objects.exists()


@pytest.mark.parametrize(
    "username", ["東京タワー", "ひらカナ漢字abc", "서울seoul", "مريم١٢", "Ольга2", "Αλίκη-1", "דוד.7", "नमन"]
)
def test_a_username_of_one_writing_system_is_accepted(client, username):
    client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert User.objects.get().username == username


def test_a_look_alike_of_a_former_or_reserved_username_is_not_free(client, bob):
    change_username(bob, "robert")
    for username in ("b0b", "rnoderator", "r00t", "ADMlN"):
        client.post(SIGN_UP, {"username": username, "password1": PASSWORD})
    assert User.objects.count() == 1


def test_nobody_signs_in_or_is_found_under_a_look_alike(client, alice):
    client.post("/accounts/login/", {"login": "aIice", "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session and User.objects.known_as("aIice") is None
