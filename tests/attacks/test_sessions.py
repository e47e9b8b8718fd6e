"""Session keys and tickets that break a query: they harm nobody but their sender."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from a_live.admission import ADMIT_BATCH, Ticket, admit_all
from a_live.orm import Batcher
from a_live.sources import Admission, states_of
from a_rtchat.tests.conftest import make_tab

pytestmark = pytest.mark.django_db(transaction=True)

MALFORMED = ["a\0b", '"a\\000b"', "", "A" * 32, "a" * 31, "a" * 10_000, "\xed\xa0\x80", "' OR 1=1 --"]
LONE_SURROGATE = "\ud800"  # no database can store it


async def ticket_of(user, room):
    """Return a ticket for a room, with a new session."""
    tab = await database_sync_to_async(make_tab)(user, room.slug)
    return Ticket(tab.session_key, "room", room.slug)


@pytest.mark.parametrize("key", MALFORMED)
def test_a_page_with_a_malformed_session_key_is_served_signed_out(key):
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
    assert Client().get("/", headers=headers).status_code == 200
    assert Client().get("/rooms/", headers=headers).status_code == 302


@pytest.mark.parametrize("key", MALFORMED)
def test_a_malformed_session_key_reaches_no_query(django_assert_num_queries, key):
    with django_assert_num_queries(0):
        assert admit_all([Ticket(key, "room", "lobby")]) == [4401]


async def test_sockets_with_malformed_session_keys_are_not_signed_in(open_tab, alice, lobby):
    tabs = await asyncio.gather(
        open_tab(None, lobby, session_key=r'"a\000b"'),
        open_tab(alice, lobby),
        open_tab(None, lobby, session_key="a\0b"),
    )
    assert [await tabs[0].close_code(), await tabs[2].close_code()] == [4401, 4401]
    await tabs[1].send(body="still here")
    assert await tabs[1].next_bodies(1) == ["still here"]


@pytest.mark.parametrize("slug", [LONE_SURROGATE, "a" * 60_000, "no-such-room"])
async def test_a_ticket_that_breaks_the_query_of_a_batch_fails_alone(alice, bob, carol, lobby, slug):
    good = [await ticket_of(user, lobby) for user in (alice, bob, carol)]
    door = Batcher(admit_all, ADMIT_BATCH, repeat=True)
    bad = Ticket(good[0].session_key, "room", slug)
    results = await asyncio.gather(*map(door.call, [good[0], bad, *good[1:]]), return_exceptions=True)
    assert [isinstance(result, Admission) for result in results] == [True, False, True, True]


async def test_a_state_that_cannot_be_read_fails_alone(alice, lobby):
    states = Batcher(states_of, 64, repeat=True)
    readers = [(alice.pk, "user.1"), ("nobody", "user.1"), (alice.pk, "user.2")]
    results = await asyncio.gather(*map(states.call, readers), return_exceptions=True)
    assert [isinstance(result, str) for result in results] == [True, False, True]


async def test_work_that_writes_is_not_repeated():
    calls = []

    def work(items):
        calls.append(items)
        raise ValueError(items)

    results = await asyncio.gather(*map(Batcher(work, 64).call, "abc"), return_exceptions=True)
    assert len(calls) == 1 and all(isinstance(result, ValueError) for result in results)


async def test_an_unavailable_database_is_not_asked_for_each_ticket():
    calls = []

    def work(items):
        calls.append(items)
        raise OperationalError("down")

    await asyncio.gather(*map(Batcher(work, 64, repeat=True).call, "abc"), return_exceptions=True)
    assert len(calls) == 1
