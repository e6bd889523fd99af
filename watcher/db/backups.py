"""Backups: online, checked, and restored with the old one kept aside.

A backup is a SQLite file, of Postgres too: it can be checked and looked at anywhere, and goes back to either.
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
from watcher.db.engine import (
    backup_sqlite,
    database_reason,
    is_embedded,
    new_file,
    sqlite_path,
    vacuum_sqlite,
)
from watcher.db.migrate import (
    DatabaseRefused,
    bring_up,
    damage_in,
    obstacle_to,
    refuse_newer,
    require,
    revision_at,
    revision_in,
)
from watcher.db.schema import HEAD
from watcher.db.sessions import locked
from watcher.db.transfer import export_rows, has_rows, pour_in

# Where in the state directory the nightly backups are.
BACKUPS = "backups"
_STAMP = "%Y%m%dT%H%M%SZ"
_DATED = re.compile(r"watcher-\d{8}T\d{6}Z\.db")
_LOGS = ("-wal", "-shm")


def back_up(url: str, target: Path) -> int:
    """Copy the database to a new file and check it; its size in bytes.

    Raises DatabaseRefused, WatcherError, OSError.
    """
    revision = revision_at(url)
    if not revision:
        raise DatabaseRefused(f"There is no database at {_place(url)} yet.")
    refuse_newer(revision)
    if target.exists():
        raise DatabaseRefused(f"{target} exists already; name a new file.")
    if not target.parent.is_dir():
        raise DatabaseRefused(f"There is no directory {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise DatabaseRefused(f"{target} cannot be made: this user may not write in {target.parent}.")
    what = _place(url) if is_embedded(url) else "The database"
    with copied(lambda copy: _copy(url, copy), target, f"{what} could not be copied") as copy:
        copy.replace(target)
    return target.stat().st_size


def dated(directory: Path, now: datetime) -> Path:
    """The name of a backup made now in a directory of backups."""
    return directory / f"watcher-{now.astimezone(UTC).strftime(_STAMP)}.db"


def rotate(directory: Path, keep: int, made: Path) -> int:
    """Remove all but `made`, just now, and `keep - 1` others that bear a name of `dated`; how many went.

    What a clock dated that was ahead goes first, then the oldest. Copies that were never finished, since a
    day ago and longer, go too. Raises OSError.
    """
    others = [p for p in _dated_in(directory) if p.name != made.name]
    others.sort(key=lambda p: (p.name < made.name, p.name))
    old = others[: max(0, len(others) - keep + 1)]
    for backup in old:
        backup.unlink()
    yesterday = dated(directory, datetime.now(UTC) - timedelta(days=1)).name
    for left in directory.glob("watcher-*.db.partial*"):
        if _DATED.match(left.name) and left.name < yesterday:
            left.unlink()
    return len(old)


def newest(directory: Path) -> Path | None:
    """The newest backup that bears a name of `dated`, None where there is none."""
    return next(reversed(_dated_in(directory)), None)


def _dated_in(directory: Path) -> list[Path]:
    return sorted(p for p in directory.glob("watcher-*.db") if _DATED.fullmatch(p.name) and p.is_file())


def restore_backup(url: str, source: Path, state: Path) -> Path | None:
    """Put a backup in the database's place; where the old one is kept, None where there was none.

    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    if not is_embedded(url):
        return _restore_shared(url, source, state)
    target = sqlite_path(url)
    if target.exists() and source.samefile(target):
        raise DatabaseRefused(f"{source} is the database itself.")
    refuse_newer(_checked(source), str(source))
    if why := obstacle_to(target):
        raise DatabaseRefused(why)
    with locked(url):
        target.parent.mkdir(parents=True, exist_ok=True)
        failed = f"{source} could not be restored"
        with copied(lambda copy: backup_sqlite(source, copy), target, failed) as copy:
            if target.exists():
                _give_to_owner_of(target, copy)
            aside = _keep_aside(target)
            copy.replace(target)
        return aside


