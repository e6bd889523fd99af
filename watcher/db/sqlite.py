"""What only SQLite needs: connection settings, and the file of an embedded database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT_MS = 10_000
# A long read may let the write-ahead log grow beyond this; the log is cut back when it starts again.
WAL_LIMIT_BYTES = 32 * 1024 * 1024


def make_sqlite_engine(url: str, *, existing: bool) -> Engine:
    """Return an engine that commits durably; see `open_engine`."""
    engine = create_engine(url, poolclass=NullPool, query_cache_size=500)
    event.listen(engine, "do_connect", _connect_to_existing if existing else _create_privately)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def sqlite_path(url: str) -> Path:
    """Return the file of an embedded database with links resolved: its log is next to the real file."""
    path = Path(make_url(url).database or "")
    return Path(os.path.realpath(path)) if path.exists() else path


def lock_path(url: str) -> Path:
    """Return the lock file of an embedded database, which is next to it."""
    path = sqlite_path(url)
    return path.with_suffix(".lock" if path.suffix != ".lock" else ".lock.lock")


def create_private_file(path: Path) -> None:
    """Create an empty file that only this user may read, and follow no link. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def create_partial_file(target: Path) -> Path:
    """Create an empty private file next to `target`, to be renamed to it; its name cannot be guessed.

    Raises OSError.
    """
    handle, name = mkstemp(prefix=f"{target.name}.", suffix=".partial", dir=target.parent)
    os.close(handle)
    return Path(name)


def open_read_only(path: Path) -> closing[sqlite3.Connection]:
    """Open a file without leaving a trace, and without trusting its schema. Raises sqlite3.Error."""
    # Opening a file in WAL mode creates its log files. `immutable` prevents that, and is right as long as
    # there is no log that could hold something newer.
    logged = path.with_name(path.name + "-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    opened = sqlite3.connect(uri, uri=True)
    opened.execute("PRAGMA trusted_schema = OFF")
    return closing(opened)


def copy_sqlite_file(source: Path, target: Path, *, read_only: bool = False) -> None:
    """Copy a database consistently, even while it is written to. Raises sqlite3.Error, OSError."""
    # Opening for writing creates a log, which is impossible on a disk that has become read-only.
    writable = not read_only and os.access(source, os.W_OK) and os.access(source.parent, os.W_OK)
    opened = closing(sqlite3.connect(source)) if writable else open_read_only(source)
    with opened as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def data_version(conn: Connection) -> int:
    """Return a number of this connection that changes when any other connection commits.

    The driver is called directly, which takes a tenth of the time. Raises sqlite3.Error, SQLAlchemyError.
    """
    driver_conn: Any = conn.connection.driver_connection
    version: int = driver_conn.execute("PRAGMA data_version").fetchone()[0]
    return version


def count_free_pages(conn: Connection) -> int:
    """Return the number of unused pages in the file; 0 for another database."""
    if conn.dialect.name != "sqlite":
        return 0
    return int(conn.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def release_free_pages(conn: Connection, pages: int) -> int:
    """Return up to `pages` unused pages at the end of the file to the disk; return their number.

    A file that was created without `auto_vacuum` releases none until it is vacuumed.
    """
    before = count_free_pages(conn)
    if before:
        driver_conn: Any = conn.connection.driver_connection
        # Every page yields a row without columns; all must be fetched.
        driver_conn.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
    return before - count_free_pages(conn)


def vacuum_sqlite_file(path: Path) -> None:
    """Rewrite a file without its unused pages; from then on it can shrink. Raises sqlite3.Error."""
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        _configure(conn, None)
        conn.execute("PRAGMA temp_store = FILE")  # the whole database is written there first
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        conn.execute("VACUUM")
    finally:
        conn.close()


def _connect_to_existing(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> Any:
    return sqlite3.connect(f"{Path(args[0]).absolute().as_uri()}?mode=rw", uri=True, **options)


def _create_privately(_dialect: object, _record: object, args: list[Any], _options: dict[str, Any]) -> None:
    """Create a new database as a file that only this user may read; its log gets the same mode."""
    with suppress(FileExistsError, FileNotFoundError):  # without its directory, connecting fails
        create_private_file(Path(args[0]))


def _configure(connection: Any, _record: object) -> None:
    # The driver's own implicit BEGIN would be a deferred one.
    connection.isolation_level = None
    connection.text_factory = _read_text
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        # Only before the first page exists; later it would take the write lock each time.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "temp_store = MEMORY",
        # A megabyte for each connection, half of the default; the system keeps other pages.
        "cache_size = -1000",
        f"journal_size_limit = {WAL_LIMIT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


# Bytes that are not UTF-8 are replaced: one damaged text would otherwise fail every query that meets it.
_read_text = partial(str, encoding="utf-8", errors="replace")


def _begin_immediate(conn: Connection) -> None:
    if conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        conn.exec_driver_sql("BEGIN IMMEDIATE")
