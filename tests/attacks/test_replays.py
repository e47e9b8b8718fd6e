"""Replays that one user asks for over and over: posts pass them, and too long ones are skipped."""

import asyncio
import threading
from functools import partial

import pytest
from channels.db import database_sync_to_async

from a_live import topic
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def history(membership):
    """Ten messages in the lobby."""
    for n in range(10):
        post_message(membership, f"old {n}")


@pytest.fixture
def slow_reads(monkeypatch):
    """Hold every read of a replay for the length of the test; yield the revisions being read."""
    real, go_on, reading = topic.changes_after, threading.Event(), []

    def read(name, revision):
        reading.append(revision)
        go_on.wait(timeout=10)
        return real(name, revision)

    monkeypatch.setattr(topic, "changes_after", read)
    yield reading
    go_on.set()


async def test_a_post_passes_the_replays_of_others(open_tab, slow_reads, history, alice, bob, carol, lobby):
    author = await open_tab(alice, lobby)
    for since in range(8):
        await open_tab(bob if since % 2 else carol, lobby, since=since)
    await author.send(body="in between")
    assert await author.next_bodies(1) == ["in between"]


async def test_the_tabs_of_a_user_take_turns_and_hold_up_nobody_else(
    open_tab,
    slow_reads,
    history,
    bob,
    carol,
    lobby,
):
    for since in range(5):
        await open_tab(bob, lobby, since=since)
    await asyncio.sleep(0.1)
    assert slow_reads == [0]
    await open_tab(carol, lobby, since=9)
    await asyncio.sleep(0.1)
    assert slow_reads == [0, 9]


async def test_a_socket_that_missed_too_much_begins_anew(open_tab, settings, history, alice, bob, lobby):
    settings.CHAT_REPLAY_ANNOUNCED, settings.CHAT_REPLAY_LIMIT = 5, 9
    tab, complete = await open_tab(bob, lobby, since=0), await open_tab(bob, lobby, since=1)
    fragment = await tab.next()
    assert 'data-state="replaying" data-missed="10"' in fragment and "data-anew" in fragment
    assert 'data-state="live"' in await tab.next()
    assert "data-anew" not in await complete.next()
    assert await complete.next_bodies(9) == [f"old {n}" for n in range(1, 10)]
    member = await database_sync_to_async(Membership.objects.enter)(alice, lobby.slug)
    await database_sync_to_async(partial(post_message, member, "new"))()
    assert await tab.next_bodies(1) == ["new"]


def test_a_page_that_polls_begins_anew_as_well(signed_in, settings, history, bob, lobby):
    settings.CHAT_REPLAY_LIMIT = 9
    client = signed_in(bob)
    behind, near = (client.get(f"/rooms/lobby/messages/?since={since}").content.decode() for since in (0, 1))
    assert behind.startswith('<span class="connection" id="connection" data-state="replaying" data-missed="10"')
    assert "data-anew" in behind and "<article" not in behind
    assert near.count("<article") == 9 and "data-anew" not in near
