"""The file of an embedded database shrinks again, and so does its log."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from tests.conftest import AGES
from watcher.db import housekeeping, sqlite
from watcher.db.backups import vacuum_database
from watcher.db.schema import cache_entries
from watcher.db.stores import Stores

MB = 1024 * 1024


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def fill(file: Path, megabytes: int) -> None:
    """Insert cached answers, every fourth of which is kept."""
    with closing(sqlite3.connect(file)) as db, db:
        rows = ((str(n), b"\xa5" * 10_000, 1.0, 1.0 if n % 4 else 4e9) for n in range(megabytes * 100))
        db.executemany(
            "INSERT INTO cache_entries (key, payload, fetched_at, expires_at) VALUES (?,?,?,?)", rows
        )


def clear(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("DELETE FROM cache_entries WHERE expires_at = 1.0")


def size_of(file: Path) -> float:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return file.stat().st_size / MB


async def test_pruned_space_is_released_except_for_a_reserve(
    stores: Stores, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "SPARE_PAGES", 100)
    fill(file, 8)
    clear(file)
    assert size_of(file) > 8
    assert await stores.housekeeping.shrink() > 1_000
    assert size_of(file) < 4
    assert await stores.housekeeping.shrink() == 0


async def test_a_file_that_needs_a_vacuum_before_it_can_shrink_is_logged(
    database_url: str,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(housekeeping, "SPARE_PAGES", 100)
    monkeypatch.setattr(housekeeping, "_MANY_FREE_PAGES", 500)
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        older.executescript("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM;")
    fill(file, 8)
    clear(file)
    stores = Stores.opened(database_url, AGES)
    try:
        assert await stores.housekeeping.shrink() == 0
    finally:
        stores.close()
    assert "`watcher db prune --vacuum`" in caplog.text
    assert vacuum_database(database_url) > 4 * MB
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_log_that_grew_under_a_long_read_is_cut_back(
    database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WAL_LIMIT_BYTES", MB)
    stores, log = Stores.opened(database_url, AGES), file.with_name(file.name + "-wal")

    def grow(conn: Connection, n: int) -> None:
        row = {"key": f"{n}", "payload": b"\xa5" * 200_000, "fetched_at": 1.0, "expires_at": 1.0}
        conn.execute(insert(cache_entries), row)

    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM searches").fetchone()
            for n in range(30):
                await stores.database.write(grow, n)
            assert log.stat().st_size > 4 * MB
        for n in range(30, 34):
            await stores.database.write(grow, n)
        assert log.stat().st_size <= MB + 300_000
    finally:
        stores.close()


@pytest.mark.slow
async def test_no_write_waits_a_second_while_200_mb_are_pruned(stores: Stores, file: Path) -> None:
    fill(file, 200)
    assert size_of(file) > 190
    waits: list[float] = []

    async def write() -> None:
        while True:
            begun = time.monotonic()
            await stores.database.write(sqlite.count_free_pages)
            waits.append(time.monotonic() - begun)
            await asyncio.sleep(0.01)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    await stores.housekeeping.prune(AGES.max_stale + 10)  # type: ignore[arg-type]  # an instant
    pruned = len(waits)
    begun = time.monotonic()
    given = await stores.housekeeping.shrink()
    took = time.monotonic() - begun
    writing.cancel()
    shrunk = size_of(file)
    print(f"\n{given} pages given back in {took:.0f} s, {shrunk:.0f} MB left; {len(waits)} writes:")
    print(f"{max(waits[:pruned]):.3f} s while pruning, {max(waits[pruned:]):.3f} s while shrinking")
    assert shrunk < 80
    assert max(waits) < 1.0


_VACUUM = """
import resource, sys
from watcher.db.backups import vacuum_database as vacuum

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = peak()
vacuum(sys.argv[1])
print(peak() - before)
"""


def test_the_memory_of_a_vacuum_does_not_depend_on_the_size(database_url: str, file: Path) -> None:
    fill(file, 40)
    done = subprocess.run(
        [sys.executable, "-c", _VACUUM, database_url], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 20_000, "KB"
