"""Finding open rooms: search, order, pages."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat import discover
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Room
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "found"}


def names(page):
    """Return the names of the open rooms on a page, in order."""
    return re.findall(r'class="discover__link"[^>]*><span dir="auto">(.*?)</span>', page.content.decode())


@pytest.fixture
def town(alice, bob, carol):
    """Three open rooms: the market (two members, most active), the attic (newest), the baths (three members)."""
    rooms = {
        "Market": make_room("market", Room.Kind.OPEN, owner=alice, member=bob),
        "baths": make_room("baths", Room.Kind.OPEN, owner=alice, moderator=bob, member=carol),
        "Attic": make_room("attic", Room.Kind.OPEN, owner=alice),
    }
    for name, room in rooms.items():
        Room.objects.filter(pk=room.pk).update(name=name)
    days_ago = timezone.now() - timedelta(days=2)
    Room.objects.filter(slug="baths").update(description="Warm water 温泉", last_post_at=days_ago)
    post_message(Membership.objects.enter(alice, "market"), "hello")
    return rooms


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("activity", ["Market", "baths", "Attic"]),
        ("members", ["baths", "Market", "Attic"]),
        ("name", ["Attic", "baths", "Market"]),
        ("newest", ["Attic", "baths", "Market"]),
        ("nonsense", ["Market", "baths", "Attic"]),
    ],
)
def test_open_rooms_are_sorted(signed_in, mallory, town, sort, order):
    assert names(signed_in(mallory).get("/rooms/", {"sort": sort})) == order


@pytest.mark.parametrize("query", ["WATER", "温泉", "bath"])
def test_open_rooms_are_found_by_name_and_description(signed_in, mallory, town, query):
    for headers in ({}, HTMX):
        assert names(signed_in(mallory).get("/rooms/", {"q": query}, headers=headers)) == ["baths"]
    page = signed_in(mallory).get("/rooms/", {"q": "%"}, headers=HTMX).content.decode()
    assert "No open room matches." in page


def test_each_room_shows_its_description_members_and_last_activity(signed_in, mallory, town):
    Room.objects.filter(slug="baths").update(description="Warm water. " * 40)
    page = signed_in(mallory).get("/rooms/").content.decode()
    assert "3 members" in page and "Active 2\xa0days ago" in page and "Active just now" in page
    assert "Warm water. Warm" in page and "…" in page and "Warm water. " * 40 not in page


def test_mine_private_archived_and_forbidden_rooms_are_not_offered(signed_in, carol, town, studio):
    Room.objects.filter(slug="market").update(archived_at=timezone.now())
    admit(town["Attic"], carol)
    Membership.objects.filter(user=carol, room__slug="baths").update(banned_at=timezone.now())
    client = signed_in(carol)
    assert names(client.get("/rooms/")) == []
    assert client.get("/rooms/market/").status_code == client.post("/rooms/market/join/").status_code == 404


@pytest.mark.parametrize("sort", discover.SORTS)
def test_pages_follow_each_other_by_key_without_a_gap(signed_in, mallory, monkeypatch, alice, sort):
    for n in range(14):
        room = make_room(f"room-{n}", Room.Kind.OPEN, owner=alice)
        Room.objects.filter(pk=room.pk).update(name=f"Room {n % 3}", last_post_at=[None, timezone.now()][n % 2])
    monkeypatch.setattr(discover, "PAGE_SIZE", 4)
    discover._first_page.cache_clear()
    client, url, seen = signed_in(mallory), f"/rooms/?sort={sort}", []
    while url:
        page = client.get(url)
        seen += re.findall(r'id="open-(\d+)"', page.content.decode())
        more = re.search(r'class="button" href="(/rooms/\?[^"]*after=[^"]*)"', page.content.decode())
        url = more[1].replace("&amp;", "&") if more else ""
    discover._first_page.cache_clear()
    assert len(seen) == len(set(seen)) == 14


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "1:",
        ":",
        "1:never",
        "99999999999999999999:5",
        "\0",
        "1:" + "9" * 5000,
        "1:9999-12-31T23:59:59-23:59",
        "1:0001-01-01T00:00:00+23:59",
        "1:0001-01-01T00:00:00",
    ],
)
@pytest.mark.parametrize("sort", discover.SORTS)
def test_a_malformed_key_shows_a_page(signed_in, mallory, town, after, sort):
    assert signed_in(mallory).get("/rooms/", {"after": after, "sort": sort}).status_code == 200


def test_searching_costs_the_same_for_one_room_and_for_thirty(signed_in, mallory, alice, lobby):
    def cost(**query):
        with CaptureQueriesContext(connection) as queries:
            client.get("/rooms/", query)
        return len(queries)

    client = signed_in(mallory)
    few = cost(), cost(q="o"), cost(sort="members")
    for n in range(40):
        make_room(f"room-{n}", Room.Kind.OPEN, owner=make_user(f"person-{n}"))
    assert (cost(), cost(q="o"), cost(sort="members")) == few
    assert max(few) <= 7


def test_the_preview_shows_what_the_list_shows(signed_in, mallory, town):
    Room.objects.filter(slug="baths").update(icon="🛁")
    page = signed_in(mallory).get("/rooms/baths/").content.decode()
    assert all(text in page for text in ("🛁", "Warm water 温泉", "3 members", "Active 2\xa0days ago"))


def test_leaving_asks_first(signed_in, carol, studio):
    page = signed_in(carol).get("/rooms/studio/leave/")
    assert page.status_code == 200 and "need an invitation" in page.content.decode()
    assert Membership.objects.filter(user=carol).exists()
    assert signed_in(carol).post("/rooms/studio/leave/").url == "/rooms/"


def test_a_stranger_is_not_asked_whether_to_leave(signed_in, mallory, studio):
    assert signed_in(mallory).get("/rooms/studio/leave/").status_code == 404
