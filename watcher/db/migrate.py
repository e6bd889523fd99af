"""Bringing a database to this program's schema; Alembic is imported only where something is to be done."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from watcher.core.errors import Code, WatcherError
from watcher.db.engine import (
    as_watcher_error,
    backup_sqlite,
    connect,
    encoding_of,
    error_code_of,
    for_reading,
    is_embedded,
    is_passing,
    new_file,
    patient_with_locks,
    sqlite_path,
)
from watcher.db.schema import HEAD
from watcher.db.sessions import locked, require_alone

# So often a migration is begun again that others' locks were in the way of, a second apart.
MIGRATION_ATTEMPTS = 30
# What SQLite says of the world around a file, and not of what is in it.
_PASSING = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)
_PACKAGE = Path(__file__).resolve().parents[1]
_VERSION = "SELECT version_num FROM alembic_version"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
# What every schema of ours has.
_OURS = frozenset({"searches", "watches", "outbox"})


class DatabaseRefused(Exception):
    """The database cannot be used by this program; the sentence says why and what to do."""


def revision_at(url: str) -> str:
    """The schema's revision, read without leaving a trace; empty where there is no database or an empty one.

    Raises DatabaseRefused for what is no database of watcher's, and WatcherError.
    """
    if is_embedded(url):
        return revision_in(sqlite_path(url))
    try:
        engine = connect(url)
    except ModuleNotFoundError as error:
        raise DatabaseRefused("Postgres needs its driver: pip install 'watcher[postgres]'.") from error
    try:
        return _revision_of(engine)
    finally:
        engine.dispose()


def bring_up(url: str, *, unasked: bool = False) -> str:
    """Upgrade the database to HEAD; what was done in words, empty if nothing.

    `unasked`: the daemon does so at its start, which is right for an embedded database alone. An embedded
    one is copied aside first. Raises DatabaseRefused, for a newer one too, and WatcherError.
    """
    now = revision_at(url)
    if now == HEAD:
        return ""
    refuse_newer(now)
    if unasked and not is_embedded(url):
        raise DatabaseRefused(_older(now))
    copy = _prepare(sqlite_path(url), now, HEAD) if is_embedded(url) else ""
    engine = connect(url)
    try:
        if not (now or is_embedded(url)):
            _require_utf8(engine)
        _upgrade(engine, url)
    finally:
        engine.dispose()
    return f"upgraded the database from schema {now or 'none'} to {HEAD}{copy}"


def bring_down(url: str, revision: str) -> str:
    """Take the database back to an older schema of ours; what was done in words, empty if nothing.

    By the migrations' own ways back, all of them or none. An embedded one is copied aside first.
    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    known = _known_revisions()
    if revision not in known:
        raise DatabaseRefused(
            f'This watcher knows no schema "{revision[:60]}"; it knows {known[-1]} to {known[0]}.'
        )
    now = revision_at(url)
    if not now:
        raise DatabaseRefused("There is no database yet.")
    refuse_newer(now)
    if now == revision:
        return ""
    if known.index(revision) < known.index(now):
        raise DatabaseRefused(
            f"The database has schema {now}, which is older than {revision}. Run: watcher db upgrade"
        )
    with locked(url):
        copy = _prepare(sqlite_path(url), now, revision) if is_embedded(url) else ""
        engine = connect(url)
        try:
            _downgrade(engine, revision)
        finally:
            engine.dispose()
    return f"took the database back from schema {now} to {revision}{copy}"


def make_at(url: str, revision: str) -> None:
    """Make a new embedded database of an older schema, or ours. Raises WatcherError."""
    engine = connect(url)
    try:
        _upgrade(engine, url, revision)
    finally:
        engine.dispose()


def require(url: str) -> None:
    """Make sure the database has this program's schema; an empty embedded one is given it.

    Raises DatabaseRefused with what to do, and WatcherError.
    """
    now = revision_at(url)
    if not now and is_embedded(url):
        bring_up(url)
        return
    refuse_newer(now)
    if now != HEAD:
        raise DatabaseRefused(_older(now))
    if is_embedded(url) and (why := obstacle_to(sqlite_path(url))):
        raise DatabaseRefused(why)


def refuse_newer(revision: str, what: str = "The database") -> None:
    """Raises DatabaseRefused for a revision that this program does not know."""
    if age_of(revision) == "newer":
        raise DatabaseRefused(
            f"{what} has schema {revision}, which is newer than this watcher (schema {HEAD}). "
            "Upgrade watcher, or restore the backup that was made before the upgrade."
        )


def age_of(revision: str) -> str:
    """What a schema is beside this program's: `none`, `older`, `current` or `newer`."""
    if not revision or revision == HEAD:
        return "current" if revision else "none"
    return "older" if revision in _known_revisions() else "newer"


def obstacle_to(path: Path) -> str:
    """Why an embedded database cannot be written to, or made, in a sentence; empty where nothing is known."""
    if path.is_symlink() and not path.exists():
        return f"{path} leads to {os.path.realpath(path)}, which is not there; is its disk mounted?"
    if path.exists() and not os.access(path, os.W_OK):
        return f"{path} cannot be written to: it is read-only for this user."
    place = path.parent
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        return f"{path} cannot be made: {place} is no directory."
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{path} cannot be written to: this user may not write in {place}, where its log has to be."
    return ""


