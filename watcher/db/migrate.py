"""Bringing a database to this program's schema, or back to an older one."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from watcher.db.clients import lock_out_daemons, require_alone
from watcher.db.engine import is_embedded, open_engine
from watcher.db.failures import as_watcher_error, is_retryable
from watcher.db.postgres import encoding_of, lock_schema
from watcher.db.revisions import (
    DatabaseRefused,
    known_revisions,
    load_alembic,
    refuse_newer,
    revision_at,
    why_not_writable,
)
from watcher.db.schema import HEAD
from watcher.db.sqlite import copy_sqlite_file, create_partial_file, sqlite_path

# Per migration that is blocked by other connections' locks; one second apart.
MIGRATION_ATTEMPTS = 30


def upgrade_schema(url: str, *, unasked: bool = False) -> str:
    """Upgrade the database to HEAD; return what was done in words, empty if nothing.

    An embedded database is copied aside first. `unasked`: the daemon does it at its start, which is refused
    for Postgres. Raises DatabaseRefused, also for a newer database, and WatcherError.
    """
    current = revision_at(url)
    if current == HEAD:
        return ""
    refuse_newer(current)
    if unasked and not is_embedded(url):
        raise DatabaseRefused(_outdated(current))
    copy = _prepare_file(sqlite_path(url), current, HEAD) if is_embedded(url) else ""
    if not (current or is_embedded(url)):
        _require_utf8(url)
    create_schema(url)
    return f"upgraded the database from schema {current or 'none'} to {HEAD}{copy}"


def downgrade_schema(url: str, revision: str) -> str:
    """Take the database back to an older schema; return what was done in words, empty if nothing.

    The downgrades of all migrations run in one transaction. An embedded database is copied aside first.
    Raises DatabaseRefused, AlreadyRunning, WatcherError, OSError.
    """
    known = known_revisions()
    if revision not in known:
        raise DatabaseRefused(
            f'This watcher knows no schema "{revision[:60]}"; it knows {known[-1]} to {known[0]}.'
        )
    current = revision_at(url)
    if not current:
        raise DatabaseRefused("There is no database yet.")
    refuse_newer(current)
    if current == revision:
        return ""
    if known.index(revision) < known.index(current):
        raise DatabaseRefused(
            f"The database has schema {current}, which is older than {revision}. Run: watcher db upgrade"
        )
    with lock_out_daemons(url):
        copy = _prepare_file(sqlite_path(url), current, revision) if is_embedded(url) else ""
        _downgrade(url, revision)
    return f"took the database back from schema {current} to {revision}{copy}"


def create_schema(url: str, revision: str = "head") -> None:
    """Create or upgrade the tables up to a revision. Raises WatcherError."""
    command, _, config = load_alembic()

    def upgrade(conn: Connection) -> None:
        config.attributes["connection"] = conn
        command.upgrade(config, revision)

    # If two commands upgrade at once, the second one fails and finds everything done.
    _migrate(url, upgrade, is_done=lambda: revision == "head" and revision_at(url) == HEAD)


def require_current_schema(url: str) -> None:
    """Make sure the database has this program's schema; create it in an empty embedded database.

    Raises DatabaseRefused with what to do, and WatcherError.
    """
    current = revision_at(url)
    if not current and is_embedded(url):
        upgrade_schema(url)
        return
    refuse_newer(current)
    if current != HEAD:
        raise DatabaseRefused(_outdated(current))
    if is_embedded(url) and (why := why_not_writable(sqlite_path(url))):
        raise DatabaseRefused(why)


def _outdated(revision: str) -> str:
    return f"The database has schema {revision or 'none'}, this watcher needs {HEAD}. Run: watcher db upgrade"


def _require_utf8(url: str) -> None:
    engine = open_engine(url)
    try:
        with engine.connect() as conn:
            encoding = encoding_of(conn)
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    finally:
        engine.dispose()
    if encoding != "UTF8":
        raise DatabaseRefused(
            f"The database stores text as {encoding}, which cannot hold every title; "
            "create one with: createdb --encoding UTF8 --template template0"
        )


def _prepare_file(path: Path, revision: str, target: str) -> str:
    """Make room for an embedded database, or copy the existing one aside; return where to, in words."""
    if why := why_not_writable(path):
        raise DatabaseRefused(why)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseRefused(
            f"The database's directory {path.parent} cannot be created: {error.strerror}."
        ) from error
    return f"; the old one is kept as {_copy_aside(path, revision, target)}" if revision else ""


def _copy_aside(path: Path, revision: str, target: str) -> Path:
    aside = path.with_name(f"{path.name}.before-{target}-from-{revision}")
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise DatabaseRefused(
            f"The disk has no room to copy {path} aside first; free some space and start again."
        )
    partial: Path | None = None
    try:
        partial = create_partial_file(aside)
        copy_sqlite_file(path, partial)
        partial.replace(aside)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseRefused(f"{path} could not be copied aside first: {error}.") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
    return aside


def _downgrade(url: str, revision: str) -> None:
    command, _, config = load_alembic()

    def downgrade(conn: Connection) -> None:
        config.attributes["connection"] = conn
        with conn.begin():  # one for all steps, so that a failure leaves the schema as it was
            if conn.dialect.name != "sqlite":
                require_alone(conn)
            command.downgrade(config, revision)

    _migrate(url, downgrade, is_done=lambda: False)


def _migrate(url: str, migration: Callable[[Connection], None], is_done: Callable[[], bool]) -> None:
    """Run a migration; repeat it if others' locks block it. Raises WatcherError unless it `is_done`."""
    engine = open_engine(url)
    try:
        for attempts_left in reversed(range(MIGRATION_ATTEMPTS)):
            try:
                with engine.connect() as conn:
                    lock_schema(conn)
                    migration(conn)
            except SQLAlchemyError as error:
                if is_done():
                    return
                if not (attempts_left and is_retryable(error)):
                    raise as_watcher_error(error) from error
                time.sleep(1.0)
            else:
                return
    finally:
        engine.dispose()
