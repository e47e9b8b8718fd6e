"""Bad input about rooms: a clear answer, nothing changed, and no private room betrayed."""

import re

import pytest
from channels.db import database_sync_to_async as in_database
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_live.hub import current_hub
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.requests import request_to_join
from a_rtchat.models import JoinRequest, LogEntry, Membership, Message, Room
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def world():
    """Return what refused input must not change."""
    rooms = list(Room.objects.order_by("pk").values_list("name", "kind", "last_seq", "revision", "open_requests"))
    members = list(Membership.objects.order_by("pk").values_list("user", "room", "role", "last_read_seq"))
    return rooms, members, list(Message.objects.values_list("body")), LogEntry.objects.count()


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 81, "x" * 200, "\0"])
def test_a_room_is_not_renamed_to_nothing_or_too_much(signed_in, alice, lobby, name):
    before = world()
    answer = signed_in(alice).post("/rooms/lobby/settings/", {"name": name, "description": "Kept", "icon": ""})
    page = answer.content.decode()
    assert answer.status_code == 422 and "errorlist" in page and "Kept" in page
    assert world() == before


@pytest.mark.parametrize("name", ["🎉 Party 🎉", "غرفة الشاي", "حانة 12 x", "x" * 80])
def test_emoji_and_right_to_left_names_are_kept_as_typed_and_keep_their_direction(signed_in, alice, lobby, name):
    assert signed_in(alice).post("/rooms/lobby/settings/", {"name": name}).status_code == 302
    assert Room.objects.get(pk=lobby.pk).name == name and LogEntry.objects.get().detail["name"] == name
    page = signed_in(alice).get("/rooms/lobby/").content.decode()
    assert re.search(rf'<h1[^>]* dir="auto"[^>]*>{name}</h1>', page)
    assert name in signed_in(alice).get("/rooms/lobby/log/").content.decode()


@pytest.mark.parametrize("username", ["bob", "carol", "alice", "erin"])
@pytest.mark.parametrize("role", ["owner", "moderator", "king", ""])
def test_a_moderator_changes_nobodys_role(signed_in, bob, lobby, username, role):
    Membership.objects.create(room=lobby, user=make_user("erin"), role="moderator")
    before = world()
    for verb in ("promote", "demote", "hand-over"):
        answer = signed_in(bob).post(f"/rooms/lobby/members/{username}/{verb}/", {"role": role})
        assert answer.status_code == (422 if role == "king" and verb == "promote" else 403)
    assert world() == before


LEFT = ["messages/", "messages/1/edit/", "messages/1/delete/", "messages/1/report/", "read/", "unread/", "notify/"]
LEFT += ["favourite/", "hide/", "leave/", "invites/", "requests/1/", "settings/", "settings/bans/", "settings/destroy/"]
LEFT += ["members/carol/ban/", "members/carol/promote/"]


@pytest.mark.parametrize("path", LEFT)
@pytest.mark.parametrize("slug", ["lobby", "studio"])
def test_a_post_for_a_room_that_one_has_just_left_finds_no_room(signed_in, bob, lobby, studio, path, slug):
    post_message(Membership.objects.enter(bob, slug), "mine")
    client = signed_in(bob)
    assert client.post(f"/rooms/{slug}/leave/").status_code == 302
    before = world()
    data = {"body": "late", "seq": 1, "name": "Late", "username": "carol", "answer": "accept", "people": "mallory"}
    left, none = (client.post(f"/rooms/{room}/{path}", data) for room in (slug, "nowhere"))
    assert left.status_code == none.status_code == 404
    assert left.content.replace(slug.encode(), b"nowhere") == none.content
    assert world() == before


@pytest.mark.parametrize("seq", [99, 2**62])
async def test_a_read_frame_beyond_the_newest_message_reads_up_to_it(open_tab, alice, bob, lobby, seq):
    await in_database(post_message)(await in_database(Membership.objects.enter)(bob, "lobby"), "hello")
    tab = await open_tab(alice, "lobby")
    await tab.send(action="read", seq=seq)
    assert 'data-seq="1"' in await tab.next_signal("read")


@pytest.mark.parametrize("seq", [0, -1, -(2**70), 2**70, "1.5", None, [1], True])
async def test_a_read_frame_for_no_message_is_refused_and_the_socket_lives_on(open_tab, alice, bob, lobby, seq):
    await in_database(post_message)(await in_database(Membership.objects.enter)(bob, "lobby"), "hello")
    tab, before = await open_tab(alice, "lobby"), await in_database(world)()
    await tab.send(action="read", seq=seq)
    while "composer-refusal" not in (refusal := await tab.next()):
        pass
    assert "exist" in refusal
    await tab.send(action="ping")
    assert "pong" in await tab.next()
    assert await in_database(world)() == before


async def test_typing_a_thousand_times_a_second_is_stopped_and_heard_once(open_tab, alice, bob, lobby):
    hers, his = await open_tab(alice, "lobby"), await open_tab(bob, "lobby")
    before = await in_database(world)()
    current_hub().frames.burst = 200  # as by default; tests have more
    for _ in range(1_000):
        await hers.send(action="typing")
    heard = 0
    while not await his.receive_nothing(timeout=0.3):
        heard += ":#typing" in await his.receive_from()
    assert heard == 1
    assert await hers.close_code() == 1013
    assert await in_database(world)() == before


def test_three_hundred_people_who_ask_to_join_are_counted_and_answered(signed_in, bob, studio):
    def cost(user):
        with CaptureQueriesContext(connection) as queries:
            request_to_join(user, "studio")
        return len(queries)

    Room.objects.filter(pk=studio.pk).update(takes_requests=True)
    people = [make_user(f"person-{n}") for n in range(300)]
    costs = {cost(user) for user in people}
    assert len(costs) == 1
    studio.refresh_from_db()
    client = signed_in(bob)
    assert studio.open_requests == 300 and 'data-reports="300"' in client.get("/rooms/studio/").content.decode()
    pks = JoinRequest.objects.values_list("pk", flat=True)
    answers = {client.post(f"/rooms/studio/requests/{pk}/", {"answer": "refuse"}).status_code for pk in list(pks)}
    studio.refresh_from_db()
    assert answers == {302} and studio.open_requests == 0 and studio.memberships.count() == 3


def test_one_person_who_asks_three_hundred_times_makes_one_request(signed_in, mallory, studio):
    Room.objects.filter(pk=studio.pk).update(takes_requests=True)
    client = signed_in(mallory)
    answers = [client.post("/rooms/studio/request/") for _ in range(300)]
    assert {answer.status_code for answer in answers} == {302, 429} and answers[-1].status_code == 429
    assert "asking to join rooms too quickly" in answers[-1].content.decode() and "Retry-After" in answers[-1]
    assert JoinRequest.objects.count() == Room.objects.get(pk=studio.pk).open_requests == 1
