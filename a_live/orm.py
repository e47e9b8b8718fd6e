"""Calling the ORM from a socket's coroutine.

`database_sync_to_async` runs everything in one thread and opens and closes a connection for each call. Here a small
pool of threads serves all sockets, and each thread keeps its connection.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

UNAVAILABLE = (OperationalError, InterfaceError)  # of the database: trying again would fail as well

threads = ThreadPoolExecutor(max_workers=settings.CHAT_ORM_THREADS, thread_name_prefix="orm")


async def in_orm(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function in one of the ORM threads and return its result."""
    call = partial(_keep_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(threads, call)


def _keep_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function on this thread's connection; close the connection afterwards only if it is broken."""
    try:
        return function(*args, **kwargs)
    finally:
        connection.close_if_unusable_or_obsolete()
        # Skip the health check for each call: a broken connection raises an error anyway. (Unknown to the stubs.)
        connection.health_check_done = True  # type: ignore[attr-defined]


class Lane:
    """A part of the ORM threads for long reads: at most `width` at once, and one for each user.

    So others always find a free thread, and nobody waits behind all the tabs of one user.
    """

    def __init__(self, width: int) -> None:
        self.free = asyncio.Semaphore(width)
        self.turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # by user

    async def run(self, user_id: int, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function for a user when it is their turn, and return its result."""
        turn = self.turns.setdefault(user_id, asyncio.Lock())
        async with turn, self.free:
            return await in_orm(function, *args, **kwargs)


class Batcher(Generic[T, R]):
    """Combine concurrent calls into one ORM call; `work` takes a list of items and returns a result for each.

    One batch runs at a time; calls made meanwhile go into the next one, at most `size` of them. If a batch fails and
    `repeat` allows it, because `work` only reads, each of its calls is tried alone: a bad one fails alone.
    """

    def __init__(self, work: Callable[[list[T]], list[R]], size: int, repeat: bool = False) -> None:
        self.work, self.size, self.repeat = work, size, repeat
        self.waiting: list[tuple[T, asyncio.Future[R]]] = []
        self.serving: asyncio.Task[None] | None = None

    async def call(self, item: T) -> R:
        """Return the result for an item, or raise the exception that `work` raises."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, answer))
        if self.serving is None:
            self.serving = asyncio.ensure_future(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting[: self.size], self.waiting[self.size :]
            results = await self._results([item for item, _ in batch])
            for (_, answer), result in zip(batch, results, strict=True):
                settle(answer, result)
        self.serving = None

    async def _results(self, items: list[T]) -> Sequence[R | BaseException]:
        [result] = await asyncio.gather(in_orm(self.work, items), return_exceptions=True)
        if not isinstance(result, BaseException):
            return result
        if not self.repeat or len(items) == 1 or isinstance(result, UNAVAILABLE):
            return [result] * len(items)
        return [one for item in items for one in await self._results([item])]


def settle(answer: asyncio.Future[R], result: R | BaseException) -> None:
    """Set a future's result or exception, unless its caller was cancelled."""
    if answer.done():
        return
    if isinstance(result, BaseException):
        answer.set_exception(result)
    else:
        answer.set_result(result)
