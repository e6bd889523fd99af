"""Reads with a timeout."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from tests.waiting import PATIENCE
from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.db.database import Database
from watcher.db.engine import open_engine

ONE = text("SELECT 1")
LOCKED = text("SELECT pg_advisory_lock(20)")


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    made = Database(postgres_url)  # reads from a file have no timeout
    yield made
    made.close()


def test_a_read_with_a_timeout_succeeds_and_fails_like_any_other(database: Database) -> None:
    assert database.value(ONE) == 1
    database.set_read_timeout(Seconds(PATIENCE))
    assert database.value(ONE) == 1
    with pytest.raises(WatcherError) as failed:
        database.rows(text("SELECT nothing FROM nowhere"))
    assert failed.value.code is Code.DATABASE_QUERY_FAILED
    assert database.value(ONE) == 1


@pytest.fixture
def lock(postgres_url: str) -> Iterator[Connection]:
    """Yield a connection whose lock the statement `LOCKED` waits for, until the connection is closed."""
    engine = open_engine(postgres_url)
    with engine.connect() as conn:
        conn.execute(LOCKED)
        yield conn
    engine.dispose()


def test_a_silent_server_delays_only_the_first_read(postgres_url: str, lock: Connection) -> None:
    database = Database(postgres_url)
    database.set_read_timeout(Seconds(0.2))
    assert database._read_thread is not None
    for statement in (LOCKED, ONE, ONE, ONE):
        with pytest.raises(WatcherError) as late:
            database.rows(statement)
        assert late.value.code is Code.DATABASE_CONNECTION_FAILED
        database._read_thread._timeout = Seconds(3600.0)  # a read that waited for it would never end
    lock.close()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            assert database.value(ONE) == 1
            break
        except WatcherError:
            time.sleep(0.01)  # the server's answer takes real time
    else:
        pytest.fail("reads still fail though the server answers again")
    database.close()


@pytest.mark.slow
def test_a_server_that_only_accepts_connections_delays_one_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = Database(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none?connect_timeout=2")
        database.set_read_timeout(Seconds(0.5))
        took, until = [], time.monotonic() + 8
        while (began := time.monotonic()) < until:
            with pytest.raises(WatcherError):
                database.value(ONE)
            took.append(time.monotonic() - began)
            time.sleep(0.01)  # the driver's timeout takes real time
        assert len([t for t in took if t > 0.4]) == 1
        assert len([t for t in took if t > 0.05]) > 2, "no read tried the server again"
    database.close()


def test_closing_does_not_wait_for_an_overdue_read(postgres_url: str, lock: Connection) -> None:
    database = Database(postgres_url)
    database.set_read_timeout(Seconds(0.1))
    with pytest.raises(WatcherError):
        database.rows(LOCKED)
    database.close()
    assert not lock.closed, "the read still waits"
