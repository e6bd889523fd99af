"""Connections, and the only place that knows one database from another."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    column,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from watcher.core.errors import Code, WatcherError

BUSY_TIMEOUT_MS = 10_000
# The log may grow beyond this while somebody reads for long; it is cut back when it begins anew.
LOG_BYTES = 32 * 1024 * 1024
# A server that is gone without a word (its machine, the network) is given up after half a minute.
POSTGRES_LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# Seconds in which a server says whether it is there.
PING_WITHIN = 3
# A daemon that froze in a transaction keeps its locks from the others no longer than this.
_POSTGRES_SESSION = (
    "SET idle_in_transaction_session_timeout = '20s'; SET lock_timeout = '10s'; SET client_encoding = 'UTF8'"
)
# What copies all rows is idle on one end while it works on the other.
_WITHOUT_HURRY = text("SET LOCAL idle_in_transaction_session_timeout = 0")
# Two transactions were in each other's way (serialization, deadlock, lock timeout): the same again passes.
_PASSING = frozenset({"40001", "40P01", "55P03"})
# What processes tell each other over Postgres: the name of the work that a commit made.
CHANNEL = "watcher"
_TELL = text("SELECT pg_notify(:channel, :work)")
_FIRST_COME = text("SELECT pg_try_advisory_xact_lock(:key)")
_SEQUENCE = text("SELECT pg_get_serial_sequence(:t, 'id')")
# Who has a name of its own in `[database] url` is known by that.
_OTHERS = text(
    "SELECT application_name FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (application_name ~ '^watcher( |$)' OR application_name = current_setting('application_name'))"
)
# A name from the address is every daemon's: then each connection may be another process.
_PROCESSES = text(
    "SELECT count(DISTINCT CASE WHEN application_name ~ '^watcher .+@' THEN application_name "
    "ELSE CAST(pid AS text) END) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (application_name ~ '^watcher( |$)' OR application_name = current_setting('application_name')) "
    "AND NOT (application_name ~ '^watcher .+@' AND application_name = current_setting('application_name'))"
).columns(column("others"))
_LOOK_AGAIN = text("SELECT pg_stat_clear_snapshot()")
# So often, a tenth of a second apart, is looked for others: who has just gone is still there for a moment.
_LOOKS = 10
SERVER_CLOCK = select(
    literal_column("CAST(extract(epoch FROM clock_timestamp()) AS double precision)").label("now"),
    _PROCESSES.scalar_subquery().label("others"),
)
_ENTER = text("SELECT pg_try_advisory_lock(:key)")
_LEAVE = text("SELECT pg_advisory_unlock_all()")


def connect(url: str, *, existing: bool = False) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; it connects lazily.

    `existing`: a SQLite file that is gone is an error, and no new one is made.

    SQLite: write-ahead log, fsync at every commit, foreign keys, and every transaction takes the write
    lock at its beginning, so that a read in it cannot be outdated by the time it writes.
    Postgres: READ COMMITTED whatever the server's default, so each statement sees the newest commits, and
    what a transaction decides by it locks first.
    """
    if is_embedded(url):
        engine = create_engine(url, poolclass=NullPool, query_cache_size=500)
        if existing:
            event.listen(engine, "do_connect", _open_existing)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    engine = create_engine(
        url,
        poolclass=NullPool,
        query_cache_size=500,
        isolation_level="READ COMMITTED",
        connect_args=postgres_line(url),
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def postgres_line(url: str | URL) -> dict[str, Any]:
    """How to connect to Postgres: by our own limits and name, and what the address says instead."""
    return POSTGRES_LINE | {"application_name": _own_name()} | dict(make_url(url).query)


def _own_name() -> str:
    # Postgres keeps 63 bytes of it, and of other characters than ASCII none.
    return f"watcher {os.getpid()}@{socket.gethostname()}"


def is_embedded(url: str) -> bool:
    """Whether the database is a file of ours, which `watcher run` may upgrade by itself."""
    return make_url(url).get_backend_name() == "sqlite"


def why_away(url: str) -> str:
    """Why no Postgres server answers, or one that just starts or ends, by its driver; empty where one does.

    That passes by itself. What a server answers, that it refuses us or has no such database, does not.
    """
    try:
        from psycopg import ProgrammingError, conninfo, pq  # noqa: PLC0415 - an extra, which SQLite needs not
    except ModuleNotFoundError:
        return ""
    place: Any = make_url(url).translate_connect_args(username="user", database="dbname") | postgres_line(url)
    try:
        asked = conninfo.make_conninfo(**place | {"connect_timeout": PING_WITHIN})
    except ProgrammingError:  # no address at all
        return ""
    if pq.PGconn.ping(asked.encode()) not in (pq.Ping.NO_RESPONSE, pq.Ping.REJECT):
        return ""
    try:
        connect(url).connect().close()
    except OperationalError as error:
        return database_reason(as_watcher_error(error))
    return ""


def sqlite_path(url: str) -> Path:
    """The file of an embedded database, where it really is: its log is beside it there, not beside a link."""
    path = Path(make_url(url).database or "")
    return Path(os.path.realpath(path)) if path.exists() else path


def lock_path(url: str) -> Path:
    """The lock of an embedded database: beside its file, which is what must not have two daemons."""
    path = sqlite_path(url)
    return path.with_suffix(".lock" if path.suffix != ".lock" else ".lock.lock")


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT of the connected database's own dialect, which has `on_conflict_do_update`."""
    return upsert_for(conn.dialect.name, table)


def upsert_for(dialect: str, table: Table) -> Any:
    """The same for a dialect by name: building such a statement costs more than running it, so keep it."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def driver_sql(dialect: str, insert: Any) -> str:
    """An INSERT of every column of its table as the driver takes it, with the columns' names as parameters.

    For many rows: SQLAlchemy would look at each value of each before the driver does. So it converts none,
    and a value that the statement compares with must stand in it: `literal_column("''")`.
    """
    postgres: Any = postgresql.psycopg.dialect
    spoken = sqlite.dialect(paramstyle="named") if dialect == "sqlite" else postgres()
    return str(insert.compile(dialect=spoken, column_keys=[c.name for c in insert.table.columns]))


def storable(conn: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as the database can keep them: Postgres has no text with a NUL in it, JSON from outside may."""
    if conn.dialect.name == "sqlite":
        return rows
    return [{k: v.replace("\0", "") if isinstance(v, str) else v for k, v in row.items()} for row in rows]


def reader(conn: Connection) -> Connection:
    """The same connection for point reads: each statement sees the newest commit."""
    return conn.execution_options(isolation_level="AUTOCOMMIT")


def is_lost(error: BaseException) -> bool:
    """Whether the connection broke."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction is worth another try."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _PASSING


def is_damage(error: BaseException) -> bool:
    """Whether SQLite read what cannot stand in a database of its own."""
    return isinstance(error, DBAPIError) and error_code_of(error.orig) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def error_code_of(error: BaseException | None) -> int:
    """The primary result code of what SQLite raised, 0 where it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def tell(conn: Connection, work: str) -> None:
    """Let every process on a shared database know, once this is committed, that there is work."""
    if conn.dialect.name == "postgresql":
        conn.execute(_TELL, {"channel": CHANNEL, "work": work})


def first_come(conn: Connection, what: str) -> bool:
    """Whether no other transaction of this moment is at `what`; this one is until it ends."""
    if conn.dialect.name == "sqlite":  # it has the write lock
        return True
    return bool(conn.execute(_FIRST_COME, {"key": _lock_number(what)}).scalar())


def enter(conn: Connection, what: str) -> bool:
    """Whether nobody else on the database is at `what`; this connection is until it leaves, or ends."""
    if conn.dialect.name == "sqlite":  # has one daemon
        return True
    return bool(conn.execute(_ENTER, {"key": _lock_number(what)}).scalar())


def leave(conn: Connection) -> None:
    """No longer be at anything."""
    if conn.dialect.name != "sqlite":
        conn.execute(_LEAVE)


def patient_with_locks(conn: Connection) -> None:
    """Change the schema one process at a time, and let nobody queue long behind a change that waits.

    A wait that is too long ends in an error that `is_passing`.
    """
    if conn.dialect.name != "sqlite":
        conn.execute(text("SET lock_timeout = '2s'"))
        conn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _lock_number("schema")})
        conn.commit()


