"""Housekeeping over every table: what is past its age goes, what is inside it stays, some rows never go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Table, insert, select

from tests.conftest import database_url
from tests.fakes import NOON
from tests.trips import Trip
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db import housekeeping, schema, sweeping
from watcher.db.housekeeping import RetentionPeriods
from watcher.db.stores import Stores

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url"]

NOW = NOON
# Three different periods, so that no rule passes with the period of another.
TEXTS, HISTORY, STALE = Seconds(20 * DAY), Seconds(300 * DAY), Seconds(50 * DAY)
PERIODS = RetentionPeriods(TEXTS, HISTORY, STALE)

SEARCH = {
    "id": 1,
    "key": "k",
    "query": "camera",
    "condition": "any",
    "category": "",
    "marketplace": "EBAY_US",
    "due_at": NOW,
    "polled_at": NOW,
}
WATCH = {
    "id": 1,
    "search_id": 1,
    "user_id": "local",
    "rule": "below 50 USD",
    "exclude": "",
    "buying": "any",
    "from_country": "",
    "unknown_shipping": "assume",
    "label": "",
    "tag": "",
    "destination": "slack",
    "paused": False,
    "created_at": NOW,
    "armed": True,
    "revision": 1,
}
SIGHTING = {
    "search_id": 1,
    "item_id": "v1|1|0",
    "title": "Camera",
    "currency": "USD",
    "price": 100,
    "first_seen": NOW,
    "changed_at": NOW,
    "seen_at": NOW,
}
STATE = {
    "watch_id": 1,
    "item_id": "v1|9|0",
    "total": 1,
    "price": 1,
    "currency": "USD",
    "estimated": False,
    "told_at": NOW,
}
ENTRY = {"key": "k", "payload": b"", "fetched_at": NOW, "expires_at": NOW}
POINT = {"search_id": 1, "filters": "", "at": NOW, "basis": "ask", "currency": "USD", "n": 1}
MESSAGE = {
    "kind": "ops",
    "ref": "r",
    "destination": "ops",
    "payload": "{}",
    "created_at": 0.0,
    "state": "sent",
    "next_at": 0.0,
    "attempt": 1,
    "lease": "",
    "lease_until": 0.0,
    "done_at": NOW,
    "error": "",
}
ALERT = {"id": "a", "watch_id": 1, "user_id": "local", "made_at": NOW, "receipt": "{}", "erased_at": 1.0}
DELISTING = {
    "search_id": 1,
    "item": "hash",
    "kind": "sold",
    "currency": "USD",
    "price": 1,
    "listed_at": 0.0,
    "gone_at": NOW,
}
EVIDENCE = {"id": "e", "at": NOW, "payload": b"", "erased_at": 1.0}
CALL = {"at": NOW, "api": "ebay", "seconds": 0.1, "counts": True}
INCIDENT = {
    "id": "i",
    "api": "ebay",
    "symptom": "outage",
    "since": 0.0,
    "notified_at": 0.0,
    "resolved_at": NOW,
    "headline": "",
}
SILENCE = {
    "id": "s",
    "api": "",
    "symptom": "",
    "starts_at": 0.0,
    "ends_at": NOW,
    "author": "",
    "reason": "",
}
DAEMON = {
    "id": "d",
    "started_at": 0.0,
    "seen_at": NOW,
    "version": "",
    "config_path": "",
    "config_digest": "",
}
SESSION = {"digest": "d", "user_id": "local", "created_at": 0.0, "seen_at": 0.0, "expires_at": NOW}
LINK = {"digest": "d", "user_id": "local", "created_at": 0.0, "expires_at": NOW}
IDEMPOTENCY_KEY = {"user_id": "local", "key": "k", "request": "r", "created_at": NOW}
EVENT = {"at": NOW, "user_id": "local", "type": "alert", "ref": "a", "revision": 1}
IDENTIFICATION = {
    "digest": "d",
    **{f"crop{n}": n for n in range(4)},
    "title": "Camera",
    "query": "camera",
    "way": "openai",
    "confidence": 0.9,
    "created_at": 1.0,
    "expires_at": NOW,
}
SCAN = {"digest": "d", "user_id": "local", "created_at": 0.0, "expires_at": NOW, "payload": "{}"}
USAGE = {"user_id": "local", "api": "openai", "window_start": NOW, "calls": 1}
SPECIFICS = {"item_id": "v1|1|0", "content": "c", "payload": "[]", "fetched_at": NOW}
READING = {"digest": "d", "verdict": "same", "read_at": NOW}
STRIPE_EVENT = {"id": "evt_1", "type": "invoice.paid", "received_at": NOW}
CHECKOUT = {
    "user_id": "local",
    "price": "price_1",
    "key": "k",
    "state": "paid",
    "created_at": 0.0,
    "expires_at": NOW,
}
LEDGER = {"api": "ebay", "window_start": NOW, "used": 1}


class Rule(NamedTuple):
    """A row, the column that its age is measured by, and the age at which it is deleted."""

    table: Table
    row: Mapping[str, Any]
    column: str
    age: float

    def __str__(self) -> str:
        return self.table.name


RULES = (
    Rule(schema.cache_entries, ENTRY, "expires_at", STALE),
    Rule(schema.item_states, STATE, "told_at", TEXTS),
    Rule(schema.price_points, POINT, "at", HISTORY),
    Rule(schema.outbox, MESSAGE, "done_at", TEXTS),
    Rule(schema.alerts, ALERT, "made_at", HISTORY),
    Rule(schema.delistings, DELISTING, "gone_at", HISTORY),
    Rule(schema.evidence, EVIDENCE, "at", HISTORY),
    Rule(schema.api_calls, CALL, "at", 12 * HOUR),
    Rule(schema.incidents, INCIDENT, "resolved_at", HISTORY),
    Rule(schema.silences, SILENCE, "ends_at", HISTORY),
    Rule(schema.daemons, DAEMON, "seen_at", DAY),
    Rule(schema.sessions, SESSION, "expires_at", 0),
    Rule(schema.sign_in_links, LINK, "expires_at", 0),
    Rule(schema.idempotency_keys, IDEMPOTENCY_KEY, "created_at", DAY),
    Rule(schema.events, EVENT, "at", 7 * DAY),
    Rule(schema.identifications, IDENTIFICATION, "expires_at", STALE),
    Rule(
        schema.identifications,
        {**IDENTIFICATION, "way": "ebay", "expires_at": NOW + DAY},
        "created_at",
        TEXTS,
    ),
    Rule(
        schema.identifications,
        {**IDENTIFICATION, "way": "barcode", "owner": "x", "expires_at": NOW + DAY},
        "created_at",
        TEXTS,
    ),
    Rule(schema.scan_sessions, SCAN, "expires_at", 0),
    Rule(schema.api_usage, USAGE, "window_start", HISTORY),
    Rule(schema.item_specifics, SPECIFICS, "fetched_at", TEXTS),
    Rule(schema.readings, READING, "read_at", HISTORY),
    Rule(schema.quota_ledger, LEDGER, "window_start", 40 * DAY),
    Rule(schema.stripe_events, STRIPE_EVENT, "received_at", 30 * DAY),
    Rule(schema.checkouts, CHECKOUT, "expires_at", 30 * DAY),
    Rule(schema.searches, {**SEARCH, "id": 2, "key": "unwatched", "due_at": None}, "polled_at", TEXTS),
    Rule(schema.sightings, {**SIGHTING, "gone_at": NOW}, "gone_at", TEXTS),
)
# Rows that no age may remove, each otherwise like the row of a rule.
LONG_AGO = 1.0
KEPT: dict[str, tuple[Table, Mapping[str, Any]]] = {
    "an open incident": (schema.incidents, {**INCIDENT, "resolved_at": None}),
    "an incident whose end is not sent": (
        schema.incidents,
        {**INCIDENT, "resolved_at": LONG_AGO, "owed": True},
    ),
    "a repeating silence": (schema.silences, {**SILENCE, "ends_at": LONG_AGO, "every": 7 * DAY}),
    "a message that waits": (schema.outbox, {**MESSAGE, "state": "pending", "done_at": None}),
    "a message that waits for its second attempt": (
        schema.outbox,
        {**MESSAGE, "state": "pending", "done_at": LONG_AGO},
    ),
    "the last alert of an item on offer": (
        schema.item_states,
        {**STATE, "item_id": SIGHTING["item_id"], "told_at": LONG_AGO},
    ),
    "a listing on offer": (schema.sightings, {**SIGHTING, "item_id": "v1|2|0", "first_seen": LONG_AGO}),
    "a search that was never polled": (
        schema.searches,
        {**SEARCH, "id": 2, "key": "new", "due_at": None, "polled_at": None},
    ),
    "a search that a paused watch wants": (
        schema.searches,
        {**SEARCH, "id": 3, "key": "paused", "due_at": None, "polled_at": LONG_AGO},
    ),
    "a token": (
        schema.tokens,
        {"digest": "d", "user_id": "local", "admin": False, "created_at": LONG_AGO, "revoked_at": LONG_AGO},
    ),
    "a subscription": (
        schema.subscriptions,
        {"user_id": "local", "changed_at": LONG_AGO, "confirmed_at": LONG_AGO},
    ),
    "a secret of the installation": (schema.installation, {"name": "billing", "value": "secret"}),
    "an open checkout": (schema.checkouts, {**CHECKOUT, "state": "open", "expires_at": LONG_AGO}),
    "a user": (schema.users, {"id": "old", "created_at": LONG_AGO}),
    "an accuracy": (
        schema.accuracy,
        {"category": "", "basis": "ask", "n": 1, "payload": "{}", "computed_at": LONG_AGO},
    ),
    "the plan of polls": (
        schema.polling_plan,
        {"api": "ebay", "computed_at": LONG_AGO, "payload": "{}"},
    ),
    "how late an alert was that is kept": (
        schema.lateness,
        {"alert_id": "a", "item": "hash", "watch_id": 1, "seen_at": LONG_AGO},
    ),
    "a watch": (schema.watches, {**WATCH, "id": 3, "created_at": LONG_AGO, "baseline_at": LONG_AGO}),
}


@pytest.fixture
def kept(database_url: str) -> Iterator[Stores]:
    stores = Stores.opened(database_url, PERIODS)
    yield stores
    stores.close()


async def put(stores: Stores, table: Table, row: Mapping[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table).values(**row))

    await stores.database.write(write)


async def prepare(stores: Stores) -> None:
    """Store a user, a search, its watch and a listing on offer."""
    await put(stores, schema.users, {"id": "local", "created_at": 0.0})
    await put(stores, schema.searches, SEARCH)
    await put(stores, schema.watches, WATCH)
    await put(stores, schema.sightings, SIGHTING)


def rows_of(stores: Stores, table: Table) -> list[Any]:
    return list(stores.database.rows(select(table)))


@pytest.mark.parametrize("rule", RULES, ids=str)
async def test_a_row_goes_when_it_is_past_its_age_and_not_before(kept: Stores, rule: Rule) -> None:
    await prepare(kept)
    before = len(rows_of(kept, rule.table))
    at = NOW - rule.age
    row = {**rule.row, rule.column: at}
    if rule.table is schema.sightings:
        row["item_id"] = "v1|3|0"
    await put(kept, rule.table, row)
    removed = await kept.housekeeping.prune(Instant(NOW))
    assert removed[rule.table.name] == 0
    assert len(rows_of(kept, rule.table)) == before + 1
    removed = await kept.housekeeping.prune(Instant(NOW + 1))
    assert removed[rule.table.name] == 1
    assert len(rows_of(kept, rule.table)) == before


@pytest.mark.parametrize("name", KEPT)
async def test_no_age_removes_what_is_still_needed(kept: Stores, name: str) -> None:
    await prepare(kept)
    table, row = KEPT[name]
    if table is schema.lateness:  # it goes with its alert
        await put(kept, schema.alerts, ALERT)
    await put(kept, table, row)
    if table is schema.searches and row["id"] == 3:
        await put(kept, schema.watches, {**WATCH, "id": 2, "search_id": 3, "paused": True})
    before = rows_of(kept, table)
    removed = await kept.housekeeping.prune(NOW)
    assert set(removed.values()) == {0}
    assert rows_of(kept, table) == before


def test_every_table_has_an_age_or_is_named_as_kept() -> None:
    named = {r.table for r in RULES} | {table for table, _ in KEPT.values()}
    assert {t.name for t in schema.metadata.sorted_tables} == {t.name for t in named}


@pytest.mark.parametrize(
    ("table", "row", "column", "most"),
    [(schema.api_calls, CALL, "at", HOUR), (schema.daemons, DAEMON, "seen_at", DAY)],
    ids=["calls", "daemons"],
)
async def test_rows_of_a_clock_that_was_far_ahead_are_deleted(
    kept: Stores, table: Table, row: dict[str, Any], column: str, most: float
) -> None:
    for number, ahead in enumerate((most, most + 1)):
        name = {"id": str(number)} if table is schema.daemons else {}
        await put(kept, table, {**row, column: NOW + ahead, **name})
    assert (await kept.housekeeping.prune(NOW))[table.name] == 1
    assert [getattr(r, column) for r in rows_of(kept, table)] == [NOW + most]


@pytest.mark.parametrize("column", ["seen_at", "changed_at"])
async def test_a_listing_goes_when_its_search_saw_nothing_of_it_for_long(kept: Stores, column: str) -> None:
    await prepare(kept)
    long_ago = {**SIGHTING, "item_id": "v1|3|0", "seen_at": LONG_AGO, "changed_at": LONG_AGO}
    await put(kept, schema.sightings, {**long_ago, column: NOW - TEXTS})
    assert (await kept.housekeeping.prune(NOW))["sightings"] == 0
    await put(kept, schema.sightings, {**long_ago, "item_id": "v1|4|0", column: NOW - TEXTS - 1})
    assert (await kept.housekeeping.prune(NOW))["sightings"] == 1
    assert {r.item_id for r in rows_of(kept, schema.sightings)} == {"v1|1|0", "v1|3|0"}


async def test_a_listing_of_a_search_that_is_not_polled_stays(kept: Stores) -> None:
    await prepare(kept)
    assert (await kept.housekeeping.prune(Instant(NOW + 10 * HISTORY)))["sightings"] == 0


async def test_more_rows_than_one_step_are_all_deleted(kept: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROWS_PER_STEP", 3)
    for number in range(7):
        await put(kept, schema.cache_entries, {**ENTRY, "key": f"k{number}", "expires_at": LONG_AGO})
    assert (await kept.housekeeping.prune(NOW))["cache_entries"] == 7
    assert rows_of(kept, schema.cache_entries) == []


async def test_listings_of_many_searches_are_forgotten_in_steps(
    kept: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SEARCHES_PER_STEP", 2)
    monkeypatch.setattr(sweeping, "LISTINGS_PER_STEP", 3)
    for number in range(1, 6):
        await put(kept, schema.searches, {**SEARCH, "id": number, "key": f"k{number}"})
        for item in range(3):
            old = {"item_id": f"v1|{item}|0", "seen_at": LONG_AGO, "changed_at": LONG_AGO}
            await put(kept, schema.sightings, {**SIGHTING, "search_id": number, **old})
    steps, write = [], kept.database.write

    def count(function: Any, *args: Any, **kwargs: Any) -> Any:
        steps.append(function.__name__)
        return write(function, *args, **kwargs)

    monkeypatch.setattr(kept.database, "write", count)
    assert (await kept.housekeeping.prune(NOW))["sightings"] == 15
    assert rows_of(kept, schema.sightings) == []
    # For each pair of searches two full steps and an empty one, for the last one a full and an empty one.
    assert steps.count("sweep_some") == 3 + 3 + 2 + 1


async def test_a_file_without_unused_pages_is_not_warned_about(
    kept: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    assert await kept.housekeeping.shrink() == 0
    assert caplog.records == []


async def test_texts_are_erased_when_they_are_past_their_age_and_not_before(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    made = Stores.opened(str(trip.stores.database.engine.url), PERIODS)
    removed = await made.housekeeping.prune(trip.clock.move(TEXTS))
    assert (removed["texts of alerts"], removed["texts of evidence"]) == (0, 0)
    removed = await made.housekeeping.prune(trip.clock.move(1))
    assert (removed["texts of alerts"], removed["texts of evidence"]) == (1, 1)
    row = trip.stores.alerts.get(alert.id)
    assert row is not None
    assert row.alert.items[0].title == ""
    made.close()


async def test_kept_answers_are_erased_with_the_texts_and_their_keys_stay(kept: Stores) -> None:
    for key, age in (("young", HOUR), ("old", HOUR + 1)):
        answered = {"key": key, "created_at": NOW - age, "status": 200, "body": b'{"title": "Camera"}'}
        await put(kept, schema.idempotency_keys, IDEMPOTENCY_KEY | answered)
    made = Stores.opened(str(kept.database.engine.url), PERIODS._replace(listing_text=HOUR))
    assert (await made.housekeeping.prune(NOW))["texts of answers"] == 1
    made.close()
    found = {row.key: (row.status, row.body) for row in rows_of(kept, schema.idempotency_keys)}
    assert found == {"young": (200, b'{"title": "Camera"}'), "old": (200, None)}
