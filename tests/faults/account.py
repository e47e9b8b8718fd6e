"""The one assertion of the fault tests: acknowledged = stored = shown to each member, exactly once, in order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from channels.db import database_sync_to_async

from a_rtchat.models import Message, Room
from tests.faults.witness import Article, Witness

Stored = Callable[[Room], Awaitable[list[Article]]]


@database_sync_to_async
def stored_in(room: Room) -> list[Article]:
    """Return what the database holds of a room."""
    rows = Message.objects.filter(room=room).order_by("seq")
    return [
        Article(seq, pk, revision, str(client_id), html)
        for seq, pk, revision, client_id, html in rows.values_list("seq", "pk", "revision", "client_id", "body_html")
    ]


async def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until a condition holds; return whether it did within some seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def has_shown(witness: Witness, count: int, seconds: float = 20) -> bool:
    """Wait until a witness shows more than so many messages; return whether it came to that."""
    return await until(lambda: len(witness.shown) > count, seconds)


async def all_live(witnesses: Sequence[Witness], seconds: float = 20) -> None:
    """Wait until the line of each witness stands."""
    assert await until(lambda: all(witness.is_live for witness in witnesses), seconds), "not all lines stand"


async def chatter(witnesses: Sequence[Witness], count: int, pause: float = 0.03) -> None:
    """Let each witness say so many things, all of them at the same time, with pauses of up to twice `pause`."""

    async def talk(number: int, witness: Witness) -> None:
        for n in range(count):
            await witness.say(f"{number} says {n}")
            await asyncio.sleep(random.uniform(0, 2 * pause))

    await asyncio.gather(*(talk(number, witness) for number, witness in enumerate(witnesses)))


async def agree(
    room: Room, witnesses: Sequence[Witness], seconds: float = 20, stored: Stored = stored_in, total: int | None = None
) -> None:
    """Assert that acknowledged = stored = shown to each member, exactly once, in order."""
    assert await until(lambda: not any(witness.outbox for witness in witnesses), seconds), unsettled(witnesses)
    expected = await stored(room)
    if not await until(lambda: all(witness.list == expected for witness in witnesses), seconds):
        expected = await stored(room)
    for number, witness in enumerate(witnesses):
        assert difference(witness.list, expected) == ([], []), f"witness {number}: (too much, missing)"
    assert sorted(chain(*(witness.said for witness in witnesses))) == sorted(row.client_id for row in expected)
    assert [row.seq for row in expected] == list(range(1, len(expected) + 1))
    assert list(chain(*(witness.defects for witness in witnesses))) == []
    assert total in (None, len(expected))


def difference(shown: list[Article], stored: list[Article]) -> tuple[list[Article], list[Article]]:
    """Return what is shown and not stored so, and what is stored and not shown so."""
    return [row for row in shown if row not in set(stored)], [row for row in stored if row not in set(shown)]


def unsettled(witnesses: Sequence[Witness]) -> str:
    """Say what was never echoed."""
    waiting = [f"{number}: {len(witness.outbox)}" for number, witness in enumerate(witnesses) if witness.outbox]
    return f"not acknowledged, by witness: {waiting}"
