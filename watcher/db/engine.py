"""Engines for both databases, and the statements whose form depends on which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from watcher.db.postgres import make_postgres_engine
from watcher.db.sqlite import make_sqlite_engine

_SEQUENCE = text("SELECT pg_get_serial_sequence(:t, 'id')")
_NUMBERS = text("SELECT string_agg(nextval(:name)::text, ' ') FROM generate_series(1, :count)")


def open_engine(url: str, *, existing: bool = False) -> Engine:
    """Return an engine for `sqlite:///path` or `postgresql+psycopg://…`; it connects lazily.

    `existing`: a missing SQLite file is an error, and none is created.

    SQLite: write-ahead log, fsync at every commit, foreign keys. Every transaction takes the write lock when
    it begins, so what it reads cannot be outdated when it writes.
    Postgres: READ COMMITTED whatever the server's default, so each statement sees the newest commits, and
    a transaction locks what it decides by.
    """
    return make_sqlite_engine(url, existing=existing) if is_embedded(url) else make_postgres_engine(url)


def is_embedded(url: str) -> bool:
    """Whether the database is an SQLite file, which `watcher run` may upgrade by itself."""
    return make_url(url).get_backend_name() == "sqlite"


def upsert(conn: Connection, table: Table) -> Any:
    """Return an INSERT of the connected dialect, which has `on_conflict_do_update`."""
    return upsert_for(conn.dialect.name, table)


def upsert_for(dialect: str, table: Table) -> Any:
    """Return such an INSERT for a named dialect. Keep the result: building it costs more than running it."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def driver_sql(dialect: str, insert: Any, without: str = "") -> str:
    """Return the driver's text of an INSERT of every column; the parameters are named as the columns.

    `without`: the column that the database fills in.

    For many rows: SQLAlchemy would convert each value of each row before the driver does. Therefore values
    that the statement compares with must be literal: `literal_column("''")`.
    """
    postgres: Any = postgresql.psycopg.dialect
    names = [c.name for c in insert.table.columns if c.name != without]
    compiled_for = sqlite.dialect(paramstyle="named") if dialect == "sqlite" else postgres()
    return str(insert.compile(dialect=compiled_for, column_keys=names))


def insert_many(conn: Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    """Run a statement of `driver_sql` for rows, if there are any.

    Postgres cannot store NUL characters, which JSON from outside may contain; they are removed.
    """
    if not rows:
        return
    if conn.dialect.name != "sqlite":
        rows = [{k: v.replace("\0", "") if isinstance(v, str) else v for k, v in r.items()} for r in rows]
    conn.exec_driver_sql(statement, rows)


def insert_rows(conn: Connection, table: Table, rows: Sequence[Any]) -> None:
    """Insert rows with every column of a table, in the table's order, as fast as the database can."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(driver_sql("sqlite", table.insert()), [dict(r._mapping) for r in rows])  # noqa: SLF001 - a row's public way
    else:
        _copy_rows(conn, table, [c.name for c in table.columns], rows)


def insert_columns(conn: Connection, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert these columns of rows as fast as the database can; other columns get their defaults."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        # By position: to look the parameters up by their names takes two thirds as long as to insert.
        marks = ", ".join("?" * len(names))
        conn.exec_driver_sql(f"INSERT INTO {_named_columns(conn, table, names)} VALUES ({marks})", rows)  # noqa: S608 - its own names
    else:
        _copy_rows(conn, table, names, rows)


def _named_columns(conn: Connection, table: Table, names: Sequence[str]) -> str:
    quote = conn.dialect.identifier_preparer
    return f"{quote.format_table(table)} ({', '.join(quote.format_column(table.c[name]) for name in names)})"


def _copy_rows(conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Any]) -> None:
    cursor: Any = conn.connection.cursor()
    statement = f"COPY {_named_columns(conn, table, names)} FROM STDIN"
    driver: Any = conn.dialect.dbapi
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                # The driver would write the name of an enumeration's member, not its value.
                copy.write_row([str(v).replace("\0", "") if isinstance(v, str) else v for v in row])
    except driver.Error as error:  # it does not come through SQLAlchemy
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=conn.dialect) from error


def reserve_numbers(conn: Connection, table: Table, count: int) -> Sequence[int]:
    """Return ascending numbers for new rows of a table, which no other row has or will get.

    In a transaction that may write: on SQLite no other process numbers rows before it ends.
    """
    if conn.dialect.name == "sqlite":
        last = last_row_number(conn, table)
        return range(last + 1, last + 1 + count)
    name = conn.execute(_SEQUENCE, {"t": table.name}).scalar_one()
    # As one text: as many rows as there are numbers take ten times as long to read.
    given = conn.execute(_NUMBERS, {"name": name, "count": count}).scalar_one()
    return sorted(map(int, given.split()))


def last_row_number(conn: Connection, table: Table) -> int:
    """Return the highest number that any row of a table has had, as far as the database knows."""
    if conn.dialect.name == "sqlite":
        given = conn.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :t"), {"t": table.name})
        return int(given.scalar() or conn.execute(select(func.max(table.c.id))).scalar() or 0)
    name = conn.execute(_SEQUENCE, {"t": table.name}).scalar_one()
    last, called = conn.execute(text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608 - its own name
    return int(last) if called else int(last) - 1


def continue_numbering(conn: Connection, table: Table, number: int) -> None:
    """Let the next row of a table get a number above this one."""
    if conn.dialect.name == "sqlite":
        counted = {"t": table.name, "n": number}
        if not conn.execute(text("UPDATE sqlite_sequence SET seq = :n WHERE name = :t"), counted).rowcount:
            conn.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:t, :n)"), counted)
        return
    conn.execute(text("SELECT setval(pg_get_serial_sequence(:t, 'id'), :n)"), {"t": table.name, "n": number})
