"""Which schema a database has, and whether its file can be used, read without leaving a trace."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from watcher.core.errors import Code, WatcherError
from watcher.db.engine import is_embedded, open_engine
from watcher.db.failures import as_watcher_error, sqlite_code_of
from watcher.db.schema import HEAD
from watcher.db.sqlite import open_read_only, sqlite_path

# SQLite's codes for problems of access to a file, not of its content.
_TEMPORARY_CODES = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)
_PACKAGE = Path(__file__).resolve().parents[1]
_VERSION = "SELECT version_num FROM alembic_version"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
# Every schema of watcher has these tables.
_OWN_TABLES = frozenset({"searches", "watches", "outbox"})


class DatabaseRefused(Exception):
    """This program cannot use the database; the message says why and what to do."""


class PlaceRefused(DatabaseRefused):
    """The file or database that a command names cannot be used; the message says why and what to do."""


def revision_at(url: str) -> str:
    """Return the schema's revision; an empty text if there is no database or an empty one.

    Raises DatabaseRefused for a database that is not watcher's, and WatcherError.
    """
    if is_embedded(url):
        return revision_in(sqlite_path(url))
    try:
        engine = open_engine(url)
    except ModuleNotFoundError as error:
        raise DatabaseRefused("Postgres needs its driver: pip install 'watcher[postgres]'.") from error
    try:
        tables = set(inspect(engine).get_table_names())
        if "alembic_version" not in tables:
            return _checked_revision(tables, None)
        with engine.connect() as conn:
            return _checked_revision(tables, conn.execute(text(_VERSION)).scalar())
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    finally:
        engine.dispose()


def revision_in(path: Path) -> str:
    """Return the schema's revision in an SQLite file."""
    try:
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return ""
        if not path.is_file():
            raise DatabaseRefused(f"{path} is not a file; [database] url must name one.")
        if not os.access(path, os.R_OK):
            raise DatabaseRefused(f"This user may not read {path}.")
        with open_read_only(path) as opened:
            tables = {row[0] for row in opened.execute(_TABLES)}
            version = opened.execute(_VERSION).fetchone() if "alembic_version" in tables else None
        return _checked_revision(tables, version[0] if version else None)
    except OSError as error:
        raise DatabaseRefused(f"{path} cannot be read: {error.strerror}.") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        code = sqlite_code_of(error)
        if code == sqlite3.SQLITE_NOTADB:
            raise DatabaseRefused(f"{path} is not an SQLite database.") from error
        # A UnicodeDecodeError comes from SQLite's own message about a damaged name.
        if code == sqlite3.SQLITE_CORRUPT or isinstance(error, UnicodeDecodeError):
            raise DatabaseRefused(
                f"{path} is damaged; put a backup in its place with `watcher db restore`."
            ) from error
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED) from error


def refuse_newer(revision: str, what: str = "The database") -> None:
    """Raise DatabaseRefused for a revision that this program does not know."""
    if age_of(revision) == "newer":
        raise DatabaseRefused(
            f"{what} has schema {revision}, which is newer than this watcher (schema {HEAD}). "
            "Upgrade watcher, or restore the backup that was made before the upgrade."
        )


def age_of(revision: str) -> str:
    """Compare a schema with this program's: `none`, `older`, `current` or `newer`."""
    if not revision or revision == HEAD:
        return "current" if revision else "none"
    return "older" if revision in known_revisions() else "newer"


def known_revisions() -> list[str]:
    """Return the revisions of this program's migrations, the newest first."""
    _, scripts, _ = load_alembic()
    return [script.revision for script in scripts.walk_revisions()]


def load_alembic() -> tuple[Any, Any, Any]:
    """Return Alembic's commands, and the scripts and configuration of this program's migrations."""
    from alembic import command, config, script  # noqa: PLC0415 - 340 ms and 37 MB that only a migration needs

    settings = config.Config()
    installed, checkout = _PACKAGE / "_migrations", _PACKAGE.parent / "migrations"
    settings.set_main_option("script_location", str(installed if installed.is_dir() else checkout))
    settings.set_main_option("path_separator", "os")
    return command, script.ScriptDirectory.from_config(settings), settings


def why_not_writable(path: Path) -> str:
    """Return why an embedded database cannot be written or created, in a sentence; empty if it can."""
    if path.is_symlink() and not path.exists():
        return f"{path} is a link to {os.path.realpath(path)}, which does not exist; is its disk mounted?"
    if path.exists() and not os.access(path, os.W_OK):
        return f"{path} cannot be written to: it is read-only for this user."
    parent = path.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        return f"{path} cannot be created: {parent} is not a directory."
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"{path} cannot be written to: this user may not write in {parent}, where its log has to be."
    return ""


def damage_in(path: Path) -> str:
    """Return what is wrong with the pages of an SQLite file; empty if nothing is.

    Raises WatcherError if that cannot be found out now.
    """
    try:
        with open_read_only(path) as opened:
            found = str(opened.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except UnicodeDecodeError:  # in SQLite's own message about a damaged name
        return "its schema cannot be read"
    except sqlite3.Error as error:
        if sqlite_code_of(error) in _TEMPORARY_CODES:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED, f"{path} cannot be read: {error}.") from error
        return str(error)
    return "" if found == "ok" else " ".join(found.split())


def _checked_revision(tables: set[str], version: object) -> str:
    others = tables - {"alembic_version"}
    if others if version is None else not others >= _OWN_TABLES:
        raise DatabaseRefused(
            "The database holds tables that are not watcher's; give watcher its own database."
        )
    return str(version or "")
