"""Downgrades and upgrades one revision at a time, with a value in every column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, MetaData, Table, insert, select, text, update
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import Boolean, Float, Integer

from tests.conftest import AGES
from tests.fakes import FakeClock
from tests.postgres import Cluster
from tests.trips import trip_over
from watcher.core.errors import WatcherError
from watcher.core.times import HOUR
from watcher.db import revisions
from watcher.db.engine import open_engine
from watcher.db.lock_file import AlreadyRunning, LockFile
from watcher.db.migrate import create_schema, downgrade_schema, upgrade_schema
from watcher.db.revisions import DatabaseRefused, known_revisions, revision_at
from watcher.db.schema import HEAD, incidents, metadata
from watcher.db.sqlite import lock_path
from watcher.db.stores import Stores

KNOWN = known_revisions()
Content = dict[str, list[dict[str, object]]]


@pytest.fixture
def void_url(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Return a function that creates an empty database of the same kind."""
    if database_url.startswith("sqlite"):
        numbers = iter(range(99))
        yield lambda: f"sqlite:///{tmp_path}/void{next(numbers)}.db"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    made: list[str] = []

    def make() -> str:
        made.append(cluster.create())
        return cluster.url(made[-1])

    yield make
    for name in made:
        cluster.drop(name)


def value(table: Table, name: str, number: int) -> object:
    """Return a valid value for a column; None in the second row if the column allows it."""
    column = table.c[name]
    if column.nullable and number == 2:
        return None
    if column.foreign_keys:
        (owner,) = column.foreign_keys
        return number if isinstance(column.type, Integer) else f"{owner.column} {number}"
    if name in ("receipt", "payload") and not isinstance(column.type, LargeBinary):
        return json.dumps({"items": [{}] * number, "more": 3})
    if isinstance(column.type, Boolean):
        return number == 1
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, Float):
        return 1000.5 + number
    return bytes([number]) if isinstance(column.type, LargeBinary) else f"{table.name}.{name} {number}"


def fill(url: str) -> None:
    """Insert two rows into every table."""
    with changed(url) as conn:
        for table in metadata.sorted_tables:
            for number in (1, 2):
                conn.execute(insert(table).values({c.name: value(table, c.name, number) for c in table.c}))
        told = {"api": "ebay", "symptom": "outage", "told": True}
        conn.execute(update(incidents).where(incidents.c.resolved_at.is_(None)).values(told))


_engine = cache(open_engine)  # an engine keeps the compiled queries of a reflection


