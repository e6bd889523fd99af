"""Fail every write of a file in turn: the result is the old file or the new one, never a mixture.

Writes fail because the system limits the size of files: to nothing at first, then to a little more each time.
The other operations (sync, rename, link, unlink) are made to fail one by one.
"""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.demo.outside import Outside
from tests.fakes import FakeClock, RecordingMeter, shortest_wait
from watcher.adapters.ebay.token import BROWSE_TOKEN_FILE, EbayToken
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.cli.watch_transfer import _write_atomically as write_export
from watcher.core.errors import Api, WatcherError
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds
from watcher.db.backups import back_up, restore_backup
from watcher.db.revisions import DatabaseRefused
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

pytest_plugins = ["tests.demo.conftest"]
PAGE = 4096
STEPS = ("fsync", "replace", "link", "unlink")
REFUSED = (OSError, DatabaseRefused, WatcherError)


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def failing(step: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every operation of one kind fail."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        if step == "replace":
            patch.setattr(Path, "replace", fails)
        else:
            patch.setattr(os, step, fails)
        yield


def failures(sizes: range, monkeypatch: pytest.MonkeyPatch) -> Iterator[AbstractContextManager[None]]:
    yield from (no_file_beyond(size) for size in sizes)
    yield from (failing(step, monkeypatch) for step in STEPS)


def queries(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in db.execute("SELECT query FROM searches")]


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Path:
    (tmp_path / "home").mkdir()
    return database_with(tmp_path / "home" / "watcher.db", empty_database, "omega")


def database_with(file: Path, empty: Path, query: str) -> Path:
    file.write_bytes(empty.read_bytes())
    with closing(sqlite3.connect(file)) as db, db:
        row = (query, query, "any", "", "EBAY_US")
        db.execute(
            "INSERT INTO searches (key, query, condition, category, marketplace) VALUES (?,?,?,?,?)", row
        )
    return file


def test_a_backup_is_complete_or_missing(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, failed = tmp_path / "to", 0
    directory.mkdir()
    last = range(0, database.stat().st_size + 2 * PAGE, PAGE)
    for failure in failures(last, monkeypatch):
        target = directory / "copy.db"
        with failure:
            try:
                back_up(f"sqlite:///{database}", target)
            except REFUSED:
                failed += 1
        if target.exists():
            assert queries(target) == ["omega"]
            target.unlink()
        assert queries(database) == ["omega"]
        for left in directory.iterdir():  # if removing fails, too, what is left has another name
            assert ".partial" in left.name
            left.unlink()
    assert failed > 10


def test_a_restored_database_is_the_old_one_or_the_new_one(
    database: Path, tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = database_with(tmp_path / "backup.db", empty_database, "rolex")
    old, failed, restored = database.read_bytes(), 0, 0
    last = range(0, backup.stat().st_size + 2 * PAGE, PAGE)
    for failure in failures(last, monkeypatch):
        database.write_bytes(old)
        with failure:
            try:
                restore_backup(f"sqlite:///{database}", backup, tmp_path)
                restored += 1
            except REFUSED:
                failed += 1
        found = [queries(file) for file in (database, *database.parent.glob("*.replaced-*")) if file.exists()]
        assert ["omega"] in found, "the old database is kept, in place or aside"
        assert all(rows in (["omega"], ["rolex"]) for rows in found)
        assert queries(backup) == ["rolex"]
        for file in database.parent.iterdir():
            file.unlink()
    assert failed > 10
    assert restored >= 1


def test_an_export_is_the_old_one_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, text = tmp_path / "watches.csv", "query,rule\n" + "omega,new\n" * 2000
    outcomes = set()
    for failure in failures(range(0, len(text) + PAGE, PAGE // 2), monkeypatch):
        file.write_text("old")
        with failure, suppress(OSError):
            write_export(file, text)
        outcomes.add(file.read_text())
        for left in tmp_path.glob("*.partial"):  # if removing fails, too
            left.unlink()
    assert outcomes == {"old", text}


async def test_the_token_file_is_complete_whichever_write_fails(
    outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, http = FakeClock(outside.time[0]), HttpClient(concurrency=2)

    def token() -> EbayToken:
        guard = Guard(
            Api.EBAY,
            RetryPolicy(0, Seconds(1.0), Seconds(2.0)),
            attempt_timeout=Seconds(30.0),
            deadline=Seconds(60.0),
            clock=clock,
            monotonic=clock.now,
            jitter=shortest_wait,
            meter=RecordingMeter(),
        )
        return EbayToken(
            base_url=outside.server.url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            state_dir=tmp_path,
            http=http,
            guard=guard,
            clock=clock,
        )

    await token().get()
    file, replaced, mints = tmp_path / BROWSE_TOKEN_FILE, 0, 1
    for failure in failures(range(0, file.stat().st_size + 40, 20), monkeypatch):
        before = token().fresh()
        renewed = token()
        assert before
        renewed.invalidate(before)
        with failure:
            minted = await renewed.get()
        mints += 1
        assert token().fresh() in (before, minted), "the old file or the new one"
        replaced += token().fresh() == minted
        left = [path.name for path in tmp_path.iterdir() if path != file]
        assert not left or failure.gen.gi_code.co_name == "failing"
        for name in left:
            (tmp_path / name).unlink()
    assert outside.server.oauth.mints == mints
    assert 1 <= replaced < mints - 1
    await http.aclose()
