"""Backups: made online, checked, and restored with the replaced database kept aside.

A backup is an SQLite file, of Postgres too, so it can be checked and opened anywhere and restored to either.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from stat import S_IMODE
from tempfile import TemporaryDirectory

from watcher.core.errors import WatcherError
from watcher.core.times import Instant
from watcher.db.clients import lock_out_daemons
from watcher.db.contents import refuse_foreign_contents
from watcher.db.engine import is_embedded
from watcher.db.failures import database_reason
from watcher.db.migrate import require_current_schema, upgrade_schema
from watcher.db.restored import forget_sign_ins
from watcher.db.revisions import (
    DatabaseRefused,
    PlaceRefused,
    damage_in,
    refuse_newer,
    revision_at,
    revision_in,
    why_not_writable,
)
from watcher.db.schema import HEAD
from watcher.db.sqlite import copy_sqlite_file, create_partial_file, sqlite_path, vacuum_sqlite_file
from watcher.db.transfer import export_rows, has_rows, import_rows

# In the state directory, for the nightly backups.
BACKUP_DIRECTORY = "backups"
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_DATED_NAME = re.compile(r"watcher-\d{8}T\d{6}Z\.db")
_LOG_SUFFIXES = ("-wal", "-shm")


def back_up(url: str, target: Path) -> int:
    """Copy the database to a new file and check it; return its size in bytes.

    Raises DatabaseRefused, WatcherError, OSError.
    """
    revision = revision_at(url)
    if not revision:
        raise DatabaseRefused(f"There is no database at {_place(url)} yet.")
    refuse_newer(revision)
    if target.exists():
        raise PlaceRefused(f"{target} exists already; name a new file.")
    if not target.parent.is_dir():
        raise PlaceRefused(f"There is no directory {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PlaceRefused(f"{target} cannot be created: this user may not write in {target.parent}.")
    what = _place(url) if is_embedded(url) else "The database"
    with checked_copy(lambda copy: _copy(url, copy), target, f"{what} could not be copied") as copy:
        copy.replace(target)
    return target.stat().st_size


def dated_backup(directory: Path, now: datetime) -> Path:
    """Return the name for a backup that is made now."""
    return directory / f"watcher-{now.astimezone(UTC).strftime(_TIME_FORMAT)}.db"


def rotate_backups(directory: Path, keep: int, made: Path) -> int:
    """Delete all but `made` and the `keep - 1` others named by `dated_backup`; return how many were deleted.

    Those from a clock that was ahead go first, then the oldest. Unfinished copies that are older than a day
    go too. Raises OSError.
    """
    others = [p for p in _dated_backups(directory) if p.name != made.name]
    others.sort(key=lambda p: (p.name < made.name, p.name))
    old = others[: max(0, len(others) - keep + 1)]
    for backup in old:
        backup.unlink()
    yesterday = dated_backup(directory, datetime.now(UTC) - timedelta(days=1)).name
    for unfinished in directory.glob("watcher-*.db.*partial*"):
        if _DATED_NAME.match(unfinished.name) and unfinished.name < yesterday:
            unfinished.unlink()
    return len(old)


def newest_backup(directory: Path) -> Path | None:
    """Return the newest backup named by `dated_backup`, None if there is none."""
    return next(reversed(_dated_backups(directory)), None)


def _dated_backups(directory: Path) -> list[Path]:
    return sorted(p for p in directory.glob("watcher-*.db") if _DATED_NAME.fullmatch(p.name) and p.is_file())


def restore_backup(url: str, source: Path, state: Path) -> Path | None:
    """Replace the database by a backup; return where the old one is kept, None if there was none.

    It has no session, sign-in link, answer to a repeated request or event of the backup.
    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    if not is_embedded(url):
        return _restore_postgres(url, source, state)
    target = sqlite_path(url)
    if target.exists() and source.samefile(target):
        raise PlaceRefused(f"{source} is the database itself.")
    revision = _revision_of_undamaged(source)
    refuse_newer(revision, str(source))
    if why := why_not_writable(target):
        raise DatabaseRefused(why)
    with lock_out_daemons(url):
        target.parent.mkdir(parents=True, exist_ok=True)
        failed = f"{source} could not be restored"

        def fill(copy: Path) -> None:
            copy_sqlite_file(source, copy, read_only=True)

        with checked_copy(fill, target, failed) as copy:
            refuse_foreign_contents(copy, revision, source)
            forget_sign_ins(copy, _now())
            if target.exists():
                _copy_owner_and_mode(target, copy)
            aside = _keep_aside(target)
            copy.replace(target)
        return aside


