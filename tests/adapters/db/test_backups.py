"""Backups of an embedded database: whole, checked, and put back without losing what was there."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from watcher.adapters.db.backups import back_up, restore
from watcher.adapters.db.engine import lock_path
from watcher.adapters.db.migrate import DatabaseRefused
from watcher.adapters.db.stores import Stores
from watcher.adapters.lockfile import AlreadyRunning, Lockfile, holder_of
from watcher.core.drafts import Defaults, Destinations, watch_from


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def queries(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return [r[0] for r in conn.execute("SELECT query FROM searches ORDER BY id")]


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(statement)


async def add(stores: Stores, clock: FakeClock, query: str) -> None:
    await stores.watches.add([watch_from({"query": query}, Defaults("EBAY_US", Destinations()))], clock.now())


def names(place: Path) -> set[str]:
    return {p.name for p in place.iterdir()}


async def test_a_backup_is_whole_while_the_database_is_in_use(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "omega")
    target = tmp_path / "copy.db"
    assert back_up(database_url, target) == target.stat().st_size
    assert queries(target) == ["omega"]


async def test_a_backup_is_one_file_and_nothing_is_left_beside_it(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "omega")
    (tmp_path / "to").mkdir()
    back_up(database_url, tmp_path / "to" / "copy.db")
    assert names(tmp_path / "to") == {"copy.db"}
    with closing(sqlite3.connect(tmp_path / "to" / "copy.db")) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_never_replaces_a_file(database_url: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(DatabaseRefused, match="exists already; name a new file"):
        back_up(database_url, target)
    assert target.read_text() == "precious"


def test_a_backup_into_no_directory_or_of_no_database_is_refused(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="There is no directory"):
        back_up(database_url, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(DatabaseRefused, match="There is no database at"):
        back_up(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    assert "copy.db" not in names(tmp_path)


def test_a_damaged_database_is_not_backed_up(database_url: str, tmp_path: Path) -> None:
    source = path_of(database_url)
    whole = source.read_bytes()
    # The first page stays: only a check of every page finds out.
    source.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    with pytest.raises(DatabaseRefused):
        back_up(database_url, tmp_path / "copy.db")
    assert not [n for n in names(tmp_path) if n.startswith("copy.db")]


def test_a_newer_database_is_neither_backed_up_nor_put_back(database_url: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    newer.write_bytes(path_of(database_url).read_bytes())
    execute(newer, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseRefused, match="The database has schema 9999, which is newer"):
        back_up(f"sqlite:///{newer}", tmp_path / "copy.db")
    with pytest.raises(DatabaseRefused, match=r"newer\.db has schema 9999, which is newer"):
        restore(database_url, newer, tmp_path)


async def test_a_restored_backup_takes_the_place_of_what_is_kept_aside(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "before")
    back_up(database_url, tmp_path / "copy.db")
    await add(stores, clock, "after")
    stores.close()
    aside = restore(database_url, tmp_path / "copy.db", tmp_path)
    assert aside
    assert queries(path_of(database_url)) == ["before"]
    assert queries(aside) == ["before", "after"]
    assert queries(tmp_path / "copy.db") == ["before"]


def test_two_restores_in_a_second_keep_both(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    kept = {restore(database_url, tmp_path / "copy.db", tmp_path) for _ in range(3)}
    assert len(kept) == 3
    assert all(aside and aside.exists() for aside in kept)


def test_where_there_was_nothing_nothing_is_kept_aside(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    target = tmp_path / "new" / "place" / "watcher.db"
    assert restore(f"sqlite:///{target}", tmp_path / "copy.db", tmp_path) is None
    assert queries(target) == []
    assert names(target.parent) == {"watcher.db", "watcher.lock"}


def test_a_damaged_database_is_kept_aside_with_its_log(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    target = path_of(database_url)
    target.write_bytes(b"ruined" * 1000)
    target.with_name(target.name + "-wal").write_bytes(b"its log")
    aside = restore(database_url, tmp_path / "copy.db", tmp_path)
    assert aside
    assert aside.read_bytes() == b"ruined" * 1000
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"
    assert queries(target) == []


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 5000])
def test_what_is_no_backup_is_refused_and_changes_nothing(
    database_url: str, tmp_path: Path, content: bytes
) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(content)
    before = path_of(database_url).read_bytes()
    with pytest.raises(DatabaseRefused, match=r"junk.db is damaged, or no database of watcher's"):
        restore(database_url, junk, tmp_path)
    assert path_of(database_url).read_bytes() == before
    assert not [n for n in names(tmp_path) if ".replaced-" in n or ".partial" in n]


def test_another_programs_database_is_no_backup(database_url: str, tmp_path: Path) -> None:
    execute(tmp_path / "other.db", "CREATE TABLE letters (id)")
    with pytest.raises(DatabaseRefused, match="no database of watcher's"):
        restore(database_url, tmp_path / "other.db", tmp_path)


def test_a_database_is_not_restored_from_itself(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="is the database itself"):
        restore(database_url, path_of(database_url), tmp_path)


def test_while_a_daemon_works_nothing_is_put_back(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    daemon = Lockfile(lock_path(database_url))
    daemon.take()
    try:
        with pytest.raises(AlreadyRunning, match="stop it first"):
            restore(database_url, tmp_path / "copy.db", tmp_path)
    finally:
        daemon.free()


def test_who_holds_the_lock_is_known_without_touching_it(tmp_path: Path) -> None:
    lock = tmp_path / "watcher.lock"
    assert holder_of(lock) is None
    assert not lock.exists()
    holder = Lockfile(lock)
    holder.take()
    assert holder_of(lock) == os.getpid()
    holder.free()
    for content in ("", "junk", "0", "-1", str(2**70), "\N{EURO SIGN}"):
        lock.write_text(content)
        assert holder_of(lock) is None, content
