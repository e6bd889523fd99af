"""What the migrations put into new columns, on both databases, from rows of the first schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import MetaData, insert, select

from watcher.db.engine import open_engine
from watcher.db.migrate import downgrade_schema, upgrade_schema

# Every number occurs once, so that a value from a wrong column is noticed.
OLD: dict[str, list[dict[str, Any]]] = {
    "users": [{"id": "local", "created_at": 11.0}],
    "searches": [
        {"key": "a", "polled_at": 1_021.0, "due_at": 1_022.0, "error": ""},
        {"key": "b", "polled_at": None, "due_at": 1_023.0, "error": "EBAY_TIMEOUT"},
        {"key": "c", "polled_at": 1_024.0, "due_at": None, "error": "a doubted answer: only 2 of 40"},
    ],
    "watches": [{"search_id": 1}],
    "sightings": [
        {"search_id": 1, "item_id": "a", "first_seen": 31.0, "changed_at": 32.0, "gone_at": None},
        {"search_id": 1, "item_id": "b", "first_seen": 33.0, "changed_at": 34.0, "gone_at": 35.0},
        {"search_id": 2, "item_id": "c", "first_seen": 36.0, "changed_at": 37.0, "gone_at": None},
        {"search_id": 3, "item_id": "d", "first_seen": 38.0, "changed_at": 39.0, "gone_at": None},
    ],
    "alerts": [
        {"id": "a", "made_at": 41.0, "receipt": {"items": [{}, {}], "more": 3}},
        {"id": "b", "made_at": 42.0, "receipt": {"items": [], "more": 0, "market": "low"}},
        {"id": "c", "made_at": 43.0, "receipt": {"items": [{}]}},
    ],
    "outbox": [
        {"error": ""},
        {"error": "SLACK_REFUSED: status 404 no_service"},
        {"error": "SLACK_TIMEOUT: no answer"},
        {"error": "SLACK_RATE_LIMIT: wait: SLACK_REFUSED: later"},
        {"error": "SLACK_UNAVAILABLE: status 503"},
        {"error": "INTERNAL_ERROR: see the log"},
        {"error": "no code: SLACK_REFUSED: it ends early"},
    ],
    "incidents": [
        {"id": "a", "symptom": "outage", "since": 51.0, "notified_at": 52.0, "resolved_at": 53.0},
        {"id": "b", "symptom": "latency", "since": 54.0, "notified_at": 55.0, "resolved_at": None},
        {"id": "c", "symptom": "latency", "since": 56.0, "notified_at": 57.0, "resolved_at": None},
        {"id": "d", "symptom": "outage", "since": 58.0, "notified_at": 59.0, "resolved_at": None},
    ],
    "api_calls": [{"at": 61.0, "code": "EBAY_TIMEOUT"}],
    "quota_ledger": [{"api": "ebay", "window_start": 71.0, "used": 72}],
}
# By table, the values of each new column, in the order of the rows.
NEW: dict[str, dict[str, list[Any]]] = {
    "searches": {
        "suspicion": ["", "", "only 2 of 40"],
        "unreadable": [0, 0, 0],
        "unrecorded": [0, 0, 0],
        "profile": ["", "", ""],
        "estimates": ["", "", ""],
        "paced": [False, False, False],
        **{name: [None, None, None] for name in ("value", "shortest", "longest", "scanned_at")},
    },
    "users": {"person_since": [None], "admin": [False]},
    "watches": {
        "rejected": ["[]"],
        "taught": ["[]"],
        "certainty": ["likely"],
        "priority": ["normal"],
        "sellers": ["[]"],
        "category": [""],
        "over_plan": [False],
    },
    "sightings": {
        "seen_at": [1_021.0, 1_021.0, 37.0, 1_024.0],
        "image": [""] * 4,
        **{name: [None] * 4 for name in ("auction", "bids", "ends_at", "listed_at")},
    },
    "alerts": {
        "told": [5, 0, 1],
        "acked_by": ["", "", ""],
        **{name: [None] * 3 for name in ("evidence", "grounds", "erased_at", "message")},
    },
    "outbox": {
        "error_code": [
            "",
            "SLACK_REFUSED",
            "SLACK_TIMEOUT",
            "SLACK_RATE_LIMIT",
            "SLACK_UNAVAILABLE",
            "INTERNAL_ERROR",
            "",
        ],
        "thread": [""] * 7,
    },
    "incidents": {
        "fired_at": [51.0, 54.0, 56.0, 58.0],
        "changed_at": [53.0, 54.0, 56.0, 58.0],
        "bad": [True] * 4,
        "told": [True] * 4,
        "owed": [False] * 4,
        "swings": [0] * 4,
        "revision": [0] * 4,
        "acked_at": [None] * 4,
        "acked_by": [""] * 4,
    },
    "api_calls": {"refused": [False], "daemon": [""]},
    "quota_ledger": {"granted": [None], "interactive": [0], "second_looks": [0]},
    # It has no row before.
    "price_points": {name: [] for name in ("interval_low", "interval_high", "corrected")},
}
# Columns of the first schema that a migration changes.
CHANGED = {
    ("searches", "error"): ["", "EBAY_TIMEOUT", ""],
    ("incidents", "resolved_at"): [53.0, None, 57.0, None],  # of two open ones the older stays open
}
FIRST = "0001"


def reflected(url: str) -> MetaData:
    engine, found = open_engine(url), MetaData()
    found.reflect(engine)
    engine.dispose()
    return found


def fill(url: str, old: MetaData) -> None:
    """Insert the rows, with some value in every other column that must have one."""
    engine = open_engine(url)
    with engine.begin() as conn:
        for name, rows in OLD.items():
            table = old.tables[name]
            for row in rows:
                some = {c.name: _some(c) for c in table.columns if _is_needed(c)}
                given = {k: json.dumps(v) if k == "receipt" else v for k, v in row.items()}
                conn.execute(insert(table).values(**(some | given)))
    engine.dispose()


def _is_needed(column: Any) -> bool:
    return not column.nullable and column.server_default is None and column.name != "id"


def _some(column: Any) -> object:
    if column.name == "user_id":
        return "local"
    return {str: "", int: 1, float: 1.0, bool: False}[column.type.python_type]


def values(url: str, tables: MetaData, name: str, column: str) -> list[Any]:
    table, engine = tables.tables[name], open_engine(url)
    key = "item_id" if name == "sightings" else next(iter(table.primary_key)).name
    with engine.connect() as conn:
        found = list(conn.scalars(select(table.c[column]).order_by(table.c[key])))
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def upgraded(request: pytest.FixtureRequest) -> tuple[str, MetaData, MetaData]:
    """Return a database that was upgraded with these rows, its first schema and its present one."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    downgrade_schema(url, FIRST)
    before = reflected(url)
    fill(url, before)
    upgrade_schema(url)
    return url, before, reflected(url)


def test_every_new_column_is_filled_from_the_right_one(upgraded: tuple[str, MetaData, MetaData]) -> None:
    url, before, after = upgraded
    added = {
        (name, column.name)
        for name, table in before.tables.items()
        for column in after.tables[name].columns
        if column.name not in table.columns
    }
    expected = {(table, c): wanted for table, columns in NEW.items() for c, wanted in columns.items()}
    assert added == set(expected), "every new column of an old table is listed"
    found = {place: values(url, after, *place) for place in expected | CHANGED}
    assert found == expected | CHANGED


def test_an_upgrade_changes_no_other_column(upgraded: tuple[str, MetaData, MetaData]) -> None:
    url, _, after = upgraded
    for name, rows in OLD.items():
        for column in rows[0].keys() - {c for table, c in CHANGED if table == name}:
            wanted = [json.dumps(r[column]) if column == "receipt" else r[column] for r in rows]
            assert values(url, after, name, column) == wanted, (name, column)
