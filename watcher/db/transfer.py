"""All rows of one database into another of the other kind: moving to Postgres, and Postgres's backups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from watcher.db import engine as engines
from watcher.db.migrate import DatabaseRefused, bring_up, make_at, refuse_newer, revision_at
from watcher.db.schema import HEAD, metadata, outbox, searches
from watcher.db.sessions import require_alone

_BATCH = 2_000
_VERSION = "alembic_version"


def export_rows(url: str, file: Path) -> None:
    """Copy a Postgres database, as it is at one instant, to a SQLite file that is not there yet.

    Raises DatabaseRefused, WatcherError.
    """
    copy = f"sqlite:///{file}"
    make_at(copy, revision_at(url))
    with _opened(url) as source, _opened(copy) as target:
        engines.see_one_instant(source)
        _pour(source, target, [t.name for t in _tables(target)])


def pour_in(file: Path, url: str, instead: Callable[[], object] | None = None) -> dict[str, int]:
    """Copy a SQLite file into a Postgres database, all or nothing; how many each table got.

    The rows that are there already are replaced where `instead` is given, which keeps them elsewhere first
    while nobody may change them; else there may be none.
    Raises DatabaseRefused, AlreadyRunning, WatcherError.
    """
    found = revision_at(url)
    refuse_newer(found)
    if not found:
        bring_up(url)
    elif found != HEAD:
        raise DatabaseRefused(f"The database has schema {found}; copy to an empty one.")
    with _opened(f"sqlite:///{file}") as source, _opened(url) as target:
        require_alone(target)
        engines.freeze(target, tables := _tables(target, metadata.tables))
        if instead is not None:
            instead()
            engines.truncate(target, tables)
        counts = _pour(source, target, metadata.tables)
        for table in (searches, outbox):  # who held them is no more
            target.execute(table.update().where(table.c.lease != "").values(lease="", lease_until=0.0))
        return counts


def has_rows(url: str) -> bool:
    """Whether there is a row in any table. Raises WatcherError."""
    with _opened(url) as conn:
        return any(conn.execute(select(t).limit(1)).first() for t in _tables(conn, metadata.tables))


def _pour(source: Connection, target: Connection, names: Collection[str]) -> dict[str, int]:
    counts = {}
    for table in _tables(source, names):
        if _count(target, table):
            raise DatabaseRefused(f"There are rows in {table.name} already; copy to an empty database.")
        rows = source.execution_options(yield_per=_BATCH).execute(select(table))
        for part in rows.partitions():
            engines.fill(target, table, part)
        counts[table.name] = _count(source, table)
        arrived = _count(target, table)
        if arrived != counts[table.name]:
            raise DatabaseRefused(
                f"{arrived} of {counts[table.name]} rows of {table.name} arrived; nothing was kept."
            )
        # A number that was given once is given to nothing else, here as there.
        if number := table.autoincrement_column is not None and engines.last_number(source, table):
            engines.go_on_from(target, table, number)
    return counts


def _tables(conn: Connection, names: Collection[str] = ()) -> list[Table]:
    """The tables of these names, or all, as they are in this schema, each after those that it refers to.

    What else stands in a database is somebody else's.
    """
    found = MetaData()
    found.reflect(conn, only=lambda name, _: name in names if names else name != _VERSION)
    return found.sorted_tables


def _count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """One connection in one transaction, which is kept unless the block fails. Raises WatcherError."""
    engine = engines.connect(url)
    try:
        with engine.connect() as conn, conn.begin():
            yield conn
    except SQLAlchemyError as error:
        raise engines.as_watcher_error(error) from error
    finally:
        engine.dispose()
