"""Users: made a person, given rights, and removed in one transaction with what belongs to them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select

from tests.db.people_rows import identification
from tests.fakes import NOON
from tests.trips import Trip
from watcher.core.people import Belongings, MissingUser, NameTaken, UndecidedWatches, UserAccount
from watcher.core.times import HOUR, Instant
from watcher.db import schema
from watcher.db.stores import Stores
from watcher.db.tokens import NoAdmin

LATER = Instant(NOON + HOUR)


async def put(stores: Stores, table: Table, *rows: dict[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), list(rows))

    await stores.database.write(write)


def rows_of(stores: Stores, table: Table) -> list[dict[str, Any]]:
    return [dict(r._mapping) for r in stores.database.rows(select(table))]


async def sign_in(stores: Stores, user: str, digest: str, expires_at: float = NOON + HOUR) -> None:
    times = {"created_at": NOON, "expires_at": expires_at}
    await put(stores, schema.sessions, {"digest": digest, "user_id": user, "seen_at": NOON, **times})
    await put(stores, schema.sign_in_links, {"digest": digest, "user_id": user, **times})


@pytest.fixture
async def collector(trip: Trip) -> Trip:
    """Return a trip with the person collector: an alerting and a shared watch, a token and a session."""
    await trip.stores.people.add("collector", NOON)
    await trip.watch(user="collector", below="55")
    await trip.watch(user="owner", below="1")
    await trip.registry.add({"query": "another camera", "below": "1", "user": "collector"}, trip.clock.now())
    assert await trip.poll()
    await trip.stores.tokens.add("t1", "collector", NOON, admin=False)
    await trip.stores.tokens.add("t2", "owner", NOON, admin=False)
    for user in ("collector", "owner"):
        await sign_in(trip.stores, user, f"session of {user}")
        key = {"user_id": user, "key": "k", "request": "r", "created_at": NOON}
        await put(trip.stores, schema.idempotency_keys, key)
        scan = {"digest": user, "user_id": user, "created_at": NOON, "expires_at": NOON, "payload": "{}"}
        await put(trip.stores, schema.scan_sessions, scan)
        used = {"user_id": user, "api": "openai", "window_start": NOON, "calls": 1}
        await put(trip.stores, schema.api_usage, used)
        await put(trip.stores, schema.identifications, identification(NOON, user))
        event = {"user_id": user, "at": NOON, "type": "watch", "ref": "1", "revision": 1}
        await put(trip.stores, schema.events, event)
    return trip


def owners(stores: Stores, *tables: Table) -> list[set[str]]:
    return [{r["user_id"] for r in rows_of(stores, table)} for table in tables]


EPHEMERAL = (
    schema.sessions,
    schema.sign_in_links,
    schema.idempotency_keys,
    schema.scan_sessions,
    schema.api_usage,
)


async def test_an_owner_becomes_a_person_when_it_is_added(stores: Stores) -> None:
    await stores.tokens.add("digest", "collector", NOON, admin=True)
    assert (stores.people.any(), stores.people.find("collector")) == (False, UserAccount("collector", NOON))
    assert await stores.people.add("collector", LATER) == UserAccount("collector", NOON, LATER)
    assert stores.people.any()
    assert stores.people.find("Collector") is None


async def test_adding_a_person_again_changes_only_the_given_rights(stores: Stores) -> None:
    add = stores.people.add
    assert await add("collector", NOON, admin=True) == UserAccount("collector", NOON, NOON, admin=True)
    assert await add("collector", LATER) == UserAccount("collector", NOON, NOON, admin=True)
    assert await add("collector", LATER, admin=False) == UserAccount("collector", NOON, NOON)
    assert await add("collector", LATER, admin=True) == UserAccount("collector", NOON, NOON, admin=True)


async def test_a_name_that_looks_like_another_is_taken(stores: Stores) -> None:
    await stores.tokens.add("digest", "owner", NOON, admin=False)
    with pytest.raises(NameTaken, match="looks like the user"):
        await stores.people.add("Owner", NOON)
    assert [u.name for u, _ in stores.people.listed(NOON)] == ["owner"]
    assert (await stores.people.add("owner", NOON)).is_person


async def test_no_token_and_no_watch_makes_a_user_that_looks_like_another(trip: Trip) -> None:
    stores = trip.stores
    await stores.people.add("admin", NOON, admin=True)
    ids = [user.name for user, _ in stores.people.listed(NOON)]
    for look_alike in ("Admin", "\uff41dmin", "\u0430dmin", "LOCAL"):
        with pytest.raises(NameTaken):
            await stores.tokens.add("digest", look_alike, NOON, admin=False)
        with pytest.raises(NameTaken):
            await trip.registry.add({"query": "omega", "user": look_alike}, NOON)
    rows = trip.registry.read_import("query,user\nomega,buyer\nseiko,Buyer\n").watches
    with pytest.raises(NameTaken):
        await trip.registry.add_all(rows, NOON)
    assert [user.name for user, _ in stores.people.listed(NOON)] == ids
    await stores.tokens.add("digest", "local", NOON, admin=False)


async def test_users_are_listed_with_the_counts_of_what_is_theirs(collector: Trip) -> None:
    stores = collector.stores
    await sign_in(stores, "collector", "expired", expires_at=NOON)
    await stores.tokens.add("t3", "collector", NOON, admin=False)
    await stores.tokens.revoke(3, NOON)
    listed = {u.name: counts for u, counts in stores.people.listed(NOON)}
    assert listed == {"collector": Belongings(2, 1, 1, 1), "owner": Belongings(1, 0, 1, 1)}


async def test_a_user_with_watches_is_not_removed_without_a_decision(collector: Trip) -> None:
    before = [rows_of(collector.stores, table) for table in schema.metadata.sorted_tables]
    with pytest.raises(UndecidedWatches, match="2 watches and 1 alert: .*--to USER.*--delete"):
        await collector.stores.people.remove("collector", LATER)
    for user, heir in (("stranger", None), ("collector", "stranger")):
        with pytest.raises(MissingUser, match="no user .stranger"):
            await collector.stores.people.remove(user, LATER, heir=heir)
    assert [rows_of(collector.stores, table) for table in schema.metadata.sorted_tables] == before


async def test_the_watches_of_a_removed_user_are_moved_with_their_state(collector: Trip) -> None:
    stores = collector.stores
    states, messages = rows_of(stores, schema.item_states), rows_of(stores, schema.outbox)
    assert states
    assert messages
    removed = await stores.people.remove("collector", LATER, heir="owner")
    assert removed == (2, 1, 0, 1, 1, 0)
    assert stores.people.find("collector") is None
    assert [row["owner"] for row in rows_of(stores, schema.identifications)] == ["owner"]
    assert owners(stores, schema.watches, schema.alerts, *EPHEMERAL, schema.events) == [{"owner"}] * 8
    assert [r.alert.user for r in stores.alerts.latest(9)] == ["owner"]
    assert rows_of(stores, schema.item_states) == states
    assert rows_of(stores, schema.outbox) == messages
    assert [(w.id, w.revision) for w in (r.watch for r in stores.watches.listed("owner"))] == [
        (1, 2),
        (2, 1),
        (3, 2),
    ]
    assert [e.event for e in stores.events.after(0)][-2:] == [
        ("owner", "watch", "1", 2),
        ("owner", "watch", "3", 2),
    ]
    assert await collector.poll(after=24 * HOUR) == []


async def test_the_watches_of_a_removed_user_are_deleted_with_their_alerts(collector: Trip) -> None:
    stores = collector.stores
    silence = {"api": "", "symptom": "", "starts_at": NOON, "ends_at": LATER, "author": "", "reason": ""}
    await put(
        stores,
        schema.silences,
        *({"id": str(w), "watch_id": w, **silence} for w in (1, 2)),
    )
    removed = await stores.people.remove("collector", LATER, delete_watches=True)
    assert removed == (2, 1, 1, 1, 1, 0)
    assert owners(stores, schema.watches, *EPHEMERAL, schema.events) == [{"owner"}] * 7
    for table in (schema.alerts, schema.item_states, schema.outbox, schema.evidence):
        assert rows_of(stores, table) == []
    assert [r["watch_id"] for r in rows_of(stores, schema.silences)] == [2]
    due = {r["query"]: r["due_at"] is not None for r in rows_of(stores, schema.searches)}
    assert due == {"zenitar mk2 camera": True, "another camera": False}


@pytest.mark.parametrize("heir", ["owner", None])
async def test_a_poll_under_way_records_no_alert_for_a_removed_user(trip: Trip, heir: str | None) -> None:
    await trip.stores.people.add("owner", NOON)
    await trip.watch(user="collector", below="55")
    search, is_removed = trip.market.search, asyncio.Event()

    async def late(*of: Any, **more: Any) -> Any:
        await is_removed.wait()
        return await search(*of, **more)

    trip.market.search = late  # type: ignore[method-assign]
    await trip.poller.tick(trip.clock.now())
    await trip.stores.people.remove("collector", LATER, heir=heir, delete_watches=heir is None)
    is_removed.set()
    await trip.poller.settle()
    assert rows_of(trip.stores, schema.alerts) == []
    assert [a.user for a in await trip.poll(after=24 * HOUR)] == ([heir] if heir else [])


async def test_evidence_that_another_alert_uses_stays(collector: Trip) -> None:
    (alert,) = rows_of(collector.stores, schema.alerts)
    await put(collector.stores, schema.alerts, {**alert, "id": "another", "user_id": "owner"})
    await collector.stores.people.remove("collector", LATER, delete_watches=True)
    assert len(rows_of(collector.stores, schema.evidence)) == 1


async def test_the_api_stays_closed_after_the_owner_of_the_only_token_left(stores: Stores) -> None:
    await stores.tokens.add("digest", "collector", NOON, admin=False)
    await stores.people.remove("collector", LATER)
    assert stores.tokens.ever()
    assert stores.tokens.find("digest") is None
    (token,) = stores.tokens.listed()
    assert (token.user, token.created_at, token.revoked_at) == ("local", NOON, LATER)


async def test_local_stays_as_an_owner_when_it_is_removed(trip: Trip) -> None:
    people = trip.stores.people
    await trip.watch(below="55")
    await trip.stores.tokens.add("digest", "local", NOON, admin=False)
    await people.add("collector", NOON)
    await people.add("local", NOON, admin=True)
    assert await people.remove("local", LATER, heir="collector") == (1, 0, 0, 1, 0, 0)
    left = people.find("local")
    assert left is not None
    assert (left.is_person, left.admin) == (False, False)
    assert trip.stores.watches.count_of("collector") == 1


async def test_removing_the_last_person_leaves_none(stores: Stores) -> None:
    await stores.people.add("collector", NOON)
    await stores.people.remove("collector", LATER)
    assert not stores.people.any()
    await stores.people.add("collector", LATER)
    assert stores.people.find("collector") == UserAccount("collector", LATER, LATER)


async def test_the_token_of_a_person_has_no_more_rights_than_the_person(stores: Stores) -> None:
    """A change takes effect with the next request."""
    tokens, people = stores.tokens, stores.people
    await tokens.add("digest", "owner", NOON, admin=True)
    await tokens.add("plain", "owner", NOON, admin=False)

    def rights() -> list[bool]:
        found = [tokens.find("digest"), tokens.find("plain")]
        assert found == tokens.listed()
        return [t.admin for t in found if t]

    assert rights() == [True, False]
    await people.add("owner", LATER)
    assert rights() == [False, False]
    with pytest.raises(NoAdmin, match="watcher user add owner --admin"):
        await tokens.add("another", "owner", LATER, admin=True)
    await people.add("owner", LATER, admin=True)
    assert rights() == [True, False]
    assert (await tokens.add("another", "owner", LATER, admin=True)).admin
    await people.add("owner", LATER, admin=False)
    assert [t.admin for t in tokens.listed()] == [False] * 3
