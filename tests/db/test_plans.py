"""No statement of the daemon reads the whole of a table that grows, on either database."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.db.daemon_statements import Issued, statements_of_a_daemon
from watcher.db.schema import metadata

# Tables of which a daemon keeps few rows, whatever is watched.
BOUNDED = {
    "accuracy": "a row per category and basis",
    "alembic_version": "one row",
    "checkouts": "a row per checkout of the last month",
    "daemons": "a row per daemon of the last day",
    "incidents": "few a year are closed, and an index holds the open ones",
    "polling_plan": "a row of the plan, and one of what came of promises",
    "quota_ledger": "a row per API and day for 40 days",
    "sessions": "a row per browser that is signed in",
    "sign_in_links": "a row per link that is not used yet",
    "silences": "a row per silence",
    "scan_sessions": "a row per picture of the last minutes",
    "tokens": "a row per token",
    "users": "a row per person",
}
# Parts of statements that read a large table on purpose.
ON_PURPOSE = {
    "SELECT count(*) AS count_1 FROM watches WHERE NOT paused": "at the start, and when a person asks",
    "count(*) AS count_1 FROM cache_entries": "at most 20,000 answers are kept, when a person asks",
    "count(*) AS count_1 FROM identifications": "a bounded number is kept, once an hour",
    "FROM alerts LEFT OUTER JOIN outbox": "the newest of all, in the order of an index, up to a limit",
    "ORDER BY searches.polled_at DESC": "the newest of all, in the order of an index, up to a limit",
    "FROM searches WHERE searches.due_at IS NOT NULL LIMIT": "counts no more than a limit",
    "FROM watches WHERE NOT paused LIMIT": "counts no more than a limit",
    "searches.id > ": "some searches in the order of their ids, up to a limit",
    "watches.id > ": "some watches in the order of their ids, up to a limit",
    "events.id > ": "the next events in the order of their ids, up to a limit",
}
# Indexes that hold a few rows of a table: all of one may be read.
PARTIAL = {
    index.name
    for table in metadata.sorted_tables
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None and index.name != "ix_watches_active"
}
# Parts of statements of one database alone.
SOMETIMES = {
    "ORDER BY events.id DESC": "the newest of all, in the order of an index, up to a limit",
}
_FROM_A_VALUE = re.compile(r"INDEX (\w+) \((\w+)>\?\)$")
READING = ("SELECT", "UPDATE", "DELETE", "WITH")


@pytest.fixture
async def issued(database_url: str, tmp_path: Path) -> list[Issued]:
    found = await statements_of_a_daemon(database_url, tmp_path)
    assert len(found) > 100, "a daemon does more than that"
    return [i for i in found.values() if i.text.lstrip().startswith(READING)]


def whole_tables_read(issued: Issued, url: str) -> Iterator[str]:
    """Yield the tables that grow and that a statement reads whole."""
    scans = sqlite_scans if url.startswith("sqlite") else postgres_scans
    text = " ".join(issued.text.replace('"', "").split())
    for table, index in scans(issued, url):
        is_excused = (
            table in BOUNDED or index in PARTIAL or any(part in text for part in (*ON_PURPOSE, *SOMETIMES))
        )
        if table in metadata.tables and not is_excused:
            yield f"{table} ({index or 'no index'}) while {issued.during}: {text}"


def sqlite_scans(issued: Issued, url: str) -> Iterator[tuple[str, str]]:
    """Yield each table that is read from its start to its end, and the index in whose order."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as conn:
        for row in conn.execute(f"EXPLAIN QUERY PLAN {issued.text}", issued.parameters or ()):
            kind, _, rest = row[3].partition(" ")
            table, _, how = rest.partition(" ")
            # A search for all that is not NULL is a scan of the index.
            column = _FROM_A_VALUE.search(how)
            if kind == "SCAN" or (column and f"{column[2]} IS NOT NULL" in issued.text):
                yield table, column[1] if column else how.rpartition("INDEX ")[2] if "INDEX" in how else ""


def postgres_scans(issued: Issued, url: str) -> Iterator[tuple[str, str]]:
    """Yield the same of a server that reads a whole table only if it must; an empty one it would read."""
    with psycopg.connect(url.replace("+psycopg", "")) as conn:
        for choice in ("seqscan", "hashjoin", "mergejoin"):
            conn.execute(f"SET enable_{choice} = off")
        (plan,) = conn.execute(f"EXPLAIN (FORMAT JSON) {issued.text}", issued.parameters).fetchone() or ("",)
        conn.rollback()
    nodes = [one["Plan"] for one in (plan if isinstance(plan, list) else json.loads(plan))]
    while nodes:
        node: dict[str, Any] = nodes.pop()
        nodes += node.get("Plans", ())
        if node["Node Type"] == "Seq Scan":
            yield node["Relation Name"], ""
        elif "Index" in node["Node Type"] and "Index Cond" not in node:
            yield node.get("Relation Name", ""), node["Index Name"]


async def test_no_statement_reads_the_whole_of_a_table_that_grows(
    issued: list[Issued], database_url: str
) -> None:
    found = [scan for one in issued for scan in whole_tables_read(one, database_url)]
    assert not found, "\n".join(found)


async def test_every_exception_is_one(issued: list[Issued]) -> None:
    texts = [" ".join(i.text.replace('"', "").split()) for i in issued]
    unused = [part for part in ON_PURPOSE if not any(part in text for text in texts)]
    assert not unused, "no statement has these parts"
