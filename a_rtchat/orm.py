"""The crossing from a socket's coroutine into the ORM.

`database_sync_to_async` alone runs everything of a process in one thread, and opens and closes a connection each time.
A small pool of threads serves all sockets, and each keeps its connection as long as it works.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")

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
        connection.close_at = None  # CONN_MAX_AGE is for the threads of requests, which come and go
        connection.close_if_unusable_or_obsolete()
