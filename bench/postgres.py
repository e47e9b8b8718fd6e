"""A private PostgreSQL with its defaults: a commit waits for the disk."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.servers import LOAD_CORE, START_SECONDS, DidNotStart, free_port, process

IS_ROOT = os.geteuid() == 0
OWNER: dict[str, Any] = {"user": "postgres", "group": "postgres"} if IS_ROOT else {}  # it refuses to run as root
INITDB = ["initdb", "-D", "data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C"]


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None where it is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    program = str(debian[-1]) if debian else shutil.which("postgres")
    return Path(program).resolve().parent if program else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """Run an empty PostgreSQL beside the load generator, in a folder of its own; give its URL."""
    with tempfile.TemporaryDirectory(prefix="backchat-bench-pg-") as name:
        folder, port = Path(name), free_port()
        if IS_ROOT:
            shutil.chown(folder, "postgres", "postgres")
        program, *options = INITDB
        initdb = [str(programs / program), *options]
        subprocess.run(initdb, cwd=folder, check=True, stdout=subprocess.DEVNULL, **OWNER)
        command = [str(programs / "postgres"), "-D", "data", "-h", "127.0.0.1", "-p", str(port), "-k", name]
        with process(command, port, folder / "log", LOAD_CORE, dict(os.environ), signal.SIGINT, cwd=folder, **OWNER):
            await_ready(programs, port)
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


def await_ready(programs: Path, port: int) -> None:
    """Wait until it takes connections: it listens a little earlier."""
    command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(command, check=False).returncode:
        if time.monotonic() > deadline:
            raise DidNotStart("PostgreSQL listens and takes no connections")
        time.sleep(0.05)
