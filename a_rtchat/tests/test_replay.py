"""Replay pages: limited in characters, and complete."""

import asyncio
from itertools import chain

import pytest
from channels.db import database_sync_to_async

from a_live.admission import Ticket
from a_live.reader import Reader
from a_live.server_socket import ServerSocket
from a_live.topic import Topic
from a_rtchat import replay
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership

LONGEST = "&" * 4_000  # 20,000 characters of HTML


def post_longest(user, room, count):
    """Post messages of maximum length, and return their revisions."""
    membership = Membership.objects.enter(user, room.slug)
    return [post_message(membership, LONGEST)[0].revision for _ in range(count)]


def pages_of(room):
    """Return all pages of a room's changes up to the first empty one."""
    pages, revision = [], 0
    while page := replay.changes_after(room.pk, revision):
        pages.append(page)
        revision = page[-1][0]
    return pages


async def fill_gap(room, newest):
    """Fill a gap up to the newest change; return the number of changes sent to a reader, and the last one."""
    sent = []

    async def send(event):
        sent.append(event["text"])

    topic = Topic(room.topic, 0)
    reader = Reader(ServerSocket(send), Ticket("key", "room", room.slug), 1, room.topic, revision=0)
    reader.go_live()
    topic.readers.add(reader)
    topic.expect(newest, grace=0)
    assert topic.filling
    await topic.filling
    await asyncio.sleep(0)  # until the end of the iteration, when a burst is written
    return len(sent), topic.revision


@pytest.mark.django_db
def test_pages_of_long_messages_are_limited_and_complete(alice, lobby, django_assert_num_queries):
    posted = post_longest(alice, lobby, 30)
    with django_assert_num_queries(14):  # five for the page that renders, four each for the other two, one for the end
        pages = pages_of(lobby)
    assert [revision for revision, _ in chain(*pages)] == posted
    assert all(sum(len(html) for _, html in page) <= replay.PAGE_CHARACTERS for page in pages)


@pytest.mark.django_db
def test_a_change_longer_than_a_page_is_a_page_of_its_own(alice, lobby, monkeypatch):
    monkeypatch.setattr(replay, "PAGE_CHARACTERS", 1)
    posted = post_longest(alice, lobby, 3)
    assert [[revision for revision, _ in page] for page in pages_of(lobby)] == [[revision] for revision in posted]


@pytest.mark.django_db(transaction=True)
async def test_a_gap_longer_than_a_limited_page_is_filled(alice, lobby):
    posted = await database_sync_to_async(post_longest)(alice, lobby, 30)
    assert await fill_gap(lobby, posted[-1]) == (30, posted[-1])


@pytest.mark.django_db(transaction=True)
async def test_a_gap_whose_end_was_deleted_is_skipped(alice, lobby):
    posted = await database_sync_to_async(post_longest)(alice, lobby, 2)
    await database_sync_to_async(lobby.messages.filter(revision=posted[-1]).delete)()
    assert await fill_gap(lobby, posted[-1]) == (1, posted[-1])
