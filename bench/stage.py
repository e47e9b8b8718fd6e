"""The stage: prepared databases and their servers, started when a part of the benchmark needs them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

from bench import servers
from bench.audit import Database, newest_revision
from bench.client import Endpoint, upgrade_request
from bench.crowd import ID_LENGTH, MARKER, Target
from bench.plan import Plan
from bench.servers import Server

POSTERS = 20  # members of the room for posts
PROBE = 2  # members of the room for measuring the length of a fragment
BODY = (
    "Good morning everyone. The new build has been up since ten, so please take a look before we meet at noon "
    "and post anything that is still missing here."
)
# For the stock Django project: additions to its settings, its urls.py, and a script that signs a user in.
STOCK_SETTINGS = "\nDEBUG = False\nALLOWED_HOSTS = ['127.0.0.1']\n"
STOCK_URLS = """from django.http import HttpResponse
from django.urls import path
hello = lambda request: HttpResponse("Signed in" if request.user.is_authenticated else "Signed out")
urlpatterns = [path("", hello)]"""
STOCK_COOKIE = """from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_user("reader"))
print("sessionid=" + client.cookies["sessionid"].value)"""

numbers, redis_databases = count(1), count()  # for log files; one Redis database per application


@dataclass
class Application:
    """The application on a prepared database.

    `data` is the output of bench.prepare. `kept` holds a process for all measurements: faster, less exact.
    """

    folder: Path
    environment: dict[str, str]
    database: Database
    data: dict[str, Any]
    kept: list[Server] = field(default_factory=list)

    @contextmanager
    def serve(self, processes: int = 1) -> Iterator[list[Server]]:
        """Run the application in one process, or in several on the same core."""
        with ExitStack() as running:
            logs = [self.folder / f"app-{next(numbers)}.log" for _ in range(processes - len(self.kept))]
            run = partial(servers.uvicorn, "config.asgi:application", environment=self.environment)
            yield self.kept[:processes] + [running.enter_context(run(log)) for log in logs]

    @contextmanager
    def target(self, processes: int = 1) -> Iterator[Target]:
        """Run the application as a target for sockets."""
        with self.serve(processes) as started:
            endpoints = partial(self.endpoints, [port for port, _ in started])
            yield Target("app", [pid for _, pid in started], endpoints, app_frame, self.database)

    def endpoints(self, ports: list[int], members: int) -> list[Endpoint]:
        """Return how each member of the room of this size connects: with a session, to the ports in turn."""
        slug, cookies = self.data["rooms"][str(members)], self.data["cookies"][:members]
        path = f"/ws/rooms/{slug}/?since={newest_revision(self.database, slug)}"  # as a page requests it
        turns = cycle(ports)
        return [(port := next(turns), upgrade_request(port, path, cookie)) for cookie in cookies]


def app_frame(client_id: str) -> bytes:
    """Return the frame that posts a message to a room."""
    return json.dumps({"body": BODY, "client_id": client_id}).encode()


@dataclass
class Stage:
    """What all parts share: a directory, a Redis and the plan."""

    folder: Path
    redis_port: int
    plan: Plan
    ending: ExitStack  # stops processes kept for all measurements

    @cached_property
    def members(self) -> Application:
        """The application with a room of each size."""
        return self._keep(self.prepare_members(self.folder / "members.sqlite3"))

    @cached_property
    def pages(self) -> Application:
        """The application with readers of few and of many rooms."""
        arguments = "pages", self.plan.rooms, self.plan.messages
        return self._keep(self._prepare(self.folder / "pages.sqlite3", *arguments))

    @cached_property
    def elsewhere(self) -> Application:
        """The application with members of many rooms, and a poster in each of these."""
        arguments = "elsewhere", self.plan.elsewhere, self.plan.elsewhere_rooms
        return self._keep(self._prepare(self.folder / "elsewhere.sqlite3", *arguments))

    def _keep(self, application: Application) -> Application:
        if self.plan.keep_process:
            application.kept = self.ending.enter_context(application.serve())
        return application

    def prepare_members(self, database: Database) -> Application:
        """Return the application with a room of each size, on the given empty database."""
        return self._prepare(database, "members", PROBE, POSTERS, *self.plan.fanouts)

    def _prepare(self, database: Database, *arguments: object) -> Application:
        redis = f"redis://127.0.0.1:{self.redis_port}/{next(redis_databases)}"  # don't share a cache
        environment = servers.app_environment(self.folder, redis, database)
        printed = servers.python("-m", "bench.prepare", *map(str, arguments), environment=environment)
        return Application(self.folder, environment, database, json.loads(printed))

    @contextmanager
    def echo(self, fragment: bytes) -> Iterator[Target]:
        """Run the bare echo as a target; messages to it are as long as a fragment of the application."""
        start = fragment.index(MARKER) + len(MARKER)
        before, after = fragment[:start], fragment[start + ID_LENGTH :]
        log, environment = self.folder / "echo.log", self.members.environment
        with servers.uvicorn("bench.echo:application", log, environment) as (port, pid):
            endpoints = lambda members: [(port, upgrade_request(port, "/"))] * members  # noqa: E731
            yield Target("echo", [pid], endpoints, lambda client_id: before + client_id.encode() + after)

    @contextmanager
    def stock(self) -> Iterator[tuple[Server, str]]:
        """Run a new Django project whose view reads the user; yield the server and a user's cookie."""
        project = self.folder / "project"
        environment = self.pages.environment | {"DJANGO_SETTINGS_MODULE": "stock.settings"}
        run = partial(servers.python, environment=environment, folder=project)
        project.mkdir()
        servers.python("-m", "django", "startproject", "stock", str(project), environment=self.pages.environment)
        with (project / "stock/settings.py").open("a") as settings:
            settings.write(STOCK_SETTINGS)
        (project / "stock/urls.py").write_text(STOCK_URLS)
        run("manage.py", "migrate", "--verbosity", "0")
        cookie = run("manage.py", "shell", "--verbosity", "0", "-c", STOCK_COOKIE)
        with servers.uvicorn("stock.asgi:application", self.folder / "stock.log", environment, project) as server:
            yield server, cookie
