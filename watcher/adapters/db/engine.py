"""Connections, and the only place that knows one database from another."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from watcher.core.errors import Code, WatcherError

BUSY_TIMEOUT_MS = 10_000


def connect(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; it connects lazily.

    SQLite: write-ahead log, fsync at every commit, foreign keys, and every transaction takes the write
    lock at its beginning, so that a read in it cannot be outdated by the time it writes.
    """
    engine = create_engine(url, poolclass=NullPool, query_cache_size=500)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def is_embedded(url: str) -> bool:
    """Whether the database is a file of ours, which `watcher run` may upgrade by itself."""
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    """The file of an embedded database."""
    return Path(make_url(url).database or "")


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT of the connected database's own dialect, which has `on_conflict_do_update`."""
    return upsert_for(conn.dialect.name, table)


def upsert_for(dialect: str, table: Table) -> Any:
    """The same for a dialect by name: building such a statement costs more than running it, so keep it."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def driver_sql(dialect: str, insert: Any) -> str:
    """An INSERT of every column of its table as the driver takes it, with the columns' names as parameters.

    For many rows: SQLAlchemy would look at each value of each before the driver does. So it converts none,
    and a value that the statement compares with must stand in it: `literal_column("''")`.
    """
    postgres: Any = postgresql.psycopg.dialect
    spoken = sqlite.dialect(paramstyle="named") if dialect == "sqlite" else postgres()
    return str(insert.compile(dialect=spoken, column_keys=[c.name for c in insert.table.columns]))


def reader(engine: Engine) -> Connection:
    """A connection for point reads: each statement sees the newest commit."""
    conn = engine.connect()
    return conn.execution_options(isolation_level="AUTOCOMMIT")


def backup_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database, consistent even while it is written to. Raises sqlite3.Error, OSError."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


def as_watcher_error(error: Exception) -> WatcherError:
    """The public error of a database failure; the cause stays chained for the log."""
    if isinstance(error, WatcherError):
        return error
    gone = isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    public = WatcherError(Code.DATABASE_CONNECTION_FAILED if gone else Code.DATABASE_QUERY_FAILED)
    public.__cause__ = error
    return public


def words_of(error: WatcherError) -> str:
    """The driver's own words for a failure, like "database is locked", for whoever mends it."""
    cause = error.__cause__
    said = str(cause.orig).partition("\n")[0] if isinstance(cause, DBAPIError) else ""
    return said or str(error)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own implicit BEGIN would be a deferred one.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    if conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        conn.exec_driver_sql("BEGIN IMMEDIATE")
