"""A database with people, their sign-ins and events, and what a restore leaves of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert, select

from tests.conftest import AGES
from watcher.core.apis import Api
from watcher.core.times import HOUR, Instant
from watcher.db import schema
from watcher.db.restored import NOT_RESTORED
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
    scan = {"digest": "d", "user_id": _PERSON, "payload": "{}", **times}
    await put(stores, schema.scan_sessions, scan)
    await put(
        stores, schema.api_usage, {"user_id": _PERSON, "api": "openai", "window_start": now, "calls": 2}
    )
    await put(stores, schema.identifications, identification(now))
    await put(stores, schema.events, *(event(now) for _ in range(3)))
    stored = {"customer": "cus_1", "status": "active", "changed_at": now, "confirmed_at": now}
    await put(stores, schema.subscriptions, {"user_id": _PERSON, "check_at": now + 9e9, **stored})


def identification(now: Instant, owner: str = _PERSON) -> dict[str, Any]:
    return {
        "digest": "d",
        "owner": owner,
        **{f"crop{n}": n - 2 for n in range(4)},
        "title": "Camera",
        "query": "camera",
        "way": "openai",
        "confidence": 0.9,
        "created_at": now,
        "expires_at": now + HOUR,
    }


def event(now: Instant) -> dict[str, Any]:
    return {"user_id": _PERSON, "at": now, "type": "alert", "ref": "1", "revision": 1}


async def check_restored_people(url: str, now: Instant) -> int:
    """Check what a restore left; return the id of an event that is recorded then."""
    stores = Stores.opened(url, AGES)
    person, token = stores.people.find(_PERSON), stores.tokens.find("token")
    assert person
    assert token
    assert (person.admin, token.admin) == (True, True)
    for table in NOT_RESTORED:
        assert stores.database.rows(select(table)) == []
    assert stores.api_usage.of_user(_PERSON, Api.OPENAI, now).calls == 2
    assert stores.library.exact("d", _PERSON)
    paid = stores.subscriptions.find(_PERSON)
    assert paid
    assert paid.check_at is not None
    assert paid.check_at < now + 9e9, "Stripe is asked what happened since the backup"
    await put(stores, schema.events, event(now))
    number = int(stores.database.value(select(schema.events.c.id)))
    stores.close()
    return number
