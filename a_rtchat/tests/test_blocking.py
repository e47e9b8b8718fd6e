"""Blocking: no direct messages, presence or typing; the blocked learn nothing; group rooms stay as they are."""

import pytest
from channels.db import database_sync_to_async

from a_rtchat.actions.blocking import block_user, unblock_user
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.models import Block, Message, Room
from a_rtchat.tests.test_presence import heard, status
from a_users.actions.accounts import deactivate, delete_account
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)
REFUSAL = "@alice isn&#x27;t accepting direct messages."


def test_blocking_and_unblocking_from_the_profile(signed_in, alice, bob):
    client = signed_in(alice)
    assert 'action="/@bob/block/"' in client.get("/@bob/").content.decode()
    for _ in range(2):
        assert client.post("/@bob/block/").url == "/@bob/"
    assert Block.objects.values_list("blocker", "blocked").get() == (alice.pk, bob.pk)
    page = client.get("/@bob/").content.decode()
    assert 'action="/@bob/unblock/"' in page and 'action="/direct/bob/"' not in page and "blocked bob." in page
    assert client.post("/@bob/unblock/", {"next": "/profile/settings/blocked/"}).url == "/profile/settings/blocked/"
    assert not Block.objects.exists()


@pytest.mark.parametrize("path", ["/@alice/block/", "/@alice/unblock/", "/@nobody/block/", "/@nobody/unblock/"])
def test_nobody_blocks_themselves_or_someone_who_does_not_exist(signed_in, alice, path):
    assert signed_in(alice).post(path).status_code in (404, 422)
    assert not Block.objects.exists()


def test_a_next_of_another_site_is_ignored(signed_in, alice, bob):
    assert signed_in(alice).post("/@bob/block/", {"next": "https://evil.example/"}).url == "/@bob/"


def test_the_blocked_are_listed_in_the_settings_even_when_deactivated(signed_in, alice, bob, carol):
    client = signed_in(alice)
    assert "blocked anyone" in client.get("/profile/settings/blocked/").content.decode()
    for user in (bob, carol):
        block_user(alice, user)
    deactivate(carol)
    page = client.get("/profile/settings/blocked/").content.decode()
    assert "@bob" in page and "@carol" in page and 'href="/profile/settings/blocked/" aria-current="page"' in page
    assert client.post("/@carol/unblock/").url == "/profile/settings/blocked/"


