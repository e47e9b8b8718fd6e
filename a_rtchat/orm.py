"""The crossing from a socket's coroutine into the ORM.

`database_sync_to_async` alone runs everything of a process in one thread; a thread for each socket would cost
10,000 threads. A small pool serves all sockets.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings

P = ParamSpec("P")
R = TypeVar("R")

threads = ThreadPoolExecutor(max_workers=settings.CHAT_ORM_THREADS, thread_name_prefix="orm")


async def in_orm(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in one of the process's ORM threads and return what it returns."""
    return await database_sync_to_async(function, thread_sensitive=False, executor=threads)(*args, **kwargs)
