"""The gauges of the contract and the figures of `watcher status`, at the values where they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.fakes import THRESHOLDS, FakeClock, RecordingMeter
from tests.trips import Trip
from watcher.core.errors import Api
from watcher.core.monitoring.self_checks import QuotaLevel, quota_level
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.db.stores import Stores
from watcher.monitoring.api_health import HealthMonitor
from watcher.monitoring.status import StatusReport


def report(stores: Stores, used: int = 0, limit: int = 5000) -> StatusReport:
    def levels(now: Instant) -> Mapping[Api, QuotaLevel]:
        return {Api.EBAY: quota_level(Api.EBAY, limit, used, now)}

    health = HealthMonitor(stores.incidents, THRESHOLDS, name="test")
    return StatusReport(stores, health, quotas=levels, slack_is_set=True)


def gauges(trip: Trip, **quota: int) -> dict[str, float]:
    meter = RecordingMeter()
    report(trip.stores, **quota).gauge(meter, trip.clock.now())
    return meter.gauges


def status(trip: Trip, **quota: int) -> dict[str, Any]:
    return report(trip.stores, **quota).read(trip.clock.now())


async def execute(trip: Trip, statement: str, **values: object) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement), values)

    await trip.stores.database.write(run)


@pytest.mark.parametrize(("late", "overdue"), [(0.0, 0), (119.0, 0), (120.0, 0), (121.0, 1)])
async def test_a_search_is_overdue_after_two_minutes(trip: Trip, late: float, overdue: int) -> None:
    await trip.watch(below="51")
    trip.clock.move(late)
    assert gauges(trip)["watch.overdue"] == overdue
    found = status(trip)
    assert found["watches"] == {"active": 1, "overdue": overdue}
    assert [t for t in found["troubles"] if "overdue" in t] == ["1 search overdue"] * overdue


async def test_a_search_that_is_not_due_or_paused_is_not_overdue(trip: Trip) -> None:
    await trip.watch(below="51", every="24h")
    paused = await trip.watch(below="51", every="24h", category="cards")
    await trip.registry.set_paused(paused, trip.clock.now(), paused=True)
    await trip.poll()
    trip.clock.move(DAY)
    assert (gauges(trip)["watch.total"], gauges(trip)["watch.overdue"]) == (1, 0)


async def test_watches_are_counted_without_the_paused_ones(trip: Trip) -> None:
    numbers = [await trip.watch(below="51") for _ in range(3)]
    await trip.registry.set_paused(numbers[0], trip.clock.now(), paused=True)
    assert gauges(trip)["watch.total"] == 2


@pytest.mark.parametrize(("used", "remaining"), [(0, 10), (9, 1), (10, 0), (11, 0)])
async def test_remaining_calls_end_at_zero(trip: Trip, used: int, remaining: int) -> None:
    found = gauges(trip, used=used, limit=10)
    assert (found["quota.ebay.remaining"], found["quota.ebay.limit"]) == (remaining, 10)
    assert status(trip, used=used, limit=10)["quota"]["ebay"]["remaining"] == remaining
    troubles = [t for t in status(trip, used=used, limit=10)["troubles"] if "quota" in t]
    assert troubles == ([] if remaining else ["eBay's quota is used up"])


async def test_the_outbox_counts_what_waits_and_what_is_dead(trip: Trip) -> None:
    assert {n: v for n, v in gauges(trip).items() if n.startswith("outbox.")} == {
        "outbox.depth": 0,
        "outbox.dead": 0,
        "outbox.oldest": 0.0,
    }
    for _ in range(4):
        await trip.watch(below="51")
    await trip.poll()
    await execute(trip, "UPDATE outbox SET state = 'sent', done_at = 1, created_at = 1 WHERE id = 1")
    await execute(trip, "UPDATE outbox SET state = 'dead', done_at = 1, created_at = 1 WHERE id = 2")
    trip.clock.move(90)
    found = gauges(trip)
    assert (found["outbox.depth"], found["outbox.dead"], found["outbox.oldest"]) == (2, 1, 90)
    assert status(trip)["outbox"] == {"pending": 2, "dead": 1, "oldestPendingSeconds": 90}


@pytest.mark.parametrize(("age", "is_stuck"), [(5 * MINUTE, False), (5 * MINUTE + 1, True)])
async def test_a_message_is_stuck_after_five_minutes(trip: Trip, age: float, *, is_stuck: bool) -> None:
    await trip.watch(below="51")
    await trip.poll()
    trip.clock.move(age)
    assert ["a message has waited for 5 min 1 s"] * is_stuck == [
        t for t in status(trip)["troubles"] if "message" in t
    ]


async def test_the_lag_is_that_of_the_longest_due_search(trip: Trip) -> None:
    assert status(trip)["lagSeconds"] == 0
    await trip.watch(below="51")
    trip.clock.move(40)
    await trip.watch(below="51", category="cards")
    assert status(trip)["lagSeconds"] == 40
    await trip.poll(20)
    assert status(trip)["lagSeconds"] == 0, "nothing is due"


async def test_the_worst_watch_is_the_first_of_the_precisions(trip: Trip) -> None:
    numbers = [await trip.watch(below="56") for _ in range(3)]
    await trip.poll()
    for number, rejected in zip(numbers, (["v1|1|0"], ["v1|1|0", "v1|2|0"], []), strict=True):
        watch = trip.registry.get(number)
        changed = replace(watch, rejected=tuple(rejected))
        assert await trip.stores.watches.change(changed, trip.clock.now())
    assert [(p["watch"], p["told"], p["rejected"]) for p in status(trip)["precision"]] == [
        (numbers[1], 3, 2),
        (numbers[0], 3, 1),
    ]


async def test_dead_letters_are_listed_newest_first(trip: Trip, clock: FakeClock) -> None:
    for _ in range(3):
        await trip.watch(below="51")
    await trip.poll()
    await execute(trip, "UPDATE outbox SET state = 'dead', done_at = :at - id", at=clock.now())
    await execute(trip, "UPDATE outbox SET state = 'sent' WHERE id = 2")
    found = status(trip)["deadLetters"]
    refs = trip.stores.database.rows(text("SELECT ref FROM outbox WHERE state = 'dead' ORDER BY id DESC"))
    assert [d["id"] for d in found] == [r.ref for r in refs]


async def test_only_active_searches_are_reported_as_suspicious(trip: Trip) -> None:
    await trip.watch(below="51")
    paused = await trip.watch(below="51", category="cards")
    await execute(trip, "UPDATE searches SET suspicion = 'empty'")
    await trip.registry.set_paused(paused, trip.clock.now(), paused=True)
    trip.clock.move(HOUR)
    assert len(status(trip)["doubted"]) == 1
