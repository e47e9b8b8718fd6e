"""Fan-out: the same bytes for everyone, in order, without gaps, with complete replays."""

import asyncio
import time
from unittest.mock import patch

import pytest
from channels.db import database_sync_to_async
from django.db.backends.base.base import BaseDatabaseWrapper

from a_live import topic
from a_live.hub import Hub, current_hub
from a_rtchat import rendered
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership
from a_rtchat.tests.conftest import make_tab
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def post(user, room, *bodies):
    """Post through the action, like another process or an HTTP request."""
    membership = Membership.objects.enter(user, room.slug)
    return [post_message(membership, body)[0] for body in bodies]


@database_sync_to_async
def post_unheard(user, room, *bodies):
    """Post while the channel layer loses all events."""
    membership = Membership.objects.enter(user, room.slug)
    with patch("a_live.events._send"):
        return [post_message(membership, body)[0] for body in bodies]


async def test_everyone_receives_the_same_bytes(open_tab, alice, bob, carol, lobby):
    tabs = [await open_tab(user, lobby) for user in (alice, bob, carol)]
    await tabs[0].send(body="<b>hi</b>")
    assert len({await tab.next() for tab in tabs}) == 1


async def test_fifty_sockets_cost_one_rendering_and_no_query(open_tab, alice, lobby):
    tabs = [await open_tab(alice, lobby) for _ in range(50)]
    with (
        patch("a_rtchat.rendered.render", wraps=rendered.render) as rendering,
        patch.object(BaseDatabaseWrapper, "cursor", autospec=True, side_effect=BaseDatabaseWrapper.cursor) as cursor,
    ):
        await tabs[0].send(body="hello")
        fragments = {await tab.next() for tab in tabs}
    assert (len(fragments), rendering.call_count) == (1, 1)
    assert cursor.call_count <= 8  # door, counters, insert, and the transaction; none per socket


async def test_rooms_do_not_receive_each_others_messages(open_tab, alice, lobby, studio):
    in_lobby, in_studio = await open_tab(alice, lobby), await open_tab(alice, studio)
    await in_lobby.send(body="for the lobby")
    await in_lobby.next()
    assert await in_studio.receive_nothing(timeout=0.2)


async def test_an_http_post_reaches_the_sockets(open_tab, signed_in, alice, bob, lobby):
    tab = await open_tab(alice, lobby)
    client = await database_sync_to_async(signed_in)(bob)
    await database_sync_to_async(client.post)("/rooms/lobby/messages/", {"body": "without a socket"})
    assert await tab.next_bodies(1) == ["without a socket"]


async def test_a_gap_is_filled_in_order(open_tab, alice, bob, lobby):
    tabs = [await open_tab(alice, lobby), await open_tab(bob, lobby)]
    await post(alice, lobby, "one")
    await post_unheard(alice, lobby, "two", "three")
    await post(alice, lobby, "four")
    for tab in tabs:
        assert await tab.next_bodies(4) == ["one", "two", "three", "four"]


async def test_a_gap_is_read_once_per_process(open_tab, alice, lobby):
    tabs = [await open_tab(alice, lobby) for _ in range(10)]
    await post_unheard(alice, lobby, "lost")
    with patch.object(topic, "changes_after", wraps=topic.changes_after) as reading:
        await post(alice, lobby, "heard")
        for tab in tabs:
            assert await tab.next_bodies(2) == ["lost", "heard"]
    assert reading.call_count == 1


async def test_a_gap_longer_than_a_page_is_filled(open_tab, alice, lobby, settings):
    settings.CHAT_REPLAY_PAGE_SIZE = 3
    tab = await open_tab(alice, lobby)
    bodies = [str(n) for n in range(10)]
    await post_unheard(alice, lobby, *bodies)
    await post(alice, lobby, "last")
    assert await tab.next_bodies(11) == [*bodies, "last"]


