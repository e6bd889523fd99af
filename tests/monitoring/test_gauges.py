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
from watcher.monitoring.api_health import HealthMonitor
from watcher.monitoring.self_monitoring import overdue_bound
from watcher.monitoring.status import StatusReport, StatusSource


def report(trip: Trip, used: int = 0, limit: int = 5000) -> StatusReport:
    def levels(now: Instant) -> Mapping[Api, QuotaLevel]:
        return {Api.EBAY: quota_level(Api.EBAY, limit, used, now)}

    source = StatusSource(
        quotas=levels,
        plan=lambda: trip.poller._planner.shared,
        overdue=lambda plan: overdue_bound(plan, 2.0),
        embedded_process=lambda: 1,
        configuration_of=lambda _: "current",
        slack_is_set=True,
        database="watcher.db",
        config_file="",
        problems=(),
    )
    return StatusReport(trip.stores, HealthMonitor(trip.stores.incidents, THRESHOLDS, name="test"), source)


def gauges(trip: Trip, **quota: int) -> dict[str, float]:
    meter = RecordingMeter()
    report(trip, **quota).gauge(meter, trip.clock.now())
    return meter.gauges


def status(trip: Trip, **quota: int) -> dict[str, Any]:
    return report(trip, **quota).read(trip.clock.now())


async def execute(trip: Trip, statement: str, **values: object) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement), values)

    await trip.stores.database.write(run)


@pytest.mark.parametrize(
    ("cadences", "late", "overdue"),
    [
        pytest.param(["10m"], 20 * MINUTE, 0, id="twice its cadence"),
        pytest.param(["10m"], 20 * MINUTE + 1, 1, id="more than twice its cadence"),
        pytest.param(["10m", "6h"], 20 * MINUTE + 1, 1, id="twice the shortest cadence"),
        pytest.param(["6h", "10m"], 20 * MINUTE + 1, 1, id="whichever watch is first"),
        pytest.param(["1m"], 2 * MINUTE, 0, id="two minutes"),
        pytest.param(["1m"], 2 * MINUTE + 1, 1, id="more than two minutes"),
        pytest.param(["30s"], 2 * MINUTE, 0, id="no search is polled more often than every minute"),
    ],
)
async def test_a_search_is_overdue_beyond_twice_its_cadence(
    trip: Trip, cadences: list[str], late: float, overdue: int
) -> None:
    for every in cadences:
        await trip.watch(below="51", every=every)
    trip.clock.move(late)
    assert gauges(trip)["watch.overdue"] == overdue
    found = status(trip)
    assert found["watches"] == {"active": len(cadences), "overdue": overdue}
    assert [t for t in found["troubles"] if "overdue" in t] == ["1 search overdue"] * overdue


async def test_a_paused_watch_does_not_make_its_search_overdue_sooner(trip: Trip) -> None:
    await trip.watch(below="51", every="6h")
    impatient = await trip.watch(below="51", every="1m")
    await trip.registry.set_paused(impatient, trip.clock.now(), paused=True)
    trip.clock.move(HOUR)
    assert gauges(trip)["watch.overdue"] == 0


async def test_another_search_does_not_make_a_search_overdue_sooner(trip: Trip) -> None:
    await trip.watch(below="51", every="1m", category="183454")
    await trip.poll()
    await trip.watch(below="51", every="6h")
    trip.clock.move(50)
    assert gauges(trip)["watch.overdue"] == 0
    trip.clock.move(HOUR)
    assert [o["lateSeconds"] for o in status(trip)["overdue"]] == [HOUR - 10]


async def test_the_most_overdue_search_is_the_first(trip: Trip) -> None:
    for category in ("cards", "toys"):
        await trip.registry.add({"query": category, "below": "1", "every": "1m"}, trip.clock.now())
        trip.clock.move(MINUTE)
    trip.clock.move(HOUR)
    assert [(o["query"], o["lateSeconds"]) for o in status(trip)["overdue"]] == [
        ("cards", HOUR + 2 * MINUTE),
        ("toys", HOUR + MINUTE),
    ]


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
    # A tenth is kept for people, so polls stop one call earlier.
    assert (
        troubles
        == {10: [], 1: ["eBay's quota for polls is used up"], 0: ["eBay's quota is used up"]}[remaining]
    )


async def test_the_outbox_counts_what_waits_and_what_is_dead(trip: Trip) -> None:
    assert {n: v for n, v in gauges(trip).items() if n.startswith("outbox.")} == {
        "outbox.depth": 0,
        "outbox.dead": 0,
        "outbox.oldest": 0.0,
    }
    for below in ("51", "51.10", "51.20", "51.30"):  # watches that ask for the same share a message
        await trip.watch(below=below)
    await trip.poll()
    await execute(trip, "UPDATE outbox SET state = 'sent', done_at = 1, created_at = 1 WHERE id = 1")
    await execute(trip, "UPDATE outbox SET state = 'dead', done_at = 1, created_at = 1 WHERE id = 2")
    trip.clock.move(90)
    found = gauges(trip)
    assert (found["outbox.depth"], found["outbox.dead"], found["outbox.oldest"]) == (2, 1, 90)
    expected = {"pending": 2, "dead": 1, "oldestPendingSeconds": 90, "lastFailure": None}
    assert status(trip)["outbox"] == expected


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
    silent = await trip.watch(below="1")
    await trip.stores.watches.change(replace(trip.registry.get(silent), rejected=("x",)), trip.clock.now())
    assert [(p["watch"], p["told"], p["rejected"]) for p in status(trip)["precision"]] == [
        (silent, 0, 1),
        (numbers[1], 3, 2),
        (numbers[0], 3, 1),
    ]


async def test_watches_of_the_same_precision_are_in_the_order_of_their_ids(trip: Trip) -> None:
    for number, told, rejected in ((1, 4, '["x", "y"]'), (2, 2, '["x"]')):
        await trip.watch(below=f"51.{number}0")
        await trip.poll(HOUR)
        await execute(trip, "UPDATE alerts SET told = :n WHERE watch_id = :id", n=told, id=number)
        await execute(trip, "UPDATE watches SET rejected = :r WHERE id = :id", r=rejected, id=number)
    assert [p["precision"] for p in status(trip)["precision"]] == [50.0, 50.0]
    assert [p["watch"] for p in status(trip)["precision"]] == [1, 2]


async def test_dead_letters_are_listed_newest_first(trip: Trip, clock: FakeClock) -> None:
    for below in ("51", "51.10", "51.20"):
        await trip.watch(below=below)
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
