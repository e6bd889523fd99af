"""What a failure of the database means, by the driver's codes and never by its text."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from watcher.core.errors import Code, WatcherError

# SQLSTATE of serialization failure, deadlock and lock timeout: the same transaction may succeed next time.
_RETRYABLE_STATES = frozenset({"40001", "40P01", "55P03"})


def is_connection_lost(error: BaseException) -> bool:
    """Whether the connection broke."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_retryable(error: BaseException) -> bool:
    """Whether the same transaction may succeed if it is run again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _RETRYABLE_STATES


def is_damage(error: BaseException) -> bool:
    """Whether SQLite found the file damaged, or to be no database at all."""
    return isinstance(error, DBAPIError) and sqlite_code_of(error.orig) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def sqlite_code_of(error: BaseException | None) -> int:
    """Return the primary result code of an SQLite error, 0 if it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def as_watcher_error(error: Exception) -> WatcherError:
    """Return the public error for a database failure; the cause stays chained for the log."""
    if isinstance(error, WatcherError):
        return error
    unreachable = isinstance(error, OperationalError) or is_connection_lost(error)
    public = WatcherError(Code.DATABASE_CONNECTION_FAILED if unreachable else Code.DATABASE_QUERY_FAILED)
    public.__cause__ = error
    return public


def database_reason(error: WatcherError) -> str:
    """Return the driver's own words for a failure, such as "database is locked", in one line."""
    cause = error.__cause__
    text = cause.orig if isinstance(cause, DBAPIError) else cause if isinstance(cause, sqlite3.Error) else ""
    return " ".join(str(text).partition("\n")[0].split()).rstrip(".") or str(error)
