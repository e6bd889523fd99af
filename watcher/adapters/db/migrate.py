"""Bringing a database to this program's schema; Alembic is imported only where something is to be done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from watcher.adapters.db.engine import as_watcher_error, backup_sqlite, connect, is_embedded, sqlite_path
from watcher.adapters.db.schema import HEAD

_PACKAGE = Path(__file__).resolve().parents[2]


class DatabaseRefused(Exception):  # noqa: N818 - it reads as what happened
    """The database cannot be used by this program; the sentence says why and what to do."""


def revision_of(engine: Engine) -> str:
    """The schema's revision; empty for an empty database. Raises WatcherError, DatabaseRefused."""
    try:
        tables = set(inspect(engine).get_table_names())
        if "alembic_version" in tables:
            with engine.connect() as conn:
                return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    if tables:
        raise DatabaseRefused(
            "The database holds tables that are not watcher's; give it a database of its own."
        )
    return ""


def bring_up(url: str, *, unasked: bool = False) -> str:
    """Upgrade the database to HEAD; what was done in words, empty if nothing.

    `unasked`: the daemon does so at its start, which is right for an embedded database alone. An embedded
    one is copied aside first. A database newer than the program is refused.
    """
    if is_embedded(url):
        _make_room(sqlite_path(url))
    engine = connect(url)
    try:
        now = revision_of(engine)
        if now == HEAD:
            return ""
        if now and now not in _known_revisions():
            raise DatabaseRefused(_newer(now))
        if unasked and not is_embedded(url):
            raise DatabaseRefused(
                f"The database has schema {now or 'none'}, this watcher needs {HEAD}. Run: watcher db upgrade"
            )
        copy = _copy_aside(url, now) if now and is_embedded(url) else ""
        _upgrade(engine)
        return f"upgraded the database from schema {now or 'none'} to {HEAD}{copy}"
    finally:
        engine.dispose()


def require(url: str) -> None:
    """Make sure the database has this program's schema; an empty embedded one is given it.

    Raises DatabaseRefused with what to do, and WatcherError.
    """
    if is_embedded(url) and not sqlite_path(url).exists():
        bring_up(url)
        return
    engine = connect(url)
    try:
        now = revision_of(engine)
    finally:
        engine.dispose()
    if now == HEAD:
        return
    if not now and is_embedded(url):
        bring_up(url)
        return
    if now and now not in _known_revisions():
        raise DatabaseRefused(_newer(now))
    raise DatabaseRefused(
        f"The database has schema {now or 'none'}, this watcher needs {HEAD}. Run: watcher db upgrade"
    )


def _newer(revision: str) -> str:
    return (
        f"The database has schema {revision}, which is newer than this watcher (schema {HEAD}). "
        "Upgrade watcher, or restore the backup that was made before the upgrade."
    )


def _make_room(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseRefused(
            f"The database's directory {path.parent} cannot be made: {error.strerror}."
        ) from error


def _copy_aside(url: str, revision: str) -> str:
    source = sqlite_path(url)
    target = source.with_name(f"{source.name}.before-{HEAD}-from-{revision}")
    free = shutil.disk_usage(source.parent).free
    if free < 2 * source.stat().st_size:
        raise DatabaseRefused(
            f"The disk has no room to copy {source} aside before the upgrade; free some and start again."
        )
    backup_sqlite(source, target)
    return f"; the old one is kept as {target}"


def _config() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - 340 ms that only an upgrade needs

    config = Config()
    installed, checkout = _PACKAGE / "_migrations", _PACKAGE.parent / "migrations"
    config.set_main_option("script_location", str(installed if installed.is_dir() else checkout))
    config.set_main_option("path_separator", "os")
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see _config

    return {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}


def _upgrade(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415 - see _config

    config = _config()
    try:
        with engine.connect() as conn:
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
