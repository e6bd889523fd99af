"""Migration 0009 moves what was encoded in error texts into columns of their own, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from tests.conftest import AGES
from watcher.core.times import Instant
from watcher.db.engine import open_engine
from watcher.db.migrate import downgrade_schema, upgrade_schema
from watcher.db.stores import Stores

SEARCH_ERRORS = ("", "EBAY_RATE_LIMIT", "a doubted answer: only 2 of 40 listings: 5 %", "a doubted answer")
OUTBOX_ERRORS = (
    "",
    "SLACK_RATE_LIMIT: too many messages: wait",
    "SLACK_REFUSED: status 404 no_service",
    "INTERNAL_ERROR: see the log",
    "unreadable: SLACK_TIMEOUT: it ends early",
    "SLACK_RATE_LIMITED by name",
)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = open_engine(url)
    with engine.connect() as conn:
        found = [tuple(row) for row in conn.execute(text(statement))]
    engine.dispose()
    return found


def fill_with_texts(url: str, searches: Sequence[str], outbox: Sequence[str]) -> None:
    engine = open_engine(url)
    with engine.begin() as conn:
        for number, error in enumerate(searches, 1):
            conn.execute(
                text(
                    "INSERT INTO searches (key, query, condition, category, marketplace, due_at, error) "
                    "VALUES (:key, :key, 'any', '', 'EBAY_US', 5, :error)"
                ),
                {"key": f"search {number}", "error": error},
            )
        for error in outbox:
            conn.execute(
                text(
                    "INSERT INTO outbox (kind, ref, destination, payload, created_at, state, next_at, "
                    "attempt, lease, lease_until, error) "
                    "VALUES ('ops', 'x', 'slack', '{}', 1, 'pending', 1, 1, '', 0, :error)"
                ),
                {"error": error},
            )
    engine.dispose()


def test_error_texts_move_into_columns_and_back(database_url: str) -> None:
    downgrade_schema(database_url, "0008")
    fill_with_texts(database_url, SEARCH_ERRORS, OUTBOX_ERRORS)
    upgrade_schema(database_url)
    assert rows(database_url, "SELECT error, suspicion FROM searches ORDER BY id") == [
        ("", ""),
        ("EBAY_RATE_LIMIT", ""),
        ("", "only 2 of 40 listings: 5 %"),
        ("a doubted answer", ""),
    ]
    codes = ["", "SLACK_RATE_LIMIT", "SLACK_REFUSED", "INTERNAL_ERROR", "", ""]
    assert rows(database_url, "SELECT error, error_code FROM outbox ORDER BY id") == list(
        zip(OUTBOX_ERRORS, codes, strict=True)
    )
    downgrade_schema(database_url, "0008")
    assert rows(database_url, "SELECT error FROM searches ORDER BY id") == [(e,) for e in SEARCH_ERRORS]
    assert rows(database_url, "SELECT error FROM outbox ORDER BY id") == [(e,) for e in OUTBOX_ERRORS]


async def test_stores_classify_upgraded_rows_by_their_columns(database_url: str) -> None:
    downgrade_schema(database_url, "0008")
    fill_with_texts(database_url, SEARCH_ERRORS[2:3], OUTBOX_ERRORS[1:3])
    upgrade_schema(database_url)
    stores = Stores.opened(database_url, AGES)
    try:
        assert stores.watches.suspicious() == [("search 1", "only 2 of 40 listings: 5 %")]
        # The wait of a rate-limited destination stays; a message that only failed is due at once.
        assert await stores.outbox.resume(Instant(0.0)) == {"slack": 1.0}
    finally:
        stores.close()
    assert rows(database_url, "SELECT next_at FROM outbox ORDER BY id") == [(1.0,), (0.0,)]
