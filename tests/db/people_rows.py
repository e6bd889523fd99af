"""A database with people, their sign-ins and events, and what a restore leaves of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert, select

from tests.conftest import AGES
from watcher.core.times import HOUR, Instant
from watcher.db import schema
from watcher.db.stores import Stores

_PERSON = "collector"


async def put(stores: Stores, table: Table, *rows: dict[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), list(rows))

    await stores.database.write(write)


async def fill_with_people(stores: Stores, now: Instant) -> None:
    await stores.people.add(_PERSON, now, admin=True)
    await stores.tokens.add("token", _PERSON, now, admin=True)
    times = {"created_at": now, "expires_at": now + HOUR}
    await put(stores, schema.sessions, {"digest": "s", "user_id": _PERSON, "seen_at": now, **times})
    await put(stores, schema.sign_in_links, {"digest": "l", "user_id": _PERSON, **times})
    key = {"user_id": _PERSON, "key": "k", "request": "r", "created_at": now}
    await put(stores, schema.idempotency_keys, key)
    await put(stores, schema.events, *(event(now) for _ in range(3)))


def event(now: Instant) -> dict[str, Any]:
    return {"user_id": _PERSON, "at": now, "type": "alert", "ref": "1", "revision": 1}


async def check_restored_people(url: str, now: Instant) -> int:
    """Check what a restore left; return the id of an event that is recorded then."""
    stores = Stores.opened(url, AGES)
    person, token = stores.people.find(_PERSON), stores.tokens.find("token")
    assert person
    assert token
    assert (person.admin, token.admin) == (True, True)
    for table in (schema.sessions, schema.sign_in_links, schema.idempotency_keys, schema.events):
        assert stores.database.rows(select(table)) == []
    await put(stores, schema.events, event(now))
    number = int(stores.database.value(select(schema.events.c.id)))
    stores.close()
    return number