def revision_in(path: Path) -> str:
    """The same of a SQLite file."""
    try:
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return ""
        if not path.is_file():
            raise DatabaseRefused(f"{path} is no file; [database] url has to name one.")
        if not os.access(path, os.R_OK):
            raise DatabaseRefused(f"{path} cannot be read by this user.")
        return _read_revision(path)
    except OSError as error:
        raise DatabaseRefused(f"{path} cannot be looked at: {error.strerror}.") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _as_refusal(path, error) from error


def damage_in(path: Path) -> str:
    """What is wrong with the pages of a SQLite file, read without leaving a trace; empty where nothing is.

    Raises WatcherError where that cannot be told now.
    """
    try:
        with for_reading(path) as opened:
            found = str(opened.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except UnicodeDecodeError:  # in SQLite's own words about a name that is damaged
        return "its schema cannot be read"
    except sqlite3.Error as error:
        if error_code_of(error) in _PASSING:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED, f"{path} cannot be read: {error}.") from error
        return str(error)
    return "" if found == "ok" else " ".join(found.split())


def _read_revision(path: Path) -> str:
    with for_reading(path) as opened:
        tables = {row[0] for row in opened.execute(_TABLES)}
        version = opened.execute(_VERSION).fetchone() if "alembic_version" in tables else None
    return _revision(tables, version[0] if version else None)


def _as_refusal(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> Exception:
    """What SQLite said of a file, by its code; it cannot even say what is wrong with a damaged name."""
    code = error_code_of(error)
    if code == sqlite3.SQLITE_NOTADB:
        return DatabaseRefused(f"{path} is no SQLite database.")
    if code == sqlite3.SQLITE_CORRUPT or isinstance(error, UnicodeDecodeError):
        return DatabaseRefused(f"{path} is damaged; put a backup in its place with `watcher db restore`.")
    return WatcherError(Code.DATABASE_CONNECTION_FAILED)


def _revision_of(engine: Engine) -> str:
    try:
        tables = set(inspect(engine).get_table_names())
        if "alembic_version" not in tables:
            return _revision(tables, None)
        with engine.connect() as conn:
            return _revision(tables, conn.execute(text(_VERSION)).scalar())
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error


def _revision(tables: set[str], version: object) -> str:
    others = tables - {"alembic_version"}
    if others if version is None else not others >= _OURS:
        raise DatabaseRefused(
            "The database holds tables that are not watcher's; give it a database of its own."
        )
    return str(version or "")


def _older(revision: str) -> str:
    return f"The database has schema {revision or 'none'}, this watcher needs {HEAD}. Run: watcher db upgrade"


def _require_utf8(engine: Engine) -> None:
    try:
        with engine.connect() as conn:
            encoding = encoding_of(conn)
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    if encoding != "UTF8":
        raise DatabaseRefused(
            f"The database keeps text as {encoding}, which cannot hold every title; "
            "make one with: createdb --encoding UTF8 --template template0"
        )


def _prepare(path: Path, revision: str, to: str) -> str:
    """Make room for an embedded database, or copy the one that is there aside; where to, in words."""
    if why := obstacle_to(path):
        raise DatabaseRefused(why)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseRefused(
            f"The database's directory {path.parent} cannot be made: {error.strerror}."
        ) from error
    return f"; the old one is kept as {_copy_aside(path, revision, to)}" if revision else ""


def _copy_aside(source: Path, revision: str, to: str) -> Path:
    target = source.with_name(f"{source.name}.before-{to}-from-{revision}")
    if shutil.disk_usage(source.parent).free < 2 * source.stat().st_size:
        raise DatabaseRefused(
            f"The disk has no room to copy {source} aside first; free some and start again."
        )
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        new_file(partial)
        backup_sqlite(source, partial)
        partial.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseRefused(f"{source} could not be copied aside first: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _config() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - 340 ms that only an upgrade needs

    config = Config()
    installed, checkout = _PACKAGE / "_migrations", _PACKAGE.parent / "migrations"
    config.set_main_option("script_location", str(installed if installed.is_dir() else checkout))
    config.set_main_option("path_separator", "os")
    return config


def _known_revisions() -> list[str]:
    """The newest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see _config

    return [s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()]


def _upgrade(engine: Engine, url: str, to: str = "head") -> None:
    from alembic import command  # noqa: PLC0415 - see _config

    config = _config()

    def work(conn: Connection) -> None:
        config.attributes["connection"] = conn
        command.upgrade(config, to)

    # Two first commands at once: the other one was quicker, and all is done.
    _patiently(engine, work, done=lambda: to == "head" and revision_at(url) == HEAD)


def _downgrade(engine: Engine, to: str) -> None:
    from alembic import command  # noqa: PLC0415 - see _config

    config = _config()

    def work(conn: Connection) -> None:
        config.attributes["connection"] = conn
        with conn.begin():  # one for all steps: nothing is left between two schemas
            if conn.dialect.name != "sqlite":
                require_alone(conn)
            command.downgrade(config, to)

    _patiently(engine, work, done=lambda: False)


def _patiently(engine: Engine, work: Callable[[Connection], None], done: Callable[[], bool]) -> None:
    """Migrate, again while locks of others are in the way, unless it is `done` then. Raises WatcherError."""
    for tries in reversed(range(MIGRATION_ATTEMPTS)):
        try:
            with engine.connect() as conn:
                patient_with_locks(conn)
                work(conn)
        except SQLAlchemyError as error:
            if done():
                return
            if not (tries and is_passing(error)):
                raise as_watcher_error(error) from error
            time.sleep(1.0)
        else:
            return
