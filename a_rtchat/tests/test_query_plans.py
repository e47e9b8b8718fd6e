"""No page, command or socket reads a whole table that grows; SQLite's plans show it without a million rows."""

import re
from contextlib import contextmanager

import pytest
from django.db import connection

from a_live.sources import changes_after, follows_of, newest_revisions, source_of, states_of
from a_rtchat.tests.command_examples import EXAMPLES, OVER_HTTP

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables whole, whatever the index"),
]
GROWING = ("membership", "message", "mention", "room", "user", "profile", "formerusername", "departure", "session")
PAGES = [
    "/mentions/",
    "/direct/",
    "/direct/people/?q=bo",
    "/@bob/",
    "/invite/an-invite-to-the-lobby/",
    "/rooms/mine/",
    "/rooms/new/",
    "/rooms/lobby/",
    "/rooms/lobby/invites/",
    "/rooms/lobby/log/",
    "/rooms/lobby/members/",
    "/rooms/lobby/messages/?before=2",
    "/rooms/lobby/messages/2/",
    "/rooms/lobby/panel/",
    "/rooms/lobby/reports/",
    "/rooms/lobby/requests/",
    "/rooms/lobby/settings/",
    "/rooms/lobby/settings/bans/",
    "/rooms/lobby/settings/members/",
]


@contextmanager
def statements():
    """Collect (SQL, parameters) of all queries."""
    collected = []

    def collect(execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", sql) and not many:
            collected.append((sql, params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(collect):
        yield collected


def tables_read_whole(collected):
    """Return the growing tables that a statement reads from end to end, each with the SQL."""
    found = []
    for sql, params in collected:
        with connection.cursor() as cursor:
            plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()]
        aliases = {alias: table for table, alias in re.findall(r'"a_\w+?_(\w+)" (U\d+|T\d+|V\d+)', sql)}
        for step in plan:
            name = re.match(r"SCAN (\w+)", step)
            table = name and aliases.get(name[1], name[1].rpartition("_")[2])
            if table in GROWING:
                found.append((table, sql))
    return found


def test_the_check_finds_a_whole_table(membership):
    with statements() as collected:
        list(type(membership).objects.filter(room__slug="lobby", notify="all").values("room"))
        list(type(membership).objects.filter(notify="all"))
    assert [table for table, _ in tables_read_whole(collected)] == ["membership"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_no_whole_table(path, signed_in, alice, first):
    client = signed_in(alice)
    with statements() as collected:
        assert client.get(path, follow=True).status_code == 200
    assert collected and not tables_read_whole(collected)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_command_reads_no_whole_table(name, signed_in, alice, first):
    client = signed_in(alice)
    with statements() as collected:
        assert client.post(EXAMPLES[name].path, EXAMPLES[name].data).status_code == 302
    assert collected and not tables_read_whole(collected)


def test_a_mention_reads_no_whole_table(signed_in, alice, first):
    client = signed_in(alice)
    post = EXAMPLES["post"]
    with statements() as collected:
        assert client.post(post.path, post.data | {"body": "hello @bob, @nobody and @here"}).status_code == 302
    assert not tables_read_whole(collected)


def test_opening_a_socket_and_following_read_no_whole_table(alice, bob, membership):
    rooms, users = source_of("room"), source_of("user")
    with statements() as collected:
        assert len(rooms.admit([(alice.pk, "lobby"), (bob.pk, "lobby")])) == 2
        assert list(rooms.admit([(alice.pk, "lobby"), (bob.pk, "elsewhere")])) == [(alice.pk, "lobby")]
        users.admit([(alice.pk, "")])
        follows_of([alice.pk, bob.pk])
        assert all(states_of([(alice.pk, f"room.{membership.room_id}"), (bob.pk, f"user.{bob.pk}")]))
        newest_revisions([f"room.{membership.room_id}"])
        changes_after(f"room.{membership.room_id}", 0)
    assert collected and not tables_read_whole(collected)
