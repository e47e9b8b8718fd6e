"""Messages between page load and connection, in two tabs, and in frames sent more than once."""

import asyncio
import re
from itertools import chain

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from a_rtchat.models import Message
from tests.faults.consistency import assert_consistent, chatter, wait_for, wait_for_messages
from tests.faults.tab import articles_in

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def load_page(user, room):
    """Return the revision and the messages of a room's page."""
    client = Client()
    client.force_login(user)
    html = client.get(f"/rooms/{room.slug}/").content.decode()
    revision = re.search(r'id="room"[^>]*data-revision="(\d+)"', html)
    template = re.compile(r"<template.*?</template>", re.DOTALL)
    assert revision
    return int(revision[1]), articles_in(template.sub("", html))


async def test_messages_between_page_load_and_connection_are_shown(server, open_tab, alice, bob, lobby):
    author = await open_tab(alice, lobby, server)
    await chatter([author], 10)
    await assert_consistent(lobby, [author], total=10)
    revision, shown = await load_page(bob, lobby)
    await chatter([author], 50, pause=0)
    late = await open_tab(bob, lobby, server, since=revision)
    late.shown = {article.pk: article for article in shown} | late.shown
    await assert_consistent(lobby, [author, late], total=60)
    assert (revision, len(shown)) == (10, 10)


async def test_a_socket_that_connects_during_a_burst_misses_nothing(server, open_tab, alice, bob, lobby):
    author = await open_tab(alice, lobby, server)
    posting = asyncio.ensure_future(chatter([author], 300, pause=0.003))
    late = []
    for shown in range(20, 280, 20):
        await wait_for_messages(author, shown)
        late.append(await open_tab(bob, lobby, server))
    await posting
    await assert_consistent(lobby, [author, *late], total=300)


async def test_two_tabs_show_each_message_once(server, open_tab, alice, lobby):
    tabs = [await open_tab(alice, lobby, server), await open_tab(alice, lobby, server)]
    await chatter(tabs, 40, pause=0)
    await assert_consistent(lobby, tabs, total=80)


async def test_a_frame_sent_three_times_posts_one_message(server, open_tab, alice, bob, lobby):
    tab, reader = await open_tab(alice, lobby, server), await open_tab(bob, lobby, server)
    for n in range(10):
        client_id = await tab.post(f"three times {n}")
        await asyncio.gather(*(tab.send_frame(body=f"three times {n}", client_id=client_id) for _ in range(2)))
        tab.sent[client_id] *= 3
    await assert_consistent(lobby, [tab, reader], total=10)


async def test_a_frame_sent_over_three_sockets_posts_one_message(servers, open_tab, alice, bob, lobby):
    one, two = servers
    tabs = [await open_tab(alice, lobby, server) for server in (one, two, one)]
    reader = await open_tab(bob, lobby, two)
    for n in range(10):
        client_id = await tabs[0].post(f"three times {n}")
        for tab in tabs:
            tab.sent[client_id] = [0.0, 0.0]  # those who were not first get their own reply
        await asyncio.gather(*(tab.send_frame(body=f"three times {n}", client_id=client_id) for tab in tabs[1:]))
    await assert_consistent(lobby, [*tabs, reader], total=10)


async def test_the_reply_to_a_resent_frame_does_not_hide_earlier_messages(
    own_redis, servers, open_tab, alice, bob, lobby
):
    """The reply's revision may be ahead of the socket's; a reconnect must still replay the messages between."""
    one, two = servers
    own_redis.kill()  # so that the second process has to find messages in the database
    tab, other, author = [await open_tab(*who) for who in ((alice, lobby, two), (alice, lobby, one), (bob, lobby, one))]
    await chatter([author], 3, pause=0)
    await wait_for(lambda: len(other.shown) == 3)
    client_id = await other.post("mine")
    await wait_for(lambda: not other.outbox)
    tab.sent[client_id] = [0.0, 0.0]
    await tab.send_frame(body="mine", client_id=client_id)
    await wait_for(lambda: any(article.html == "<p>mine</p>" for article in tab.messages))
    tab.disconnect()
    await assert_consistent(lobby, [tab, author, other], seconds=8, total=4)


async def test_resending_an_old_frame_after_an_edit_changes_nothing(server, open_tab, alice, bob, lobby):
    tab, reader = await open_tab(alice, lobby, server), await open_tab(bob, lobby, server)
    client_id = await tab.post("first")
    await wait_for(lambda: not tab.outbox)
    await tab.send_frame(action="edit", seq=1, body="second")
    await wait_for(lambda: [article.html for article in reader.messages] == ["<p>second</p>"])
    tab.sent[client_id] *= 2
    await tab.send_frame(body="first", client_id=client_id)
    await assert_consistent(lobby, [tab, reader], total=1)
    assert list(chain(*await stored_bodies(lobby))) == ["second"]


@database_sync_to_async
def stored_bodies(room):
    """Return the bodies of a room's messages from the database."""
    return list(Message.objects.filter(room=room).values_list("body"))
