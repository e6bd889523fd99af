"""Who works on a database, and being the only one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from watcher.db import engine as engines
from watcher.db.lock_file import AlreadyRunning, Lockfile


def clients_of(url: str) -> list[str]:
    """The processes of watcher that are on a database now, ours not among them: `PROCESS@MACHINE` each.

    `unknown` where Postgres was given another name for them. Raises WatcherError, OSError.
    """
    if engines.is_embedded(url):
        holder = Lockfile(engines.lock_path(url)).holder()
        return [f"{holder}@{socket.gethostname()}"] if holder else []
    engine = engines.connect(url)
    try:
        with engine.connect() as conn:
            ours = f"{os.getpid()}@{socket.gethostname()}"  # what we have just closed is not gone at once
            return [client for client in engines.others_on(conn) if client != ours]
    except SQLAlchemyError as error:
        raise engines.as_watcher_error(error) from error
    finally:
        engine.dispose()


def require_alone(conn: Connection) -> None:
    """Raises AlreadyRunning while others are on a Postgres database; who is about to go is waited for."""
    if others := engines.others_on(conn, patiently=True):
        raise AlreadyRunning(f"Other watchers are on this database: {', '.join(others)}; stop them first.")


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Keep every daemon from an embedded database meanwhile; for Postgres see `require_alone`.

    Raises AlreadyRunning, OSError.
    """
    if not engines.is_embedded(url):
        yield
        return
    lock = Lockfile(engines.lock_path(url))
    lock.take()
    try:
        yield
    finally:
        lock.free()
