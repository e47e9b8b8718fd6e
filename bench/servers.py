"""The processes that a run needs, started on free ports of this machine and ended by their own handles."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.storage import Database, url_of

ROOT = Path(__file__).resolve().parent.parent
UVICORN = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--lifespan", "off"]
UVICORN += ["--log-level", "warning", "--no-access-log"]
SECRET_KEY = secrets.token_urlsafe(50)  # of this run, for all its processes
START_SECONDS = 30
STOP_SECONDS = 10

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]  # the same one on a machine with a single core


class DidNotStart(RuntimeError):
    """A process ended, or did not listen in time; the text holds what it wrote last."""


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pin(core: int) -> Callable[[], None]:
    """Return a function that ties the process that calls it to a core."""
    return partial(os.sched_setaffinity, 0, {core})


def app_environment(folder: Path, redis_port: int, database: Database) -> dict[str, str]:
    """Return the environment of the application: production's settings, no limits for the load."""
    inherited = dict(os.environ)
    inherited.pop("WEB_CONCURRENCY", None)  # one server process, whatever the shell asks uvicorn for
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": SECRET_KEY,
        "DEBUG": "off",
        "CHAT_POST_BURST": "1000000",
        "CHAT_FRAME_BURST": "1000000",
        "CHAT_SOCKETS_PER_USER": "1000",
        "HTTPS": "off",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": url_of(database),
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "MEDIA_ROOT": str(folder / "media"),
    }


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Run a Redis that keeps nothing, beside the load generator; give its port."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with process(command, port, folder / "redis.log", LOAD_CORE, dict(os.environ)):
        yield port


@contextmanager
def uvicorn(application: str, log: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run an ASGI application, "module:name", on the server's core; give its port and process id."""
    port = free_port()
    with process([*UVICORN, "--port", str(port), application], port, log, SERVER_CORE, environment) as pid:
        yield port, pid


@contextmanager
def process(
    command: list[str], port: int, log: Path, core: int, env: dict[str, str], end: int = signal.SIGTERM, **options: Any
) -> Iterator[int]:
    """Run a program on a core until the end of the block; give its process id once it listens to its port.

    `end` is the signal that ends it, `options` are further ones of Popen.
    """
    with log.open("wb") as output:
        where: dict[str, Any] = {"cwd": ROOT, "env": env, "stdout": output, "stderr": output, "preexec_fn": pin(core)}
        started: subprocess.Popen[bytes] = subprocess.Popen(command, **where | options)
        try:
            _await_port(started, port, log)
            yield started.pid
        finally:
            _stop(started, end)


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise DidNotStart(f"{process.args!r}:\n{log.read_text(errors='replace')[-2_000:]}")


def _stop(process: subprocess.Popen[bytes], end: int) -> None:
    process.send_signal(end)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
