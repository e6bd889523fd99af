"""Copying all rows to a database of the other kind: the move to Postgres, and backups of Postgres."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from watcher.db.clients import require_alone
from watcher.db.engine import continue_numbering, insert_rows, last_row_number, open_engine
from watcher.db.failures import as_watcher_error
from watcher.db.migrate import create_schema, upgrade_schema
from watcher.db.postgres import lock_tables, start_snapshot, truncate_tables
from watcher.db.revisions import DatabaseRefused, refuse_newer, revision_at
from watcher.db.schema import HEAD, metadata, outbox, searches

_ROWS_PER_BATCH = 2_000
_VERSION_TABLE = "alembic_version"


def export_rows(url: str, file: Path) -> None:
    """Copy a Postgres database, as it is at one instant, to a new SQLite file.

    Raises DatabaseRefused, WatcherError.
    """
    copy = f"sqlite:///{file}"
    create_schema(copy, revision_at(url))
    with _transaction(url) as source, _transaction(copy) as target:
        start_snapshot(source)
        _copy_rows(source, target, [t.name for t in _tables(target)])


def import_rows(file: Path, url: str, save_old: Callable[[], object] | None = None) -> dict[str, int]:
    """Copy an SQLite file into a Postgres database, all or nothing; return the number of rows per table.

    Without `save_old` the database must hold no rows. Otherwise its rows are replaced, after `save_old` has
    run while they cannot change.
    Raises DatabaseRefused, AlreadyRunning, WatcherError.
    """
    found = revision_at(url)
    refuse_newer(found)
    if not found:
        upgrade_schema(url)
    elif found != HEAD:
        raise DatabaseRefused(f"The database has schema {found}; copy to an empty one.")
    with _transaction(f"sqlite:///{file}") as source, _transaction(url) as target:
        require_alone(target)
        lock_tables(target, tables := _tables(target, metadata.tables))
        if save_old is not None:
            save_old()
            truncate_tables(target, tables)
        counts = _copy_rows(source, target, metadata.tables)
        for table in (searches, outbox):  # the holders of these leases do not use the new database
            target.execute(table.update().where(table.c.lease != "").values(lease="", lease_until=0.0))
        return counts


def has_rows(url: str) -> bool:
    """Whether any table has a row. Raises WatcherError."""
    with _transaction(url) as conn:
        return any(conn.execute(select(t).limit(1)).first() for t in _tables(conn, metadata.tables))


def _copy_rows(source: Connection, target: Connection, names: Collection[str]) -> dict[str, int]:
    counts = {}
    for table in _tables(source, names):
        if _count_rows(target, table):
            raise DatabaseRefused(f"There are rows in {table.name} already; copy to an empty database.")
        rows = source.execution_options(yield_per=_ROWS_PER_BATCH).execute(select(table))
        for batch in rows.partitions():
            insert_rows(target, table, batch)
        counts[table.name] = _count_rows(source, table)
        arrived = _count_rows(target, table)
        if arrived != counts[table.name]:
            raise DatabaseRefused(
                f"{arrived} of {counts[table.name]} rows of {table.name} arrived; nothing was kept."
            )
        # An id that was used once is never used again, in the new database too.
        if number := table.autoincrement_column is not None and last_row_number(source, table):
            continue_numbering(target, table, number)
    return counts


def _tables(conn: Connection, names: Collection[str] = ()) -> list[Table]:
    """Return the existing tables of these names, or all, each after those that it refers to."""
    found = MetaData()
    found.reflect(conn, only=lambda name, _: name in names if names else name != _VERSION_TABLE)
    return found.sorted_tables


def _count_rows(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


@contextmanager
def _transaction(url: str) -> Iterator[Connection]:
    """Open one connection with one transaction, committed unless the block fails. Raises WatcherError."""
    engine = open_engine(url)
    try:
        with engine.connect() as conn, conn.begin():
            yield conn
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    finally:
        engine.dispose()
