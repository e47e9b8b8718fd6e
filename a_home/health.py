"""Whether this process can do its work: write to its database and its disk, and reach Redis."""

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import OperationalError, connection

from a_live.redis_client import connect

logger = logging.getLogger(__name__)

WRITE_INTERVAL = 5.0  # seconds between writes; in between, the database is only read
MIN_FREE = 32 * 1024 * 1024  # bytes; with less, SQLite and uploads are about to fail
REDIS_TIMEOUT = 1.0  # seconds

WRITES = {  # SQLite skips an UPDATE that changes nothing, but always writes its version
    "sqlite": "PRAGMA user_version = 0",
    "postgresql": "UPDATE django_migrations SET app = app WHERE app = 'sessions'",
}

_written_at = float("-inf")


class NotReadyError(Exception):
    """Something that this process needs is missing."""


def problems() -> list[str]:
    """Return what is wrong, in a line each; empty if all is well."""
    return [line for check in (check_database, check_disk, check_redis) if (line := _problem_of(check))]


def _problem_of(check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, OSError, redis.RedisError, NotReadyError) as error:
        logger.warning("%s failed: %s", check.__name__, error)
        return str(error) if isinstance(error, NotReadyError) else f"{check.__name__}: {type(error).__name__}"
    return ""


def check_database() -> None:
    """Write to the database, or read if that went well a moment ago. Raises django.db.Error."""
    if time.monotonic() - _written_at < WRITE_INTERVAL:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    else:
        write()


def write() -> None:
    """Take the path of a real write, to the disk, without changing anything. Raises django.db.Error."""
    global _written_at
    try:
        with unwilling_to_wait(), connection.cursor() as cursor:
            cursor.execute(WRITES[connection.vendor])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return  # another process is writing, so writing works
        raise
    _written_at = time.monotonic()


@contextmanager
def unwilling_to_wait() -> Iterator[None]:
    """Let SQLite fail at once while another process writes."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {connection.settings_dict['OPTIONS']['timeout'] * 1000}")


def check_disk() -> None:
    """Check the free space for uploads and for SQLite's file. Raises NotReadyError."""
    folders = [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    for folder in folders:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if shutil.disk_usage(existing).free < MIN_FREE:
            raise NotReadyError("The disk is full.")


def check_redis() -> None:
    """Check that Redis answers, if it is configured. Raises redis.RedisError and OSError."""
    if settings.REDIS_URL:
        _redis(settings.REDIS_URL, REDIS_TIMEOUT).ping()


_redis = cache(connect)  # one client for all checks
