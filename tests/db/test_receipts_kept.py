"""Receipts in the database: kept with the alert, shared by a look, small, and erased in time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from tests.fakes import listing
from tests.trips import QUERY, Trip
from watcher.core.receipts import QuotaUse, replay
from watcher.core.times import DAY, HOUR
from watcher.db.redaction import RECEIPTS_PER_STEP


async def spoil(trip: Trip, statement: str) -> None:
    def run(conn: Connection, items: Sequence[int]) -> Sequence[int]:
        conn.execute(text(statement))
        return items

    await trip.stores.database.write(run, 0)


def count(trip: Trip, table: str) -> int:
    return int(trip.stores.database.value(text(f"SELECT count(*) FROM {table}")))


async def test_every_alert_has_a_receipt_that_comes_to_the_same(trip: Trip) -> None:
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


async def test_the_alerts_of_one_look_share_its_evidence(trip: Trip) -> None:
    for _ in range(20):
        await trip.watch(below="51")
    await trip.watch(below="51", exclude="strap")
    assert len(await trip.poll()) == 21
    assert count(trip, "evidence") == 2


async def test_a_poll_that_tells_nothing_keeps_no_receipt(trip: Trip) -> None:
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


async def test_in_time_the_texts_go_and_numbers_reasons_and_hashes_stay(trip: Trip) -> None:
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
    # What is still on offer must not alert again only because its texts are gone.
    assert trip.stores.searches.told(number, ["v1|1|0"])
    await trip.stores.housekeeping.prune(trip.clock.move(365 * DAY))
    assert trip.stores.alerts.get(alert.id) is None
    assert count(trip, "evidence") == 0


async def test_what_was_told_of_an_item_is_forgotten_with_it(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    trip.market.offers(*trip.market.listings[1:])
    await trip.poll(HOUR)
    await trip.stores.housekeeping.prune(trip.clock.move(29 * DAY))
    assert trip.stores.searches.told(number, ["v1|1|0"])
    await trip.stores.housekeeping.prune(trip.clock.move(2 * DAY))
    assert not trip.stores.searches.told(number, ["v1|1|0"])


async def test_many_are_erased_in_small_steps(trip: Trip) -> None:
    for _ in range(RECEIPTS_PER_STEP + 1):
        await trip.watch(below="51")
    await trip.poll()
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert removed["texts of alerts"] == RECEIPTS_PER_STEP + 1


async def test_a_receipt_that_cannot_be_read_counts_as_absent_and_goes_with_its_texts(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    await spoil(trip, "UPDATE evidence SET payload = substr(payload, 1, 1)")
    assert trip.stores.alerts.receipt(alert.id) is None
    await spoil(trip, "UPDATE alerts SET grounds = substr(grounds, 1, 1)")
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert (removed["texts of alerts"], removed["texts of evidence"]) == (1, 1)
    assert count(trip, "alerts") == count(trip, "evidence") == 0


async def test_an_alert_from_before_there_were_receipts_is_erased_too(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    await spoil(trip, "UPDATE alerts SET grounds = NULL, evidence = NULL")
    assert trip.stores.alerts.receipt(alert.id) is None
    await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    row = trip.stores.alerts.get(alert.id)
    assert row
    assert row.alert.items[0].title == ""
    assert row.alert.query == QUERY