def test_the_list_costs_the_same_for_one_and_for_many(signed_in, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(alice)
    block_user(alice, make_user("person"))
    with CaptureQueriesContext(connection) as few:
        client.get("/profile/settings/blocked/")
    for n in range(30):
        block_user(alice, make_user(f"person-{n}"))
    with django_assert_num_queries(len(few)):
        client.get("/profile/settings/blocked/")


def test_no_new_direct_room_from_either_side(signed_in, alice, bob, carol):
    block_user(alice, bob)
    blocked = signed_in(bob).post("/direct/alice/")
    assert blocked.status_code == 422 and REFUSAL in blocked.content.decode()
    assert "blocked" not in blocked.content.decode().lower()
    blocker = signed_in(alice).post("/direct/bob/")
    assert blocker.status_code == 422 and "Unblock them" in blocker.content.decode()
    group = signed_in(bob).post("/direct/", {"username": ["alice", "carol"]})
    assert group.status_code == 422 and REFUSAL in group.content.decode()
    assert not Room.objects.exists()


def test_an_existing_room_stays_readable_but_takes_no_posts_from_either_side(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    path = room.get_absolute_url()
    before = signed_in(bob).get(path).content.decode()
    block_user(alice, bob)
    assert signed_in(bob).post("/direct/alice/").url == path
    refused = signed_in(bob).post(f"{path}messages/", {"body": "hello?"})
    assert refused.status_code == 422 and REFUSAL in refused.content.decode()
    refused = signed_in(alice).post(f"{path}messages/", {"body": "hello?"})
    assert refused.status_code == 422 and "Unblock them to send messages." in refused.content.decode()
    assert not Message.objects.exists()
    after = signed_in(bob).get(path).content.decode()
    assert 'id="silence"' not in after and len(after) == len(before)
    page = signed_in(alice).get(path).content.decode()
    assert 'id="silence"' in page and 'action="/@bob/unblock/"' in page
    unblock_user(alice, bob)
    assert signed_in(bob).post(f"{path}messages/", {"body": "hello"}).status_code == 302


def test_the_profile_of_the_blocker_looks_as_before_to_the_blocked(signed_in, alice, bob):
    def page():
        html = signed_in(bob).get("/@alice/").content.decode()
        return html[html.index("<article") :].partition('name="csrfmiddlewaretoken"')[0]

    before = page()
    block_user(alice, bob)
    assert page() == before


def test_group_rooms_stay_as_they_are(signed_in, alice, bob, carol, lobby):
    group = open_direct_room(alice, bob, carol)
    block_user(alice, bob)
    for path in ("/rooms/lobby/", group.get_absolute_url()):
        assert signed_in(bob).post(f"{path}messages/", {"body": "hello"}).status_code == 302


def test_a_deleted_account_leaves_no_blocks(alice, bob, carol):
    block_user(alice, bob)
    block_user(carol, alice)
    delete_account(alice)
    assert not Block.objects.exists()


def test_mentions_can_ask_who_hides_from_their_author(alice, bob, carol):
    block_user(alice, carol)
    assert list(Block.objects.hiding_from(carol.pk)) == [{"blocker": alice.pk}]


async def test_a_frame_is_refused_and_the_others_in_its_batch_are_not(open_tab, alice, bob):
    room = await database_sync_to_async(open_direct_room)(alice, bob)
    await Block.objects.acreate(blocker=alice, blocked=bob)
    tab = await open_tab(bob, room)
    for body in ("one", "two"):
        await tab.send(body=body)
    for _ in range(2):
        assert REFUSAL in await tab.next()
    assert await Message.objects.acount() == 0


# --- Presence and typing ----------------------------------------------------------------------------------------------


async def test_the_blocker_goes_offline_for_the_blocked_at_once_and_comes_back(open_tab, alice, bob, carol, lobby):
    watcher, other = await open_tab(bob, "lobby"), await open_tab(carol, "lobby")
    await open_tab(alice, "lobby")
    await heard(watcher, "here", alice)
    await heard(other, "here", alice)
    await database_sync_to_async(block_user)(alice, bob)
    await heard(watcher, "offline", alice)
    assert status(alice, lobby.topic, reader=bob.pk) == "offline"
    assert status(alice, lobby.topic, reader=carol.pk) == "here"
    await database_sync_to_async(unblock_user)(alice, bob)
    await heard(watcher, "here", alice)


async def test_the_blocked_hear_nothing_when_the_blocker_leaves(open_tab, alice, bob, carol, lobby):
    await Block.objects.acreate(blocker=alice, blocked=bob)
    blocked, other, hers = [await open_tab(user, "lobby") for user in (bob, carol, alice)]
    await heard(other, "here", alice)
    await hers.disconnect()
    await heard(other, "offline", alice)
    while not await blocked.receive_nothing(timeout=0.2):
        assert str(alice.pk) not in (await blocked.receive_from()).replace('"', " ").split()


async def typing_seen(reader, other):
    """Return whether a reader sees someone type whom another reader sees typing."""
    while ":#typing" not in await other.receive_from(timeout=5):
        pass
    while not await reader.receive_nothing(timeout=0.2):
        if ":#typing" in await reader.receive_from():
            return True
    return False


async def test_neither_sees_the_other_type(open_tab, alice, bob, carol, lobby):
    await Block.objects.acreate(blocker=alice, blocked=bob)
    hers, his, other = [await open_tab(user, "lobby") for user in (alice, bob, carol)]
    await heard(other, "here", alice)
    await hers.send(action="typing")
    assert not await typing_seen(his, other)


def test_the_blocker_never_sees_an_invite_and_the_inviter_never_learns_it(signed_in, alice, studio):
    bob = make_user("blocker")
    block_user(bob, alice)
    client = signed_in(alice)
    client.post("/rooms/studio/invites/", {"people": "blocker"})
    assert "1 person invited" in client.get("/rooms/studio/invites/").content.decode()
    assert studio.invites.get().user == bob
    assert 'class="invitation__room"' not in signed_in(bob).get("/rooms/").content.decode()
