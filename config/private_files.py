"""Keep the database file from other users of the machine."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

PRIVATE = stat.S_IRUSR | stat.S_IWUSR  # 0600


class PrivateConnection(sqlite3.Connection):
    """A connection to a database file that only its owner can read; -wal and -shm get the file's permissions."""

    def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
        if not str(database).startswith((":memory:", "file:")):
            make_private(Path(database))
        super().__init__(database, *args, **kwargs)


def make_private(path: Path) -> None:
    """Create a file with the permissions 0600, or give them to one of ours that others can read."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:
        for part in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))):
            _restrict(part)


def _restrict(path: Path) -> None:
    if not path.exists():
        return
    status = path.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        path.chmod(PRIVATE)
