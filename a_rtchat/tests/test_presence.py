"""Who is here, online, away, offline."""

import re

import pytest
from channels.db import database_sync_to_async

from a_live import events
from a_live.hub import current_hub
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.models import Block
from a_rtchat.tests.test_news import followed, silent

pytestmark = pytest.mark.django_db(transaction=True)


def status(user, topic, reader=0):
    return current_hub().presence.status_of([user.pk], topic, reader)[user.pk]


async def heard(tab, name, user):
    """Wait until a tab hears that a user has this status."""
    while str(user.pk) not in (await tab.next_signal("presence")).split(f'data-{name}="')[1].split('"')[0].split():
        pass


async def test_a_reader_of_the_room_is_here_and_one_elsewhere_online(open_tab, alice, bob, carol, lobby):
    watcher = await open_tab(alice, "lobby")
    await open_tab(bob, "lobby")
    await heard(watcher, "here", bob)
    await open_tab(carol, None)
    await heard(watcher, "online", carol)
    assert (status(bob, lobby.topic), status(carol, lobby.topic)) == ("here", "online")


async def test_a_hidden_tab_is_away_unless_another_is_in_use(open_tab, alice, bob, lobby):
    watcher, first = await open_tab(alice, "lobby"), await open_tab(bob, "lobby")
    await heard(watcher, "here", bob)
    await first.send(action="presence", state="away")
    await heard(watcher, "away", bob)
    await open_tab(bob, None)
    await heard(watcher, "online", bob)
    await first.send(action="presence", state="here")
    await heard(watcher, "here", bob)


async def test_closing_one_of_two_tabs_changes_nothing_and_closing_the_last_is_offline(open_tab, alice, bob, lobby):
    watcher, first, second = await open_tab(alice, "lobby"), await open_tab(bob, "lobby"), await open_tab(bob, "lobby")
    await heard(watcher, "here", bob)
    await first.disconnect()
    assert await silent(watcher, "presence", 1.5) and status(bob, lobby.topic) == "here"
    await second.disconnect()
    await heard(watcher, "offline", bob)


async def test_a_stranger_learns_nothing(open_tab, bob, mallory, lobby):
    home = await open_tab(mallory, None)
    await followed(mallory)
    await open_tab(bob, "lobby")
    assert await silent(home, "presence", 2.5)


async def test_the_other_person_of_a_direct_room_is_shown_on_every_page(open_tab, alice, bob, lobby):
    await database_sync_to_async(open_direct_room)(alice, bob)
    home = await open_tab(alice, None)
    await followed(alice)
    await open_tab(bob, "lobby")
    await heard(home, "online", bob)


async def test_blocking_and_unblocking_shows_at_once(open_tab, alice, bob, lobby):
    watcher = await open_tab(alice, "lobby")
    await open_tab(bob, "lobby")
    await heard(watcher, "here", bob)
    block = await Block.objects.acreate(blocker=bob, blocked=alice)
    await database_sync_to_async(events.publish_refollow)([bob.pk])
    await heard(watcher, "offline", bob)
    await block.adelete()
    await database_sync_to_async(events.publish_refollow)([bob.pk])
    await heard(watcher, "here", bob)


async def test_whoever_is_blocked_sees_no_presence(open_tab, alice, bob, carol, lobby):
    await Block.objects.acreate(blocker=bob, blocked=alice)
    blocked, other = await open_tab(alice, "lobby"), await open_tab(carol, "lobby")
    await open_tab(bob, "lobby")
    await heard(other, "here", bob)
    while not await silent(blocked, "presence", 1.2):
        pass
    assert (
        status(bob, lobby.topic, reader=alice.pk) == "offline" and status(bob, lobby.topic, reader=carol.pk) == "here"
    )


async def test_a_new_tab_hears_at_once_who_of_its_direct_rooms_is_there(open_tab, alice, bob, carol, mallory, lobby):
    for other in (bob, carol, mallory):
        await database_sync_to_async(open_direct_room)(alice, other)
    await Block.objects.acreate(blocker=mallory, blocked=alice)
    watcher = await open_tab(carol, "lobby")
    for user in (bob, mallory):
        await open_tab(user, None)
    await heard(watcher, "online", bob)
    for _ in range(2):  # also once it is known what she follows
        home = await open_tab(alice, None)
        signal = await home.next_signal("presence")
        found = re.search(r'data-here="" data-online="([\d ]+)" data-away=""\s+data-offline="" data-all>', signal)
        assert found and {int(pk) for pk in found[1].split()} == {bob.pk, carol.pk}