async def test_changes_without_an_event_are_found_by_reconciling(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await post_unheard(alice, lobby, "no event")
    await current_hub().reconcile()
    assert await tab.next_bodies(1) == ["no event"]


async def test_an_old_event_is_dropped(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await post(alice, lobby, "one", "two")
    await tab.next_bodies(2)
    current_hub().route({"type": "changes", "topic": lobby.topic, "changes": [(1, "again")]})
    assert await tab.receive_nothing(timeout=0.1)


async def test_since_replays_missed_changes_and_continues_live(open_tab, alice, lobby, settings):
    settings.CHAT_REPLAY_PAGE_SIZE = 4
    await post(alice, lobby, *[str(n) for n in range(1, 11)])
    tab = await open_tab(alice, lobby, since=3)
    assert await tab.next_bodies(7) == [str(n) for n in range(4, 11)]
    await post(alice, lobby, "live")
    assert await tab.next_bodies(1) == ["live"]


@pytest.mark.parametrize("since", [10, 99])
async def test_an_up_to_date_page_gets_no_replay(open_tab, alice, lobby, since):
    await post(alice, lobby, *[str(n) for n in range(10)])
    tab = await open_tab(alice, lobby, since=since)
    await post(alice, lobby, "live")
    assert await tab.next_bodies(1) == ["live"]


@pytest.mark.parametrize("since", [None, "", "-1", "abc", "1e3", "٣", "9" * 30])
async def test_without_a_valid_since_the_socket_starts_live(open_tab, alice, lobby, since):
    await post(alice, lobby, "before")
    tab = await open_tab(alice, lobby, since=since)
    await post(alice, lobby, "after")
    assert await tab.next_bodies(1) == ["after"]


async def test_live_changes_are_held_back_behind_the_replay(open_tab, alice, lobby):
    """A message posted during the replay arrives once, after it."""
    await post(alice, lobby, "one", "two")

    def read_slowly(name, revision):
        changes = real(name, revision)
        if len(changes) == 2:
            post_message(Membership.objects.enter(alice, "lobby"), "three")
        return changes

    real = topic.changes_after
    with patch.object(topic, "changes_after", read_slowly):
        tab = await open_tab(alice, lobby, since=0)
        assert await tab.next_bodies(3) == ["one", "two", "three"]
        assert await tab.receive_nothing(timeout=0.2)


async def test_a_room_without_readers_is_dropped(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await tab.disconnect()
    await current_hub().reconcile()
    assert current_hub().topics == {} and current_hub().people == {}


async def test_a_new_member_sees_the_room_at_once(open_tab, alice, carol, lobby):
    tab, other = await open_tab(carol, lobby), await open_tab(alice, lobby)
    zoe = await database_sync_to_async(make_user)("zoe")
    room = await database_sync_to_async(make_room)("den", "closed", owner=zoe)
    await database_sync_to_async(admit)(room, carol)
    fragment = await tab.next()
    assert 'data-signal="listed"' in fragment and 'href="/rooms/den/"' in fragment
    assert await other.receive_nothing(timeout=0.1)


async def test_becoming_a_member_during_the_handshake_loses_no_events(open_tab, alice, bob, lobby):
    """Personal events are held back until the socket is accepted, like the room's changes."""
    join = Hub.join

    async def join_and_notify(self, revision, reader):
        room = await join(self, revision, reader)
        self.route({"type": "state", "id": str(reader.user_id), "users": [reader.user_id], "html": "<li>news</li>"})
        return room

    with patch.object(Hub, "join", join_and_notify):
        tab = await open_tab(alice, lobby)
    assert await tab.next() == "<li>news</li>"
    await post(bob, lobby, "heard")
    assert await tab.next_bodies(1) == ["heard"]


async def test_readers_who_reconnect_together_share_queries(open_tab, alice, bob, lobby):
    await post(alice, lobby, "one", "two")
    await open_tab(alice, lobby)  # the room is subscribed and up to date
    tabs = [await database_sync_to_async(make_tab)(bob, "lobby", since=0) for _ in range(20)]

    def read_slowly(name, revision):
        time.sleep(0.1)
        return real(name, revision)

    real = topic.changes_after
    with patch.object(topic, "changes_after", side_effect=read_slowly) as reading:
        await asyncio.gather(*(tab.connect(timeout=10) for tab in tabs))
        for tab in tabs:
            assert await tab.next_bodies(2) == ["one", "two"]
            await tab.disconnect()
    assert reading.call_count < 10


async def test_an_outdated_shared_query_hides_nothing(open_tab, alice, bob, lobby):
    """A query started before a change and shared by a later reader is followed by another one."""
    await post(alice, lobby, "one")
    await open_tab(alice, lobby)
    room = current_hub().topics[lobby.topic]
    too_old = asyncio.get_running_loop().create_future()
    too_old.set_result(([], 0.0))
    room.reads[0] = too_old
    tab = await open_tab(bob, lobby, since=0)
    assert await tab.next_bodies(1) == ["one"]
