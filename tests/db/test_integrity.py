"""An embedded database after an unclean stop, and with a file that is removed while it is open."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import AGES
from tests.fakes import FakeClock
from watcher.core.errors import Api, RestartRequired, WatcherError
from watcher.core.times import Instant, Seconds
from watcher.core.watch_input import Defaults, watch_from
from watcher.db import sqlite
from watcher.db.backups import back_up, restore_backup
from watcher.db.integrity import check_after_unclean_stop
from watcher.db.migrate import require_current_schema, upgrade_schema
from watcher.db.revisions import DatabaseRefused
from watcher.db.stores import Stores

FLIPS = [50, pytest.param(200, marks=pytest.mark.slow)]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    place = tmp_path / "backups"
    place.mkdir()
    return place


def wal(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


async def add(stores: Stores, clock: FakeClock, *queries: str) -> None:
    defaults = Defaults("EBAY_US")
    await stores.watches.add([watch_from({"query": q, "below": "5"}, defaults) for q in queries], clock.now())


def queries(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in db.execute("SELECT query FROM searches ORDER BY id")]


@pytest.fixture
async def killed(stores: Stores, clock: FakeClock, file: Path, tmp_path: Path) -> Path:
    """Return a database as SIGKILL leaves it: some rows in the file, some in the log."""
    await add(stores, clock, *(f"camera {n}" for n in range(300)))
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await add(stores, clock, "last")
    left = tmp_path / "left" / "watcher.db"
    left.parent.mkdir()
    left.write_bytes(file.read_bytes())
    wal(left).write_bytes(wal(file).read_bytes())
    return left


def test_a_database_that_was_not_closed_is_checked_and_logged(
    killed: Path, backups: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    check_after_unclean_stop(f"sqlite:///{killed}", backups)
    assert [r.message for r in caplog.records] == [
        "the database was not closed when watcher last ended, so it is checked",
        "the database is sound",
    ]
    assert queries(killed)[-1] == "last"


def test_a_closed_database_is_not_checked(
    file: Path, backups: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    check_after_unclean_stop(f"sqlite:///{file}", backups)
    check_after_unclean_stop(f"sqlite:///{file}.none", backups)
    check_after_unclean_stop("postgresql+psycopg://nobody@127.0.0.1:9/none", backups)
    assert not caplog.records


def test_a_damaged_database_is_refused_and_the_newest_backup_named(killed: Path, backups: Path) -> None:
    whole = killed.read_bytes()
    killed.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    before = killed.read_bytes(), wal(killed).read_bytes()
    with pytest.raises(DatabaseRefused, match=f"there is none in {backups}"):
        check_after_unclean_stop(f"sqlite:///{killed}", backups)
    for name in ("watcher-20260101T000000Z.db", "watcher-20260102T000000Z.db", "watcher-zz.db"):
        (backups / name).touch()
    with pytest.raises(DatabaseRefused) as refused:
        check_after_unclean_stop(f"sqlite:///{killed}", backups)
    assert "is damaged" in str(refused.value)
    assert "watcher db restore FILE`; the newest is " in str(refused.value)
    assert str(refused.value).endswith("watcher-20260102T000000Z.db.")
    assert (killed.read_bytes(), wal(killed).read_bytes()) == before


def test_a_log_without_its_database_is_refused_and_not_restored(killed: Path, backups: Path) -> None:
    log = wal(killed).read_bytes()
    back_up(f"sqlite:///{killed}", backups / "watcher-20260101T000000Z.db")
    killed.unlink()
    wal(killed).write_bytes(log)
    with pytest.raises(DatabaseRefused, match=r"is gone, and its log watcher\.db-wal is still there"):
        check_after_unclean_stop(f"sqlite:///{killed}", backups)
    restore_backup(f"sqlite:///{killed}", backups / "watcher-20260101T000000Z.db", killed.parent)
    assert not wal(killed).exists()
    assert len(queries(killed)) == 301


@pytest.mark.parametrize("flips", FLIPS)
async def test_a_database_with_a_flipped_byte_is_refused_or_works(
    killed: Path, backups: Path, clock: FakeClock, flips: int
) -> None:
    url, dice, works, refused = f"sqlite:///{killed}", random.Random(6), 0, {}
    whole, log = killed.read_bytes(), wal(killed).read_bytes()
    back_up(url, backups / "watcher-20260101T000000Z.db")
    for number in range(flips):
        # Every fourth hits the header, the schema or the first pages.
        at = dice.randrange(len(whole) if number % 4 else 8192)
        spoiled = bytearray(whole)
        spoiled[at] ^= dice.randrange(1, 256)
        for left in killed.parent.iterdir():
            left.unlink()
        killed.write_bytes(spoiled)
        wal(killed).write_bytes(log)
        try:
            await start(url, backups, clock)
            works += 1
        except DatabaseRefused as refusal:
            refused[at] = str(refusal)
            assert killed.read_bytes() == bytes(spoiled)
            restore_backup(url, backups / "watcher-20260101T000000Z.db", killed.parent)
            assert len(queries(killed)) == 301
    assert all("watcher db restore FILE`; the newest is " in said for said in refused.values()), refused
    assert min(works, len(refused)) > flips / 15


async def start(url: str, backups: Path, clock: FakeClock) -> None:
    """Do what a daemon does to its database at its start and in its first round."""
    check_after_unclean_stop(url, backups)
    upgrade_schema(url, unasked=True)
    require_current_schema(url)
    stores = Stores.opened(url, AGES)
    try:
        await stores.searches.free_leases()
        await stores.probe()
        stores.watches.count()
        await stores.searches.claim_due(clock.move(1), 10, "test", Seconds(60.0))
    finally:
        stores.close()


# --- while a connection is open ------------------------------------------------------------------


async def spend(stores: Stores, calls: int = 1) -> None:
    await asyncio.gather(
        *(stores.quota_ledger.reserve(Api.EBAY, Instant(0.0), 1, 10_000) for _ in range(calls))
    )


def spent(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(db.execute("SELECT used FROM quota_ledger").fetchone()[0])


@pytest.mark.parametrize("log_too", [False, True], ids=["alone", "with its log"])
async def test_a_deleted_file_is_written_back_with_later_writes(
    stores: Stores, file: Path, *, log_too: bool
) -> None:
    await spend(stores, 30)
    file.unlink()
    if log_too:
        wal(file).unlink()
    await spend(stores, 30)
    mending = asyncio.create_task(stores.probe())
    writing = [asyncio.create_task(spend(stores, 5)) for _ in range(20)]
    assert "was deleted while it was open; it was written back" in await mending
    await asyncio.gather(*writing)
    await spend(stores)
    assert await stores.probe() == ""
    assert spent(file) == 161
    assert stores.database.value(text("SELECT used FROM quota_ledger")) == 161
    stores.close()
    assert spent(file) == 161
    assert [p.name for p in file.parent.iterdir() if p.name.startswith(file.name)] == [file.name]


async def test_a_connection_to_a_deleted_file_creates_no_new_one(stores: Stores, file: Path) -> None:
    file.unlink()
    with pytest.raises(WatcherError):
        stores.watches.count()
    assert not file.exists()


async def test_a_read_only_client_needs_no_lock(
    stores: Stores, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 3_600_000)
    await spend(stores)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reader = Stores.opened(database_url, AGES)  # one that waited for the lock would never end
        assert reader.watches.count() == 0
        reader.close()


async def test_a_replaced_file_requires_a_restart_and_keeps_the_old_data(
    stores: Stores, clock: FakeClock, file: Path, empty_database: Path
) -> None:
    await add(stores, clock, "ours")
    file.unlink()
    wal(file).unlink()
    file.write_bytes(empty_database.read_bytes())
    with pytest.raises(
        RestartRequired, match="was replaced while it was open. What watcher had is kept as"
    ) as told:
        await stores.probe()
    aside = next(file.parent.glob("watcher.db.orphaned-*"))
    assert str(aside) in str(told.value)
    assert queries(aside) == ["ours"]
    assert queries(file) == []


async def test_damage_is_reported_until_it_is_repaired(stores: Stores, clock: FakeClock, file: Path) -> None:
    await add(stores, clock, *(f"camera {n}" for n in range(300)))
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stores.database.engine.dispose()
    whole = file.read_bytes()
    with file.open("r+b") as spoiled:
        spoiled.seek(8192)
        spoiled.write(b"\xff" * (len(whole) - 8192))
    with pytest.raises(WatcherError):
        await add(stores, clock, *(f"lens {n}" for n in range(300)))
    for _ in range(2):
        with pytest.raises(WatcherError, match=r"is damaged \(.*watcher db restore FILE"):
            await stores.probe()
    with file.open("r+b") as mended:
        mended.write(whole)
    assert await stores.probe() == ""
    await add(stores, clock, "lens")
    assert queries(file)[-1] == "lens"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that an open file was deleted")
@pytest.mark.parametrize("suffixes", [("-wal",), ("-shm",), ("-wal", "-shm")])
async def test_a_deleted_log_is_noticed_and_loses_nothing(
    sqlite_url: str, tmp_path: Path, suffixes: tuple[str, ...]
) -> None:
    stores = Stores.opened(sqlite_url, AGES)
    file = tmp_path / "watcher.db"
    try:
        await stores.tokens.add("before", "ann", Instant(1.0), admin=False)
        assert stores.tokens.listed()
        for suffix in suffixes:
            Path(f"{file}{suffix}").unlink()
        await stores.tokens.add("meanwhile", "ann", Instant(2.0), admin=False)
        written = asyncio.create_task(stores.tokens.add("shared", "ann", Instant(2.0), admin=False))
        assert "was deleted while it was open" in await stores.probe()
        await written
        await stores.tokens.add("after", "ann", Instant(3.0), admin=False)
        assert len(stores.tokens.listed()) == 4
        assert not await stores.probe(), "once is enough"
        with closing(sqlite3.connect(file)) as other:
            assert other.execute("SELECT count(*) FROM tokens").fetchone() == (4,)
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        stores.close()
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT count(*) FROM tokens").fetchone() == (4,)
