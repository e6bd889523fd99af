"""Backups of an embedded database: online, checked, and restored with the old one kept aside."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from watcher.adapters.db.engine import backup_sqlite, is_embedded, sqlite_path
from watcher.adapters.db.migrate import DatabaseRefused
from watcher.adapters.lockfile import Lockfile

LOCK = "watcher.lock"


def back_up(url: str, target: Path) -> int:
    """Copy the database to a new file and check it; its size in bytes. Raises DatabaseRefused, OSError."""
    source = _file_of(url)
    if not source.exists():
        raise DatabaseRefused(f"There is no database at {source} yet.")
    if target.exists():
        raise DatabaseRefused(f"{target} exists already; name a new file.")
    partial = target.with_name(target.name + ".partial")
    try:
        backup_sqlite(source, partial)
        _check(partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{source} could not be copied: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(url: str, source: Path, state: Path) -> Path | None:
    """Put a backup in the database's place; where the old one is kept. Raises DatabaseRefused, AlreadyRunning."""
    target = _file_of(url)
    _check(source)
    lock = Lockfile(state / LOCK)
    lock.take()
    try:
        partial = target.with_name(target.name + ".restoring")
        backup_sqlite(source, partial)
        aside = _move_aside(target)
        partial.replace(target)
        return aside
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{source} could not be restored: {error}.") from error
    finally:
        lock.free()


def _move_aside(target: Path) -> Path | None:
    """Rename the database and its log, which belong together."""
    if not target.exists():
        return None
    aside = target.with_name(f"{target.name}.replaced-{int(time.time())}")
    for end in ("-wal", "-shm"):
        part = target.with_name(target.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    target.replace(aside)
    return aside


def _file_of(url: str) -> Path:
    if not is_embedded(url):
        raise DatabaseRefused("This is a Postgres database; use pg_dump and pg_restore.")
    return sqlite_path(url)


def _check(file: Path) -> None:
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        opened.close()
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{file} is no database of watcher's: {error}.") from error
    if found != "ok":
        raise DatabaseRefused(f"{file} is damaged: {found}.")
    if not {"alembic_version", "watches"} <= tables:
        raise DatabaseRefused(f"{file} is no database of watcher's.")
