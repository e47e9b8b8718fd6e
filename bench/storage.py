"""The database behind the application, read without it: an SQLite file, or the URL of a PostgreSQL."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

Database = Path | str


def read(database: Database, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query with "?" for its values."""
    if isinstance(database, Path):
        return _read_sqlite(database, query, values)
    return _read_postgres(database, query.replace("?", "%s"), values)


def url_of(database: Database) -> str:
    """Return the DATABASE_URL for the application."""
    return f"sqlite:///{database}" if isinstance(database, Path) else database


def _read_sqlite(database: Path, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def _read_postgres(url: str, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(cast(Any, query), values).fetchall()
