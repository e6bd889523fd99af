"""Who works on a database is known by process and machine."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import AGES
from watcher.db.engine import connect, lock_path, other_processes
from watcher.db.lock_file import AlreadyRunning, Lockfile
from watcher.db.sessions import clients_of, require_alone
from watcher.db.stores import Stores


@contextmanager
def another(url: str, name: str) -> Iterator[None]:
    """A connection that goes by that name."""
    engine = connect(f"{url}&application_name={name}")
    with engine.connect():
        yield
    engine.dispose()


def test_the_holder_of_the_lock_is_on_an_embedded_one(sqlite_url: str) -> None:
    assert clients_of(sqlite_url) == []
    lock = Lockfile(lock_path(sqlite_url))
    lock.take()
    assert clients_of(sqlite_url) == [f"{os.getpid()}@{socket.gethostname()}"]
    lock.free()
    lock_path(sqlite_url).write_text(
        str(os.getppid())
    )  # what a crash left, and the number lives on elsewhere
    assert clients_of(sqlite_url) == []


def test_others_on_postgres_have_names_and_we_are_not_among_them(postgres_url: str) -> None:
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 0
    assert clients_of(postgres_url) == []
    with another(postgres_url, "watcher 12@web2"), another(postgres_url, "watchers"):
        assert clients_of(postgres_url) == ["12@web2"]
    stores.close()


def test_who_is_named_otherwise_in_the_address_is_on_it_too(postgres_url: str) -> None:
    with another(postgres_url, "prices"):
        assert clients_of(postgres_url) == []
        assert clients_of(f"{postgres_url}&application_name=prices") == ["unknown"]


@pytest.mark.parametrize("name", ["prices", "watcher"])
def test_others_are_counted_by_whatever_name_they_go(postgres_url: str, name: str) -> None:
    ours, named = connect(postgres_url), connect(f"{postgres_url}&application_name={name}")
    with (
        another(postgres_url, "psql"),
        another(postgres_url, "watcher 12@web2"),
        another(postgres_url, "watcher 12@web2"),
        another(postgres_url, name),
        named.connect() as one,
        ours.connect() as two,
        ours.connect(),
    ):
        assert other_processes(two) == 1 + (2 if name == "watcher" else 0), "with several connections"
        assert other_processes(one) == 1 + 1 + 1, "each of the same name may be another"
    ours.dispose()
    named.dispose()


def test_who_stays_is_in_the_way_and_who_is_about_to_go_is_waited_for(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, naps, sleep = connect(postgres_url), [], time.sleep
    with engine.connect() as conn:
        leaving = another(postgres_url, "watcher 12@web2")
        leaving.__enter__()
        with pytest.raises(AlreadyRunning, match=r"on this database: 12@web2; stop them first\."):
            require_alone(conn)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            if len(naps) == 1:
                leaving.__exit__(None, None, None)
            sleep(seconds)

        monkeypatch.setattr("watcher.db.engine.time.sleep", nap)
        require_alone(conn)
    assert naps
    engine.dispose()
