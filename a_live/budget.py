"""A budget of work for each user in this process, whatever the work is: pages, posts, frames, replays, uploads.

Work is charged once it is done, and a user in debt is refused until the debt is paid off. So something expensive that
nobody has thought of is bounded, too. Work is the time that a thread computes or waits for the database. It isn't wall
time: on a busy machine everyone would pay for the work of others, and those with a slow line for their uploads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from time import perf_counter, thread_time
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from a_live.limits import Bucket, TooFast

P = ParamSpec("P")
R = TypeVar("R")

SEND_SECONDS = 100e-6  # of the event loop, to compress and send a replayed fragment

work = Bucket(settings.CHAT_WORK_BURST, settings.CHAT_WORK_PER_SECOND)


class Meter:
    """Measures the work of a `with` block in `seconds`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.ending = ExitStack()

    def __enter__(self) -> Meter:
        if connection.vendor != "sqlite":  # SQLite computes in this thread
            self.ending.enter_context(connection.execute_wrapper(self._query))
        self.seconds -= thread_time()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds += thread_time()
        self.ending.close()

    def _query(self, execute: Callable[..., Any], *query: Any) -> Any:
        """Run a query, and add the time that it waits for the database."""
        self.seconds += thread_time() - perf_counter()
        try:
            return execute(*query)
        finally:
            self.seconds += perf_counter() - thread_time()


def measured(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[R, float]:
    """Return the result of a function, and the seconds of work it took."""
    with Meter() as meter:
        result = function(*args, **kwargs)
    return result, meter.seconds


def charge(user_ids: Collection[int], seconds: float) -> None:
    """Charge work to the users it was done for, in equal parts."""
    for user_id in user_ids:
        work.spend(user_id, seconds / len(user_ids))


def check(user_id: int) -> None:
    """Raise TooFast if a user is in debt."""
    if wait := work.wait(user_id):
        raise TooFast(wait, _("You're making too many requests."))
