"""Background tasks that run as long as their event loop and log their failures."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from django.db import Error as DatabaseError

from a_live.channel import UNAVAILABLE

logger = logging.getLogger(__name__)


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task; log the error if it fails."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(log_failure)
    return task


def log_failure(task: asyncio.Task[None]) -> None:
    """Log a task's error, if it failed."""
    if not task.cancelled() and (error := task.exception()):
        logger.error("a background task failed", exc_info=error)


async def run_every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Run work periodically; log a failure of the database or Redis and try again next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (*UNAVAILABLE, DatabaseError) as error:
            logger.warning("%s failed, trying again in %s s: %s", work.__name__, seconds, error)
