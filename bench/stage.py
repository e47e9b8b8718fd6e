"""The stage: prepared databases, and the servers on them, each started when a part of the benchmark asks for it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count, cycle
from pathlib import Path
from typing import Any

from bench import servers
from bench.audit import Database, newest_revision, url_of
from bench.client import Door, upgrade_request
from bench.crowd import ID_LENGTH, MARKER, Target
from bench.plan import Plan
from bench.servers import Server

POSTERS = 20  # members of the room for posts
PROBE = 2  # members of the room that shows how long a fragment is
BODY = (
    "Good morning everyone. The new build is up since ten, please have a look at it before we meet at noon, "
    "and tell me here what is still missing."
)

numbers = count(1)  # of the processes, for their logs


@dataclass
class Application:
    """A prepared database and the application on it; `data` is what bench.prepare printed."""

    folder: Path
    redis_port: int
    database: Database
    data: dict[str, Any]

    @contextmanager
    def serve(self, processes: int = 1) -> Iterator[list[Server]]:
        """Run the application in one process, or in several on the same core."""
        environment = servers.app_environment(self.folder, self.redis_port, url_of(self.database))
        with ExitStack() as running:
            logs = [self.folder / f"app-{next(numbers)}.log" for _ in range(processes)]
            yield [running.enter_context(servers.uvicorn("config.asgi:application", log, environment)) for log in logs]

    @contextmanager
    def target(self, processes: int = 1) -> Iterator[Target]:
        """Run the application as a target for sockets: each member has a session and a place in their room."""
        with self.serve(processes) as started:

            def doors(members: int) -> list[Door]:
                slug = self.data["rooms"][str(members)]
                path = f"/ws/rooms/{slug}/?since={newest_revision(self.database, slug)}"  # as a page asks
                turns, cookies = cycle(port for port, _ in started), self.data["cookies"][:members]
                return [(port := next(turns), upgrade_request(port, path, cookie)) for cookie in cookies]

            yield Target("app", [pid for _, pid in started], doors, app_frame, self.database)


@dataclass
class Stage:
    """What all parts share: a folder, a Redis and the plan."""

    folder: Path
    redis_port: int
    plan: Plan

    @cached_property
    def members(self) -> Application:
        """The application with a room of each size."""
        return self.prepare_members(self.folder / "members.sqlite3")

    @cached_property
    def pages(self) -> Application:
        """The application with readers of few and of many rooms."""
        return self._prepare(self.folder / "pages.sqlite3", "pages", self.plan.rooms, self.plan.messages)

    def prepare_members(self, database: Database) -> Application:
        """Return the application with a room of each size, on an empty database."""
        return self._prepare(database, "members", PROBE, POSTERS, *self.plan.fanouts)

    def _prepare(self, database: Database, *arguments: object) -> Application:
        environment = servers.app_environment(self.folder, self.redis_port, url_of(database))
        printed = servers.run_module("bench.prepare", *map(str, arguments), environment=environment)
        return Application(self.folder, self.redis_port, database, json.loads(printed))

    @contextmanager
    def echo(self, fragment: bytes) -> Iterator[Target]:
        """Run the bare echo as a target; what is sent to it is as long as a fragment of the application."""
        start = fragment.index(MARKER) + len(MARKER)
        before, after = fragment[:start], fragment[start + ID_LENGTH :]
        with servers.uvicorn("bench.baselines:echo", self.folder / "echo.log", self.environment) as (port, pid):

            def doors(members: int) -> list[Door]:
                return [(port, upgrade_request(port, "/")) for _ in range(members)]

            yield Target("echo", [pid], doors, lambda client_id: before + client_id.encode() + after)

    @contextmanager
    def stock(self) -> Iterator[tuple[Server, str]]:
        """Run the stock Django project; yield the server and the cookie of its user."""
        cookie = servers.run_module("bench.baselines", environment=self.environment)
        log = self.folder / "stock.log"
        with servers.uvicorn("bench.baselines:stock", log, self.environment, "--factory") as server:
            yield server, cookie

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the baselines."""
        unused = url_of(self.folder / "unused.sqlite3")
        environment = servers.app_environment(self.folder, self.redis_port, unused)
        return environment | {"STOCK_DATABASE": str(self.folder / "stock.sqlite3")}


def app_frame(client_id: str) -> bytes:
    """Return the frame that posts a message to a room."""
    return json.dumps({"body": BODY, "client_id": client_id}).encode()
