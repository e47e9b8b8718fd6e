"""Signing in and the start page lead to the last room, as far as the door still opens it."""

import pytest
from django.utils import timezone

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Room
from conftest import PASSWORD, make_room

pytestmark = pytest.mark.django_db


def sign_in(client, username, **data):
    return client.post("/accounts/login/", {"login": username, "password": PASSWORD, **data}).url


def test_the_start_page_leads_to_the_last_room(client, alice, lobby, studio):
    assert sign_in(client, "alice") == "/rooms/studio/"  # the newest
    client.get("/rooms/lobby/")
    assert client.get("/", follow=True).redirect_chain == [("/rooms/lobby/", 302)]


def test_signing_in_leads_to_the_last_room_after_a_session_has_expired(client, alice, lobby, studio):
    sign_in(client, "alice")
    client.get("/rooms/lobby/")
    del client.cookies["sessionid"]
    assert sign_in(client, "alice") == "/rooms/lobby/"


@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/sessions/end/"])
def test_signing_out_forgets_the_last_room(client, alice, lobby, studio, path):
    sign_in(client, "alice")
    client.get("/rooms/lobby/")
    client.post(path)
    assert client.cookies["last_room"].value == ""
    assert sign_in(client, "alice") == "/rooms/studio/"


def test_a_requested_page_comes_first(client, alice, lobby):
    client.cookies["last_room"] = "lobby"
    assert sign_in(client, "alice", next="/rooms/new/") == "/rooms/new/"


def test_on_a_new_device_the_room_with_the_newest_message_comes_first(client, alice, lobby, studio):
    post_message(Membership.objects.enter(alice, "lobby"), "news")
    assert sign_in(client, "alice") == "/rooms/lobby/"


def test_without_a_room_it_is_the_list_of_rooms(client, mallory, lobby):
    assert sign_in(client, "mallory") == "/rooms/"
    assert client.get("/").url == "/rooms/"


@pytest.mark.parametrize("slug", ["studio", "no-such-room", "", "a\0", "../admin", "x" * 5_000, "\xff"])
def test_a_cookie_opens_no_door(signed_in, mallory, studio, slug):
    own = make_room("own", Room.Kind.CLOSED, owner=mallory)
    client = signed_in(mallory)
    client.cookies["last_room"] = slug
    response = client.get("/")
    assert (response.status_code, response.url) == (302, own.get_absolute_url())


def test_a_banned_member_starts_elsewhere(signed_in, carol, lobby):
    client = signed_in(carol)
    client.get("/rooms/lobby/")
    lobby.memberships.filter(user=carol).update(banned_at=timezone.now())
    assert client.get("/").url == "/rooms/"


def test_only_a_members_own_room_is_remembered_and_only_once(signed_in, alice, mallory, lobby):
    client, visitor = signed_in(alice), signed_in(mallory)
    cookie = client.get("/rooms/lobby/").cookies["last_room"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("lobby", True, "Lax")
    assert "last_room" not in client.get("/rooms/lobby/").cookies
    for path in ("/rooms/lobby/", "/rooms/none/"):
        assert "last_room" not in visitor.get(path).cookies


def test_the_start_page_writes_nothing_and_asks_little(signed_in, alice, lobby, django_assert_max_num_queries):
    client = signed_in(alice)
    client.get("/rooms/lobby/")
    with django_assert_max_num_queries(3) as queries:  # session, user, door
        client.get("/")
    assert all(query["sql"].startswith("SELECT") for query in queries)