def encoding_of(conn: Connection) -> str:
    """How a Postgres database keeps text: only UTF8 holds all that a title may be made of."""
    return str(conn.execute(text("SHOW server_encoding")).scalar_one())


def see_one_instant(conn: Connection) -> None:
    """Let every statement of a Postgres transaction, of which this is the first, see the same instant."""
    conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    conn.execute(_WITHOUT_HURRY)


def others_on(conn: Connection, *, patiently: bool = False) -> list[str]:
    """Who else of watcher is on a Postgres database: `PROCESS@MACHINE` each, or `unknown`.

    `patiently`: whoever is about to go is waited for, a second at most.
    """
    for look in range(_LOOKS if patiently else 1):
        if look:
            time.sleep(0.1)
            conn.execute(_LOOK_AGAIN)  # a transaction sees the same ones otherwise
        names = conn.execute(_OTHERS).scalars().all()
        if not names:
            break
    return sorted({name.partition(" ")[2] or "unknown" for name in names})


def freeze(conn: Connection, tables: Sequence[Table]) -> None:
    """Let others read these tables of a Postgres database, and not write until this transaction ends."""
    conn.execute(_WITHOUT_HURRY)
    conn.execute(text(f"LOCK TABLE {_quoted(conn, tables)} IN EXCLUSIVE MODE"))


def truncate(conn: Connection, tables: Sequence[Table]) -> None:
    """Delete all rows of these tables of a Postgres database."""
    conn.execute(text(f"TRUNCATE {_quoted(conn, tables)}"))


def _quoted(conn: Connection, tables: Sequence[Table]) -> str:
    return ", ".join(conn.dialect.identifier_preparer.format_table(t) for t in tables)


