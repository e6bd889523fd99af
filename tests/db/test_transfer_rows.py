"""From SQLite to Postgres, from Postgres into a backup, and back: every row, or nothing."""

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
from tests.fakes import FakeClock
from tests.postgres import Cluster
from tests.trips import trip_over
from watcher.core.errors import WatcherError
from watcher.core.times import HOUR
from watcher.db.backups import back_up, move, restore_backup
from watcher.db.engine import connect, lock_path
from watcher.db.lock_file import AlreadyRunning, Lockfile
from watcher.db.migrate import DatabaseRefused, bring_up, revision_at
from watcher.db.schema import HEAD, metadata
from watcher.db.stores import Stores
from watcher.db.transfer import pour_in

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def void_url(cluster: Cluster) -> Iterator[str]:
    """A Postgres database with nothing in it, not even our schema."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


async def live(url: str) -> None:
    """Leave something in every corner: watches, a removed one, polls, alerts and what they are made of."""
    stores = Stores.opened(url, AGES)
    trip = trip_over(stores, FakeClock())
    await trip.watch(below="51", label="caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    await trip.watch(rule="new", exclude="box", min_feedback="10")
    gone = await trip.watch(below="1")
    await trip.poll()
    await trip.poll(HOUR)
    await trip.registry.remove(gone, trip.clock.now())
    await stores.searches.claim(trip.clock.move(HOUR), 10, "a daemon that died", HOUR)
    stores.close()


def rows_of(url: str) -> Rows:
    engine = connect(url)
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
        if name != "searches"
    }


async def test_an_installation_moves_to_postgres_and_is_polled_there_at_once(
    sqlite_url: str, void_url: str
) -> None:
    await live(sqlite_url)
    before = rows_of(sqlite_url)
    counts = move(sqlite_url, void_url)
    after = rows_of(void_url)
    assert counts == {name: len(found) for name, found in before.items()}
    assert counts["watches"] == 2
    assert counts["alerts"] == 1
    assert without_leases(after) == without_leases(before)
    assert rows_of(sqlite_url) == before
    stores = Stores.opened(void_url, AGES)
    trip = trip_over(stores, FakeClock())
    claimed = await stores.searches.claim(trip.clock.move(3 * HOUR), 10, "the new one", HOUR)
    assert claimed, "the dead daemon's leases did not move with it"
    assert await trip.watch(below="51") == 4, "a removed watch's number is never given to another"
    stores.close()


async def test_what_is_not_empty_is_not_copied_to(sqlite_url: str, postgres_url: str) -> None:
    await live(postgres_url)
    before = rows_of(postgres_url)
    with pytest.raises(DatabaseRefused, match="There are rows in .* already; copy to an empty database"):
        move(sqlite_url, postgres_url)
    assert rows_of(postgres_url) == before


def test_a_database_that_cannot_hold_every_title_is_not_begun(cluster: Cluster, sqlite_url: str) -> None:
    cluster.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(DatabaseRefused, match="keeps text as LATIN1, which cannot hold every title"):
        move(sqlite_url, cluster.url("latin"))
    assert revision_at(cluster.url("latin")) == ""
    cluster.drop("latin")


async def test_neither_end_may_be_in_use(sqlite_url: str, postgres_url: str) -> None:
    await live(sqlite_url)
    daemon = Lockfile(lock_path(sqlite_url))
    daemon.take()
    with pytest.raises(AlreadyRunning, match="works on this database; stop it first"):
        move(sqlite_url, postgres_url)
    daemon.free()
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 0
    with pytest.raises(AlreadyRunning, match=f"Other watchers are on this database: {os.getpid()}@"):
        move(sqlite_url, postgres_url)
    stores.close()
    assert rows_of(postgres_url)["watches"] == []


def test_only_sqlite_is_copied_and_only_to_postgres(sqlite_url: str, postgres_url: str) -> None:
    with pytest.raises(DatabaseRefused, match="is a Postgres already"):
        move(postgres_url, postgres_url)
    with pytest.raises(DatabaseRefused, match="--to wants a Postgres"):
        move(sqlite_url, sqlite_url)


async def test_a_backup_of_postgres_restored_elsewhere_is_equal(
    postgres_url: str, void_url: str, tmp_path: Path
) -> None:
    await live(postgres_url)
    stores = Stores.opened(postgres_url, AGES)  # a backup minds no daemon
    assert stores.watches.count() == 2
    target = tmp_path / "copy.db"
    assert back_up(postgres_url, target) == target.stat().st_size
    stores.close()
    assert rows_of(f"sqlite:///{target}") == rows_of(postgres_url)
    assert restore_backup(void_url, target, tmp_path) is None
    assert without_leases(rows_of(void_url)) == without_leases(rows_of(postgres_url))
    assert {p.name for p in tmp_path.iterdir()} == {"copy.db"}


async def test_what_a_restored_backup_replaces_is_kept(postgres_url: str, tmp_path: Path) -> None:
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    lived = rows_of(postgres_url)
    aside = restore_backup(postgres_url, tmp_path / "empty.db", tmp_path)
    assert not any(rows_of(postgres_url).values())
    assert aside
    assert rows_of(f"sqlite:///{aside}") == lived
    restore_backup(postgres_url, aside, tmp_path)
    assert without_leases(rows_of(postgres_url)) == without_leases(lived)


async def test_a_backup_that_postgres_cannot_take_costs_nothing_of_what_is_there(
    postgres_url: str, tmp_path: Path
) -> None:
    back_up(postgres_url, tmp_path / "bad.db")
    with closing(sqlite3.connect(tmp_path / "bad.db")) as bad, bad:
        bad.execute("INSERT INTO quota_ledger VALUES ('ebay', 0, 3000000000)")  # more than its column holds
    await live(postgres_url)
    lived = rows_of(postgres_url)
    with pytest.raises(WatcherError):
        restore_backup(postgres_url, tmp_path / "bad.db", tmp_path)
    assert rows_of(postgres_url) == lived


async def test_tables_of_others_beside_ours_are_left_alone(
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


async def test_what_is_replaced_is_kept_to_its_last_row(postgres_url: str, tmp_path: Path) -> None:
    """Who writes while it is kept waits: nothing comes between the copy and the replacement."""
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    engine = connect(postgres_url)
    refused = []

    def keep() -> None:
        with engine.connect() as other:
            other.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(OperationalError) as failed:
                other.execute(text("DELETE FROM item_states"))
        refused.append(getattr(failed.value.orig, "sqlstate", None))
        with engine.connect() as other:
            assert other.execute(text("SELECT count(*) FROM watches")).scalar_one() == 2

    pour_in(tmp_path / "empty.db", postgres_url, keep)
    engine.dispose()
    assert refused == ["55P03"]
    assert not any(rows_of(postgres_url).values())


async def test_while_a_daemon_is_on_postgres_nothing_is_put_back(postgres_url: str, tmp_path: Path) -> None:
    back_up(postgres_url, tmp_path / "empty.db")
    await live(postgres_url)
    stores = Stores.opened(postgres_url, AGES)
    assert stores.watches.count() == 2
    with pytest.raises(AlreadyRunning):
        restore_backup(postgres_url, tmp_path / "empty.db", tmp_path)
    assert stores.watches.count() == 2
    stores.close()


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(postgres_url: str, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(DatabaseRefused, match=r"^The database could not be copied: (disk|database)"):
            back_up(postgres_url, tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


async def test_a_backup_is_of_one_instant(postgres_url: str, tmp_path: Path) -> None:
    await live(postgres_url)
    engine = connect(postgres_url)
    with engine.connect() as other, other.begin():
        other.execute(text("DELETE FROM item_states"))
        back_up(postgres_url, tmp_path / "copy.db")  # what is not committed is not in it, and nobody waits
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM item_states").fetchone() == (1,)
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


def test_an_upgrade_waits_for_others_and_stops_nobody_meanwhile(
    void_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.db.migrate.time.sleep", lambda _: held.rollback())
    engine = connect(void_url)
    with engine.connect() as other:
        held = other.begin()
        other.execute(text("CREATE TABLE alembic_version (version_num text)"))
        assert bring_up(void_url) == f"upgraded the database from schema none to {HEAD}"
    engine.dispose()
    assert revision_at(void_url) == HEAD


async def test_who_is_on_it_works_on_while_the_schema_gets_newer_by_a_column(
    postgres_url: str, next_version: Callable[..., None]
) -> None:
    """An older program on a newer schema, which holds what it does not know."""
    stores = Stores.opened(postgres_url, AGES)
    trip = trip_over(stores, FakeClock())
    await trip.watch(below="51")
    assert len(await trip.poll()) == 1
    next_version("op.execute(\"ALTER TABLE sightings ADD COLUMN more TEXT NOT NULL DEFAULT ''\")")
    bring_up(postgres_url)
    await trip.watch(below="71")
    assert len(await trip.poll(HOUR)) == 1
    stores.close()
