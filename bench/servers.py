"""The processes of a run, started on free local ports and stopped through their own handles."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UVICORN = "uvicorn --host 127.0.0.1 --lifespan off --log-level warning --no-access-log --port"
SECRET_KEY = secrets.token_urlsafe(50)  # shared by all processes of this run
START_SECONDS, STOP_SECONDS = 30, 10
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]  # the same on a machine with a single core
IS_ROOT = os.geteuid() == 0
OWNER: dict[str, Any] = {"user": "postgres", "group": "postgres"} if IS_ROOT else {}  # it refuses to run as root

Server = tuple[int, int]  # its port and its process id


def app_environment(folder: Path, redis_url: str, database: Path | str) -> dict[str, str]:
    """Return the application's environment: production settings without rate limits."""
    inherited = dict(os.environ)
    inherited.pop("WEB_CONCURRENCY", None)  # one server process, whatever the shell's environment says
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": SECRET_KEY,
        "DEBUG": "off",
        "CHAT_POST_BURST": "1000000",
        "CHAT_FRAME_BURST": "1000000",
        "CHAT_WORK_BURST": "1000000",
        "CHAT_SOCKETS_PER_USER": "1000",
        "HTTPS": "off",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{database}" if isinstance(database, Path) else database,
        "REDIS_URL": redis_url,
        "MEDIA_ROOT": str(folder / "media"),
    }


def python(*arguments: str, environment: dict[str, str], folder: Path = ROOT) -> str:
    """Run Python and return its output."""
    return subprocess.check_output([sys.executable, *arguments], cwd=folder, env=environment, text=True).strip()


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Run Redis without persistence on the load generator's core; yield its port."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with process(command, port, folder / "redis.log", LOAD_CORE):
        yield port


@contextmanager
def uvicorn(application: str, log: Path, environment: dict[str, str], folder: Path = ROOT) -> Iterator[Server]:
    """Run an ASGI application, "module:name", on the server's core."""
    port = free_port()
    command = [sys.executable, "-m", *UVICORN.split(), str(port), application]
    with process(command, port, log, SERVER_CORE, env=environment, cwd=folder) as pid:
        yield port, pid


def postgres_programs() -> Path | None:
    """Return the directory of PostgreSQL's programs, or None if it isn't installed."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")), shutil.which("postgres")]
    programs = [Path(program).resolve().parent for program in found if program]
    return programs[-1] if programs else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """Run an empty PostgreSQL with default settings, so that commits wait for the disk; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="backchat-bench-pg-") as folder:
        if IS_ROOT:
            shutil.chown(folder, "postgres", "postgres")
        port, where = free_port(), {"cwd": folder, **OWNER}
        initdb = f"{programs}/initdb -D data -A trust -U postgres --no-sync -E UTF8 --locale C"
        subprocess.run(initdb.split(), check=True, stdout=subprocess.DEVNULL, **where)
        command = f"{programs}/postgres -D data -h 127.0.0.1 -p {port} -k {folder}".split()
        with process(command, port, Path(folder, "log"), LOAD_CORE, signal.SIGINT, **where):
            ready = f"{programs}/pg_isready -q -h 127.0.0.1 -p {port}".split()
            wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL refuses connections")
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def process(
    command: list[str], port: int, log: Path, core: int, end: int = signal.SIGTERM, **options: Any
) -> Iterator[int]:
    """Run a program on a core until the block ends; yield its process id once it listens on its port."""
    with log.open("wb") as output:
        started: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdout=output, stderr=output, preexec_fn=partial(os.sched_setaffinity, 0, {core}), **options
        )
        try:
            wait_for(lambda: started.poll() is not None or listens(port), f"{command} doesn't listen")
            if started.poll() is not None:
                raise RuntimeError(f"{command}:\n{log.read_text(errors='replace')[-2_000:]}")
            yield started.pid
        finally:
            started.send_signal(end)
            kill = Timer(STOP_SECONDS, started.kill)
            kill.start()
            started.wait()
            kill.cancel()


def free_port() -> int:
    """Return a free port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    """Return whether a port accepts connections."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(ready: Callable[[], bool], failure: str) -> None:
    """Return once `ready()` is true; raise RuntimeError after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(failure)
        time.sleep(0.05)
