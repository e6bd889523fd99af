"""Which processes use a database, and how a change makes sure that none does."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from watcher.db.engine import is_embedded, open_engine
from watcher.db.failures import as_watcher_error
from watcher.db.lock_file import AlreadyRunning, LockFile
from watcher.db.postgres import other_clients
from watcher.db.sqlite import lock_path, sqlite_path


def clients_of(url: str) -> list[str]:
    """Return the other processes of watcher that use a database: `PROCESS@MACHINE` each.

    `unknown` for a Postgres connection with another name. Raises WatcherError, OSError.
    """
    if is_embedded(url):
        holder = LockFile(lock_path(url)).holder()
        return [f"{holder}@{socket.gethostname()}"] if holder else []
    engine = open_engine(url)
    try:
        with engine.connect() as conn:
            # A connection that this process has just closed may still be listed.
            ours = f"{os.getpid()}@{socket.gethostname()}"
            return [client for client in other_clients(conn) if client != ours]
    except SQLAlchemyError as error:
        raise as_watcher_error(error) from error
    finally:
        engine.dispose()


def require_alone(conn: Connection) -> None:
    """Raise AlreadyRunning if others use a Postgres database; wait a second for those that disconnect."""
    if others := other_clients(conn, wait=True):
        raise AlreadyRunning(f"Other watchers use this database: {', '.join(others)}; stop them first.")


@contextmanager
def lock_out_daemons(url: str) -> Iterator[None]:
    """Keep daemons from an embedded database during the block; for Postgres see `require_alone`.

    Raises AlreadyRunning, OSError.
    """
    if not is_embedded(url):
        yield
        return
    lock = LockFile(lock_path(url))
    lock.acquire()
    try:
        lock.hold(sqlite_path(url))
        yield
    finally:
        lock.release()
