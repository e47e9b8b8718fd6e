"""A room's settings, members and log as pages."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat.models import LogEntry, Membership, Room
from a_users.tests.pictures import encode, plain
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


def fill(room, start, end):
    """Add members to a room."""
    users = [make_user(f"person-{n:03}") for n in range(start, end)]
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)


def cost_of(client, path):
    """Return the number of queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_the_details_change_with_the_slug_kept(signed_in, alice, lobby):
    data = {"name": "قاعة 🎉", "description": "All\nabout it", "icon": "🎉"}
    assert signed_in(alice).post("/rooms/lobby/settings/", data).url == "/rooms/lobby/settings/"
    room = Room.objects.get()
    assert (room.slug, room.name, room.description, room.icon) == ("lobby", *data.values())
    assert LogEntry.objects.get().detail.keys() == data.keys()


def test_saving_without_a_change_notes_nothing(signed_in, alice, lobby):
    signed_in(alice).post("/rooms/lobby/settings/", {"name": "Lobby"})
    lobby.refresh_from_db()
    assert not LogEntry.objects.exists() and lobby.revision == 0


@pytest.mark.parametrize(
    "data", [{"name": ""}, {"name": "x" * 200}, {"name": "A", "icon": "🎉🎉"}, {"name": "A", "icon": "x"}]
)
def test_refused_input_is_kept_with_the_reason_at_the_field(data, signed_in, alice, lobby):
    response = signed_in(alice).post("/rooms/lobby/settings/", data)
    page = response.content.decode()
    assert response.status_code == 422 and 'aria-invalid="true"' in page and data["name"] in page
    assert signed_in(alice).post("/rooms/lobby/settings/", data, headers=DIALOG).status_code == 200
    assert Room.objects.get().name == "Lobby"


def test_a_picture_is_chosen_and_removed(signed_in, alice, carol, lobby, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client, path = signed_in(alice), "/rooms/lobby/settings/picture/"
    assert client.post(path, {"picture": SimpleUploadedFile("a.png", encode(plain()))}).status_code == 302
    lobby.refresh_from_db()
    assert lobby.picture and LogEntry.objects.get().detail == {"picture": True}
    assert client.post(f"{path}remove/").status_code == 302
    lobby.refresh_from_db()
    assert not lobby.picture
    for upload in ({}, {"picture": SimpleUploadedFile("a.png", b"nonsense")}):
        response = client.post(path, upload)
        assert response.status_code == 422 and "errorlist" in response.content.decode()
    assert signed_in(carol).post(path).status_code == signed_in(carol).post(f"{path}remove/").status_code == 403


def test_the_dialog_gets_the_section_without_the_frame(signed_in, alice, lobby):
    page = signed_in(alice).get("/rooms/lobby/settings/", headers=DIALOG).content.decode()
    assert "<html" not in page and 'id="dialog-title"' in page and 'id="sidebar"' not in page


def test_a_moderator_sees_no_form_that_only_owners_may_send(signed_in, bob, lobby):
    page = signed_in(bob).get("/rooms/lobby/settings/").content.decode()
    assert "settings/rule/" in page
    assert not any(f"settings/{verb}/" in page for verb in ("open", "archive", "destroy", "default"))


def test_deleting_takes_the_name(signed_in, alice, lobby):
    client = signed_in(alice)
    refused = client.post("/rooms/lobby/settings/destroy/", {"name": "Lobb"})
    assert refused.status_code == 422 and "the name of this room" in refused.content.decode()
    assert client.post("/rooms/lobby/settings/destroy/", {"name": "lobby"}).url == "/rooms/"
    assert not Room.objects.exists()


def test_deleting_in_the_dialog_leads_to_the_rooms(signed_in, alice, lobby):
    response = signed_in(alice).post("/rooms/lobby/settings/destroy/", {"name": "Lobby"}, headers=DIALOG)
    assert response["HX-Redirect"] == "/rooms/"


def test_the_settings_of_an_archived_room_offer_only_to_open_it_again(signed_in, alice, lobby):
    Room.objects.update(archived_at=timezone.now())
    page = signed_in(alice).get("/rooms/lobby/settings/").content.decode()
    assert "settings/unarchive/" in page and "settings/rule/" not in page


def test_only_administrators_make_a_room_the_default(signed_in, alice, lobby):
    client = signed_in(alice)
    assert client.post("/rooms/lobby/settings/default/", {"is_default": "on"}).status_code == 403
    type(alice).objects.filter(pk=alice.pk).update(is_staff=True)
    assert client.post("/rooms/lobby/settings/default/", {"is_default": "on"}).status_code == 302
    assert Room.objects.get().is_default


def test_members_are_paged_by_key_with_constant_queries(signed_in, alice, lobby):
    client = signed_in(alice)
    fill(lobby, 0, 3)
    few = cost_of(client, "/rooms/lobby/settings/members/")
    fill(lobby, 3, 130)
    assert cost_of(client, "/rooms/lobby/settings/members/") == few
    seen, path = [], "/rooms/lobby/settings/members/"
    while path:
        page = client.get(path).context["page"]
        seen += [member.look.username for member in page.members]
        path = page.after and f"/rooms/lobby/settings/members/?after={page.after}"
    assert seen == ["alice", "bob", "carol", *(f"person-{n:03}" for n in range(130))]


STARTS = {"zoë": True, "álv": True, "CARO": True, "@car": True, "arol": False, "oë": False}


@pytest.mark.parametrize("section", ["settings/members/", "settings/bans/", "members/"])
def test_people_are_found_by_the_start_of_a_name_in_every_list(section, signed_in, alice, carol, lobby):
    carol.profile.display_name = "Zoë Álvarez"
    carol.profile.save()
    if "bans" in section:
        Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    client = signed_in(alice)
    for query, is_found in STARTS.items():
        page = client.get(f"/rooms/lobby/{section}", {"q": query}).content.decode().partition("<main")[2]
        assert re.findall(r"@(\w+)</bdi>", page) == ["carol"] * is_found


@pytest.mark.parametrize("query", ["\0", "x" * 5_000, "%", "'"])
def test_odd_searches_find_nobody(query, signed_in, alice, lobby):
    assert signed_in(alice).get("/rooms/lobby/settings/members/", {"q": query, "after": query}).status_code == 200


def test_acting_on_members_over_http_says_why_not(signed_in, alice, bob, carol, lobby):
    client = signed_in(bob)
    late = client.post("/rooms/lobby/members/carol/ban/", {"until": "yesterday", "reason": "Spam"})
    assert late.status_code == 422 and "Spam" in late.content.decode() and "in the future" in late.content.decode()
    assert client.post("/rooms/lobby/members/alice/ban/", {}).status_code == 403
    assert client.post("/rooms/lobby/members/carol/promote/", {"role": "owner"}).status_code == 403
    assert client.post("/rooms/lobby/members/nobody/ban/", {}).status_code == 422
    assert client.get("/rooms/lobby/members/nobody/").status_code == 404


def test_a_direct_room_has_no_settings(signed_in, alice, bob):
    room = make_room("two", Room.Kind.CLOSED, owner=alice)
    Room.objects.filter(pk=room.pk).update(kind="direct", direct_key="1-2")
    assert signed_in(alice).get("/rooms/two/settings/").status_code == 403
