"""Receipts in the database: stored with the alert, shared by a poll, small, and erased after a while."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing
from tests.trips import QUERY, Trip
from watcher.core.receipts import QuotaUse, replay
from watcher.core.times import DAY, HOUR, Instant
from watcher.db import redaction
from watcher.db.redaction import RECEIPTS_PER_STEP


async def spoil(trip: Trip, statement: str) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement))

    await trip.stores.database.write(run)


def count(trip: Trip, table: str) -> int:
    return int(trip.stores.database.value(text(f"SELECT count(*) FROM {table}")))


async def test_every_alert_can_be_recomputed_from_its_receipt(trip: Trip) -> None:
    trip.poller.quota_of = lambda _: QuotaUse(512, 5000)
    for rule in ("below 60", "deal 90%", "median-below 58", "new"):
        await trip.watch(rule=rule)
    made = await trip.poll()
    trip.market.offers(*trip.market.listings, listing(77, 59.5, None), listing(78, 30.0))
    made += await trip.poll(HOUR)
    assert len(made) == 6
    for alert in made:
        receipt = trip.stores.alerts.receipt(alert.id)
        assert receipt is not None
        assert replay(alert, *receipt).agrees
        assert receipt.evidence.quota == QuotaUse(512, 5000)


async def test_the_alerts_of_one_poll_share_its_evidence(trip: Trip) -> None:
    for _ in range(20):
        await trip.watch(below="51")
    await trip.watch(below="51", exclude="strap")
    assert len(await trip.poll()) == 21
    assert count(trip, "evidence") == 2


async def test_a_poll_without_alerts_stores_no_receipt(trip: Trip) -> None:
    await trip.watch(below="10")
    assert not await trip.poll()
    assert count(trip, "evidence") == 0


async def test_a_receipt_of_two_hundred_listings_is_small(trip: Trip) -> None:
    trip.market.offers(
        *(listing(i, 50.0 + i, 5.0, title=f"Zenitar Mk2 rangefinder camera number {i}") for i in range(200))
    )
    await trip.watch(below="60")
    await trip.poll()
    assert trip.stores.database.value(text("SELECT length(payload) FROM evidence")) < 16_000


async def test_old_receipts_keep_only_numbers_reasons_and_hashes(trip: Trip) -> None:
    trip.market.offers(*trip.market.listings, listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    await trip.stores.housekeeping.prune(trip.clock.move(29 * DAY))
    row = trip.stores.alerts.get(alert.id)
    assert row
    assert row.alert == alert
    assert row.erased_at is None
    removed = await trip.stores.housekeeping.prune(trip.clock.move(2 * DAY))
    assert (removed["texts of alerts"], removed["texts of evidence"]) == (1, 1)
    row, receipt = trip.stores.alerts.get(alert.id), trip.stores.alerts.receipt(alert.id)
    assert row
    assert receipt
    assert row.erased_at == receipt.evidence.erased_at == trip.clock.now()
    assert row.alert.items[0].total == "50.00"
    assert "v1|" not in repr((row, receipt))
    assert "Zenitar" not in repr((row, receipt))
    assert [d.reason for d in receipt.evidence.dropped] == ["parts"]
    assert replay(row.alert, *receipt).agrees
    again = await trip.stores.housekeeping.prune(trip.clock.move(DAY))
    assert (again["texts of alerts"], again["texts of evidence"]) == (0, 0)
    # A listing that is still on offer must not alert again because its texts were erased.
    assert trip.stores.searches.last_alerted({number: ["v1|1|0"]})
    await trip.stores.housekeeping.prune(trip.clock.move(365 * DAY))
    assert trip.stores.alerts.get(alert.id) is None
    assert count(trip, "evidence") == 0


async def test_an_items_last_alert_is_deleted_with_its_sighting(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    trip.market.offers(*trip.market.listings[1:])
    await trip.poll(HOUR)
    await trip.stores.housekeeping.prune(trip.clock.move(29 * DAY))
    assert trip.stores.searches.last_alerted({number: ["v1|1|0"]})
    await trip.stores.housekeeping.prune(trip.clock.move(2 * DAY))
    assert not trip.stores.searches.last_alerted({number: ["v1|1|0"]})


async def test_many_receipts_are_erased_in_small_steps(trip: Trip) -> None:
    for _ in range(RECEIPTS_PER_STEP + 1):
        await trip.watch(below="51")
    await trip.poll()
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert removed["texts of alerts"] == RECEIPTS_PER_STEP + 1


async def test_an_unreadable_receipt_is_missing_and_later_deleted(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    await spoil(trip, "UPDATE evidence SET payload = substr(payload, 1, 1)")
    assert trip.stores.alerts.receipt(alert.id) is None
    await spoil(trip, "UPDATE alerts SET grounds = substr(grounds, 1, 1)")
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert (removed["texts of alerts"], removed["texts of evidence"]) == (1, 1)
    assert count(trip, "alerts") == count(trip, "evidence") == 0


async def test_an_unreadable_alert_is_deleted_alone(trip: Trip) -> None:
    for below in ("51", "51.50"):
        await trip.watch(below=below)
    first, second = await trip.poll()
    await spoil(trip, f"UPDATE alerts SET receipt = '?' WHERE id = '{first.id}'")
    await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    rows = trip.stores.database.rows(text("SELECT id FROM alerts"))
    assert [r.id for r in rows] == [second.id]


async def test_texts_are_erased_in_steps_of_a_given_size(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "RECEIPTS_PER_STEP", 2)
    for number in range(3):  # each with filters of its own, and therefore with its own evidence
        await trip.watch(below="51", exclude=f"word{number}")
    await trip.poll()
    now = trip.clock.move(31 * DAY)
    cutoff = redaction.RetentionCutoff(Instant(now - DAY), now)
    for erase in (redaction.erase_alerts, redaction.erase_evidence):
        assert [await trip.stores.database.write(erase, cutoff) for _ in range(3)] == [2, 1, 0]


async def test_an_alert_without_a_receipt_is_erased_too(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    await spoil(trip, "UPDATE alerts SET grounds = NULL, evidence = NULL")
    assert trip.stores.alerts.receipt(alert.id) is None
    await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    row = trip.stores.alerts.get(alert.id)
    assert row
    assert row.alert.items[0].title == ""
    assert row.alert.query == QUERY
