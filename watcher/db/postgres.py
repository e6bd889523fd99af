"""What only Postgres needs: connection settings, advisory locks, and the other clients."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Table, column, create_engine, event, literal_column, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from watcher.db.failures import as_watcher_error, database_reason

# Give up after half a minute on a server that vanishes without closing its connections. Times in seconds,
# `tcp_user_timeout` in milliseconds.
CONNECTION_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
PING_TIMEOUT_SECONDS = 3
# A daemon that froze in a transaction must not keep its locks for long.
_SESSION_SETTINGS = (
    "SET idle_in_transaction_session_timeout = '20s'; SET lock_timeout = '10s'; SET client_encoding = 'UTF8'"
)
# Whatever copies all rows is idle on one end while it works on the other.
_DISABLE_IDLE_TIMEOUT = text("SET LOCAL idle_in_transaction_session_timeout = 0")
_TRY_TRANSACTION_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_TRY_SESSION_LOCK = text("SELECT pg_try_advisory_lock(:key)")
_RELEASE_SESSION_LOCKS = text("SELECT pg_advisory_unlock_all()")
# Other connections of watcher. A name that `[database] url` sets is every daemon's name.
_OTHER_CONNECTIONS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (application_name ~ '^watcher( |$)' OR application_name = current_setting('application_name'))"
)
_OTHER_NAMES = text(f"SELECT application_name {_OTHER_CONNECTIONS}")
# A name that we generated identifies its process; each connection with another name may be a process.
_OTHER_PROCESSES = text(
    "SELECT count(DISTINCT CASE WHEN application_name ~ '^watcher .+@' THEN application_name "
    f"ELSE CAST(pid AS text) END) {_OTHER_CONNECTIONS} "
    "AND NOT (application_name ~ '^watcher .+@' AND application_name = current_setting('application_name'))"
).columns(column("others"))
_REFRESH_ACTIVITY = text("SELECT pg_stat_clear_snapshot()")
# Checks, 100 ms apart: a client that has just disconnected may still be listed.
_CLIENT_CHECKS = 10
SERVER_CLOCK = select(
    literal_column("CAST(extract(epoch FROM clock_timestamp()) AS double precision)").label("now"),
    _OTHER_PROCESSES.scalar_subquery().label("others"),
)
"""The server's time in seconds since 1970, and the number of other connected processes of watcher."""


def make_postgres_engine(url: str) -> Engine:
    """Return an engine with our time limits; see `open_engine`."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        query_cache_size=500,
        isolation_level="READ COMMITTED",
        connect_args=connection_options(url),
    )
    event.listen(engine, "connect", _configure)
    return engine


def connection_options(url: str | URL) -> dict[str, Any]:
    """Return the driver's options: our time limits and name, overridden by those in the address."""
    # Postgres keeps 63 bytes of the name, and only ASCII.
    name = f"watcher {os.getpid()}@{socket.gethostname()}"
    return CONNECTION_OPTIONS | {"application_name": name} | dict(make_url(url).query)


def why_unreachable(url: str) -> str:
    """Return why no server answers, or why it is just starting or stopping; empty if one answers.

    Such a state passes by itself. A refusal, such as a wrong password or a missing database, does not, and
    is not reported here.
    """
    try:
        from psycopg import ProgrammingError, conninfo, pq  # noqa: PLC0415 - an extra that SQLite does not need
    except ModuleNotFoundError:
        return ""
    place: Any = make_url(url).translate_connect_args(username="user", database="dbname")
    place |= connection_options(url) | {"connect_timeout": PING_TIMEOUT_SECONDS}
    try:
        address = conninfo.make_conninfo(**place)
    except ProgrammingError:  # not an address
        return ""
    if pq.PGconn.ping(address.encode()) not in (pq.Ping.NO_RESPONSE, pq.Ping.REJECT):
        return ""
    try:
        make_postgres_engine(url).connect().close()
    except OperationalError as error:
        return database_reason(as_watcher_error(error))
    return ""


def encoding_of(conn: Connection) -> str:
    """Return the encoding of a database; only UTF8 can hold every title."""
    return str(conn.execute(text("SHOW server_encoding")).scalar_one())


def try_transaction_lock(conn: Connection, task: str) -> bool:
    """Claim a task for the rest of this transaction; False if another transaction holds it.

    Always True on SQLite, where a transaction holds the write lock.
    """
    if conn.dialect.name == "sqlite":
        return True
    return bool(conn.execute(_TRY_TRANSACTION_LOCK, {"key": _lock_number(task)}).scalar())


def try_session_lock(conn: Connection, task: str) -> bool:
    """Claim a task until this connection releases its locks or ends; False if another connection holds it.

    Always True on SQLite, which has one daemon.
    """
    if conn.dialect.name == "sqlite":
        return True
    return bool(conn.execute(_TRY_SESSION_LOCK, {"key": _lock_number(task)}).scalar())


def release_session_locks(conn: Connection) -> None:
    """Release every task that `try_session_lock` claimed on this connection."""
    if conn.dialect.name != "sqlite":
        conn.execute(_RELEASE_SESSION_LOCKS)


def lock_schema(conn: Connection) -> None:
    """Let one process at a time change the schema; a blocked change must not block the others for long.

    A statement that waits longer than 2 s fails with an error that `is_retryable`.
    """
    if conn.dialect.name != "sqlite":
        conn.execute(text("SET lock_timeout = '2s'"))
        conn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _lock_number("schema")})
        conn.commit()


def start_snapshot(conn: Connection) -> None:
    """Let every statement of a transaction, of which this is the first, see the same instant."""
    conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    conn.execute(_DISABLE_IDLE_TIMEOUT)


def lock_tables(conn: Connection, tables: Sequence[Table]) -> None:
    """Let others read these tables, but not write to them until this transaction ends."""
    conn.execute(_DISABLE_IDLE_TIMEOUT)
    conn.execute(text(f"LOCK TABLE {_quoted(conn, tables)} IN EXCLUSIVE MODE"))


def truncate_tables(conn: Connection, tables: Sequence[Table]) -> None:
    """Delete all rows of these tables."""
    conn.execute(text(f"TRUNCATE {_quoted(conn, tables)}"))


def other_clients(conn: Connection, *, wait: bool = False) -> list[str]:
    """Return the other clients of watcher: `PROCESS@MACHINE` each, or `unknown`.

    `wait`: give those that are about to disconnect up to a second.
    """
    for check in range(_CLIENT_CHECKS if wait else 1):
        if check:
            time.sleep(0.1)
            conn.execute(_REFRESH_ACTIVITY)  # a transaction sees one snapshot otherwise
        names = conn.execute(_OTHER_NAMES).scalars().all()
        if not names:
            break
    return sorted({name.partition(" ")[2] or "unknown" for name in names})


def count_other_processes(conn: Connection) -> int:
    """Return the greatest possible number of other processes on the database; 0 on SQLite."""
    return 0 if conn.dialect.name == "sqlite" else int(conn.execute(_OTHER_PROCESSES).scalar_one())


def _configure(connection: Any, _record: object) -> None:
    connection.execute(_SESSION_SETTINGS)
    connection.commit()


def _lock_number(task: str) -> int:
    return int.from_bytes(sha256(f"watcher {task}".encode()).digest()[:8], signed=True)


def _quoted(conn: Connection, tables: Sequence[Table]) -> str:
    return ", ".join(conn.dialect.identifier_preparer.format_table(t) for t in tables)
