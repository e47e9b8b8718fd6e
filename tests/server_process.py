"""Server processes that are forked from one which has loaded the libraries, for 0.2 s of processor time instead of 0.8.

The parent has never read Backchat's settings: each server reads them from an environment of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.libraries"])


class ServerProcess:
    """A process that runs `python -m` with arguments; it behaves as subprocess.Popen does."""

    def __init__(self, arguments: list[str], folder: Path, environ: dict[str, str], log: Path) -> None:
        self.process = FORKS.Process(target=run, args=(arguments, folder, environ, log))
        self.process.start()
        self.pid: int = self.process.pid or 0

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self.process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit status. Raises subprocess.TimeoutExpired."""
        self.process.join(timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired("server", timeout)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self.send_signal(signal.SIGKILL)


def run(arguments: list[str], folder: Path, environ: dict[str, str], log: Path) -> None:
    """Become `python -m` with arguments: folder, environment, output and module path."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    with log.open("ab") as output, Path(os.devnull).open() as nothing:
        for descriptor, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), descriptor)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.path[:0] = [str(folder), *filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
