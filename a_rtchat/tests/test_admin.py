"""The admin: rooms, members, messages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message, Room
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db

LISTS = ["a_users/user", "a_rtchat/room", "a_rtchat/membership", "a_rtchat/message"]


@pytest.fixture
def admin(signed_in, django_user_model):
    return signed_in(django_user_model.objects.create_superuser("root", password="x"))


def members_form(room, user):
    """Return the form data for adding a member to a room without members."""
    prefix = "memberships"
    return {
        "kind": room.kind,
        "slow_mode": 0,
        "name": room.name,
        "slug": room.slug,
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-INITIAL_FORMS": 0,
        f"{prefix}-0-user": user.pk,
        f"{prefix}-0-role": "member",
        f"{prefix}-0-notify": "all",
    }


def test_an_administrator_adds_a_member_to_a_private_room(admin, signed_in, mallory):
    room = make_room("den", Room.Kind.CLOSED)
    response = admin.post(f"/admin/a_rtchat/room/{room.pk}/change/", members_form(room, mallory))
    assert response.status_code == 302, response.context["errors"]
    assert 'href="/rooms/den/"' in signed_in(mallory).get("/rooms/").content.decode()
    assert signed_in(mallory).get("/rooms/den/").status_code == 200


@pytest.mark.parametrize("entrance", ["room", "membership"])
def test_a_new_member_sees_the_room(admin, mallory, entrance, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr("a_live.events._send", lambda group, event: sent.append(event))
    room = make_room("den", Room.Kind.CLOSED)
    forms = {
        "room": (f"/admin/a_rtchat/room/{room.pk}/change/", members_form(room, mallory)),
        "membership": (
            "/admin/a_rtchat/membership/add/",
            {"room": room.pk, "user": mallory.pk, "role": "member", "notify": "all"},
        ),
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(*forms[entrance]).status_code == 302
    assert [event["users"] for event in sent if event["type"] == "state"] == [[mallory.pk]]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_for_two_rows_and_for_twenty(admin, path, alice, membership):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(f"/admin/{path}/").status_code == 200
        return len(queries)

    def more(names):
        for name in names:
            room = make_room(f"room-{name}", Room.Kind.OPEN, owner=make_user(f"user-{name}"), member=alice)
            post_message(Membership.objects.enter(alice, room.slug), "hello")

    more("ab")
    few = cost()
    more("cdefghijklmnopqrstuv")
    assert cost() == few


@pytest.mark.parametrize("path", LISTS)
def test_lists_can_be_searched(admin, path, membership):
    post_message(membership, "hello alice")
    make_room("elsewhere", Room.Kind.OPEN, owner=make_user("zoe"))
    assert "1 result" in admin.get(f"/admin/{path}/", {"q": "alice"}).content.decode()


def test_messages_are_read_only(admin, membership):
    message, _ = post_message(membership, "as it was said")
    path = f"/admin/a_rtchat/message/{message.pk}"
    assert "as it was said" in admin.get(f"{path}/change/").content.decode()
    assert admin.post(f"{path}/change/", {"body": "rewritten"}).status_code == 403
    assert admin.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert Message.objects.get().body == "as it was said"


@pytest.mark.parametrize("path", ["a_users/user/add", "a_rtchat/room/add", "a_rtchat/membership/add"])
def test_the_forms_open(admin, path):
    assert admin.get(f"/admin/{path}/").status_code == 200


def test_a_room_page_lists_its_members(admin, studio):
    page = admin.get(f"/admin/a_rtchat/room/{studio.pk}/change/").content.decode()
    assert all(name in page for name in ("alice", "bob", "carol"))


def test_only_staff_can_open_the_admin(client, signed_in, carol, lobby):
    for browser in (client, signed_in(carol)):
        assert browser.get("/admin/a_rtchat/room/").status_code == 302


def test_direct_rooms_and_rooms_without_a_name_cannot_be_created(admin):
    management = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    for data in ({"kind": "direct", "name": "Two"}, {"kind": "open", "name": ""}):
        response = admin.post("/admin/a_rtchat/room/add/", data | management | {"slug": "some-room"})
        assert response.status_code == 200 and "errorlist" in response.content.decode()
    assert not Room.objects.exists()


def test_a_direct_room_can_be_viewed(admin, alice, bob):
    room = open_direct_room(alice, bob)
    assert admin.get(f"/admin/a_rtchat/room/{room.pk}/change/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_open_pages_learn_the_new_name_and_address_of_a_room(admin, alice, lobby, monkeypatch):
    sent = []
    monkeypatch.setattr("a_live.events._send", lambda group, event: sent.append(event))
    form = {"kind": "open", "name": "Foyer", "slug": "foyer", "description": ""}
    management = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    assert admin.post(f"/admin/a_rtchat/room/{lobby.pk}/change/", form | management).status_code == 302
    html = "".join(change.html for event in sent if event["type"] == "changes" for change in event["changes"])
    assert 'data-slug="foyer"' in html and ">Foyer</h1>" in html
    assert not [event for event in sent if event["type"] == "close"]