def move_to_postgres(url: str, target: str) -> dict[str, int]:
    """Copy an embedded database that no daemon uses to an empty Postgres; return the row count per table.

    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    if not is_embedded(url):
        raise DatabaseRefused(
            "The database is a Postgres already; `watcher db copy` moves an SQLite file there."
        )
    if is_embedded(target):
        raise PlaceRefused('--to wants a Postgres: "postgresql://USER@HOST/NAME".')
    require_current_schema(url)
    with lock_out_daemons(url):
        return import_rows(sqlite_path(url), target)


def vacuum_database(url: str) -> int:
    """Rewrite an embedded database to drop its unused pages; return the bytes released. No daemon may use it.

    Raises DatabaseRefused, AlreadyRunning, OSError.
    """
    if not is_embedded(url):
        raise DatabaseRefused("Postgres releases unused space by itself (autovacuum).")
    path = sqlite_path(url)
    with lock_out_daemons(url):
        try:
            before = path.stat().st_size
            vacuum_sqlite_file(path)
            return before - path.stat().st_size
        except sqlite3.Error as error:
            raise DatabaseRefused(f"{path} could not be rewritten: {error}.") from error


def _restore_postgres(url: str, source: Path, state: Path) -> Path | None:
    """Replace the rows of a Postgres database by a backup; return the file with the old ones, if any."""
    revision = _revision_of_undamaged(source)
    refuse_newer(revision, str(source))
    found, aside = revision_at(url), None
    if found and has_rows(url):
        if found != HEAD:
            raise DatabaseRefused(
                f"The database has schema {found}, this watcher needs {HEAD}: restore to an empty database."
            )
        aside = unused_name(state / "watcher.db", "replaced")
    state.mkdir(parents=True, exist_ok=True)
    # Not next to the backup, whose directory may be read-only.
    with TemporaryDirectory(dir=state) as directory:
        copy = Path(directory) / "watcher.db"
        copy_sqlite_file(source, copy, read_only=True)
        refuse_foreign_contents(copy, revision, source)
        upgrade_schema(f"sqlite:///{copy}")
        forget_sign_ins(copy, _now())
        import_rows(copy, url, partial(back_up, url, aside) if aside else None)
    return aside


def _now() -> Instant:
    return Instant(datetime.now(UTC).timestamp())


def _copy(url: str, copy: Path) -> None:
    if is_embedded(url):
        copy_sqlite_file(sqlite_path(url), copy)
    else:
        export_rows(url, copy)


@contextmanager
def checked_copy(fill: Callable[[Path], None], target: Path, failed: str) -> Iterator[Path]:
    """Yield a checked and synced copy next to `target`, without a log; delete it unless it was renamed.

    Raises DatabaseRefused, WatcherError, OSError.
    """
    copy = create_partial_file(target)
    try:
        fill(copy)
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("PRAGMA journal_mode = DELETE")
        _revision_of_undamaged(copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        yield copy
    except PlaceRefused as damaged:  # a copy of our own database
        raise DatabaseRefused(str(damaged)) from damaged
    except (sqlite3.Error, WatcherError) as error:
        why = database_reason(error) if isinstance(error, WatcherError) else error
        raise DatabaseRefused(f"{failed}: {why}.") from error
    finally:
        _delete(copy)


def remove_log(file: Path) -> None:
    """Delete the log of an SQLite file, which SQLite would apply to any file in its place."""
    for suffix in _LOG_SUFFIXES:
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _delete(file: Path) -> None:
    for suffix in ("", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    remove_log(file)


def _copy_owner_and_mode(old: Path, new: Path) -> None:
    """Give a file the mode, and if possible the owner, of the one that it replaces."""
    found = old.stat()
    new.chmod(S_IMODE(found.st_mode))
    if not os.geteuid():  # only root can
        os.chown(new, found.st_uid, found.st_gid)


def _keep_aside(target: Path) -> Path | None:
    """Give the database a second name, under which it and its log stay when another file replaces it."""
    if not target.exists():
        remove_log(target)  # of a database that was deleted
        return None
    aside = unused_name(target, "replaced")
    try:
        os.link(target, aside)
    except OSError:  # not every file system has links
        target.replace(aside)
    for suffix in _LOG_SUFFIXES:
        part = target.with_name(target.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def unused_name(target: Path, reason: str) -> Path:
    """Return a name next to `target` that no file has, with a reason and the present time in it."""
    when = datetime.now(UTC).strftime(_TIME_FORMAT)
    names = (target.with_name(f"{target.name}.{reason}-{when}{f'-{n}' if n else ''}") for n in count())
    return next(name for name in names if not name.exists())


def _place(url: str) -> str:
    return str(sqlite_path(url)) if is_embedded(url) else "that address"


def _revision_of_undamaged(file: Path) -> str:
    """Return the revision of an undamaged database of watcher. Raises DatabaseRefused, WatcherError."""
    try:
        revision = revision_in(file)
    except DatabaseRefused:
        revision = ""
    if not revision:
        raise PlaceRefused(f"{file} is damaged, or not a database of watcher.")
    if damage := damage_in(file):
        raise PlaceRefused(f"{file} is damaged: {damage}.")
    return revision
