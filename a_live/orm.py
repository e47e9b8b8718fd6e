"""Crossing from a socket's coroutine into the ORM.

`database_sync_to_async` alone runs everything of a process in one thread, and opens and closes a connection each time.
A small pool of threads serves all sockets, and each keeps its connection as long as it works.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, ParamSpec, TypeVar

from django.conf import settings
from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

threads = ThreadPoolExecutor(max_workers=settings.CHAT_ORM_THREADS, thread_name_prefix="orm")


async def in_orm(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in one of the process's ORM threads and return what it returns."""
    call = partial(_keep_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(threads, call)


def _keep_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function on this thread's connection; close it afterwards only if it is broken."""
    try:
        return function(*args, **kwargs)
    finally:
        connection.close_if_unusable_or_obsolete()
        # No health check for each crossing: a broken connection shows by its error. (Unknown to the stubs.)
        connection.health_check_done = True  # type: ignore[attr-defined]


class Batcher(Generic[T, R]):
    """Lets calls that wait at the same time share one crossing: `work` takes a list and returns a list as long.

    Only one crossing runs at a time; calls that come meanwhile go into the next one, at most `size` of them.
    """

    def __init__(self, work: Callable[[list[T]], list[R]], size: int) -> None:
        self.work, self.size = work, size
        self.waiting: list[tuple[T, asyncio.Future[R]]] = []
        self.serving: asyncio.Task[None] | None = None

    async def call(self, item: T) -> R:
        """Return what the work returns for this item. Raises what the work raises."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, answer))
        if self.serving is None:
            self.serving = asyncio.ensure_future(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting[: self.size], self.waiting[self.size :]
            [result] = await asyncio.gather(in_orm(self.work, [item for item, _ in batch]), return_exceptions=True)
            for index, (_, answer) in enumerate(batch):
                settle(answer, result if isinstance(result, BaseException) else result[index])
        self.serving = None


def settle(answer: asyncio.Future[R], result: R | BaseException) -> None:
    """Resolve a future with a result or an exception, unless its caller has gone."""
    if answer.done():
        return
    if isinstance(result, BaseException):
        answer.set_exception(result)
    else:
        answer.set_result(result)
