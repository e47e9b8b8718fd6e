"""What happens between the page and its socket, in two tabs, and to a frame that is sent again."""

import asyncio
import re
from itertools import chain

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from a_rtchat.models import Message
from tests.faults.account import agree, chatter, has_shown, until
from tests.faults.witness import articles_in

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def page_of(user, room):
    """Return the revision of a room's page, and the messages that it shows."""
    client = Client()
    client.force_login(user)
    html = client.get(f"/rooms/{room.slug}/").content.decode()
    revision = re.search(r'id="room"[^>]*data-revision="(\d+)"', html)
    template = re.compile(r"<template.*?</template>", re.DOTALL)
    assert revision
    return int(revision[1]), articles_in(template.sub("", html))


async def test_what_comes_between_the_page_and_its_socket_is_shown(server, arrive, alice, bob, lobby):
    author = await arrive(alice, lobby, server)
    await chatter([author], 10)
    await agree(lobby, [author], total=10)
    revision, shown = await page_of(bob, lobby)
    await chatter([author], 50, pause=0)
    late = await arrive(bob, lobby, server, since=revision)
    late.shown = {article.pk: article for article in shown} | late.shown
    await agree(lobby, [author, late], total=60)
    assert (revision, len(shown)) == (10, 10)


async def test_a_socket_that_opens_in_the_middle_of_a_burst_misses_nothing(server, arrive, alice, bob, lobby):
    author = await arrive(alice, lobby, server)
    talking = asyncio.ensure_future(chatter([author], 300, pause=0.003))
    late = []
    for shown in range(20, 280, 20):
        await has_shown(author, shown)
        late.append(await arrive(bob, lobby, server))
    await talking
    await agree(lobby, [author, *late], total=300)


async def test_two_tabs_show_the_same_once(server, arrive, alice, lobby):
    tabs = [await arrive(alice, lobby, server), await arrive(alice, lobby, server)]
    await chatter(tabs, 40, pause=0)
    await agree(lobby, tabs, total=80)


async def test_a_frame_sent_three_times_is_one_message(server, arrive, alice, bob, lobby):
    tab, reader = await arrive(alice, lobby, server), await arrive(bob, lobby, server)
    for n in range(10):
        client_id = await tab.say(f"thrice {n}")
        await asyncio.gather(*(tab.frame(body=f"thrice {n}", client_id=client_id) for _ in range(2)))
        tab.sent[client_id] *= 3
    await agree(lobby, [tab, reader], total=10)


async def test_a_frame_sent_over_three_sockets_at_once_is_one_message(servers, arrive, alice, bob, lobby):
    one, two = servers
    tabs = [await arrive(alice, lobby, server) for server in (one, two, one)]
    reader = await arrive(bob, lobby, two)
    for n in range(10):
        client_id = await tabs[0].say(f"thrice {n}")
        for tab in tabs:
            tab.sent[client_id] = [0.0, 0.0]  # whoever was not the first gets an answer of their own
        await asyncio.gather(*(tab.frame(body=f"thrice {n}", client_id=client_id) for tab in tabs[1:]))
    await agree(lobby, [*tabs, reader], total=10)


async def test_the_answer_to_a_frame_sent_again_does_not_hide_what_came_before(
    own_redis, servers, arrive, alice, bob, lobby
):
    """The answer's revision may be ahead of what the socket was handed; a reconnect must still bring the rest."""
    one, two = servers
    own_redis.kill()  # so that the second process hears at its next reconciliation
    tab, other, author = [await arrive(*who) for who in ((alice, lobby, two), (alice, lobby, one), (bob, lobby, one))]
    await chatter([author], 3, pause=0)
    await until(lambda: len(other.shown) == 3)
    client_id = await other.say("mine")
    await until(lambda: not other.outbox)
    tab.sent[client_id] = [0.0, 0.0]
    await tab.frame(body="mine", client_id=client_id)
    await until(lambda: any(article.html == "<p>mine</p>" for article in tab.list))
    tab.cut()
    await agree(lobby, [tab, author, other], seconds=8, total=4)


async def test_an_old_frame_sent_again_after_an_edit_changes_nothing(server, arrive, alice, bob, lobby):
    tab, reader = await arrive(alice, lobby, server), await arrive(bob, lobby, server)
    client_id = await tab.say("first")
    await until(lambda: not tab.outbox)
    await tab.frame(action="edit", seq=1, body="second")
    await until(lambda: [article.html for article in reader.list] == ["<p>second</p>"])
    tab.sent[client_id] *= 2
    await tab.frame(body="first", client_id=client_id)
    await agree(lobby, [tab, reader], total=1)
    assert list(chain(*await stored_bodies(lobby))) == ["second"]


@database_sync_to_async
def stored_bodies(room):
    """Return the bodies that the database holds of a room."""
    return list(Message.objects.filter(room=room).values_list("body"))
