"""Whether the file of an embedded database is undamaged, and still the one that is open."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from watcher.core.errors import Code, RestartRequired, WatcherError
from watcher.db.backups import checked_copy, newest_backup, remove_log, unused_name
from watcher.db.database import Database
from watcher.db.engine import is_embedded
from watcher.db.failures import database_reason
from watcher.db.revisions import DatabaseRefused, damage_in
from watcher.db.sqlite import sqlite_path

log = logging.getLogger(__name__)
_SAVE_SECONDS = 5.0  # for which the event loop waits at most; moving a log takes milliseconds


def check_after_unclean_stop(url: str, backups: Path) -> None:
    """Check an embedded database that was not closed: SQLite removes its log when it closes.

    Changes nothing. Raises WatcherError, and DatabaseRefused with what to do, which names the newest backup.
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


class OpenFile:
    """The file of an open embedded database; for Postgres every check passes."""

    def __init__(self, database: Database) -> None:
        self._database, self._path = database, database.file
        self._identity = _identity(self._path)

    async def restore_if_deleted(self) -> str:
        """Write the file or its log back if it was deleted; return that in a sentence, else an empty text.

        SQLite goes on in a file that was deleted or replaced, and all of it is lost when it closes.
        Raises WatcherError, and RestartRequired if another file is in its place.
        """
        current = _identity(self._path)
        if self._path is None:
            return ""
        if current is not None and current == self._identity:
            return await self._save_deleted_log(self._path)
        if current is not None:
            raise RestartRequired(await self._replaced(self._path))
        try:
            await self._database.write(_write_back, self._path)
        except WatcherError as error:
            why = database_reason(error)
            raise _failed(
                f"file is gone, and cannot be written back: {why}. Restore a copy and restart watcher"
            ) from error
        self._database.disconnect_reads()
        self._identity = _identity(self._path)
        return f"The database file {self._path} was deleted while it was open; it was written back."

    async def _save_deleted_log(self, path: Path) -> str:
        """Move what a deleted log holds into the database; return that in a sentence, else an empty text.

        Other processes do not see what is in a deleted log or in its index, and would start another.
        """
        deleted = _deleted_but_open(path)
        if not deleted:
            return ""
        # The event loop waits: a read in between would keep the deleted files open.
        self._database.disconnect_reads()
        done = threading.Event()
        writing = self._database.write(_empty_log, path, done)
        done.wait(_SAVE_SECONDS)
        try:
            await writing
        except WatcherError as error:
            raise _failed(
                f"log {deleted} was deleted while it was open, and what it holds cannot be saved: "
                f"{database_reason(error)}. Restart watcher"
            ) from error
        return f"The log {deleted} was deleted while it was open; what it held is in the database now."

    async def require_undamaged(self) -> None:
        """Check the whole file if a read or write met damage. Raises WatcherError while it is damaged."""
        if self._path is None or not self._database.damaged:
            return
        if damage := await asyncio.to_thread(damage_in, self._path):
            raise _failed(
                f"is damaged ({damage}); stop watcher, and put a backup in its place: "
                "`watcher db restore FILE`"
            )
        self._database.damaged = False
        await self._database.write(_drop_page_cache)

    async def _replaced(self, path: Path) -> str:
        aside = unused_name(path, "orphaned")
        try:
            await self._database.write(_copy, aside)
            kept = f"What watcher had is kept as {aside}."
        except WatcherError as error:
            kept = f"What watcher had could not be kept: {database_reason(error)}."
        return f"{path} was replaced while it was open. {kept} Restart watcher to use the new file."


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Return which file is at a path, None if there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def _failed(what: str) -> WatcherError:
    return WatcherError(Code.DATABASE_CONNECTION_FAILED, f"The database {what}.")


def _remedy(backups: Path) -> str:
    backup = newest_backup(backups)
    found = f"the newest is {backup}" if backup else f"there is none in {backups}"
    return f"Put a backup in its place with `watcher db restore FILE`; {found}."


def _write_back(conn: Connection, path: Path) -> None:
    """Write the database back to its path if nothing is there, and repeat the transaction in that file."""
    if not path.exists():
        _copy(conn, path)
        # Writes that share this transaction must not be committed to the deleted file.
        gone = FileNotFoundError(f"{path} was deleted and is written back")
        raise DBAPIError("write back", None, gone, connection_invalidated=True)


def _empty_log(conn: Connection, path: Path, done: threading.Event) -> None:
    """Move a deleted log into the database, and repeat the transaction with a new one."""
    if not _deleted_but_open(path):
        done.set()
        return
    held = conn.connection.driver_connection
    assert isinstance(held, sqlite3.Connection)
    held.rollback()
    try:
        busy, _, _ = held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("another process reads the database")
    except sqlite3.Error as error:
        done.set()
        raise OperationalError("empty log", None, error) from error
    gone = FileNotFoundError(f"the log of {path} was deleted and is begun again")
    raise DBAPIError("empty log", None, gone, connection_invalidated=True)


def _deleted_but_open(path: Path) -> str:
    """Return the log of a database, or its index, that was deleted while open; only Linux can tell."""
    try:
        opened = {str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}
    except OSError:
        return ""
    files = (f"{path}{suffix}" for suffix in ("-wal", "-shm"))
    return next((file for file in files if f"{file} (deleted)" in opened), "")


def _copy(conn: Connection, path: Path) -> None:
    """Copy what is committed to a file; the transaction is rolled back. Raises OperationalError."""
    held = conn.connection.driver_connection
    assert isinstance(held, sqlite3.Connection)
    held.rollback()

    def fill(copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as new:
            held.backup(new)

    try:
        with checked_copy(fill, path, f"{path} could not be written") as copy:
            copy.replace(path)
            # The log holds only what the copy holds, so a crash before its removal changes nothing.
            remove_log(path)
    except (DatabaseRefused, OSError) as error:
        raise OperationalError("write back", None, error) from error


def _drop_page_cache(conn: Connection) -> None:
    conn.exec_driver_sql("PRAGMA shrink_memory")
