"""The list of rooms, new rooms, joining by code, direct rooms."""

import re

import pytest
from django.test.utils import CaptureQueriesContext

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.rooms import create_room
from a_rtchat.models import Membership, Room
from a_users.models import User
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db


def test_my_rooms_and_open_rooms_are_listed_but_not_private_ones(signed_in, mallory, alice, lobby, studio):
    make_room("garden", Room.Kind.OPEN, owner=mallory)
    page = signed_in(mallory).get("/rooms/").content.decode()
    assert re.search(r'id="rooms".*Garden.*id="discover".*Lobby', page, re.DOTALL)
    assert "Studio" not in page


@pytest.mark.parametrize("is_staff", [False, True])
def test_an_empty_server_has_one_first_step(signed_in, mallory, is_staff):
    User.objects.update(is_staff=is_staff)
    page = signed_in(mallory).get("/rooms/").content.decode()
    assert "Create the first room" in page and 'name="code"' in page and "Your rooms will appear here." in page
    assert "joined every open room" not in page and "haven't joined" not in page
    assert ("/admin/a_rtchat/room/" in page) == is_staff


def test_whoever_has_joined_everything_is_told_so(signed_in, alice, lobby):
    page = signed_in(alice).get("/rooms/").content.decode()
    assert "You&#x27;ve joined every open room." in page or "You've joined every open room." in page
    assert "Create the first room" not in page


def test_the_home_page_leads_a_signed_in_user_to_their_room(signed_in, carol, studio):
    response = signed_in(carol).get("/", follow=True)
    assert response.redirect_chain == [("/rooms/studio/", 302)] and "Studio" in response.content.decode()


def test_the_list_costs_the_same_for_one_room_and_for_thirty(signed_in, alice, lobby):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/rooms/")
        return len(queries)

    from django.db import connection

    client = signed_in(alice)
    open_direct_room(alice, make_user("person"))
    few = cost()
    for n in range(30):
        make_room(f"room-{n}", Room.Kind.OPEN, owner=alice)
        open_direct_room(alice, make_user(f"person-{n}"))
    assert cost() == few <= 7


def test_a_new_room_is_open_owned_by_its_creator_and_joined_by_code(signed_in, alice, mallory):
    response = signed_in(alice).post("/rooms/new/", {"name": "Tea & Biscuits"})
    room = Room.objects.get()
    assert re.fullmatch(r"tea-biscuits-[a-z2-9]{4}", room.slug)
    assert (response.url, room.kind) == (f"/rooms/{room.slug}/", Room.Kind.OPEN)
    assert Membership.objects.get(room=room, user=alice).role == Membership.Role.OWNER
    assert signed_in(mallory).post("/rooms/join/", {"code": room.slug}).url == f"/rooms/{room.slug}/"
    assert Membership.objects.get(room=room, user=mallory).role == Membership.Role.MEMBER


def test_a_room_name_needs_no_latin_letters(signed_in, alice):
    signed_in(alice).post("/rooms/new/", {"name": "雑談 🍵"})
    room = Room.objects.get()
    assert room.name == "雑談 🍵" and re.fullmatch(r"room-[a-z2-9]{4}", room.slug)


def test_a_private_room_can_be_created_but_not_a_direct_one(signed_in, alice):
    signed_in(alice).post("/rooms/new/", {"name": "Den", "kind": "closed"})
    assert Room.objects.get().kind == Room.Kind.CLOSED
    assert signed_in(alice).post("/rooms/new/", {"name": "Two", "kind": "direct"}).status_code == 422
    assert Room.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 81])
def test_an_invalid_name_shows_why_and_is_kept(signed_in, alice, name):
    response = signed_in(alice).post("/rooms/new/", {"name": name})
    assert response.status_code == 422 and "errorlist" in response.content.decode()
    assert name.strip() in response.content.decode()
    assert not Room.objects.exists()


def test_a_taken_slug_is_replaced(alice, monkeypatch):
    drawn = iter(["tea-aaaa", "tea-aaaa", "tea-bbbb"])
    monkeypatch.setattr(Room, "new_slug", lambda name: next(drawn))
    assert [create_room(alice, "Tea").room.slug for _ in range(2)] == ["tea-aaaa", "tea-bbbb"]


@pytest.mark.parametrize("code", ["lobby", " LOBBY ", "https://chat.example/rooms/lobby/"])
def test_a_code_works_in_any_case_and_as_a_url(signed_in, mallory, lobby, code):
    assert signed_in(mallory).post("/rooms/join/", {"code": code}).url == "/rooms/lobby/"


