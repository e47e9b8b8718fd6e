"""The list of rooms in the sidebar: sections, order, badges, and how members arrange it."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat import room_links
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.listing import next_morning
from a_rtchat.actions.members import remove_member
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Room
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db


def names(client, section, path="/rooms/"):
    """Return the names of the rooms in a section, in order."""
    part = client.get(path).content.decode().partition(f'id="rooms-{section}"')[2].partition("</ul>")[0]
    return [name.strip() for name in re.findall(r'room-list__name" dir="auto"[^>]*>([^<]*)<', part)]


def item(client, room, path="/rooms/"):
    """Return the HTML of a room in the list, or "" if it isn't there."""
    return client.get(path).content.decode().partition(f'<li id="room-{room.pk}"')[2].partition("</li>")[0]


def listing(user, room, **values):
    Membership.objects.filter(user=user, room=room).update(**values)


def speak(user, room, count=1):
    for n in range(count):
        post_message(Membership.objects.enter(user, room.slug), f"hello {n}")


def many_rooms(user, count):
    """Put a user into many rooms, half of them direct."""
    others = [make_user(f"person{count}-{n}") for n in range(count // 2)]
    for n, other in enumerate(others):
        open_direct_room(user, other)
        make_room(f"many-{count}-{n}", Room.Kind.CLOSED, owner=user)
    Room.objects.filter(last_seq=0).update(last_seq=3, revision=3)


def queries(make):
    """Return how many queries something takes."""
    make()  # what is compiled once
    with CaptureQueriesContext(
        connection,
    ) as captured:
        make()
    return len(captured)


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/lobby/", "/rooms/mine/", "/rooms/?q=many", "/@alice/"])
def test_five_hundred_rooms_cost_the_queries_of_five(signed_in, alice, lobby, path):
    client = signed_in(alice)
    many_rooms(alice, 4)
    few = queries(lambda: client.get(path))
    many_rooms(alice, 120)
    assert queries(lambda: client.get(path)) == few


def test_marking_all_as_read_costs_the_same_for_five_and_many(signed_in, alice):
    client = signed_in(alice)
    many_rooms(alice, 4)
    few = queries(lambda: client.post("/rooms/read/"))
    many_rooms(alice, 120)
    Membership.objects.filter(user=alice).update(last_read_seq=0)
    assert queries(lambda: client.post("/rooms/read/")) == few
    assert not [room for room in room_links.links_for(alice) if room.unread]


def test_sections_hold_favourites_direct_rooms_and_archived_ones(signed_in, alice, bob, lobby, studio):
    open_direct_room(alice, bob)
    den = make_room("den", "closed", owner=alice)
    listing(alice, studio, is_favourite=True)
    Room.objects.filter(pk=den.pk).update(archived_at=timezone.now())
    client = signed_in(alice)
    assert [names(client, section) for section in ("favourites", "direct", "rooms", "archived")] == [
        ["Studio"],
        ["bob"],
        ["Lobby"],
        ["Den"],
    ]


def test_the_reader_chooses_the_order(signed_in, alice, bob, lobby, studio):
    attic = make_room("attic", "closed", owner=alice, moderator=bob)
    for room in (studio, lobby, attic):
        speak(bob, room)
    listing(alice, attic, last_read_seq=1)
    client = signed_in(alice)
    assert names(client, "rooms") == ["Attic", "Lobby", "Studio"]
    assert names(client, "rooms", "/rooms/?order=name") == ["Attic", "Lobby", "Studio"]
    client.cookies["rooms_order"] = "unread"
    assert names(client, "rooms") == ["Lobby", "Studio", "Attic"]
    client.cookies["rooms_order"] = "<script>"
    assert names(client, "rooms") == ["Attic", "Lobby", "Studio"]


def test_sections_stay_folded_but_what_a_filter_finds_is_shown(signed_in, alice, lobby):
    client = signed_in(alice)
    client.cookies["rooms_folded"] = "rooms.nonsense"
    assert 'data-section="rooms">' in client.get("/rooms/").content.decode()
    assert 'data-section="rooms" open>' in client.get("/rooms/?q=lob").content.decode()


@pytest.mark.parametrize(
    ("values", "badge"),
    [
        ({"last_read_seq": 3}, ""),
        ({"last_read_seq": 1}, 'aria-label="2 unread">2<'),
        ({"notify": "mentions"}, 'aria-label="unread" data-quiet><'),
        ({"notify": "nothing"}, 'aria-label="unread" data-quiet><'),
        ({"snoozed_until": datetime(2999, 1, 1, tzinfo=UTC)}, 'aria-label="unread" data-quiet><'),
        ({"snoozed_until": datetime(2020, 1, 1, tzinfo=UTC)}, 'aria-label="3 unread">3<'),
    ],
)
def test_a_badge_counts_unread_messages_and_is_a_dot_where_they_are_quiet(signed_in, alice, bob, lobby, values, badge):
    speak(bob, lobby, 3)
    listing(alice, lobby, **values)
    html = item(signed_in(alice), lobby)
    assert badge in html and html.count('class="badge"') == (1 if badge else 0)


def test_a_badge_ends_at_ninety_nine(signed_in, alice, lobby):
    Room.objects.update(last_seq=100, revision=100)
    html = item(signed_in(alice), lobby)
    assert 'aria-label="99+ unread">99+<' in html and 'data-last-seq="100" data-read-seq="0"' in html


def test_what_is_beyond_the_limit_is_read_and_old(signed_in, alice, bob, lobby, studio, settings):
    settings.CHAT_ROOMS_LISTED = 2
    speak(bob, lobby)
    for n in range(3):
        make_room(f"newer-{n}", "closed", owner=alice)
    listing(alice, studio, is_favourite=True)
    client = signed_in(alice)
    assert item(client, lobby) and item(client, studio)
    page = client.get("/rooms/").content.decode()
    assert page.count('class="room-list__room"') == 2 and 'class="room-list__rest' in page
    settings.CHAT_ROOMS_LISTED = 5
    assert 'class="room-list__rest' not in client.get("/rooms/").content.decode()


def test_find_a_room_is_marked_as_the_current_page_only_there(signed_in, alice, lobby):
    client = signed_in(alice)
    for path, is_current in (("/rooms/", True), ("/rooms/?q=x", True), ("/rooms/lobby/", False), ("/@alice/", False)):
        links = re.findall('class="room-list__more"[^>]*>', client.get(path).content.decode())
        assert ['aria-current="page"' in link for link in links] == [is_current], path


def test_a_hidden_room_returns_with_a_new_message(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    speak(bob, room)
    client = signed_in(alice)
    assert client.post(f"/rooms/{room.slug}/hide/").url == "/rooms/"
    assert not item(client, room)
    assert item(client, room, room.get_absolute_url()) and item(client, room, "/rooms/?q=bob")
    speak(bob, room)
    assert item(client, room)


@pytest.mark.parametrize("count", [1, 2])
def test_the_others_list_a_conversation_from_its_first_message_on(signed_in, alice, bob, carol, count):
    room = open_direct_room(alice, *[bob, carol][:count])
    assert item(signed_in(alice), room)
    for other in [bob, carol][:count]:
        client = signed_in(other)
        assert not item(client, room) and not item(client, room, "/rooms/?q=alice")
        assert client.get("/").url != room.get_absolute_url()
    speak(alice, room)
    assert all(item(signed_in(other), room) for other in [bob, carol][:count])


def test_who_opens_an_empty_conversation_themselves_lists_it(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    client = signed_in(bob)
    client.post("/direct/alice/")
    assert item(client, room)


def test_who_is_added_again_lists_the_conversation_with_its_next_message(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    speak(alice, room)
    remove_member(Membership.objects.get(room=room, user=bob))
    open_direct_room(alice, bob)
    assert not item(signed_in(bob), room)
    speak(alice, room)
    assert item(signed_in(bob), room)


def test_a_direct_room_of_several_is_named_after_the_others(signed_in, alice, bob, carol):
    room = open_direct_room(alice, bob)
    Membership.objects.create(room=room, user=carol)
    html = item(signed_in(alice), room)
    assert f'<span data-peer="{bob.pk}">bob</span>, <span data-peer="{carol.pk}">carol</span>' in html
    assert "<title>bob, carol" in signed_in(alice).get(room.get_absolute_url()).content.decode()


def test_a_favourite_can_be_added_and_removed(signed_in, alice, lobby):
    client = signed_in(alice)
    for on, section in (("1", "favourites"), ("0", "rooms")):
        assert client.post("/rooms/lobby/favourite/", {"on": on}).url == "/rooms/lobby/"
        assert names(client, section) == ["Lobby"]
    assert client.post("/rooms/lobby/favourite/", {"on": "perhaps"}).status_code == 422


@pytest.mark.parametrize("level", ["all", "mentions", "nothing"])
def test_a_member_chooses_what_a_room_notifies_of(signed_in, alice, lobby, level):
    client = signed_in(alice)
    listing(alice, lobby, snoozed_until=timezone.now())
    assert client.post("/rooms/lobby/notify/", {"notify": level}).status_code == 302
    membership = Membership.objects.get(user=alice, room=lobby)
    assert (membership.notify, membership.snoozed_until) == (level, None)
    assert re.search(f'value="{level}"[^>]*checked', client.get("/rooms/lobby/notify/").content.decode())


def test_until_tomorrow_ends_in_the_readers_morning_and_keeps_the_level(signed_in, alice, lobby):
    client = signed_in(alice)
    client.cookies["tz"] = "America/New_York"
    listing(alice, lobby, notify="mentions")
    client.post("/rooms/lobby/notify/", {"notify": "tomorrow"})
    membership = Membership.objects.get(user=alice, room=lobby)
    assert membership.notify == "mentions"
    assert membership.snoozed_until.astimezone(ZoneInfo("America/New_York")).hour == 8
    assert membership.snoozed_until > timezone.now()
    assert re.search('value="tomorrow"[^>]*checked', client.get("/rooms/lobby/notify/").content.decode())


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        ("2025-11-20T22:00Z", "UTC", "2025-11-21T08:00+00:00"),
        ("2025-11-20T03:00Z", "UTC", "2025-11-20T08:00+00:00"),
        ("2025-11-20T23:30Z", "Asia/Kolkata", "2025-11-21T08:00+05:30"),
        ("2025-03-29T20:00Z", "Europe/Berlin", "2025-03-30T08:00+02:00"),  # the clocks go forward in between
    ],
)
def test_the_next_morning(now, zone, morning):
    assert next_morning(datetime.fromisoformat(now), ZoneInfo(zone)).isoformat(timespec="minutes") == morning


def test_a_wrong_level_is_said_at_the_field(signed_in, alice, lobby):
    response = signed_in(alice).post("/rooms/lobby/notify/", {"notify": "loudly"})
    assert response.status_code == 422 and "field--bad" in response.content.decode()
    assert Membership.objects.get(user=alice, room=lobby).notify == "all"


def test_only_direct_rooms_offer_to_be_hidden(signed_in, alice, bob, lobby):
    client, direct = signed_in(alice), open_direct_room(alice, bob)
    assert "/hide/" not in client.get("/rooms/lobby/notify/").content.decode()
    assert "/hide/" in client.get(f"{direct.get_absolute_url()}notify/").content.decode()


@pytest.mark.parametrize("path", ["/rooms/studio/notify/", "/rooms/studio/favourite/", "/rooms/studio/hide/"])
def test_a_stranger_finds_no_room_to_arrange(signed_in, mallory, studio, path):
    client = signed_in(mallory)
    assert client.post(path, {"notify": "all", "on": "1"}).status_code == 404
    assert client.get("/rooms/studio/notify/").status_code == 404


def test_the_list_alone_is_for_members_only(client, signed_in, alice, lobby):
    assert 'href="/rooms/lobby/"' in signed_in(alice).get("/rooms/mine/").content.decode()
    assert client.get("/rooms/mine/").status_code == 302


def test_who_has_left_meanwhile_lists_a_room_no_more(alice, lobby):
    from a_rtchat.actions.listing import hide

    membership = Membership.objects.enter(alice, "lobby")
    Membership.objects.filter(pk=membership.pk).delete()
    with pytest.raises(ValidationError, match="no longer in this room"):
        hide(membership)
