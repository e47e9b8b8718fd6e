"""Delete what has expired, for as long as a server runs."""

from asyncio import Task
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.management import call_command

from a_live.background import run_every, spawn
from a_live.orm import in_orm
from a_users.export import delete_expired

SECONDS = 600.0  # between two rounds


class Housekeeping:
    """An ASGI application that passes requests on; the first one starts the rounds, and those of other apps.

    `others` are pairs of seconds and what to do then.
    """

    def __init__(self, application: Any, *others: tuple[float, Callable[[], Awaitable[None]]]) -> None:
        self.application = application
        self.others = others
        self.rounds: list[Task[None]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on."""
        if not self.rounds:
            self.rounds = [spawn(tidy()), spawn(run_every(SECONDS, tidy))]
            self.rounds += [spawn(run_every(seconds, work)) for seconds, work in self.others]
        await self.application(scope, receive, send)


async def tidy() -> None:
    """Delete expired exports and sessions."""
    await in_orm(delete_expired)
    await in_orm(call_command, "clearsessions")
