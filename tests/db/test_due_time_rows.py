"""Which times are moved back with the clock, in searches, watches, sightings and messages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select, update

from tests.conftest import database_url
from tests.fakes import NOON
from tests.trips import Trip
from watcher.core.times import HOUR, MINUTE, Instant
from watcher.db.outbox import message_row
from watcher.db.schema import outbox, searches, sightings, watches

# On SQLite and, with `make test-slow PART=postgres`, on Postgres.
__all__ = ["database_url"]

LEASE = 5 * MINUTE  # the longest


async def change(trip: Trip, table: Table, number: int, **values: Any) -> None:
    def write(conn: Connection) -> None:
        conn.execute(update(table).where(table.c.id == number).values(**values))

    await trip.stores.database.write(write)


async def put(trip: Trip, table: Table, row: dict[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), [row])

    await trip.stores.database.write(write)


@pytest.fixture
async def two(trip: Trip) -> Trip:
    """Return a trip with two searches, each with a watch, and two messages."""
    for query in ("one camera", "two cameras"):
        await trip.registry.add({"query": query, "below": "1"}, NOON)
        await put(trip, outbox, message_row("ops", query, "ops", "{}", NOON))
    return trip


async def test_the_latest_activity_is_that_of_any_search_or_message(two: Trip) -> None:
    store = two.stores.due_times
    assert store.latest() is None
    for number, polled in ((1, NOON + 20), (2, NOON + 10)):
        await change(two, searches, number, polled_at=polled)
    assert store.latest() == NOON + 20
    for number, until in ((1, NOON + LEASE + 30), (2, NOON + LEASE + 25)):
        await change(two, searches, number, lease="held", lease_until=until)
    assert store.latest() == NOON + 30
    await change(two, outbox, 1, lease_until=NOON + LEASE + 50, state="sent")
    await change(two, outbox, 2, lease_until=NOON + LEASE + 40)
    assert store.latest() == NOON + 40, "a message that was sent has no lease"


@pytest.mark.parametrize(
    ("due", "lease", "after"),
    [
        pytest.param(NOON + 3 * HOUR, "", NOON + 2 * HOUR, id="by as much as the clock"),
        pytest.param(NOON + HOUR / 2, "", NOON, id="not before now"),
        pytest.param(NOON + HOUR, "", NOON, id="exactly"),
        pytest.param(NOON, "", NOON, id="due now"),
        pytest.param(NOON - 9, "", NOON - 9, id="overdue"),
        pytest.param(NOON - 9, "x", NOON - 10, id="being polled, so that its due time differs"),
        pytest.param(None, "x", None, id="no watch wants it"),
    ],
)
async def test_a_due_time_moves_back_with_the_clock(
    two: Trip, due: float | None, lease: str, after: float | None
) -> None:
    await change(two, searches, 1, due_at=due, lease=lease)
    await two.stores.due_times.shift_back(NOON, HOUR)
    first, second = two.stores.database.rows(select(searches).order_by(searches.c.id))
    assert (first.due_at, second.due_at) == (after, NOON)


@pytest.mark.parametrize(("until", "after"), [(LEASE + 1, LEASE), (LEASE, LEASE), (9, 9), (-9, -9)])
async def test_no_lease_lasts_longer_than_the_longest(two: Trip, until: float, after: float) -> None:
    await change(two, searches, 1, lease_until=NOON + until)
    await change(two, outbox, 1, lease_until=NOON + until)
    await change(two, outbox, 2, lease_until=NOON + HOUR, state="sent")
    await two.stores.due_times.shift_back(NOON, HOUR)
    rows = two.stores.database.rows(select(searches).order_by(searches.c.id))
    assert [r.lease_until for r in rows] == [NOON + after, 0]
    rows = two.stores.database.rows(select(outbox).order_by(outbox.c.id))
    assert [r.lease_until for r in rows] == [NOON + after, NOON + HOUR]


@pytest.mark.parametrize(("due", "after"), [(3 * HOUR, 2 * HOUR), (1, 0), (0, 0), (-1, -1)])
async def test_messages_that_wait_move_back_and_sent_ones_stay(two: Trip, due: float, after: float) -> None:
    await change(two, outbox, 1, next_at=NOON + due)
    await change(two, outbox, 2, next_at=NOON + 3 * HOUR, state="sent")
    await two.stores.due_times.shift_back(NOON, HOUR)
    rows = two.stores.database.rows(select(outbox).order_by(outbox.c.id))
    assert [r.next_at for r in rows] == [NOON + after, NOON + 3 * HOUR]


@pytest.mark.parametrize("polled", [NOON + HOUR, NOON - HOUR])
async def test_times_later_than_now_become_now(two: Trip, polled: float) -> None:
    await change(two, searches, 1, polled_at=polled)
    await change(two, searches, 2, polled_at=NOON - 5)
    await change(two, watches, 1, baseline_at=NOON + HOUR)
    await change(two, watches, 2, baseline_at=NOON - HOUR)
    row = {
        "title": "",
        "currency": "USD",
        "first_seen": NOON - 9,
        "changed_at": NOON + 9,
        "seen_at": NOON + 9,
    }
    for search in (1, 2):
        await put(two, sightings, {**row, "search_id": search, "item_id": "v1|1|0"})
    await two.stores.due_times.shift_back(NOON, HOUR)
    rows = two.stores.database.rows(select(searches).order_by(searches.c.id))
    assert [r.polled_at for r in rows] == [min(polled, NOON), NOON - 5]
    rows = two.stores.database.rows(select(watches).order_by(watches.c.id))
    assert [r.baseline_at for r in rows] == [NOON, NOON - HOUR]
    rows = two.stores.database.rows(select(sightings).order_by(sightings.c.search_id))
    later = Instant(NOON + 9)
    corrected = NOON if polled > NOON else later
    assert [(r.first_seen, r.changed_at, r.seen_at) for r in rows] == [
        (NOON - 9, corrected, corrected),
        (NOON - 9, later, later),
    ]
