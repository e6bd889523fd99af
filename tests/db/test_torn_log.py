"""A power failure during a write to the log: wherever the log is cut, the database opens at a commit."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import AGES
from watcher.core.errors import Api
from watcher.core.times import Instant
from watcher.db.quota_ledger import QuotaLedger
from watcher.db.stores import Stores

COMMITS = 6


async def logged(stores: Stores, path: Path) -> list[int]:
    """Make commits that stay in the log; return the length of the log after each."""
    ledger: QuotaLedger = stores.quota_ledger
    sizes = []
    for _ in range(COMMITS):
        await ledger.reserve(Api.EBAY, Instant(0.0), 1, 100)
        sizes.append(path.with_name(path.name + "-wal").stat().st_size)
    return sizes


def found(database: bytes, log: bytes, place: Path) -> int:
    """Open a database with this log, check it, and return how many of the commits it has."""
    path = place / "torn.db"
    path.write_bytes(database)
    path.with_name("torn.db-wal").write_bytes(log)
    path.with_name("torn.db-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        row = conn.execute("SELECT used FROM quota_ledger").fetchone()
        return int(row[0]) if row else 0


class Torn(NamedTuple):
    """A database, its log, and the length of the log after each commit."""

    database: bytes
    log: bytes
    sizes: list[int]


@pytest.fixture
async def torn(sqlite_url: str) -> AsyncIterator[Torn]:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    stores = Stores.opened(sqlite_url, AGES)
    sizes = await logged(stores, path)
    yield Torn(path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()[: sizes[-1]], sizes)
    stores.close()


@pytest.mark.parametrize(
    "step",
    [509, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])],
    ids=["some", "every byte"],
)
def test_a_log_cut_at_any_byte_of_its_last_frames_opens_at_a_commit(
    torn: Torn, tmp_path: Path, step: int
) -> None:
    database, log, sizes = torn
    assert found(database, log, tmp_path) == COMMITS
    seen = set()
    for cut in range(sizes[-4], len(log), step):
        commits = found(database, log[:cut], tmp_path)
        # Everything committed before the cut is there, and nothing of what was cut.
        assert commits == sum(size <= cut for size in sizes), cut
        seen.add(commits)
    assert seen == {3, 4, 5}


@pytest.mark.parametrize(
    "step",
    [997, pytest.param(7, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])],
    ids=["some", "every 7th"],
)
def test_a_log_with_a_flipped_byte_opens_at_an_earlier_commit(torn: Torn, tmp_path: Path, step: int) -> None:
    database, log, sizes = torn
    for at in range(sizes[-3], len(log), step):
        flipped = bytearray(log)
        flipped[at] ^= 0xFF
        assert found(database, bytes(flipped), tmp_path) <= sum(size <= at for size in sizes), at
