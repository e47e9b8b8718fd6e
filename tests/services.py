"""Start real services for tests on free ports.

conftest.py imports this module first, to set the environment before Django reads its settings. pytest.ini names no
settings module, because pytest-django would read the settings even earlier. `TEST_DATABASE=postgresql` runs the tests
on PostgreSQL.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
ON_POSTGRES = os.environ.get("TEST_DATABASE") == "postgresql"
PACKAGES = {"Redis": "redis-server", "PostgreSQL": "postgresql", "Chromium": "chromium"}


def free_port() -> int:
    """Return an unused port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until `ready()` is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} wasn't ready after {seconds} s")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Return whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def memory_of(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) * 1024


def find_program(service: str) -> str | None:
    """Return the path of a service's program, or None if it is not installed."""
    if service == "Redis":
        return shutil.which("redis-server")
    if service == "Chromium":
        return shutil.which("chromium") or shutil.which("chromium-browser")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return str(debian[-1]) if debian else shutil.which("postgres")


def require(service: str) -> str:
    """Return the path of a service's program; if it is missing, skip the test, or fail it if CI=true."""
    program = find_program(service)
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(f"{service} is missing. Install it with: apt-get install {PACKAGES[service]}")
    return program


class Redis:
    """A redis-server that tests can stop, pause and restart on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.program = require("Redis")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        options = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL)
        wait_until(lambda: answers(self.port), 10, "redis-server")

    def kill(self) -> None:
        """Kill the server, as a crash would."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(timeout=10)

    def pause(self) -> None:
        """Suspend the server: connections stay open but get no answer."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume a paused server."""
        self.process.send_signal(signal.SIGCONT)


class Postgres:
    """A PostgreSQL server in a temporary folder, with fsync off."""

    def __init__(self) -> None:
        self.bin = Path(require("PostgreSQL")).parent
        self.folder = Path(tempfile.mkdtemp(prefix="backchat-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", "data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C")
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        options = ["-F", "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), "-c", "max_connections=200"]
        command = [str(self.bin / "postgres"), "-D", "data", *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._as_owner())
        wait_until(self._is_ready, 20, "postgres")

    def stop(self) -> None:
        """Stop the server at once; open transactions are lost."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=20)

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def _is_ready(self) -> bool:
        command = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *options: str) -> None:
        command = [str(self.bin / program), *options]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **self._as_owner())

    @staticmethod
    def _as_owner() -> dict[str, Any]:
        return {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def set_environment() -> None:
    """Set the environment that the settings read; xdist's workers inherit it."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        SECRET_KEY="only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        DEBUG="off",
        HTTPS="off",
        ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        EMAIL_URL="memorymail://",
        CHAT_POST_BURST="10000",
        CHAT_FRAME_BURST="10000",
        REDIS_URL="",
        DATABASE_URL="",
        MEDIA_ROOT=tempfile.mkdtemp(prefix="backchat-media-"),
    )


_postgres: Postgres | None = None
if "PYTEST_XDIST_WORKER" not in os.environ:
    set_environment()
    if ON_POSTGRES and find_program("PostgreSQL"):
        _postgres = Postgres()
        os.environ["DATABASE_URL"] = _postgres.url


def stop() -> None:
    """Stop the services of the whole run."""
    if _postgres is not None:
        _postgres.remove()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["MEDIA_ROOT"], ignore_errors=True)
