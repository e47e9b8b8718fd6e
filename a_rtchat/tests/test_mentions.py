"""Mentions: who is meant, rows, badges, and the question before many are told."""

import re

import pytest
from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_live.people import AWAY, HERE, ONLINE
from a_rtchat import statuses
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.commands import COMMANDS
from a_rtchat.frames import Frame, carry_out_all
from a_rtchat.models import Block, Membership, Mention, Room
from a_users.actions.accounts import change_username, deactivate, delete_account
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db


def post(user, body, room="lobby", **options):
    return post_message(Membership.objects.enter(user, room), body, **options)[0]


def meant(message):
    """Return the usernames of those whom a message means."""
    return sorted(message.mentions.values_list("user__username", flat=True))


def crowd(room, count, prefix="person"):
    """Add many members to a room."""
    users = [make_user(f"{prefix}{n}") for n in range(count)]
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    return users


def item(client, room):
    """Return the HTML of a room in the list."""
    return client.get("/rooms/").content.decode().partition(f'<li id="room-{room.pk}"')[2].partition("</li>")[0]


# --- Who is meant ---


def test_a_member_is_linked_and_meant_in_any_case_of_their_name(alice, bob, carol, lobby):
    message = post(alice, "@BOB, ask @carol. @bob!")
    assert meant(message) == ["bob", "carol"]
    link = f'<a class="mention" href="/people/{bob.pk}/" data-user="{bob.pk}">@bob</a>'
    assert message.body_html.count(link) == 2


def test_only_members_are_meant_and_a_strangers_name_stays_text(alice, bob, mallory, lobby):
    Membership.objects.filter(user=bob).update(banned_at=timezone.now())
    message = post(alice, "@mallory @bob @nobody")
    assert meant(message) == [] and message.body_html == "<p>@mallory @bob @nobody</p>"


def test_ones_own_name_is_a_link_but_no_mention(alice, lobby):
    message = post(alice, "I am @alice")
    assert meant(message) == [] and 'class="mention"' in message.body_html


def test_a_former_username_leads_to_the_person(signed_in, alice, bob, lobby):
    before = post(alice, "@bob")
    change_username(bob, "robert")
    message = post(alice, "@bob @robert")
    assert meant(before) == meant(message) == ["robert"] and message.body_html.count(">@robert<") == 2
    client = signed_in(alice)
    href = re.findall('href="(/people/[^"]*)"', before.body_html)[0]
    assert client.get(href).url == "/@robert/"
    deactivate(bob)
    assert client.get(href).status_code == client.get("/people/0/").status_code == 404


def test_a_profile_by_id_is_for_people_who_are_signed_in(client, bob):
    assert client.get(f"/people/{bob.pk}/").url == f"/?next=/people/{bob.pk}/"


def test_someone_who_blocks_the_author_is_not_meant_and_the_author_learns_nothing(alice, bob, lobby):
    unblocked = post(alice, "@bob")
    Block.objects.create(blocker=bob, blocked=alice)
    blocked = post(alice, "@bob")
    assert meant(unblocked) == ["bob"] and meant(blocked) == []
    assert blocked.body_html == unblocked.body_html


@pytest.mark.parametrize("word", ["everyone", "Everyone"])
def test_a_moderator_reaches_everyone(alice, bob, carol, lobby, word):
    Block.objects.create(blocker=carol, blocked=bob)
    assert meant(post(alice, f"@{word}")) == ["bob", "carol"]
    message = post(bob, f"@{word} and @here")
    assert meant(message) == ["alice"] and message.body_html.count("data-all") == 2


def test_a_members_everyone_is_only_text(alice, bob, carol, lobby):
    message = post(carol, "@everyone @here @bob")
    assert meant(message) == ["bob"] and "data-all" not in message.body_html


def test_in_direct_rooms_everyone_may_reach_everyone(alice, bob, carol):
    room = open_direct_room(alice, bob, carol)
    assert meant(post(carol, "@everyone", room.slug)) == ["alice", "bob"]


def test_here_reaches_those_who_are_there_and_not_away(monkeypatch, alice, bob, carol, mallory, lobby):
    there = {bob.pk: ONLINE, carol.pk: AWAY, mallory.pk: HERE, alice.pk: HERE}
    monkeypatch.setattr(statuses, "present_in", lambda topic, reader: there)
    message = post(alice, "@here")
    assert meant(message) == ["bob"]
    there[carol.pk] = HERE
    edit_message(Membership.objects.enter(alice, "lobby"), message.seq, "@here, again")
    assert meant(message) == ["bob", "carol"]
    there.clear()
    edit_message(Membership.objects.enter(alice, "lobby"), message.seq, "@here, once more")
    assert meant(message) == ["bob", "carol"]  # who was there when they were called


# --- The question before many are told ---


@pytest.fixture
def hall(alice, lobby):
    """The lobby with more people than are told without a question: 22 beside alice."""
    crowd(lobby, 20)
    return lobby


