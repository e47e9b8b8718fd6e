"""A fixed pool of threads that keep their database connections."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync

T = TypeVar("T")
Job = tuple[asyncio.Future[Any], Context, Callable[[], Any]]


class Threads:
    """A pool of threads for event loops; they start with the first job and end with the process.

    A niceness above 0 lets other threads go first where there are more than processors.
    """

    def __init__(self, count: int, name: str, queue_limit: int, niceness: int = 0) -> None:
        self.count, self.name, self.queue_limit, self.niceness = count, name, queue_limit, niceness
        self.jobs: SimpleQueue[Job] = SimpleQueue()
        self.running: list[Thread] = []
        self.starting = Lock()

    @property
    def is_full(self) -> bool:
        """Whether the queue has no room for another request."""
        return self.jobs.qsize() >= self.queue_limit

    @property
    def is_busy(self) -> bool:
        """Whether requests wait so long that their clients may leave."""
        return self.jobs.qsize() > self.queue_limit // 4

    def run(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Run a function in one of the threads, in a copy of the caller's context; return a future of its result."""
        if not self.running:
            self._start()
        future = asyncio.get_running_loop().create_future()
        self.jobs.put((future, copy_context(), partial(function, *args)))
        return future

    def _start(self) -> None:
        with self.starting:
            while len(self.running) < self.count:
                # Daemons: an idle thread must not keep the process alive. The servers wait for running requests.
                thread = Thread(target=self._work, name=f"{self.name}-{len(self.running)}", daemon=True)
                thread.start()
                self.running.append(thread)

    def _work(self) -> None:
        SyncToAsync.threadlocal.main_event_loop_pid = os.getpid()
        if sys.platform == "linux":  # elsewhere it would apply to the whole process
            os.nice(self.niceness)
        while True:
            _run(*self.jobs.get())


def _run(future: asyncio.Future[Any], context: Context, call: Callable[[], Any]) -> None:
    loop = future.get_loop()
    SyncToAsync.threadlocal.main_event_loop = loop  # async_to_sync in a view runs there
    result, error = None, None
    try:
        result = context.run(call)
    except BaseException as raised:  # noqa: BLE001  (the caller gets it)
        error = raised
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():  # cancelled
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
