"""Joining by button, by code and by signing up; leaving."""

import re

import pytest
from django.utils import timezone

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit, leave_every_room, leave_room
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.rooms import create_room
from a_rtchat.models import Departure, Membership, Room
from a_users.actions.accounts import delete_account
from conftest import PASSWORD, make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def talked_in(lobby, membership):
    """The lobby with three messages."""
    for n in range(3):
        post_message(membership, f"message {n}")
    lobby.refresh_from_db()
    return lobby


def test_visiting_an_open_room_shows_a_preview_without_joining(signed_in, mallory, talked_in):
    Room.objects.update(description="Everything else")
    page = signed_in(mallory).get("/rooms/lobby/").content.decode()
    assert all(text in page for text in ("message 2", "3 members", "Everything else", 'action="/rooms/lobby/join/"'))
    assert "/ws/rooms/" not in page and 'id="composer"' not in page
    assert not Membership.objects.filter(user=mallory).exists()


def test_the_button_joins_with_nothing_unread_under_the_rooms_next_revision(signed_in, mallory, talked_in):
    assert signed_in(mallory).post("/rooms/lobby/join/").url == "/rooms/lobby/"
    membership = Membership.objects.get(user=mallory)
    assert (membership.role, membership.last_read_seq, membership.revision) == ("member", 3, 4)
    talked_in.refresh_from_db()
    assert (talked_in.last_seq, talked_in.revision) == (3, 4)
    assert signed_in(mallory).get("/rooms/lobby/").content.decode().count('id="composer"') == 1


def test_joining_twice_changes_nothing(signed_in, mallory, lobby):
    for _ in range(2):
        assert signed_in(mallory).post("/rooms/lobby/join/").status_code == 302
    lobby.refresh_from_db()
    assert lobby.revision == 1


@pytest.mark.parametrize("slug", ["studio", "nowhere"])
def test_private_and_unknown_rooms_cannot_be_joined(signed_in, mallory, studio, slug):
    assert signed_in(mallory).post(f"/rooms/{slug}/join/").status_code == 404
    assert not Membership.objects.filter(user=mallory).exists()


def test_a_banned_member_sees_no_preview_and_cannot_rejoin(signed_in, carol, lobby):
    lobby.memberships.filter(user=carol).update(banned_at=timezone.now())
    client = signed_in(carol)
    assert client.get("/rooms/lobby/").status_code == client.post("/rooms/lobby/join/").status_code == 404
    response = client.post("/rooms/join/", {"code": "lobby"})
    assert response.status_code == 422 and "No room matches that code." in response.content.decode()


@pytest.mark.parametrize("method", ["join", "read", "request"])
def test_a_get_joins_asks_and_reads_nothing(signed_in, mallory, lobby, method):
    assert signed_in(mallory).get(f"/rooms/lobby/{method}/").status_code == 405


def test_a_permalink_to_an_open_room_shows_visitors_the_preview(signed_in, mallory, talked_in, studio):
    client = signed_in(mallory)
    assert client.get("/rooms/lobby/messages/1/").url == "/rooms/lobby/"
    assert client.get("/rooms/studio/messages/1/").status_code == 404


def test_a_member_can_leave_and_rejoin(signed_in, carol, lobby):
    client = signed_in(carol)
    assert client.post("/rooms/lobby/leave/").url == "/rooms/"
    assert not Membership.objects.filter(user=carol).exists()
    assert Departure.objects.get(user=carol).revision == 1
    client.post("/rooms/lobby/join/")
    assert Membership.objects.get(user=carol).revision == 2 and not Departure.objects.exists()


def test_a_room_whose_owner_deletes_their_account_passes_to_a_moderator_in_the_log(alice, bob, lobby):
    leave_every_room(alice)
    assert Membership.objects.get(user=bob).role == "owner"
    lobby.refresh_from_db()
    assert lobby.revision == 2