def test_it_asks_before_many_are_told_and_keeps_the_text(signed_in, alice, hall):
    client = signed_in(alice)
    response = client.post("/rooms/lobby/messages/", {"body": "@everyone: tea!"})
    page = response.content.decode()
    assert response.status_code == 422 and "This notifies 22 people. Send it anyway?" in page
    assert "@everyone: tea!</textarea>" in page and 'name="confirmed" value="1"' in page
    assert not hall.messages.exists()
    assert client.post("/rooms/lobby/messages/", {"body": "@everyone: tea!", "confirmed": "1"}).status_code == 302
    assert Mention.objects.count() == 22


def test_twenty_are_told_without_a_question(alice, hall):
    Membership.objects.filter(user__username__in=["person0", "person1"]).delete()
    assert len(meant(post(alice, "@everyone"))) == 20


def test_naming_many_needs_no_question(alice, hall):
    assert len(meant(post(alice, " ".join(f"@person{n}" for n in range(20)) + " @bob @carol"))) == 22


def test_a_frame_is_asked_by_a_fragment_and_its_neighbours_are_stored(alice, bob, carol, hall):
    bodies = {alice: {"body": "@everyone"}, bob: {"body": "hello"}, carol: {"body": "@everyone"}}
    replies = carry_out_all([Frame(one.pk, "lobby", COMMANDS["post"], data) for one, data in bodies.items()])
    html = [reply.html if reply else "" for reply in replies]
    assert ["data-question" in one for one in html] == [True, False, False] and "Send anyway" not in html[0]
    assert list(hall.messages.order_by("seq").values_list("author__username", flat=True)) == ["bob", "carol"]
    [reply] = carry_out_all([Frame(alice.pk, "lobby", COMMANDS["post"], {"body": "@everyone", "confirmed": True})])
    assert reply and reply.value.mentions.count() == 22


def test_an_edit_asks_too_but_not_twice(signed_in, alice, hall):
    message = post(alice, "tea!")
    client, url = signed_in(alice), f"/rooms/lobby/messages/{message.seq}/edit/"
    response = client.post(url, {"body": "tea, @everyone!"})
    assert response.status_code == 422 and "Send anyway" in response.content.decode()
    live = client.post(url, {"body": "tea, @everyone!"}, headers={"HX-Request": "true"}).content.decode()
    assert "notifies 22 people" in live and f'form="edit-{message.pk}-form"' in live
    assert meant(message) == []
    assert client.post(url, {"body": "tea, @everyone!", "confirmed": "1"}).status_code == 302
    assert len(meant(message)) == 22
    assert client.post(url, {"body": "tea and cake, @everyone!"}).status_code == 302


# --- Changes ---


def test_an_edit_adds_and_removes_and_a_deletion_removes_all(alice, bob, carol, lobby):
    membership, message = Membership.objects.enter(alice, "lobby"), post(alice, "@bob")
    edit_message(membership, message.seq, "@carol")
    assert meant(message) == ["carol"]
    edit_message(membership, message.seq, "@carol @bob")
    assert meant(message) == ["bob", "carol"]
    delete_message(membership, message.seq)
    assert meant(message) == []


def test_a_deleted_account_leaves_no_mentions(alice, bob, lobby):
    post(alice, "@bob")
    delete_account(bob)
    assert not Mention.objects.exists()


# --- Queries ---


def queries(make):
    make()  # what is compiled once
    with CaptureQueriesContext(connection) as captured:
        make()
    return [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]


def test_a_post_without_a_mention_costs_no_query_more_and_fifty_cost_as_many_as_one(alice, lobby):
    names = [user.username for user in crowd(lobby, 50)]
    none = queries(lambda: post(alice, "**plain** words"))
    one = queries(lambda: post(alice, "@person1"))
    fifty = queries(lambda: post(alice, " ".join(f"@{name}" for name in names)))
    everyone = queries(lambda: post(alice, "@everyone", confirmed=True))
    assert none == ["SELECT", "UPDATE", "INSERT"]
    assert len(one) == len(fifty) == len(none) + 3 and len(everyone) == len(none) + 4
    assert Mention.objects.filter(user__username="person7").count() == 4


def test_an_edit_without_a_mention_costs_no_query_more(alice, lobby):
    membership, message = Membership.objects.enter(alice, "lobby"), post(alice, "one")
    assert "mention" not in " ".join(
        query["sql"] for query in captured_queries(lambda: edit_message(membership, message.seq, "two"))
    )


def captured_queries(make):
    with CaptureQueriesContext(connection) as captured:
        make()
    return list(captured)


# --- Badges ---


@pytest.mark.parametrize(
    ("values", "badges"),
    [
        ({}, ["@2", "3"]),
        ({"last_read_seq": 1}, ["@1", "2"]),
        ({"last_read_seq": 3}, []),
        ({"notify": "mentions"}, ["@2", ""]),
        ({"notify": "nothing"}, ["@2", ""]),
    ],
)
def test_unread_mentions_are_counted_beside_what_is_unread(signed_in, alice, bob, lobby, values, badges):
    for body in ("@bob", "hello", "@everyone"):
        post(alice, body)
    Membership.objects.filter(user=bob).update(**values)
    html = item(signed_in(bob), lobby)
    assert re.findall('class="(?:badge|mentioned)"[^>]*>([^<]*)<', html) == badges
    assert 'data-mentions-at="3"' in html


