"""Run real server processes on the test database, with the documented production command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.services import BASE_DIR, answers, free_port, wait_until


def database_url() -> str:
    """Return the DATABASE_URL of the test database for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


class Server:
    """One uvicorn process of Backchat, reachable at `origin`."""

    program: tuple[str, ...] = ("uvicorn", "config.asgi:application", "--lifespan", "off")

    def __init__(self, log: Path, **environ: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.environ = {**os.environ, "DATABASE_URL": database_url(), "MEDIA_ROOT": str(settings.MEDIA_ROOT), **environ}
        self.start()

    def start(self) -> None:
        """Start the process and wait until it accepts connections."""
        command = [sys.executable, "-m", *self.program, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=BASE_DIR, env=self.environ, stdout=log, stderr=log)
        self.wait_until_started(self.program[0])

    def wait_until_started(self, name: str) -> None:
        """Wait until the process accepts connections; kill it if that takes too long."""
        try:
            wait_until(lambda: answers(self.port), 30, name)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> int:
        """Stop the process with SIGTERM and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self.process.kill()
        self.process.wait(timeout=10)


class Daphne(Server):
    """One daphne process of Backchat."""

    program = ("daphne", "config.asgi:application")


@contextmanager
def serve(log: Path, expect_errors: bool = False, kind: type[Server] = Server, **environ: str) -> Iterator[Server]:
    """Run a server for the length of a block; its log must be free of errors unless they are expected."""
    server = kind(log, **environ)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
    assert expect_errors or "Traceback" not in log.read_text(), log.read_text()