def test_a_room_passes_to_the_first_member_who_has_posted_in_it_and_not_elsewhere(alice, bob, carol, mallory):
    room = make_room("offers", Room.Kind.OPEN, owner=alice, member=bob)
    for user in (carol, mallory):
        admit(room, user)
    other = make_room("other", Room.Kind.OPEN, owner=bob)
    post_message(Membership.objects.enter(bob, other.slug), "elsewhere")
    post_message(Membership.objects.enter(mallory, room.slug), "hello")
    leave_every_room(alice)
    assert {m.user.username for m in room.memberships.filter(role="owner")} == {"mallory"}


@pytest.mark.parametrize("departure", [leave_every_room, delete_account])
def test_a_room_is_not_foisted_on_those_who_merely_joined(departure, signed_in, alice, mallory):
    room = create_room(alice, "Offers").room
    signed_in(mallory).post(f"/rooms/{room.slug}/join/")
    departure(alice)
    assert list(room.memberships.values_list("user__username", "role")) == [("mallory", "member")]


def test_signing_up_joins_only_the_default_rooms(client, db):
    lobby = make_room("lobby", Room.Kind.OPEN)
    make_room("other", Room.Kind.OPEN)
    Room.objects.filter(pk=lobby.pk).update(is_default=True)
    client.post("/accounts/signup/", {"username": "dave", "password1": PASSWORD})
    assert list(Membership.objects.values_list("room__slug", "user__username")) == [("lobby", "dave")]
    assert re.search('href="/rooms/lobby/">Skip', client.get("/welcome/").content.decode())


def test_a_private_room_is_never_joined_by_signing_up(client, db):
    Room.objects.filter(pk=make_room("den", Room.Kind.CLOSED).pk).update(is_default=True)
    client.post("/accounts/signup/", {"username": "dave", "password1": PASSWORD})
    assert not Membership.objects.exists()


def test_joining_costs_few_queries(mallory, lobby, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        admit(lobby, mallory)


def test_nobody_leaves_a_direct_message(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    response = signed_in(alice).post(f"{room.get_absolute_url()}leave/")
    assert response.status_code == 422 and "leave a direct message" in response.content.decode()
    assert room.memberships.count() == 2


def test_a_direct_room_that_lost_someone_is_whole_again_when_it_is_opened(alice, bob):
    room = open_direct_room(alice, bob)
    Membership.objects.filter(room=room, user=alice).delete()
    assert open_direct_room(bob, alice) == room and room.memberships.count() == 2


def test_an_abandoned_room_belongs_to_the_first_who_comes_back_and_has_posted_in_it(alice):
    room = create_room(alice, "Tea").room
    post_message(Membership.objects.enter(alice, room.slug), "hello")
    leave_room(Membership.objects.enter(alice, room.slug))
    assert admit(room, alice).role == "owner"


def test_an_abandoned_room_is_not_foisted_on_whoever_joins(alice, mallory):
    room = create_room(alice, "Offers").room
    post_message(Membership.objects.enter(alice, room.slug), "buy this")
    leave_room(Membership.objects.enter(alice, room.slug))
    assert admit(room, mallory).role == "member"
    leave_room(Membership.objects.enter(mallory, room.slug))
    assert admit(room, mallory).role == "member"


def test_a_room_that_nobody_was_ever_in_gets_no_owner_by_joining(mallory):
    assert admit(make_room("new", Room.Kind.OPEN), mallory).role == "member"


def test_leaving_twice_takes_one_revision(carol, lobby):
    for membership in [Membership.objects.enter(carol, "lobby")] * 2:
        leave_room(membership)
    lobby.refresh_from_db()
    assert lobby.revision == 1


def test_only_wrong_codes_count_and_a_right_one_always_works(signed_in, mallory, carol, lobby, monkeypatch):
    from a_rtchat.views import discover
    from a_users.limits import Limit

    monkeypatch.setattr(discover, "wrong_codes", Limit("few-wrong-codes", 2, 3600, "Too many wrong codes."))
    answers = [signed_in(carol).post("/rooms/join/", {"code": f"nope-{n}"}).status_code for n in range(40)]
    assert answers[0] == 422 and answers[-1] == 429
    assert signed_in(mallory).post("/rooms/join/", {"code": "lobby"}).url == "/rooms/lobby/"