def fill(conn: Connection, table: Table, rows: Sequence[Any]) -> None:
    """Insert rows that hold every column of a table, in the table's order, as fast as the database can."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(driver_sql("sqlite", table.insert()), [dict(r._mapping) for r in rows])  # noqa: SLF001 - a row's public way
        return
    quote = conn.dialect.identifier_preparer
    columns = ", ".join(quote.format_column(c) for c in table.columns)
    cursor: Any = conn.connection.cursor()
    statement = f"COPY {quote.format_table(table)} ({columns}) FROM STDIN"
    driver: Any = conn.dialect.dbapi
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([v.replace("\0", "") if isinstance(v, str) else v for v in row])
    except driver.Error as error:  # it does not come through SQLAlchemy
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=conn.dialect) from error


def last_number(conn: Connection, table: Table) -> int:
    """The highest number that a table's rows were ever given, as far as it is known."""
    if conn.dialect.name == "sqlite":
        given = conn.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :t"), {"t": table.name})
        return int(given.scalar() or conn.execute(select(func.max(table.c.id))).scalar() or 0)
    name = conn.execute(_SEQUENCE, {"t": table.name}).scalar_one()
    last, called = conn.execute(text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608 - its own name
    return int(last) if called else int(last) - 1


def go_on_from(conn: Connection, table: Table, number: int) -> None:
    """Give the next row of a table a number above this."""
    if conn.dialect.name == "sqlite":
        counted = {"t": table.name, "n": number}
        if not conn.execute(text("UPDATE sqlite_sequence SET seq = :n WHERE name = :t"), counted).rowcount:
            conn.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:t, :n)"), counted)
        return
    conn.execute(text("SELECT setval(pg_get_serial_sequence(:t, 'id'), :n)"), {"t": table.name, "n": number})


def other_processes(conn: Connection) -> int:
    """How many other processes of watcher are on the database at most; a SQLite file has one daemon."""
    return 0 if conn.dialect.name == "sqlite" else int(conn.execute(_PROCESSES).scalar_one())


def _lock_number(what: str) -> int:
    return int.from_bytes(sha256(f"watcher {what}".encode()).digest()[:8], signed=True)


def new_file(path: Path) -> None:
    """Make an empty file that is ours alone, whatever link others have put there. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def for_reading(path: Path) -> closing[sqlite3.Connection]:
    """A connection that leaves no trace. Raises sqlite3.Error."""
    # Opening a database that has a write-ahead log makes the log's files anew; `immutable` does not, and is
    # right as long as there is no log that could hold something newer.
    logged = path.with_name(path.name + "-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    return closing(sqlite3.connect(uri, uri=True))


def backup_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database, consistent even while it is written to. Raises sqlite3.Error, OSError."""
    # Opened to be written it makes a log beside it, which a disk that has become read-only has no room for.
    writable = os.access(source, os.W_OK) and os.access(source.parent, os.W_OK)
    opened = closing(sqlite3.connect(source)) if writable else for_reading(source)
    with opened as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def free_pages(conn: Connection) -> int:
    """How many pages of a SQLite file hold nothing, 0 of anything else."""
    if conn.dialect.name != "sqlite":
        return 0
    return int(conn.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def give_back(conn: Connection, pages: int) -> int:
    """Give free pages at the end of a SQLite file back to the disk; how many went.

    None go from a file that was made without `auto_vacuum`, until a VACUUM.
    """
    before = free_pages(conn)
    if before:
        held: Any = conn.connection.driver_connection
        held.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()  # a row without columns for each page
    return before - free_pages(conn)


def vacuum_sqlite(path: Path) -> None:
    """Write a SQLite file anew without what is free, able to shrink from now on. Raises sqlite3.Error."""
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        _prepare_sqlite(conn, None)
        conn.execute("PRAGMA temp_store = FILE")  # the whole database is written there first
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        conn.execute("VACUUM")
    finally:
        conn.close()


def as_watcher_error(error: Exception) -> WatcherError:
    """The public error of a database failure; the cause stays chained for the log."""
    if isinstance(error, WatcherError):
        return error
    gone = isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    public = WatcherError(Code.DATABASE_CONNECTION_FAILED if gone else Code.DATABASE_QUERY_FAILED)
    public.__cause__ = error
    return public


def database_reason(error: WatcherError) -> str:
    """The driver's own words for a failure, like "database is locked", for whoever mends it."""
    cause = error.__cause__
    said = cause.orig if isinstance(cause, DBAPIError) else cause if isinstance(cause, sqlite3.Error) else ""
    return " ".join(str(said).partition("\n")[0].split()).rstrip(".") or str(error)


def _prepare_postgres(connection: Any, _record: object) -> None:
    connection.execute(_POSTGRES_SESSION)
    connection.commit()


def _open_existing(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> Any:
    return sqlite3.connect(f"{Path(args[0]).absolute().as_uri()}?mode=rw", uri=True, **options)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own implicit BEGIN would be a deferred one.
    connection.isolation_level = None
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        # Before the first page; in a file that has some it would take the write lock each time.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        f"journal_size_limit = {LOG_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    if conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        conn.exec_driver_sql("BEGIN IMMEDIATE")
