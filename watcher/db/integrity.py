"""Whether the file of an embedded database is whole, and what becomes of one taken away while open."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from watcher.db.backups import copied, newest, remove_log
from watcher.db.engine import is_embedded, sqlite_path
from watcher.db.migrate import DatabaseRefused, damage_in

log = logging.getLogger(__name__)


def require_sound(url: str, backups: Path) -> None:
    """Check an embedded database that was not closed: SQLite takes its log away when it is.

    Raises DatabaseRefused with what to do, naming the newest of `backups`, and WatcherError; changes nothing.
    """
    if not is_embedded(url):
        return
    path = sqlite_path(url)
    wal = path.with_name(path.name + "-wal")
    if not (wal.exists() and wal.stat().st_size):
        return
    if not path.exists():
        raise DatabaseRefused(
            f"{path} is gone, and its log {wal.name} is still there. Put it back. Or: {_remedy(backups)}"
        )
    log.info("the database was not closed when watcher last ended, so it is checked")
    if damage := damage_in(path):
        raise DatabaseRefused(f"{path} is damaged ({damage}). {_remedy(backups)}")
    log.info("the database is sound")


def _remedy(backups: Path) -> str:
    backup = newest(backups)
    found = f"the newest is {backup}" if backup else f"there is none in {backups}"
    return f"Put a backup in its place with `watcher db restore FILE`; {found}."


def write_back(conn: Connection, paths: Sequence[Path]) -> Sequence[None]:
    """Write the database back to its path if nothing is there, and make the transaction anew in that file."""
    for path in paths:
        if not path.exists():
            _copy(conn, path)
            # Whoever shares this transaction must not be kept by a connection to what is deleted.
            gone = FileNotFoundError(f"{path} was deleted and is written back")
            raise DBAPIError("write back", None, gone, connection_invalidated=True)
    return [None for _ in paths]


def keep_aside(conn: Connection, paths: Sequence[Path]) -> Sequence[None]:
    """Write what the connection holds to another file."""
    for path in paths:
        _copy(conn, path)
    return [None for _ in paths]


def _copy(conn: Connection, path: Path) -> None:
    """A copy of what is committed; the transaction is rolled back. Raises OperationalError."""
    held = conn.connection.driver_connection
    assert isinstance(held, sqlite3.Connection)
    held.rollback()

    def fill(copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as new:
            held.backup(new)

    try:
        with copied(fill, path, f"{path} could not be written") as copy:
            copy.replace(path)
            # It holds what the copy holds, so a crash in between changes nothing.
            remove_log(path)
    except (DatabaseRefused, OSError) as error:
        raise OperationalError("write back", None, error) from error
