"""Frames of one room that wait at the same time: one commit, each undone for itself."""

import json
import uuid
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat.actions import messages
from a_rtchat.frames import Frame, Reply, handle_all
from a_rtchat.models import Membership, Message

pytestmark = pytest.mark.django_db(transaction=True)


def frame(user, **values):
    return Frame(user.pk, "lobby", json.dumps(values))


def stored():
    return list(Message.objects.order_by("seq").values_list("seq", "body"))


def test_they_share_the_door_and_a_commit(alice, bob, lobby):
    waiting = [frame(user, body=f"{user} {n}") for n in range(5) for user in (alice, bob)]
    with CaptureQueriesContext(connection) as queries:
        assert handle_all(waiting) == [Reply()] * 10
    verbs = [query["sql"].split()[0].rstrip(";") for query in queries]
    assert [verbs.count(verb) for verb in ("BEGIN", "SELECT", "UPDATE", "INSERT", "COMMIT")] == [1, 1, 10, 10, 1]
    assert stored() == [(n + 1, json.loads(waiting[n].text)["body"]) for n in range(10)]


def test_a_frame_that_is_refused_undoes_no_other(alice, bob, carol, lobby):
    Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    twice = {"body": "twice", "client_id": str(uuid.uuid4())}
    waiting = [
        frame(alice, **twice),
        frame(bob, body=">"),
        frame(alice, **twice),
        frame(carol, body="let me in"),
        Frame(bob.pk, "lobby", "no JSON"),
        frame(bob, action="edit", seq=1, body="not mine"),
        frame(alice, action="delete", seq=1),
        frame(alice, action="delete", seq=1),
        frame(bob, body="last"),
    ]
    replies = handle_all(waiting)
    assert replies[3] is None
    assert [index for index, reply in enumerate(replies) if reply and reply.html] == [1, 2, 4, 5]
    assert replies[2] and replies[2].revision == 1
    assert stored() == [(1, ""), (2, "last")]


def test_they_are_announced_after_the_commit(alice, bob, lobby):
    told = []
    with patch("a_rtchat.broadcasts._send", lambda *_: told.append(connection.in_atomic_block)):
        handle_all([frame(alice, body="one"), frame(bob, body="two")])
    assert told == [False, False]


def test_where_the_database_fails_them_each_goes_alone(alice, lobby, caplog):
    def insert(membership, body, *rest):
        if body == "two":
            raise DatabaseError("gone")
        return real(membership, body, *rest)

    real = messages._insert
    with patch.object(messages, "_insert", insert):
        first, second, third = handle_all([frame(alice, body=text) for text in ("one", "two", "three")])
    assert second and "could not be stored" in second.html
    assert (first, third) == (Reply(), Reply())
    assert [body for _, body in stored()] == ["one", "three"]
    assert "not carried out together" in caplog.text
