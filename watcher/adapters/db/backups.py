"""Backups of an embedded database: online, checked, and restored with the old one kept aside."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from watcher.adapters.db.engine import backup_sqlite, is_embedded, sqlite_path
from watcher.adapters.db.migrate import (
    DatabaseRefused,
    for_reading,
    obstacle_to,
    refuse_newer,
    revision_at,
    revision_in,
)
from watcher.adapters.lockfile import Lockfile

LOCK = "watcher.lock"
_STAMP = "%Y%m%dT%H%M%SZ"
_DATED = re.compile(r"watcher-\d{8}T\d{6}Z\.db")
_LOGS = ("-wal", "-shm")


def back_up(url: str, target: Path) -> int:
    """Copy the database to a new file and check it; its size in bytes.

    Raises DatabaseRefused, WatcherError, OSError.
    """
    source = _file_of(url)
    revision = revision_at(url)
    if not revision:
        raise DatabaseRefused(f"There is no database at {source} yet.")
    refuse_newer(revision)
    if target.exists():
        raise DatabaseRefused(f"{target} exists already; name a new file.")
    if not target.parent.is_dir():
        raise DatabaseRefused(f"There is no directory {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise DatabaseRefused(f"{target} cannot be made: this user may not write in {target.parent}.")
    with _copied(source, target, f"{source} could not be copied") as copy:
        copy.replace(target)
    return target.stat().st_size


def dated(directory: Path, now: datetime) -> Path:
    """The name of a backup made now in a directory of backups."""
    return directory / f"watcher-{now.astimezone(UTC).strftime(_STAMP)}.db"


def rotate(directory: Path, keep: int) -> int:
    """Remove all but the `keep` newest backups that bear a name of `dated`; how many went. Raises OSError."""
    dated_ones = sorted(p for p in directory.glob("watcher-*.db") if _DATED.fullmatch(p.name))
    old = dated_ones[: max(0, len(dated_ones) - keep)]
    for backup in old:
        backup.unlink()
    return len(old)


def restore(url: str, source: Path, state: Path) -> Path | None:
    """Put a backup in the database's place; where the old one is kept, None where there was none.

    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    target = _file_of(url)
    if target.exists() and source.samefile(target):
        raise DatabaseRefused(f"{source} is the database itself.")
    refuse_newer(_checked(source), str(source))
    if why := obstacle_to(target):
        raise DatabaseRefused(why)
    lock = Lockfile(state / LOCK)
    lock.take()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _copied(source, target, f"{source} could not be restored") as copy:
            aside = _keep_aside(target)
            copy.replace(target)
        return aside
    finally:
        lock.free()


@contextmanager
def _copied(source: Path, target: Path, failed: str) -> Iterator[Path]:
    """A checked copy beside `target`, synced, one file without a log; removed unless it was renamed."""
    copy = target.with_name(target.name + ".partial")
    try:
        _remove(copy)
        backup_sqlite(source, copy)
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("PRAGMA journal_mode = DELETE")
        _checked(copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        yield copy
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{failed}: {error}.") from error
    finally:
        _remove(copy)


def _remove(file: Path) -> None:
    for end in ("", "-journal", *_LOGS):
        file.with_name(file.name + end).unlink(missing_ok=True)


def _keep_aside(target: Path) -> Path | None:
    """Give the database a second name, under which it and its log stay when another takes its place."""
    if not target.exists():
        return None
    aside = _free_name(target)
    try:
        os.link(target, aside)
    except OSError:  # not every file system can
        target.replace(aside)
    for end in _LOGS:
        part = target.with_name(target.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    return aside


def _free_name(target: Path) -> Path:
    when = datetime.now(UTC).strftime(_STAMP)
    names = (target.with_name(f"{target.name}.replaced-{when}{f'-{n}' if n else ''}") for n in count())
    return next(name for name in names if not name.exists())


def _file_of(url: str) -> Path:
    if not is_embedded(url):
        raise DatabaseRefused("This is a Postgres database; use pg_dump and pg_restore.")
    return sqlite_path(url)


def _checked(file: Path) -> str:
    """The revision of an undamaged database of watcher's. Raises DatabaseRefused, WatcherError."""
    try:
        revision = revision_in(file)
    except DatabaseRefused:
        revision = ""
    if not revision:
        raise DatabaseRefused(f"{file} is damaged, or no database of watcher's.")
    try:
        with for_reading(file) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{file} is damaged: {error}.") from error
    if found != "ok":
        raise DatabaseRefused(f"{file} is damaged: {found}.")
    return revision
