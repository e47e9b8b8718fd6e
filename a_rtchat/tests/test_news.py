"""News of a room on pages that show something else."""

import asyncio

import pytest
from channels.db import database_sync_to_async

from a_live.hub import current_hub
from a_live.sources import follows_of
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit, remove_member
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Block, Membership, Room
from conftest import make_room

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def post(user, room, body="news"):
    return post_message(Membership.objects.enter(user, room.slug), body)[0].seq


async def followed(*users):
    """Wait until the hub knows what users follow."""
    following = current_hub().elsewhere.following
    while not following.users.keys() >= {user.pk for user in users}:  # noqa: ASYNC110  (the hub tells nobody)
        await asyncio.sleep(0.02)


async def silent(tab, name, seconds=2.5):
    """Return whether no signal of this name arrives."""
    try:
        await tab.next_signal(name, seconds)
    except TimeoutError:
        return True
    return False


async def test_a_member_elsewhere_hears_the_newest_number_once(open_tab, alice, bob, lobby, studio):
    elsewhere, home = await open_tab(bob, "lobby"), await open_tab(bob, None)
    await followed(bob)
    for _ in range(3):
        await post(alice, studio)
    for tab in (elsewhere, home):
        assert f'data-room="{studio.pk}" data-seq="3"' in await tab.next_signal("news")
    assert await silent(home, "news", 1.5)


async def test_the_rooms_own_page_and_strangers_hear_nothing(open_tab, alice, bob, mallory, lobby, studio):
    inside, stranger = await open_tab(bob, "studio"), await open_tab(mallory, None)
    await followed(bob, mallory)
    await post(alice, studio)
    assert await silent(inside, "news") and await silent(stranger, "news", 0.5)


async def test_who_joins_hears_news_and_who_is_removed_does_not(open_tab, alice, mallory, lobby, studio):
    home = await open_tab(mallory, None)
    await followed(mallory)
    membership = await database_sync_to_async(admit)(studio, mallory)
    await asyncio.sleep(0.1)
    await post(alice, studio)
    assert f'data-room="{studio.pk}"' in await home.next_signal("news")
    await database_sync_to_async(remove_member)(membership)
    await asyncio.sleep(0.1)
    await post(alice, studio)
    assert await silent(home, "news")


async def test_a_conversation_is_told_to_its_starter_at_once_and_to_the_other_with_the_first_message(
    open_tab, alice, bob
):
    starter, other = await open_tab(alice, None), await open_tab(bob, None)
    await followed(alice, bob)
    room = await database_sync_to_async(open_direct_room)(alice, bob)
    assert f'id="room-{room.pk}"' in await starter.next_signal("listed")
    assert await silent(other, "listed", 0.5)
    await post(alice, room)
    assert f'data-room="{room.pk}"' in await other.next_signal("news")  # which makes the page read its list again


async def test_a_post_between_page_and_socket_is_news(open_tab, alice, bob, studio):
    await post(alice, studio)  # after the page was made
    home = await open_tab(bob, None)
    assert f'data-room="{studio.pk}" data-seq="1"' in await home.next_signal("news")


async def test_a_post_between_the_next_page_and_its_socket_is_news(open_tab, alice, bob, studio):
    await open_tab(bob, None)
    await followed(bob)
    await post(alice, studio)  # after the next page was made
    await asyncio.sleep(1.5)
    following = await open_tab(bob, None)
    assert f'data-room="{studio.pk}" data-seq="1"' in await following.next_signal("news")


async def test_what_was_told_is_not_told_again_when_it_is_read_again(open_tab, alice, bob, studio):
    await post(alice, studio)
    home = await open_tab(bob, None)
    await home.next_signal("news")
    await current_hub().elsewhere.refollow()
    assert await silent(home, "news")


async def test_news_that_no_bulletin_told_are_found_in_the_database(open_tab, alice, bob, lobby, studio):
    home = await open_tab(bob, None)
    await followed(bob)
    await Room.objects.filter(pk=studio.pk).aupdate(last_seq=7, revision=7)
    await current_hub().elsewhere.refollow()
    assert f'data-room="{studio.pk}" data-seq="7"' in await home.next_signal("news")


async def test_what_changes_while_it_is_read_is_read_again(monkeypatch, alice, bob, lobby):
    following = current_hub().elsewhere.following
    reads: list[set[int]] = []

    def slow_read(user_ids):
        read = follows_of(user_ids)
        if not reads:  # a block is committed and told after the first read, before its answer is taken
            Block.objects.create(blocker=bob, blocked=alice)
            following.wanted.add(bob.pk)
        reads.append(set(user_ids))
        return read

    monkeypatch.setattr("a_live.following.follows_of", slow_read)
    following.reload([bob.pk])
    assert following.loading is not None
    await following.loading
    assert reads == [{bob.pk}] * 2 and following.users[bob.pk].hidden_from == {alice.pk}


async def test_following_five_hundred_rooms_costs_the_queries_of_five(open_tab, bob, django_assert_num_queries):
    from a_rtchat.sources import UserSource

    @database_sync_to_async
    def load(count):
        for number in range(count):
            make_room(f"room-{count}-{number}", Room.Kind.OPEN, member=bob)
        with django_assert_num_queries(3):
            return len(UserSource().follows([bob.pk])[bob.pk].numbers)

    assert await load(5) == 5
    assert await load(100) == 105
