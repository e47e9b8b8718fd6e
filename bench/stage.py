"""The stage: a prepared database with members and rooms, on which the application is started as often as wanted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench import servers
from bench.storage import Database
from bench.target import Server, Target, app_target

numbers = count(1)  # of the processes, for their logs


@dataclass
class Stage:
    """What every measure of the application needs: who its members are, and where everything is kept.

    `running` are processes that serve all measures: quicker, and less exact, than a fresh one for each.
    """

    folder: Path
    redis_port: int
    database: Database
    cookies: list[str]
    rooms: dict[int, str]
    running: list[Server] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the application."""
        return servers.app_environment(self.folder, self.redis_port, self.database)

    @contextmanager
    def app(self, processes: int = 1) -> Iterator[Target]:
        """Run the application, in one process or in several on the same core; give it as a target."""
        with ExitStack() as ended:
            started = self.running[:processes]
            started += [ended.enter_context(self._process()) for _ in range(processes - len(started))]
            yield app_target(started, self.database, self.cookies, self.rooms)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep one process running, for all measures."""
        with self._process() as started:
            self.running = [started]
            yield

    @contextmanager
    def _process(self) -> Iterator[Server]:
        log = self.folder / f"app-{next(numbers)}.log"
        with servers.uvicorn("config.asgi:application", log, self.environment) as started:
            yield started


def set_stage(folder: Path, redis_port: int, database: Database, sizes: list[int]) -> Stage:
    """Make the database, as many members as the largest size says, and a room of each size."""
    command = [sys.executable, "-m", "bench.prepare", *map(str, sizes)]
    environment = servers.app_environment(folder, redis_port, database)
    made = subprocess.run(command, cwd=servers.ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    prepared = json.loads(made.stdout)
    rooms = {int(size): slug for size, slug in prepared["rooms"].items()}
    return Stage(folder, redis_port, database, prepared["cookies"], rooms)
