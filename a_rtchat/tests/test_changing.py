"""Editing and deleting messages over sockets and HTTP."""

import pytest
from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.models import Membership, Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def message(membership):
    """A message by alice in the lobby."""
    return post_message(membership, "as it was")[0]


def enter(user, slug="lobby"):
    return Membership.objects.enter(user, slug)


def test_an_author_edits_and_the_room_takes_the_next_revision(message, membership):
    edited = edit_message(membership, 1, "as it **is**")
    message.refresh_from_db()
    assert (message.body, message.seq, message.revision) == ("as it **is**", 1, 2)
    assert message.body_html == "<p>as it <strong>is</strong></p>" and message.edited_at == edited.edited_at
    membership.room.refresh_from_db()
    assert (membership.room.last_seq, membership.room.revision) == (1, 2)


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_nobody_can_edit_anothers_message(message, name, request):
    with pytest.raises(ValidationError, match="Only the author"):
        edit_message(enter(request.getfixturevalue(name)), 1, "put into her mouth")
    message.refresh_from_db()
    message.room.refresh_from_db()
    assert (message.body, message.room.revision) == ("as it was", 1)


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_an_author_or_a_moderator_can_delete_a_message_and_its_text(message, name, request):
    delete_message(enter(request.getfixturevalue(name)), 1)
    message.refresh_from_db()
    assert (message.body, message.body_html, message.revision) == ("", "", 2) and message.deleted_at


def test_another_member_cannot_delete(message, carol):
    with pytest.raises(ValidationError, match="Only the author or a moderator"):
        delete_message(enter(carol), 1)


def test_deleting_twice_changes_nothing_and_tombstones_cannot_be_edited(message, membership):
    for _ in range(2):
        delete_message(membership, 1)
    with pytest.raises(ValidationError):
        edit_message(membership, 1, "risen")
    membership.room.refresh_from_db()
    assert membership.room.revision == 2


def test_a_change_costs_three_queries_and_one_commit(message, membership):
    with CaptureQueriesContext(connection) as queries:
        edit_message(membership, 1, "cheap")
    verbs = [query["sql"].split()[0].rstrip(";") for query in queries]
    assert [verb for verb in verbs if verb not in ("BEGIN", "COMMIT")] == ["UPDATE", "SELECT", "UPDATE"]


async def test_changes_reach_every_reader_live(open_tab, alice, bob, message):
    tabs = [await open_tab(alice, "lobby"), await open_tab(bob, "lobby")]
    await tabs[0].send(action="edit", seq=1, body="as it is")
    edited = {await tab.next() for tab in tabs}
    assert len(edited) == 1 and "as it is" in edited.copy().pop()
    await tabs[1].send(action="delete", seq=1)  # bob moderates
    deleted = {await tab.next() for tab in tabs}
    assert len(deleted) == 1
    fragment = deleted.pop()
    assert f'id="message-{message.pk}"' in fragment and 'data-revision="3"' in fragment
    assert "This message was deleted." in fragment and "as it" not in fragment


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"action": "edit", "seq": 1}, "Write something first."),
        ({"action": "edit", "seq": 1, "body": "x" * 4001}, "Messages can be 4000 characters at most"),
        ({"action": "edit", "body": "x"}, "This message doesn't exist."),
        ({"action": "edit", "seq": 99, "body": "x"}, "This message doesn't exist."),
        ({"action": "edit", "seq": "one", "body": "x"}, "This message doesn't exist."),
        ({"action": "edit", "seq": [1], "body": "x"}, "This message doesn't exist."),
        ({"action": "delete", "seq": 2**70}, "This message doesn't exist."),
        ({"action": "delete", "seq": -1}, "This message doesn't exist."),
        ({"action": "delete"}, "This message doesn't exist."),
    ],
)
async def test_an_invalid_change_is_refused_and_changes_nothing(open_tab, alice, message, frame, reason):
    tab = await open_tab(alice, "lobby")
    await tab.send(**frame)
    assert escape(reason) in await tab.next()
    await database_sync_to_async(message.room.refresh_from_db)()
    assert message.room.revision == 1


async def test_a_resend_after_an_edit_returns_the_current_message(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    frame = {"body": "first", "client_id": "0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7a"}
    await tab.send(**frame)
    await tab.next()
    await tab.send(action="edit", seq=1, body="second")
    assert await tab.next_bodies(1) == ["second"]
    await tab.send(**frame)
    assert await tab.next_bodies(1) == ["second"]
    assert await Message.objects.acount() == 1


async def test_missed_changes_are_replayed_in_their_current_state(open_tab, alice, membership):
    def talk():
        for body in ("one", "two", "three"):
            post_message(membership, body)
        edit_message(membership, 1, "one, edited")
        delete_message(membership, 2)

    await database_sync_to_async(talk)()
    tab = await open_tab(alice, "lobby", since=2)
    assert await tab.next_bodies(2) == ["three", "one, edited"]
    assert "This message was deleted." in await tab.next()


def test_an_author_edits_and_deletes_without_javascript(signed_in, alice, message):
    browser, there = signed_in(alice), "/rooms/lobby/messages/1/"
    assert "as it was" in browser.get(f"{there}edit/").content.decode()
    assert browser.post(f"{there}edit/", {"body": "as it is"}).url == there
    message.refresh_from_db()
    assert message.body == "as it is"
    bad = browser.post(f"{there}edit/", {"body": " "})
    assert bad.status_code == 422 and "Write something first." in bad.content.decode()
    assert browser.post(f"{there}delete/").url == there
    message.refresh_from_db()
    assert message.deleted_at


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_others_get_no_form_and_cannot_change_anything(signed_in, name, request, message):
    browser, there = signed_in(request.getfixturevalue(name)), "/rooms/lobby/messages/1/"
    assert browser.get(f"{there}edit/").status_code == 404
    assert browser.post(f"{there}edit/", {"body": "x"}).status_code == 404
    assert browser.post(f"{there}delete/").status_code == (403 if name == "carol" else 404)
    message.refresh_from_db()
    assert (message.body, message.deleted_at) == ("as it was", None)


def test_strangers_and_signed_out_users_have_no_access(client, signed_in, mallory, alice, studio):
    post_message(enter(alice, "studio"), "secret")
    there = "/rooms/studio/messages/1/"
    for path in ("edit/", "delete/"):
        assert signed_in(mallory).post(there + path, {"body": "x"}).status_code == 404
        assert client.post(there + path, {"body": "x"}).url == f"/?next={there}{path}"
