"""Posting: the action, HTTP posts, and the cost of a post."""

import uuid
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from redis.exceptions import ConnectionError as RedisConnectionError

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message
from conftest import make_room

pytestmark = pytest.mark.django_db
INVISIBLE = "\u200b\u2060 \u2800\u00a0\n"


def url(room):
    return f"/rooms/{room.slug}/messages/"


def test_posts_are_numbered_per_room(membership):
    posted = [post_message(membership, f"number {n}")[0] for n in range(1, 4)]
    assert [(message.seq, message.revision) for message in posted] == [(1, 1), (2, 2), (3, 3)]
    membership.room.refresh_from_db()
    assert (membership.room.last_seq, membership.room.revision) == (3, 3)


def test_a_repeated_client_id_makes_one_message(membership):
    client_id = uuid.uuid4()
    first, is_new = post_message(membership, "once", client_id)
    again, again_new = post_message(membership, "twice", client_id)
    assert (is_new, again_new, again, again.body) == (True, False, first, "once")
    membership.room.refresh_from_db()
    assert (Message.objects.count(), membership.room.last_seq) == (1, 1)


def test_two_authors_may_use_the_same_client_id(membership, bob):
    client_id = uuid.uuid4()
    post_message(membership, "mine", client_id)
    _, is_new = post_message(Membership.objects.enter(bob, "lobby"), "mine, too", client_id)
    assert is_new


def test_a_client_id_used_in_another_room_is_refused(membership, alice):
    other = make_room("other", "open", owner=alice)
    client_id = uuid.uuid4()
    post_message(membership, "here", client_id)
    with pytest.raises(ValidationError):
        post_message(Membership.objects.enter(alice, "other"), "there", client_id)
    assert not other.messages.exists()


def test_the_database_refuses_a_second_message_with_the_same_number(membership):
    message, _ = post_message(membership, "first")
    twin = {"room": message.room, "author": message.author, "body": "x", "body_html": "x"}
    for numbers in [{"seq": 1, "revision": 2}, {"seq": 2, "revision": 1}]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(**twin, **numbers)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(**twin, seq=2, revision=2, client_id=message.client_id)


def test_a_post_costs_three_queries_and_one_commit(alice, lobby):
    with CaptureQueriesContext(connection) as queries:
        post_message(Membership.objects.enter(alice, "lobby"), "hello")
    verbs = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert verbs == ["SELECT", "UPDATE", "INSERT"]


@pytest.mark.django_db(transaction=True)
def test_it_is_announced_only_after_the_commit(membership):
    with patch("a_live.events._send") as send:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            post_message(membership, "never")
            raise ZeroDivisionError
        send.assert_not_called()
        with transaction.atomic():
            post_message(membership, "now")
            send.assert_not_called()
        send.assert_called_once()
    assert Message.objects.get().body == "now"


@pytest.mark.django_db(transaction=True)
def test_a_channel_layer_that_is_down_does_not_fail_the_post(membership, caplog):
    down = RedisConnectionError("Redis is away")
    with patch("channels.layers.InMemoryChannelLayer.group_send", side_effect=down):
        message, is_new = post_message(membership, "safe")
    assert is_new and Message.objects.get() == message
    assert "did not reach" in caplog.text


def test_a_member_posts_without_javascript(signed_in, carol, studio):
    response = signed_in(carol).post(url(studio), {"body": "plain HTTP"})
    assert (response.status_code, response.url) == (302, "/rooms/studio/")
    assert studio.messages.get().author == carol


def test_a_resent_http_post_makes_one_message(signed_in, carol, studio):
    for _ in range(2):
        signed_in(carol).post(url(studio), {"body": "once", "client_id": "6a2a1b0e-8f43-4f2e-9d3e-2f1c2b3a4d5e"})
    assert studio.messages.count() == 1


def test_a_stranger_cannot_post_in_a_private_room(signed_in, mallory, studio):
    assert signed_in(mallory).post(url(studio), {"body": "hi"}).status_code == 404
    assert signed_in(mallory).post("/rooms/nowhere/messages/", {"body": "hi"}).status_code == 404
    assert not Message.objects.exists()


def test_a_signed_out_post_redirects_to_the_entry_page(client, lobby):
    response = client.post(url(lobby), {"body": "hi"})
    assert (response.status_code, response.url) == (302, "/?next=/rooms/lobby/messages/")
    assert not Message.objects.exists()


def test_a_post_without_a_csrf_token_is_refused(carol, lobby):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(carol)
    assert client.post(url(lobby), {"body": "hi"}).status_code == 403
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "Write something first."),
        ({"body": " \n\t"}, "Write something first."),
        ({"body": INVISIBLE}, "Write something first."),
        ({"body": "&nbsp;"}, "Write something first."),
        ({"body": ">"}, "Write something first."),
        ({"body": "```\n```"}, "Write something first."),
        ({"body": "x" * 4001}, "Messages can be 4000 characters at most; this one has 4001."),
        ({"body": "nul \0 sign"}, "Null characters are not allowed."),
        ({"body": "hi", "client_id": "not-a-uuid"}, "The client_id must be a UUID."),
    ],
)
def test_an_invalid_post_shows_why_keeps_the_text_and_stores_nothing(signed_in, carol, lobby, data, reason):
    response = signed_in(carol).post(url(lobby), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert reason in page
    assert escape(data.get("body", "").strip()) in page
    assert not Message.objects.exists()


def test_four_thousand_characters_fit_with_any_line_endings(signed_in, carol, lobby):
    body = ("👋" * 1999 + "\r\n") * 2
    assert signed_in(carol).post(url(lobby), {"body": body.strip()}).status_code == 302
    assert len(lobby.messages.get().body) == 3999