@pytest.mark.parametrize("code", ["studio", "nowhere", "", "ro om", "x" * 300])
def test_an_unknown_code_shows_an_error_and_is_kept(signed_in, mallory, studio, code):
    response = signed_in(mallory).post("/rooms/join/", {"code": code})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode() and code in response.content.decode()
    assert not Membership.objects.filter(user=mallory).exists()


@pytest.mark.parametrize(
    "path", ["/rooms/", "/rooms/new/", "/rooms/join/", "/rooms/lobby/", "/rooms/lobby/messages/1/"]
)
def test_pages_ask_signed_out_users_to_sign_in(client, lobby, path):
    response = client.get(path)
    assert (response.status_code, response.url) == (302, f"/?next={path}")


def test_a_private_room_looks_missing_to_a_stranger(signed_in, mallory, carol, studio):
    assert signed_in(carol).get("/rooms/studio/").status_code == 200
    closed, none = [signed_in(mallory).get(f"/rooms/{slug}/") for slug in ("studio", "nowhere")]
    assert closed.status_code == none.status_code == 404
    assert closed.content == none.content


def test_two_people_have_only_one_direct_room(signed_in, alice, bob, mallory):
    there = signed_in(alice).post("/direct/bob/").url
    assert signed_in(bob).post("/direct/alice/").url == there
    room = Room.objects.get()
    assert room.kind == Room.Kind.DIRECT and set(room.members.all()) == {alice, bob}
    assert signed_in(mallory).get(there).status_code == 404


def test_a_direct_room_is_named_after_the_other_person(signed_in, alice, bob):
    bob.profile.display_name = "Bob Lindqvist"
    bob.profile.save()
    there = signed_in(alice).post("/direct/bob/").url
    assert "<title>Bob Lindqvist · Backchat</title>" in signed_in(alice).get(there).content.decode()
    assert "<title>alice · Backchat</title>" in signed_in(bob).get(there).content.decode()


def test_a_direct_room_shows_the_username_beside_a_name_that_anyone_can_copy(signed_in, alice, mallory):
    mallory.profile.display_name = "Bob Lindqvist"
    mallory.profile.save()
    there = signed_in(mallory).post("/direct/alice/").url
    page = signed_in(alice).get(there).content.decode()
    handle = f'data-handle="{mallory.pk}"'
    assert re.search(
        f'id="room-title"[^>]*>Bob Lindqvist</h1>\\s*<bdi class="header__handle quiet" {handle}>@mallory<', page
    )
    assert f'title="@mallory" {handle}' in page


def test_a_direct_room_asks_for_the_other_person_once(signed_in, alice, bob, django_assert_max_num_queries):
    there = signed_in(alice).post("/direct/bob/").url
    client = signed_in(alice)
    client.get(there)
    with django_assert_max_num_queries(7):  # session, user, door, messages, rooms, the other person, members
        client.get(there)


def test_the_room_that_is_shown_is_listed_though_others_are_newer(signed_in, settings, alice, bob):
    settings.CHAT_ROOMS_LISTED = 2
    direct, old = open_direct_room(alice, bob), create_room(alice, "Old").room
    for name in ("New", "Newer"):
        create_room(alice, name)
    for room in (direct, old):
        page = signed_in(alice).get(room.get_absolute_url()).content.decode()
        assert re.search(f'id="to-room-{room.pk}" aria-current="page"', page) and page.count('id="to-room-') == 3
    assert "<title>bob · Backchat</title>" in signed_in(alice).get(direct.get_absolute_url()).content.decode()


def test_notes_to_myself_are_a_direct_room_of_one(signed_in, alice):
    there = signed_in(alice).post("/direct/alice/").url
    assert "Notes to myself" in signed_in(alice).get(there).content.decode()


def test_a_direct_room_needs_a_post_and_an_existing_user(signed_in, alice, bob):
    assert signed_in(alice).get("/direct/bob/").url == "/@bob/"
    assert signed_in(alice).post("/direct/nobody/").status_code == 404
    bob.is_active = False
    bob.save()
    assert signed_in(alice).post("/direct/bob/").status_code == 404
    assert not Room.objects.exists()


@pytest.mark.parametrize(
    "query", ["\0", "x" * 60_000, "%", "_", "\\", "'\"", "\ud800".encode("utf-8", "replace").decode()]
)
def test_no_filter_breaks_the_list(signed_in, alice, lobby, query):
    for headers in ({}, {"HX-Request": "true"}):
        assert signed_in(alice).get("/rooms/", {"q": query}, headers=headers).status_code == 200


def test_a_room_name_turns_no_text_around(signed_in, alice):
    signed_in(alice).post("/rooms/new/", {"name": "a\u202eevil\u202c\n b"})
    assert Room.objects.get().name == "aevil b"
