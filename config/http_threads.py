"""A fixed pool of threads that keep their database connections."""

import asyncio
import os
import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync

from config.shares import Shares

T = TypeVar("T")
Job = tuple[asyncio.Future[Any], Context, Callable[[], Any]]


class Threads:
    """A pool of threads for event loops; they start with the first job and end with the process.

    Clients take turns: one with many requests waits for itself, and is the one refused when the queue is full.
    A niceness above 0 lets other threads go first where there are more than processors.
    """

    def __init__(self, count: int, name: str, queue_limit: int, niceness: int = 0) -> None:
        self.count, self.name, self.queue_limit, self.niceness = count, name, queue_limit, niceness
        self.shares = Shares(queue_limit)
        self.turns: OrderedDict[str, deque[Job]] = OrderedDict()  # by client; the next one first
        self.ready: SimpleQueue[None] = SimpleQueue()  # an entry for each job
        self.running: list[Thread] = []
        self.starting, self.lock = Lock(), Lock()

    def is_full_for(self, client: str) -> bool:
        """Whether the queue has no room for another request of a client."""
        return self.shares.is_over(client)

    @property
    def is_busy(self) -> bool:
        """Whether requests wait so long that their clients may leave."""
        return self.ready.qsize() > self.queue_limit // 4

    def run(self, client: str, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Run a function for a client in one of the threads, in a copy of the caller's context; return its future."""
        if not self.running:
            self._start()
        future = asyncio.get_running_loop().create_future()
        with self.lock:
            self.shares.add(client, 1)
            self.turns.setdefault(client, deque()).append((future, copy_context(), partial(function, *args)))
        self.ready.put(None)
        return future

    def _next(self) -> Job:
        """Return the next job, and let the other clients go before the next one of its client."""
        self.ready.get()
        with self.lock:
            client, jobs = self.turns.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self.turns[client] = jobs
            self.shares.add(client, -1)
        return job

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
            _run(*self._next())


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
