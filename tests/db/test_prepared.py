"""Prepared selects return what SQLAlchemy returns, on both databases."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import Connection, Text, bindparam, cast, event, insert, select, table
from sqlalchemy.exc import DBAPIError, OperationalError

from watcher.core.errors import WatcherError
from watcher.core.times import Instant
from watcher.db.prepared import PreparedSelect
from watcher.db.schema import cache_entries, users
from watcher.db.stores import Stores

_NAMED = select(users.c.id, users.c.admin, (users.c.created_at + 1).label("later")).where(
    users.c.id.in_(bindparam("names", expanding=True)),
    users.c.created_at >= bindparam("since"),
    users.c.id != "nobody",
)
_PAYLOADS = select(cache_entries.c.payload).where(cache_entries.c.key == bindparam("key"))


@pytest.fixture
async def filled(stores: Stores) -> Stores:
    def fill(conn: Connection) -> None:
        people = [{"id": f"u{n}", "admin": n % 2 == 0, "created_at": Instant(n)} for n in range(4)]
        conn.execute(insert(users), people)
        entry = {"key": "k", "payload": b"\x00\xff", "fetched_at": 1.0, "expires_at": 2.0}
        conn.execute(insert(cache_entries), [entry])

    await stores.database.write(fill)
    return stores


async def test_prepared_select_returns_the_rows_of_its_statement(filled: Stores) -> None:
    prepared = PreparedSelect(_NAMED.order_by(users.c.id))
    for names in ([], ["u0"], ["u1", "u3"], ["u2", "u0", "u9"], ["u3"]):
        for since in (0.0, 2.0):
            parameters = {"names": names, "since": since}
            expected = filled.database.rows(prepared.statement, parameters)
            rows = filled.database.rows(prepared, parameters)
            assert rows == expected
            assert [(r.id, r.admin is True, r.later) for r in rows] == [tuple(r) for r in expected]


async def test_bytes_and_single_values_are_read(filled: Stores) -> None:
    assert filled.database.value(PreparedSelect(_PAYLOADS), {"key": "k"}) == b"\x00\xff"
    assert filled.database.value(PreparedSelect(_PAYLOADS), {"key": "none"}) is None


async def test_failure_is_that_of_the_database(filled: Stores) -> None:
    lost = PreparedSelect(select(cast(1, Text)).select_from(table("missing")))
    with filled.database.connect() as conn, pytest.raises(DBAPIError, match="missing"):
        lost.rows(conn, {})
    assert filled.database.value(PreparedSelect(_PAYLOADS), {"key": "k"})


async def test_a_listener_sees_and_fails_a_prepared_select(filled: Stores) -> None:
    seen: list[tuple[str, object]] = []

    def fail(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))
        raise OperationalError("injected", None, sqlite3.OperationalError("disk I/O error"))

    prepared, engine = PreparedSelect(_PAYLOADS), filled.database.engine
    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(WatcherError):
        filled.database.value(prepared, {"key": "k"})
    event.remove(engine, "before_cursor_execute", fail)
    assert [statement.split()[0] for statement, _ in seen] == ["SELECT"]
    assert filled.database.value(prepared, {"key": "k"}) == b"\x00\xff"
