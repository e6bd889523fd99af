"""Rows of a database before searches were shared among names of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.sql.schema import Table

from watcher.db.engine import open_engine
from watcher.db.schema import (
    cache_entries,
    delistings,
    item_states,
    price_points,
    searches,
    sightings,
    users,
    watches,
)

BEFORE = "0014"
TABLES = (users, searches, watches, sightings, delistings, price_points, cache_entries, item_states)
Row = dict[str, Any]


def search(number: int, category: str = "", query: str = "camera", **more: Any) -> Row:
    """Return a search; `key` is what identified it."""
    key = "|".join(("EBAY_US", " ".join(query.split()).casefold(), "any", category))
    row = {"key": key, "query": query, "condition": "any", "category": category, "marketplace": "EBAY_US"}
    return {"id": number, **row, "due_at": 500.0, "polled_at": 100.0, "attempt": 0, **more}


def watch(number: int, of: int, **more: Any) -> Row:
    texts = ("exclude", "rejected", "taught", "sellers")
    row = dict.fromkeys(("from_country", "label", "tag"), "") | dict.fromkeys(texts, "[]")
    row |= {"user_id": "local", "rule": "below 50.00 USD", "buying": "any", "unknown_shipping": "assume"}
    row |= {"destination": "slack", "paused": False, "created_at": 1.0, "armed": True, "revision": 1}
    return {"id": number, "search_id": of, **row, **more}


def sighting(of: int, item: str, first: float, changed: float, seen: float, **more: Any) -> Row:
    row = {"title": f"{item} of {of}", "currency": "USD", "price": 100 * of, "shipping": 0}
    times = {"first_seen": first, "changed_at": changed, "seen_at": seen, "gone_at": None}
    return {"search_id": of, "item_id": item, **row, **times, **more}


def delisting(of: int, item: str, gone: float, **more: Any) -> Row:
    row = {"kind": "gone", "currency": "USD", "price": 100 * of, "listed_at": 1.0}
    return {"search_id": of, "item": item, **row, "gone_at": gone, **more}


def point(of: int, at: float, median: int, filters: str = "") -> Row:
    return {"search_id": of, "filters": filters, "at": at, "basis": "ask", "currency": "USD", "n": 5} | {
        "median": median
    }


def answer(category: str, fetched: float, query: str = "camera", api: str = "ebay") -> Row:
    key = f"{api}|EBAY_US|ask|{query}|any|{category}|USD|1"
    return {"key": key, "payload": f"{category}".encode(), "fetched_at": fetched, "expires_at": fetched + 9}


def state(of: int, item: str) -> Row:
    return {"watch_id": of, "item_id": item, "total": 9, "price": 8, "currency": "USD"} | {
        "estimated": False,
        "told_at": 7.0,
    }


def fill(url: str, rows: Mapping[Table, Sequence[Row]]) -> None:
    """Insert rows into a database, and the user that they belong to."""
    engine = open_engine(url)
    with engine.begin() as conn:
        conn.execute(insert(users), {"id": "local", "created_at": 1.0})
        for table in TABLES:
            for row in rows.get(table, ()):
                conn.execute(insert(table), row)
        if conn.dialect.name != "sqlite":
            for table in (searches, watches):
                last = f"(SELECT max(id) FROM {table.name})"
                conn.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")
    engine.dispose()


def stored(url: str, table: Table, *columns: str) -> list[Any]:
    """Return the rows of a table, with these of its columns; a single column's values."""
    engine: Engine = open_engine(url)
    chosen = [table.c[name] for name in columns or table.c.keys()]
    with engine.connect() as conn:
        found = [tuple(row) for row in conn.execute(select(*chosen))]
    engine.dispose()
    return sorted((row[0] for row in found) if len(columns) == 1 else found, key=repr)
