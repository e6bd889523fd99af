"""Upgrades from every released schema, with the data that a daemon of that release left in it.

`schemas/REVISION.sql` is a dump of a database that the program of that revision filled: watches with alerts,
messages, incidents, a token, prices and sightings.
"""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Started
from watcher.db.migrate import downgrade_schema, upgrade_schema
from watcher.db.revisions import revision_at
from watcher.db.schema import HEAD

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))
# An upgrade that kills itself before its nth statement, as a power failure would.
DYING = """
import os, signal, sys
from sqlalchemy import event
from watcher.db import migrate
url, left = sys.argv[1], int(sys.argv[2])
open_engine = migrate.open_engine
def counted(url):
    engine = open_engine(url)
    @event.listens_for(engine, "before_cursor_execute")
    def _(*_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return engine
migrate.open_engine = counted
migrate.upgrade_schema(url)
"""


def filled(schema: Path, place: Path) -> str:
    file = place / "watcher.db"
    with closing(sqlite3.connect(file)) as conn:
        conn.executescript(schema.read_text("utf-8"))
    return f"sqlite:///{file}"


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table, after a row with its column names."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as conn:
        names = [r[0] for r in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        found = {}
        for name in names:
            rows = conn.execute(f"SELECT * FROM {name}")
            found[name] = [tuple(c[0] for c in rows.description), *sorted(rows.fetchall(), key=repr)]
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        return found


# Tables whose rows belong to a search, and what identifies one of them within it.
BY_SEARCH = {
    "watches": ("id",),
    "sightings": ("item_id",),
    "exits": ("item",),
    "price_points": ("filters", "at"),
}
Table = list[tuple[object, ...]]


def dicts(table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries."""
    return [dict(zip(map(str, table[0]), row, strict=True)) for row in table[1:]]


def by_id(table: Table) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in dicts(table)}


def question_in(key: str) -> str:
    """Return the key of a search or a cached answer without the name of a category."""
    parts = key.split("|")
    place = 5 if len(parts) == 8 else 3
    return "|".join(part if n != place or part.isdecimal() else "" for n, part in enumerate(parts))


def stays_as(before: dict[str, Table], after: dict[str, Table]) -> dict[int, int]:
    """Return which search the one with an id has become."""
    kept = {row["key"]: row["id"] for row in dicts(after["searches"])}
    return {row["id"]: kept[question_in(row["key"])] for row in dicts(before["searches"])}


def require_same(before: dict[str, Any], after: dict[str, Any], *, but: set[str]) -> None:
    """Assert that a row has the values that it had, except in these columns."""
    assert {k: v for k, v in before.items() if k not in but} == {
        k: v for k, v in after.items() if k in before and k not in but
    }


def test_the_current_schema_has_a_dump() -> None:
    assert SCHEMAS[-1].stem == HEAD, "a migration comes with a dump of a database that its program filled"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.stem)
def test_an_upgrade_from_every_schema_loses_nothing(schema: Path, tmp_path: Path) -> None:
    url = filled(schema, tmp_path)
    before = content(url)
    assert len(before["watches"]) > 3  # the header and some watches, since an empty dump would prove nothing
    upgrade_schema(url)
    after = content(url)
    assert revision_at(url) == HEAD
    for name, (columns, *rows) in before.items():
        if name in ("alembic_version", "sqlite_sequence", "searches", "cache_entries", *BY_SEARCH):
            continue
        places = [after[name][0].index(column) for column in columns]
        kept = sorted((tuple(row[i] for i in places) for row in after[name][1:]), key=repr)
        assert kept == rows, name


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.stem)
def test_an_upgrade_keeps_what_searches_saw_and_who_watches_them(schema: Path, tmp_path: Path) -> None:
    url = filled(schema, tmp_path)
    before = content(url)
    upgrade_schema(url)
    after = content(url)
    stays = stays_as(before, after)
    assert (len(stays) > len(set(stays.values()))) == (schema.stem == "0001"), "one dump has twins"
    asked = by_id(before["searches"])
    for number, search in by_id(after["searches"]).items():
        twins = [asked[old] for old, new in stays.items() if new == number]
        assert search["polled_at"] == max(t["polled_at"] or 0 for t in twins) or search["polled_at"] is None
        assert search["due_at"] == min(t["due_at"] for t in twins if t["due_at"] is not None)
        changed = {"error", "suspicion"} if schema.stem < "0009" else set()
        require_same(asked[number], search, but={"key", "category", "due_at", *changed})
        assert search["key"] == question_in(asked[number]["key"])
    for name, key in BY_SEARCH.items():
        if name not in before:
            continue
        theirs = {(stays[r["search_id"]], *(r[c] for c in key)): r for r in dicts(before[name])}
        found = {(r["search_id"], *(r[c] for c in key)): r for r in dicts(after[name])}
        assert found.keys() == theirs.keys(), name
        for place, row in found.items():
            require_same(theirs[place], row, but={"search_id", "category"})
    for number, watch in by_id(after["watches"]).items():
        old = by_id(before["watches"])[number]
        assert watch["category"] == old.get("category", asked[old["search_id"]]["category"])
    answers = {question_in(r["key"]): r["fetched_at"] for r in dicts(before["cache_entries"])}
    assert {r["key"]: r["fetched_at"] for r in dicts(after["cache_entries"])} == answers


def test_a_new_database_has_the_tables_of_an_upgraded_one(tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path / 'new.db'}"
    upgrade_schema(new)
    for schema in SCHEMAS:
        place = tmp_path / schema.stem
        place.mkdir()
        url = filled(schema, place)
        upgrade_schema(url)
        assert {t: set(rows[0]) for t, rows in content(url).items()} == {
            t: set(rows[0]) for t, rows in content(new).items()
        }


def dying_at(statement: int, url: str) -> int:
    done = Started("-c", DYING, url, str(statement)).finish()
    return done.returncode


def steps(*, few: bool) -> Iterator[int]:
    step = 1
    while True:
        yield step
        step = step * 7 if few else step + 1


@pytest.mark.parametrize(
    "few", [True, pytest.param(False, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_an_upgrade_killed_at_any_statement_can_be_repeated(tmp_path: Path, *, few: bool) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    upgrade_schema(whole := filled(SCHEMAS[0], clean))
    killed = 0
    for step in steps(few=few):
        place = tmp_path / str(step)
        place.mkdir()
        url = filled(SCHEMAS[0], place)
        ended = dying_at(step, url)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        killed += 1
        upgrade_schema(url)
        assert content(url) == content(whole)
    assert killed > 1


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.stem)
def test_a_downgrade_restores_every_schema_without_twins_exactly(schema: Path, tmp_path: Path) -> None:
    url = filled(schema, tmp_path)
    before = content(url)
    upgrade_schema(url)
    stays = stays_as(before, content(url))
    downgrade_schema(url, schema.stem)
    if len(stays) == len(set(stays.values())):
        assert content(url) == before
        return
    # What was merged stays merged, and a second upgrade and downgrade changes nothing more.
    merged = content(url)
    upgrade_schema(url)
    downgrade_schema(url, schema.stem)
    assert content(url) == merged
    assert stays_as(before, merged) == stays
    other = {"alembic_version", "searches", "watches", "cache_entries", *BY_SEARCH}
    assert {t: rows for t, rows in merged.items() if t not in other} == {
        t: rows for t, rows in before.items() if t not in other
    }
