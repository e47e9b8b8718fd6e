"""The assertion of the fault tests: every posted message is stored and shown to each member exactly once, in order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from channels.db import database_sync_to_async

from a_rtchat.models import Message, Room
from tests.faults.tab import Article, Tab

LoadMessages = Callable[[Room], Awaitable[list[Article]]]


@database_sync_to_async
def stored_messages(room: Room) -> list[Article]:
    """Return a room's messages from the database."""
    rows = Message.objects.filter(room=room).order_by("seq")
    return [
        Article(seq, pk, revision, str(client_id), html)
        for seq, pk, revision, client_id, html in rows.values_list("seq", "pk", "revision", "client_id", "body_html")
    ]


async def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for a condition; return whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def wait_for_messages(tab: Tab, count: int, seconds: float = 20) -> bool:
    """Wait until a tab shows more than `count` messages; return whether it did."""
    return await wait_for(lambda: len(tab.shown) > count, seconds)


async def wait_until_live(tabs: Sequence[Tab], seconds: float = 20) -> None:
    """Wait until every tab is connected."""
    assert await wait_for(lambda: all(tab.is_live for tab in tabs), seconds), "not all tabs are connected"


async def chatter(tabs: Sequence[Tab], count: int, pause: float = 0.03) -> None:
    """Post `count` messages from each tab at the same time, with random pauses of up to twice `pause`."""

    async def post_all(number: int, tab: Tab) -> None:
        for n in range(count):
            await tab.post(f"tab {number}, message {n}")
            await asyncio.sleep(random.uniform(0, 2 * pause))

    await asyncio.gather(*(post_all(number, tab) for number, tab in enumerate(tabs)))


async def assert_consistent(
    room: Room, tabs: Sequence[Tab], seconds: float = 20, load: LoadMessages = stored_messages, total: int | None = None
) -> None:
    """Assert that every posted message is acknowledged, stored, and shown in each tab exactly once, in order."""
    assert await wait_for(lambda: not any(tab.outbox for tab in tabs), seconds), describe_unacknowledged(tabs)
    expected = await load(room)
    if not await wait_for(lambda: all(tab.messages == expected for tab in tabs), seconds):
        expected = await load(room)
    for number, tab in enumerate(tabs):
        assert difference(tab.messages, expected) == ([], []), f"tab {number}: (extra, missing)"
    assert sorted(chain(*(tab.posted for tab in tabs))) == sorted(row.client_id for row in expected)
    assert [row.seq for row in expected] == list(range(1, len(expected) + 1))
    assert list(chain(*(tab.ordering_errors for tab in tabs))) == []
    assert total in (None, len(expected))


def difference(shown: list[Article], stored: list[Article]) -> tuple[list[Article], list[Article]]:
    """Return the messages that are shown but not stored, and those stored but not shown."""
    return [row for row in shown if row not in set(stored)], [row for row in stored if row not in set(shown)]


def describe_unacknowledged(tabs: Sequence[Tab]) -> str:
    """Describe the unacknowledged messages."""
    waiting = [f"{number}: {len(tab.outbox)}" for number, tab in enumerate(tabs) if tab.outbox]
    return f"not acknowledged, by tab: {waiting}"
