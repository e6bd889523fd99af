"""The clients of a database are identified by process and machine."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import AGES
from watcher.db.clients import clients_of, require_alone
from watcher.db.engine import open_engine
from watcher.db.lock_file import AlreadyRunning, LockFile
from watcher.db.postgres import count_other_processes
from watcher.db.sqlite import lock_path
from watcher.db.stores import Stores


@contextmanager
def another(url: str, name: str) -> Iterator[None]:
    """Open a connection with that application name."""
    engine = open_engine(f"{url}&application_name={name}")
    with engine.connect():
        yield
    engine.dispose()


def test_the_client_of_an_embedded_database_is_its_lock_holder(sqlite_url: str) -> None:
    assert clients_of(sqlite_url) == []
    lock = LockFile(lock_path(sqlite_url))
    lock.acquire()
    assert clients_of(sqlite_url) == [f"{os.getpid()}@{socket.gethostname()}"]
    lock.release()
    lock_path(sqlite_url).write_text(
        str(os.getppid())
    )  # left by a crash, and the id belongs to another process now
    assert clients_of(sqlite_url) == []


def test_the_clients_of_postgres_are_named_without_this_process(postgres_url: str) -> None:
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 0
    assert clients_of(postgres_url) == []
    with another(postgres_url, "watcher 12@web2"), another(postgres_url, "watchers"):
        assert clients_of(postgres_url) == ["12@web2"]
    stores.close()


def test_clients_named_by_the_address_are_found_too(postgres_url: str) -> None:
    with another(postgres_url, "prices"):
        assert clients_of(postgres_url) == []
        assert clients_of(f"{postgres_url}&application_name=prices") == ["unknown"]


@pytest.mark.parametrize("name", ["prices", "watcher"])
def test_other_processes_are_counted_under_any_name(postgres_url: str, name: str) -> None:
    ours, named = open_engine(postgres_url), open_engine(f"{postgres_url}&application_name={name}")
    with (
        another(postgres_url, "psql"),
        another(postgres_url, "watcher 12@web2"),
        another(postgres_url, "watcher 12@web2"),
        another(postgres_url, name),
        named.connect() as one,
        ours.connect() as two,
        ours.connect(),
    ):
        assert count_other_processes(two) == 1 + (2 if name == "watcher" else 0), (
            "a process with several connections counts once"
        )
        assert count_other_processes(one) == 1 + 1 + 1, (
            "connections of the same name may be several processes"
        )
    ours.dispose()
    named.dispose()


def test_clients_that_leave_are_awaited_and_others_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, naps, sleep = open_engine(postgres_url), [], time.sleep
    with engine.connect() as conn:
        leaving = another(postgres_url, "watcher 12@web2")
        leaving.__enter__()
        with pytest.raises(AlreadyRunning, match=r"use this database: 12@web2; stop them first\."):
            require_alone(conn)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            if len(naps) == 1:
                leaving.__exit__(None, None, None)
            sleep(seconds)

        monkeypatch.setattr("watcher.db.postgres.time.sleep", nap)
        require_alone(conn)
    assert naps
    engine.dispose()