def move(url: str, target: str) -> dict[str, int]:
    """Copy an embedded database, which nobody works on, to an empty Postgres; how many rows of each table.

    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    if not is_embedded(url):
        raise DatabaseRefused(
            "The database is a Postgres already; `watcher db copy` moves a SQLite file there."
        )
    if is_embedded(target):
        raise DatabaseRefused('--to wants a Postgres: "postgresql://USER@HOST/NAME".')
    require(url)
    with locked(url):
        return pour_in(sqlite_path(url), target)


def vacuum_database(url: str) -> int:
    """Write an embedded database, which nobody works on, anew without what is free; how many bytes went.

    Raises DatabaseRefused, AlreadyRunning, OSError.
    """
    if not is_embedded(url):
        raise DatabaseRefused("Postgres gives its space back by itself (autovacuum).")
    path = sqlite_path(url)
    with locked(url):
        try:
            before = path.stat().st_size
            vacuum_sqlite(path)
            return before - path.stat().st_size
        except sqlite3.Error as error:
            raise DatabaseRefused(f"{path} could not be written anew: {error}.") from error


def _restore_shared(url: str, source: Path, state: Path) -> Path | None:
    """Put a backup in the place of what a Postgres database holds; the file that keeps that, if any."""
    refuse_newer(_checked(source), str(source))
    found, aside = revision_at(url), None
    if found and has_rows(url):
        if found != HEAD:
            raise DatabaseRefused(
                f"The database has schema {found}, this watcher makes {HEAD}: restore to an empty database."
            )
        aside = free_name(state / "watcher.db", "replaced")
    state.mkdir(parents=True, exist_ok=True)
    # Beside what is kept, for a backup may stand where nothing can be written.
    with TemporaryDirectory(dir=state) as place:
        ours = Path(place) / "watcher.db"
        backup_sqlite(source, ours)
        bring_up(f"sqlite:///{ours}")
        pour_in(ours, url, partial(back_up, url, aside) if aside else None)
    return aside


def _copy(url: str, copy: Path) -> None:
    if is_embedded(url):
        backup_sqlite(sqlite_path(url), copy)
    else:
        export_rows(url, copy)


@contextmanager
def copied(fill: Callable[[Path], None], target: Path, failed: str) -> Iterator[Path]:
    """A checked copy beside `target`, synced, one file without a log; removed unless it was renamed.

    Raises DatabaseRefused, WatcherError, OSError.
    """
    copy = target.with_name(target.name + ".partial")
    try:
        _remove(copy)
        new_file(copy)
        fill(copy)
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("PRAGMA journal_mode = DELETE")
        _checked(copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        yield copy
    except (sqlite3.Error, WatcherError) as error:
        why = database_reason(error) if isinstance(error, WatcherError) else error
        raise DatabaseRefused(f"{failed}: {why}.") from error
    finally:
        _remove(copy)


def remove_log(file: Path) -> None:
    """Remove the log of a SQLite file, which would be played into whatever stands in its place."""
    for end in _LOGS:
        file.with_name(file.name + end).unlink(missing_ok=True)


def _remove(file: Path) -> None:
    for end in ("", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    remove_log(file)


def _give_to_owner_of(old: Path, new: Path) -> None:
    """Let those use a file who could use the one that it takes the place of."""
    found = old.stat()
    new.chmod(S_IMODE(found.st_mode))
    if not os.geteuid():  # nobody else can
        os.chown(new, found.st_uid, found.st_gid)


def _keep_aside(target: Path) -> Path | None:
    """Give the database a second name, under which it and its log stay when another takes its place."""
    if not target.exists():
        remove_log(target)  # of a database that is gone
        return None
    aside = free_name(target, "replaced")
    try:
        os.link(target, aside)
    except OSError:  # not every file system can
        target.replace(aside)
    for end in _LOGS:
        part = target.with_name(target.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    return aside


def free_name(target: Path, why: str) -> Path:
    """A name beside `target` that no file has, which tells why it is there and since when."""
    when = datetime.now(UTC).strftime(_STAMP)
    names = (target.with_name(f"{target.name}.{why}-{when}{f'-{n}' if n else ''}") for n in count())
    return next(name for name in names if not name.exists())


def _place(url: str) -> str:
    return str(sqlite_path(url)) if is_embedded(url) else "that address"


def _checked(file: Path) -> str:
    """The revision of an undamaged database of watcher's. Raises DatabaseRefused, WatcherError."""
    try:
        revision = revision_in(file)
    except DatabaseRefused:
        revision = ""
    if not revision:
        raise DatabaseRefused(f"{file} is damaged, or no database of watcher's.")
    if damage := damage_in(file):
        raise DatabaseRefused(f"{file} is damaged: {damage}.")
    return revision