def test_a_hundred_are_listed_and_the_badge_ends_at_ninety_nine(signed_in, alice, bob, lobby):
    message = post(alice, "hello")
    Room.objects.update(last_seq=130, revision=130)
    for seq in range(2, 131):
        message.pk, message.seq, message.revision, message.client_id = None, seq, seq, f"{seq:032}"
        message.save(force_insert=True)
        Mention.objects.create(message=message, room=lobby, user=bob, seq=seq)
    html = item(signed_in(bob), lobby)
    assert 'aria-label="99+ mentions">@99+<' in html
    listed = re.findall('data-mentions="([^"]*)"', html)[0].split()
    assert sorted(map(int, listed)) == list(range(31, 131))


# --- The page ---


def bodies(response):
    return re.findall(r'class="prose" dir="auto"><p>(\w+)', response.content.decode())


def test_the_page_lists_mentions_newest_first_with_a_jump_to_each(signed_in, alice, bob, carol, lobby, studio):
    post(alice, "one @bob")
    post(carol, "two @bob", "studio")
    post(alice, "three @carol")
    response = signed_in(bob).get("/mentions/")
    assert bodies(response) == ["two", "one"]
    page = response.content.decode()
    assert "/rooms/studio/messages/1/" in page and ">Studio<" in page and 'href="/mentions/" aria-current' in page


def test_it_lists_only_rooms_that_one_is_in_and_nobody_whom_one_blocks(signed_in, alice, bob, carol, lobby, studio):
    post(alice, "one @bob")
    post(alice, "two @bob", "studio")
    post(carol, "three @bob")
    client = signed_in(bob)
    Membership.objects.filter(user=bob, room=studio).delete()
    Block.objects.create(blocker=bob, blocked=carol)
    assert bodies(client.get("/mentions/")) == ["one"]
    Membership.objects.filter(user=bob, room=lobby).update(banned_at=timezone.now())
    assert bodies(client.get("/mentions/")) == []


def test_it_is_paged_and_costs_the_same_for_one_and_for_many(signed_in, alice, bob):
    client = signed_in(bob)
    rooms = [make_room(f"room{n}", "closed", owner=alice, member=bob) for n in range(40)]
    post(alice, "m0 @bob", "room0")
    few = queries(lambda: client.get("/mentions/"))
    for n, room in enumerate(rooms[1:], 1):
        post(alice, f"m{n} @bob", room.slug)
    assert queries(lambda: client.get("/mentions/")) == few
    first = client.get("/mentions/")
    assert bodies(first) == [f"m{n}" for n in range(39, 9, -1)]
    [more] = set(re.findall(r'href="(/mentions/\?before=\d+)"', first.content.decode()))
    assert (
        bodies(client.get(more))
        == bodies(client.get(more, headers={"HX-Request": "true"}))
        == [f"m{n}" for n in range(9, -1, -1)]
    )
    assert "No earlier mentions" in client.get("/mentions/?before=1").content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "\0", ""])
def test_a_nonsense_page_is_the_first(signed_in, alice, bob, lobby, before):
    post(alice, "one @bob")
    assert bodies(signed_in(bob).get("/mentions/", {"before": before})) == ["one"]


def test_the_page_is_for_people_who_are_signed_in_and_changes_nothing(client, signed_in, bob, lobby):
    assert client.get("/mentions/").url == "/?next=/mentions/"
    assert signed_in(bob).post("/mentions/").status_code == 405


# --- Live ---


@pytest.mark.django_db(transaction=True)
async def test_those_who_are_meant_hear_it_on_every_page_and_nobody_else(open_tab, alice, bob, carol, lobby):
    home, inside, other = await open_tab(bob, None), await open_tab(bob, "lobby"), await open_tab(carol, None)
    message = await database_sync_to_async(post)(alice, "@bob")
    for tab in (home, inside):
        signal = await tab.next_signal("mention")
        assert f'data-room="{lobby.pk}" data-seq="{message.seq}" data-at="1" data-meant' in signal
    await database_sync_to_async(edit)(alice, message.seq, "@carol")
    assert 'data-at="2"></i>' in await home.next_signal("mention")
    assert 'data-at="2" data-meant' in await other.next_signal("mention")


def edit(user, seq, body):
    edit_message(Membership.objects.enter(user, "lobby"), seq, body)


@pytest.mark.django_db(transaction=True)
def test_one_publish_tells_everyone(monkeypatch, alice, hall):
    sent = []
    monkeypatch.setattr("a_live.events.publish_state", lambda users, html: sent.append((len(users), html)))
    post(alice, "@everyone", confirmed=True)
    assert [count for count, _ in sent] == [22]


def test_a_message_that_is_refused_mentions_nobody(alice, carol, lobby):
    Room.objects.update(is_announcement=True)
    with pytest.raises(ValidationError):
        post(carol, "@alice")
    assert not Mention.objects.exists()
