"""Tasks that live as long as their event loop: they never end in silence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from django.db import Error as DatabaseError

from a_rtchat.channel import AWAY

logger = logging.getLogger(__name__)


def begin(running: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task; should it ever end by an error, say so instead of going deaf in silence."""
    task = asyncio.ensure_future(running)
    task.add_done_callback(complain)
    return task


def complain(task: asyncio.Task[None]) -> None:
    """Log the error that ended a task."""
    if not task.cancelled() and (error := task.exception()):
        logger.error("a task of the hub has ended", exc_info=error)


async def for_ever(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do a work again and again; while the database or Redis is away, it waits for its next turn."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (*AWAY, DatabaseError) as error:
            logger.warning("%s failed; it goes on in %s s: %s", work.__name__, seconds, error)
