"""Copies from SQLite to Postgres, from Postgres to a backup, and back: every row, or nothing."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from tests.conftest import AGES
from tests.db.people_rows import check_restored_people, fill_with_people
from tests.fakes import FakeClock
from tests.postgres import Cluster
from tests.trips import trip_over
from watcher.core.errors import Api, WatcherError
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics
from watcher.core.times import HOUR
from watcher.db.backups import back_up, move_to_postgres, restore_backup
from watcher.db.engine import open_engine
from watcher.db.item_specifics import StoredSpecifics
from watcher.db.lock_file import AlreadyRunning, LockFile
from watcher.db.migrate import upgrade_schema
from watcher.db.revisions import DatabaseRefused, revision_at
from watcher.db.schema import HEAD, metadata
from watcher.db.sqlite import lock_path
from watcher.db.stores import Stores
from watcher.db.transfer import import_rows

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def void_url(cluster: Cluster) -> Iterator[str]:
    """Return an empty Postgres database without a schema."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


async def live(url: str) -> None:
    """Fill the database: watches, a removed one, polls, alerts and their receipts."""
    stores = Stores.opened(url, AGES)
    trip = trip_over(stores, FakeClock())
    await trip.watch(below="51", label="caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    await trip.watch(rule="new", exclude="box", min_feedback="10")
    gone = await trip.watch(below="1")
    await trip.poll()
    await trip.poll(HOUR)
    await trip.registry.remove(gone, trip.clock.now())
    found = StoredSpecifics("c", Specifics((("Gr\u00f6\u00dfe", "9"),)))
    await stores.item_specifics.put({"v1|1|0": found}, trip.clock.now())
    await stores.readings.put({"a hash": Reading.SAME}, trip.clock.now())
    await stores.quota_ledger.book_second_look(Api.EBAY, trip.clock.now(), 5)
    await stores.searches.claim_due(trip.clock.move(HOUR), 10, "a daemon that died", HOUR)
    stores.close()


def rows_of(url: str) -> Rows:
    engine = open_engine(url)
    with engine.connect() as conn:
        found = {
            t.name: sorted((tuple(r) for r in conn.execute(t.select())), key=repr)
            for t in metadata.sorted_tables
        }
    engine.dispose()
    return found


def without_leases(rows: Rows) -> Rows:
    return {
        name: [tuple(x for x in row if not str(x).startswith("a daemon")) for row in found]
        for name, found in rows.items()
        if name not in ("searches", "events")
    }


async def test_a_moved_installation_is_polled_on_postgres_at_once(sqlite_url: str, void_url: str) -> None:
    await live(sqlite_url)
    before = rows_of(sqlite_url)
    counts = move_to_postgres(sqlite_url, void_url)
    after = rows_of(void_url)
    assert counts == {name: len(found) for name, found in before.items()}
    assert counts["watches"] == 2
    assert counts["alerts"] == 1
    assert without_leases(after) == without_leases(before)
    assert rows_of(sqlite_url) == before
    stores = Stores.opened(void_url, AGES)
    trip = trip_over(stores, FakeClock())
    claimed = await stores.searches.claim_due(trip.clock.move(3 * HOUR), 10, "the new one", HOUR)
    assert claimed, "the dead daemon's leases did not move with it"
    assert await trip.watch(below="51") == 4, "a removed watch's number is never given to another"
    stores.close()


async def test_copying_to_a_database_with_rows_is_refused(sqlite_url: str, postgres_url: str) -> None:
    await live(postgres_url)
    before = rows_of(postgres_url)
    with pytest.raises(DatabaseRefused, match="There are rows in .* already; copy to an empty database"):
        move_to_postgres(sqlite_url, postgres_url)
    assert rows_of(postgres_url) == before


def test_a_database_that_is_not_utf8_is_refused(cluster: Cluster, sqlite_url: str) -> None:
    cluster.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(DatabaseRefused, match="stores text as LATIN1, which cannot hold every title"):
        move_to_postgres(sqlite_url, cluster.url("latin"))
    assert revision_at(cluster.url("latin")) == ""
    cluster.drop("latin")


async def test_copying_is_refused_while_either_end_is_in_use(sqlite_url: str, postgres_url: str) -> None:
    await live(sqlite_url)
    daemon = LockFile(lock_path(sqlite_url))
    daemon.acquire()
    with pytest.raises(AlreadyRunning, match="uses this database; stop it first"):
        move_to_postgres(sqlite_url, postgres_url)
    daemon.release()
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 0
    with pytest.raises(AlreadyRunning, match=f"Other watchers use this database: {os.getpid()}@"):
        move_to_postgres(sqlite_url, postgres_url)
    stores.close()
    assert rows_of(postgres_url)["watches"] == []


def test_only_sqlite_can_be_copied_and_only_to_postgres(sqlite_url: str, postgres_url: str) -> None:
    with pytest.raises(DatabaseRefused, match="is a Postgres already"):
        move_to_postgres(postgres_url, postgres_url)
    with pytest.raises(DatabaseRefused, match="--to wants a Postgres"):
        move_to_postgres(sqlite_url, sqlite_url)


async def test_a_backup_of_postgres_restores_to_equal_rows(
    postgres_url: str, void_url: str, tmp_path: Path
) -> None:
    await live(postgres_url)
    stores = Stores.opened(postgres_url, AGES)  # a daemon does not prevent a backup
    assert stores.watches.count() == 2
    target = tmp_path / "copy.db"
    assert back_up(postgres_url, target) == target.stat().st_size
    stores.close()
    assert rows_of(f"sqlite:///{target}") == rows_of(postgres_url)
    assert rows_of(postgres_url)["item_specifics"]
    assert rows_of(postgres_url)["readings"]
    assert restore_backup(void_url, target, tmp_path) is None
    assert without_leases(rows_of(void_url)) == without_leases(rows_of(postgres_url))
    assert {p.name for p in tmp_path.iterdir()} == {"copy.db"}


async def test_a_restore_to_postgres_keeps_the_replaced_rows(postgres_url: str, tmp_path: Path) -> None:
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    lived = rows_of(postgres_url)
    aside = restore_backup(postgres_url, tmp_path / "empty.db", tmp_path)
    assert not any(rows_of(postgres_url).values())
    assert aside
    assert rows_of(f"sqlite:///{aside}") == lived
    restore_backup(postgres_url, aside, tmp_path)
    assert without_leases(rows_of(postgres_url)) == without_leases(lived)


async def test_a_restore_to_postgres_revives_no_sign_in(postgres_url: str, tmp_path: Path) -> None:
    clock = FakeClock()
    stores = Stores.opened(postgres_url, AGES)
    await fill_with_people(stores, clock.now())
    back_up(postgres_url, tmp_path / "copy.db")
    stores.close()
    restore_backup(postgres_url, tmp_path / "copy.db", tmp_path)
    assert await check_restored_people(postgres_url, clock.now()) > 3


async def test_a_moved_installation_keeps_people_tokens_and_sessions(
    sqlite_url: str, postgres_url: str
) -> None:
    stores = Stores.opened(sqlite_url, AGES)
    await fill_with_people(stores, FakeClock().now())
    stores.close()
    move_to_postgres(sqlite_url, postgres_url)
    moved, before = rows_of(postgres_url), rows_of(sqlite_url)
    assert moved == before
    assert all(moved[name] for name in ("users", "tokens", "sessions", "sign_in_links", "events"))
    assert all(moved[name] for name in ("identifications", "scan_sessions", "api_usage"))


async def test_a_restore_that_fails_on_postgres_changes_nothing(postgres_url: str, tmp_path: Path) -> None:
    back_up(postgres_url, tmp_path / "bad.db")
    with closing(sqlite3.connect(tmp_path / "bad.db")) as bad, bad:
        bad.execute(
            "INSERT INTO quota_ledger VALUES ('ebay', 0, 3000000000, NULL, 0, 0)"
        )  # too large for the column in Postgres
    await live(postgres_url)
    lived = rows_of(postgres_url)
    with pytest.raises(WatcherError):
        restore_backup(postgres_url, tmp_path / "bad.db", tmp_path)
    assert rows_of(postgres_url) == lived


async def test_foreign_tables_in_the_database_are_left_alone(
    cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    name = str(make_url(postgres_url).database)
    cluster.execute("CREATE TABLE notes (id integer)", name)
    cluster.execute("INSERT INTO notes VALUES (1)", name)
    await live(postgres_url)
    back_up(postgres_url, tmp_path / "copy.db")
    assert restore_backup(postgres_url, tmp_path / "copy.db", tmp_path)
    assert cluster.execute("SELECT id FROM notes", name) == [(1,)]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone() is None


async def test_a_restore_keeps_even_rows_written_at_the_last_moment(
    postgres_url: str, tmp_path: Path
) -> None:
    """A write during the restore waits, so the kept copy has all rows that are replaced."""
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    engine = open_engine(postgres_url)
    refused = []

    def keep() -> None:
        with engine.connect() as other:
            other.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(OperationalError) as failed:
                other.execute(text("DELETE FROM item_states"))
        refused.append(getattr(failed.value.orig, "sqlstate", None))
        with engine.connect() as other:
            assert other.execute(text("SELECT count(*) FROM watches")).scalar_one() == 2

    import_rows(tmp_path / "empty.db", postgres_url, keep)
    engine.dispose()
    assert refused == ["55P03"]
    assert not any(rows_of(postgres_url).values())


async def test_a_restore_to_postgres_is_refused_while_a_daemon_runs(
    postgres_url: str, tmp_path: Path
) -> None:
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 2
    with pytest.raises(AlreadyRunning):
        restore_backup(postgres_url, tmp_path / "empty.db", tmp_path)
    assert stores.watches.count() == 2
    stores.close()


def test_a_backup_without_room_is_refused_and_leaves_nothing(postgres_url: str, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(DatabaseRefused, match=r"^The database could not be copied: (disk|database)"):
            back_up(postgres_url, tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


async def test_a_backup_of_postgres_has_the_state_of_one_instant(postgres_url: str, tmp_path: Path) -> None:
    await live(postgres_url)
    engine = open_engine(postgres_url)
    with engine.connect() as other, other.begin():
        other.execute(text("DELETE FROM item_states"))
        back_up(postgres_url, tmp_path / "copy.db")  # without uncommitted rows, and without waiting
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM item_states").fetchone() == (1,)
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


def test_an_upgrade_waits_for_locks_without_blocking_others(
    void_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.db.migrate.time.sleep", lambda _: held.rollback())
    engine = open_engine(void_url)
    with engine.connect() as other:
        held = other.begin()
        other.execute(text("CREATE TABLE alembic_version (version_num text)"))
        assert upgrade_schema(void_url) == f"upgraded the database from schema none to {HEAD}"
    engine.dispose()
    assert revision_at(void_url) == HEAD


async def test_a_running_daemon_survives_an_upgrade_that_adds_a_column(
    postgres_url: str, next_version: Callable[..., None]
) -> None:
    """An older program works on a newer schema with a column that it does not know."""
    stores = Stores.opened(postgres_url, AGES)
    trip = trip_over(stores, FakeClock())
    await trip.watch(below="51")
    assert len(await trip.poll()) == 1
    next_version("op.execute(\"ALTER TABLE sightings ADD COLUMN more TEXT NOT NULL DEFAULT ''\")")
    upgrade_schema(postgres_url)
    await trip.watch(below="71")
    assert len(await trip.poll(HOUR)) == 1
    stores.close()
