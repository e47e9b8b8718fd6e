"""Typing: throttled, never stored, and only from those who could post."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from a_live.hub import current_hub
from a_rtchat.models import Membership, Room

pytestmark = pytest.mark.django_db(transaction=True)
TYPING = ":#typing"


async def hears_typing(tab):
    """Return whether a tab is told that someone types, soon."""
    while not await tab.receive_nothing(timeout=0.3):
        if TYPING in await tab.receive_from():
            return True
    return False


async def test_a_flood_of_frames_reaches_others_once(open_tab, alice, bob, lobby, settings):
    current_hub().frames.burst = 2_000
    hers, his = await open_tab(alice, "lobby"), await open_tab(bob, "lobby")
    for _ in range(1_000):
        await hers.send(action="typing")
    await hers.send(action="ping")
    while "pong" not in await hers.receive_from(timeout=10):
        pass
    heard = 0
    while not await his.receive_nothing(timeout=0.3):
        heard += TYPING in await his.receive_from()
    assert 1 <= heard <= 2
    room = await Room.objects.aget(slug="lobby")
    assert room.revision == 0


@pytest.mark.parametrize(
    ("room", "membership"),
    [
        ({"is_announcement": True}, {}),
        ({"archived_at": timezone.now()}, {}),
        ({}, {"muted_until": timezone.now() + timedelta(hours=1)}),
    ],
)
async def test_those_who_cannot_post_are_not_heard_typing(open_tab, bob, carol, lobby, room, membership):
    await Room.objects.filter(pk=lobby.pk).aupdate(**(room or {"name": "Lobby"}))
    await Membership.objects.filter(user=carol).aupdate(**(membership or {"notify": "all"}))
    hers, his = await open_tab(carol, "lobby"), await open_tab(bob, "lobby")
    await hers.send(action="typing")
    assert not await hears_typing(his)


async def test_a_mute_counts_from_the_next_check_on_and_so_does_its_end(open_tab, bob, carol, lobby):
    hers, his = await open_tab(carol, "lobby"), await open_tab(bob, "lobby")
    mine = Membership.objects.filter(user=carol)
    await mine.aupdate(muted_until=timezone.now() + timedelta(hours=1))
    await current_hub().recheck()
    await hers.send(action="typing")
    assert not await hears_typing(his)
    await mine.aupdate(muted_until=None)
    await database_sync_to_async(mine.exists)()
    await current_hub().recheck()
    await hers.send(action="typing")
    assert await hears_typing(his)