class changed:  # noqa: N801 - reads as a block
    """A transaction on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._block: Any = self._engine.begin()

    def __enter__(self) -> Connection:
        conn: Connection = self._block.__enter__()
        return conn

    def __exit__(self, *how: object) -> None:
        self._block.__exit__(*how)
        self._engine.dispose()


def reflected(conn: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(conn)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def content(url: str) -> Content:
    """Return every row of every table that exists, by table."""
    with changed(url) as conn:
        return _rows(conn, reflected(conn))


def shape(url: str) -> set[str]:
    """Return the lines of the statements that would create the existing tables and indexes."""
    with changed(url) as conn:
        return _lines(conn, reflected(conn))


def shape_and_content(url: str) -> tuple[set[str], Content]:
    """Return both by one reflection, which costs more than everything else of them."""
    with changed(url) as conn:
        tables = reflected(conn)
        return _lines(conn, tables), _rows(conn, tables)


def _rows(conn: Connection, tables: list[Table]) -> Content:
    rows = {table.name: [dict(row._mapping) for row in conn.execute(select(table))] for table in tables}
    return {name: sorted(some, key=repr) for name, some in rows.items()}


def _lines(conn: Connection, tables: list[Table]) -> set[str]:
    made = [CreateTable(table) for table in tables]
    indexes = [CreateIndex(index) for table in tables for index in table.indexes]
    told = [str(m.compile(conn)).splitlines() for m in (*made, *indexes)]
    return {f"{lines[0] or lines[1]} {line.strip(' ,')}" for lines in told for line in lines}


def kept(before: Content, after: Content) -> tuple[Content, Content]:
    """Return both without the tables and columns that only one of them has."""
    names = {t: before[t][0].keys() & after[t][0].keys() for t in before.keys() & after.keys()}

    def part(whole: Content) -> Content:
        cut = {t: [{c: row[c] for c in names[t]} for row in whole[t]] for t in names}
        return {t: sorted(rows, key=lambda row: repr(sorted(row.items()))) for t, rows in cut.items()}

    return part(before), part(after)


def test_every_downgrade_and_upgrade_keeps_what_both_schemas_hold(
    database_url: str, void_url: Callable[[], str]
) -> None:
    fresh, shapes = void_url(), {}
    for revision in reversed(KNOWN):
        create_schema(fresh, revision)
        shapes[revision] = shape(fresh)
    fill(database_url)
    full = content(database_url)
    assert all(len(rows) == 2 for rows in full.values())
    for newer, older in pairwise(KNOWN):
        done = downgrade_schema(database_url, older)
        assert done.startswith(f"took the database back from schema {newer} to {older}")
        found, rows = shape_and_content(database_url)
        assert (revision_at(database_url), found) == (older, shapes[older])
        mine, theirs = kept(full, rows)
        assert mine == theirs
    first = rows
    for newer in reversed(KNOWN[:-1]):
        create_schema(database_url, newer)
        found, rows = shape_and_content(database_url)
        assert found == shapes[newer]
        mine, theirs = kept(first, rows)
        assert mine == theirs


async def test_polling_continues_after_a_full_downgrade_and_upgrade(database_url: str) -> None:
    stores = Stores.opened(database_url, AGES)
    trip = trip_over(stores, FakeClock())
    await trip.watch(below="51")
    assert len(await trip.poll()) == 1
    stores.close()
    downgrade_schema(database_url, KNOWN[-1])
    upgrade_schema(database_url)
    stores = Stores.opened(database_url, AGES)
    again = trip_over(stores, trip.clock)
    assert await again.poll(HOUR) == [], "an item has alerted twice"
    await again.watch(below="71")
    assert len(await again.poll(HOUR)) == 1
    stores.close()


def test_a_downgrade_ends_incidents_unknown_to_the_older_release(database_url: str) -> None:
    fill(database_url)
    with changed(database_url) as conn:
        row = dict(conn.execute(select(incidents).where(incidents.c.resolved_at.is_(None))).one()._mapping)
        for number, (api, symptom, told) in enumerate(
            [("watcher", "disk", True), ("ebay", "quota", True), ("serpapi", "latency", False)]
        ):
            more = {"id": f"more {number}", "api": api, "symptom": symptom, "told": told, "changed_at": 77.0}
            conn.execute(insert(incidents).values(row | more))
    downgrade_schema(database_url, "0004")
    with changed(database_url) as conn:
        found = conn.execute(text("SELECT id, symptom FROM incidents WHERE resolved_at IS NULL")).all()
        ended = conn.execute(text("SELECT count(*) FROM incidents WHERE resolved_at = 77.0")).scalar()
    assert [tuple(r) for r in found] == [(row["id"], "outage")]
    assert ended == 3


def test_a_downgrade_to_the_current_schema_does_nothing(database_url: str) -> None:
    before = content(database_url)
    assert downgrade_schema(database_url, HEAD) == ""
    assert content(database_url) == before


def test_a_downgrade_needs_a_known_and_older_schema(database_url: str, void_url: Callable[[], str]) -> None:
    for word in ("9999", "", "base", "head", "-1", "000"):
        with pytest.raises(DatabaseRefused, match=f'knows no schema "{word}"; it knows 0001 to {HEAD}.'):
            downgrade_schema(database_url, word)
    with pytest.raises(DatabaseRefused, match=r"There is no database yet\."):
        downgrade_schema(void_url(), "0001")
    downgrade_schema(database_url, "0003")
    with pytest.raises(
        DatabaseRefused, match=r"schema 0003, which is older than 0005\. Run: watcher db upgrade"
    ):
        downgrade_schema(database_url, "0005")
    with changed(database_url) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseRefused, match="has schema 9999, which is newer than this watcher"):
        downgrade_schema(database_url, "0001")


def test_a_downgrade_is_refused_while_the_database_is_in_use(database_url: str) -> None:
    lock = LockFile(lock_path(database_url)) if database_url.startswith("sqlite") else None
    stores = Stores.opened(database_url, AGES)
    assert stores.watches.count() == 0
    if lock:
        lock.acquire()
    with pytest.raises(AlreadyRunning, match="stop (it|them) first"):
        downgrade_schema(database_url, "0001")
    assert revision_at(database_url) == HEAD
    stores.close()
    if lock:
        lock.release()
    downgrade_schema(database_url, "0001")


def test_a_failed_downgrade_undoes_every_step(database_url: str, next_version: Callable[..., None]) -> None:
    """The first of two steps succeeds in the same transaction."""
    fill(database_url)
    next_version("pass", "op.execute('DROP TABLE notes')")
    upgrade_schema(database_url)
    before = content(database_url)
    file = Path(revisions._PACKAGE).parent / "migrations" / "versions" / "0007_refused_credentials.py"
    file.write_text(file.read_text() + '\n    op.execute("SELECT * FROM nowhere")\n')
    with pytest.raises(WatcherError):
        downgrade_schema(database_url, "0006")
    assert revision_at(database_url) == "next"
    assert content(database_url) == before


def test_a_downgrade_copies_an_embedded_database_aside_first(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    before = content(sqlite_url)
    copy = tmp_path / f"watcher.db.before-0001-from-{HEAD}"
    done = downgrade_schema(sqlite_url, "0001")
    assert done == f"took the database back from schema {HEAD} to 0001; the old one is kept as {copy}"
    assert content(f"sqlite:///{copy}") == before
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
