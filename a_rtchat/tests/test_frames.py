"""Concurrent frames of a room: one commit, but rolled back individually."""

import json
import uuid
from unittest.mock import patch

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_live.consumers import Reply
from a_live.limits import Bucket
from a_rtchat.actions import messages
from a_rtchat.commands import pace
from a_rtchat.frames import Frame, carry_out_all, command_of
from a_rtchat.models import Membership, Message, membership

pytestmark = pytest.mark.django_db(transaction=True)


def frame(user, **data):
    return Frame(user.pk, "lobby", command_of(data), data)


def stored():
    return list(Message.objects.order_by("seq").values_list("seq", "body"))


def refused(reply):
    return reply is not None and "composer-refusal" in reply.html


def test_posts_share_all_queries_and_the_commit(alice, bob, lobby):
    waiting = [frame(user, body=f"{user} {n}") for n in range(5) for user in (alice, bob)]
    with CaptureQueriesContext(connection) as queries:
        assert [reply and reply.html for reply in carry_out_all(waiting)] == [""] * 10
    verbs = [query["sql"].split()[0].rstrip(";") for query in queries]
    counted = [verbs.count(verb) for verb in ("BEGIN", "SELECT", "UPDATE", "INSERT", "COMMIT")]
    assert counted == [1, 1, 1, 1, 1]
    assert stored() == [(n + 1, waiting[n].data["body"]) for n in range(10)]


def test_a_refused_frame_does_not_affect_others(alice, bob, carol, lobby):
    Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    twice = {"body": "twice", "client_id": str(uuid.uuid4())}
    waiting = [
        frame(alice, **twice),
        frame(bob, body=">"),
        frame(alice, **twice),
        frame(carol, body="let me in"),
        frame(bob, action="edit", seq=1, body="not mine"),
        frame(alice, action="delete", seq=1),
        frame(alice, action="delete", seq=1),
        frame(bob, body="last"),
    ]
    replies = carry_out_all(waiting)
    assert replies[3] is None
    assert [index for index, reply in enumerate(replies) if refused(reply)] == [1, 4]
    assert replies[2] and replies[2].revision == 1 and f'data-client-id="{twice["client_id"]}"' in replies[2].html
    assert stored() == [(1, ""), (2, "last")]


def test_they_are_announced_together_after_the_commit(alice, bob, lobby):
    sent = []
    with patch("a_live.events._send", lambda group, event: sent.append((connection.in_atomic_block, event))):
        carry_out_all([frame(alice, body="one"), frame(bob, body="two")])
    assert [(inside, len(event["changes"])) for inside, event in sent] == [(False, 2)]


def test_after_a_database_error_each_is_retried_alone(alice, lobby, caplog):
    def insert(drafts):
        if any(draft.body == "two" for draft in drafts):
            raise DatabaseError("gone")
        return real(drafts)

    real = messages._insert
    with patch.object(messages, "_insert", insert):
        first, second, third = carry_out_all([frame(alice, body=text) for text in ("one", "two", "three")])
    assert second and refused(second) and "save that. Try again." in second.html
    assert not refused(first) and not refused(third)
    assert [body for _, body in stored()] == ["one", "three"]
    assert "failed together" in caplog.text


@pytest.mark.parametrize("count", [1, 5])
def test_a_lost_commit_response_posts_nothing_twice(alice, lobby, count, caplog):
    """The connection breaks between the commit and its response; the frames have no client_id."""
    cut = iter([True])

    def commit():
        real()
        if next(cut, False):
            raise OperationalError("server closed the connection unexpectedly")

    real = connection._commit  # type: ignore[attr-defined]
    with patch.object(connection, "_commit", commit):
        replies = carry_out_all([frame(alice, body=f"number {n}") for n in range(count)])
    assert [body for _, body in stored()] == [f"number {n}" for n in range(count)]
    assert not any(map(refused, replies))  # each is answered with the existing message
    assert [reply and reply.revision for reply in replies] == list(range(1, count + 1))


def test_work_without_a_lock_is_done_once_before_the_transaction(alice, lobby, monkeypatch):
    """The rate limit and Markdown don't run again when a batch fails and each frame is retried alone."""
    bucket, rendered, door = Bucket(burst=3, rate=0.001), [], membership._door
    doors: list[int] = []

    def render(body):
        rendered.append((body, connection.in_atomic_block))
        return f"<p>{body}</p>"

    def fail_at_first(count, is_locked):
        if not doors:
            doors.append(count)
            raise DatabaseError("gone")
        return door(count, is_locked)

    monkeypatch.setattr(pace.posting, "bucket", bucket)
    monkeypatch.setattr("a_rtchat.markdown.render", render)
    monkeypatch.setattr(membership, "_door", fail_at_first)
    replies = carry_out_all([frame(alice, body=str(n)) for n in range(3)])
    assert rendered == [("0", False), ("1", False), ("2", False)]
    assert not any(map(refused, replies)) and len(stored()) == 3
    assert bucket.take(alice.pk) > 0


def test_any_exception_is_reported_to_the_sender_only(alice, bob, lobby, caplog):
    def clean_data(data):
        if data["body"] == "poison":
            raise RecursionError
        return real(data)

    waiting = [frame(alice, body="fine"), frame(bob, body="poison"), frame(bob, body="fine, too")]
    real = waiting[0].command.form.clean_data
    with patch.object(waiting[0].command.form, "clean_data", clean_data):
        replies = carry_out_all(waiting)
    assert [refused(reply) for reply in replies] == [False, True, False]
    assert [body for _, body in stored()] == ["fine", "fine, too"]
    assert "a frame for lobby failed" in caplog.text


def test_a_deeply_nested_value_is_refused_unread(alice, lobby):
    nested: list = []
    for _ in range(980):
        nested = [nested]
    [reply] = carry_out_all([frame(alice, action="edit", seq=nested, body="x")])
    assert refused(reply)
    assert json.dumps("x")  # the process still works


def test_a_new_post_is_answered_by_the_hub(alice, lobby):
    [reply] = carry_out_all([frame(alice, body="hello")])
    assert reply == Reply(value=Message.objects.get())
