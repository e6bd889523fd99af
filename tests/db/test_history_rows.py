"""Which rows the statements about history and alerts read, next to rows that they must leave out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import database_url
from tests.db.test_watch_rows import execute, put, sighting, two
from tests.fakes import NOON, listing
from tests.trips import QUERY, Trip
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import SearchId, WatchId
from watcher.db import history as history_module
from watcher.db import schema, seen_listings

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url", "two"]


def point(days: float, search: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "search_id": search,
        "filters": "",
        "at": NOON - days * DAY,
        "basis": "ask",
        "currency": "USD",
        "n": 5,
        "low": 100,
        "p25": 200,
        "median": 300,
        "p75": 400,
        "high": 500,
        **fields,
    }


async def test_price_points_are_those_of_a_search_its_filters_and_the_period(two: Trip) -> None:
    await put(
        two.stores,
        schema.price_points,
        point(3, n=3),
        point(1, n=1),
        point(2, n=2),
        point(4, n=4),
        point(1, search=2, n=8),
        point(1, filters="x", n=9),
    )
    points = two.stores.history.price_points
    assert [p.statistics.n for p in points(SearchId(1), "", Instant(NOON - 3 * DAY))] == [3, 2, 1]
    assert [p.at for p in points(SearchId(1), "x")] == [NOON - DAY]
    (found,) = points(SearchId(2), "")
    amounts = [found.statistics.low, found.statistics.p25, found.statistics.median, found.statistics.p75]
    assert [m and m.minor for m in (*amounts, found.statistics.high)] == [100, 200, 300, 400, 500]


async def test_only_the_newest_price_points_are_read(two: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MAX_POINTS", 2)
    await put(two.stores, schema.price_points, *(point(n, n=n) for n in (1, 2, 3)))
    assert [p.statistics.n for p in two.stores.history.price_points(SearchId(1), "")] == [2, 1]


async def test_the_picture_of_an_item_is_the_one_that_was_seen_last(two: Trip) -> None:
    rows = [
        sighting(1, image="https://i/old", changed_at=NOON),
        sighting(1, search=2, image="https://i/new", changed_at=NOON + 1),
        sighting(2, image="https://i/other", changed_at=NOON + 2),
        sighting(3, image="https://i/three", changed_at=NOON),
        sighting(3, search=2, image="", changed_at=NOON + 3),
        sighting(4, image=""),
    ]
    await put(two.stores, schema.sightings, *rows)
    found = [two.stores.history.picture_address((f"v1|{n}|0", str(n))) for n in range(1, 6)]
    assert found == ["https://i/new", "https://i/other", "https://i/three", "", ""]


async def test_past_listings_have_a_price_and_exclude_auctions(
    two: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        sighting(1),
        sighting(2, auction=True),
        sighting(3, price=None),
        sighting(4, search=2),
        sighting(5, auction=None, gone_at=NOON + 99),
        sighting(6),
    ]
    await put(two.stores, schema.sightings, *rows)
    past = two.stores.history.past_listings
    assert [(p.listing.item_id, p.at) for p in past(SearchId(1))] == [
        ("v1|1|0", NOON + 10),
        ("v1|5|0", NOON + 5),
        ("v1|6|0", NOON + 60),
    ]
    monkeypatch.setattr(history_module, "MAX_PAST_LISTINGS", 2)
    assert [p.listing.item_id for p in past(SearchId(1))] == ["v1|5|0", "v1|6|0"]


async def test_sightings_are_read_only_if_one_of_them_is_gone(
    two: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(two.stores, schema.sightings, sighting(1), sighting(2), sighting(3, search=2, gone_at=NOON))
    read = two.stores.history.sightings
    assert list(read(SearchId(1))) == []
    await put(two.stores, schema.sightings, sighting(4, gone_at=NOON))
    assert [s.item_id for s in read(SearchId(1))] == ["v1|4|0", "v1|2|0", "v1|1|0"]
    monkeypatch.setattr(history_module, "MAX_SIGHTINGS", 2)
    assert [s.item_id for s in read(SearchId(1))] == ["v1|4|0", "v1|2|0"]


async def test_an_item_with_variations_is_the_one_that_changed_last(two: Trip) -> None:
    rows = [
        sighting(7, item_id=f"v1|7|{n}", changed_at=NOON + at, title=f"{n}")
        for n, at in ((1, 5), (2, 9), (3, 7))
    ]
    await put(two.stores, schema.sightings, *rows, sighting(70, changed_at=NOON + 99))
    await put(two.stores, schema.sightings, sighting(7, search=2, item_id="v1|7|9", changed_at=NOON + 999))
    found = two.stores.history.sighting(SearchId(1), "7")
    assert found is not None
    assert found.item_id == "v1|7|2"
    assert two.stores.history.sighting(SearchId(1), "8") is None


async def test_messages_are_those_of_the_watch_newest_first(trip: Trip) -> None:
    mine, other = await trip.watch(below="51"), await trip.watch(below="51")
    for price in (49, 45, 40):
        trip.market.offers(*trip.market.listings[1:], listing(1, price))
        await trip.poll(HOUR)
    times = [m.made_at for m in trip.stores.history.messages(WatchId(mine), 9)]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert [m.made_at for m in trip.stores.history.messages(WatchId(mine), 2)] == times[:2]
    (one,) = trip.stores.history.messages(WatchId(other), 9, times[1])
    assert (one.made_at, one.to, one.state, one.attempts, one.error) == (times[1], "slack", "pending", 0, "")
    await execute(trip, "DELETE FROM outbox")
    (sent, *_) = trip.stores.history.messages(WatchId(mine), 1)
    assert (sent.to, sent.state, sent.attempts, sent.error) == ("", "sent", 0, "")


async def test_the_latest_alerts_are_those_of_a_watch_and_a_user(trip: Trip) -> None:
    for user in ("ann", "bob"):
        for _ in range(2):
            await trip.registry.add({"query": QUERY, "user": user, "below": "51"}, trip.clock.now())
    for price in (49, 45):
        trip.market.offers(*trip.market.listings[1:], listing(1, price))
        await trip.poll(HOUR)
    latest = trip.stores.alerts.latest
    assert [len(latest(n)) for n in (1, 8, 99)] == [1, 8, 8]
    assert [r.alert.made_at for r in latest(99)] == sorted(
        (r.alert.made_at for r in latest(99)), reverse=True
    )
    assert [r.alert.watch_id for r in latest(9, watch=3)] == [3, 3]
    assert {r.alert.user for r in latest(9, user="ann")} == {"ann"}
    assert list(latest(9, watch=3, user="ann")) == []


@pytest.mark.parametrize(("state", "sent_at"), [("sent", NOON + 7), ("dead", None), ("pending", None)])
async def test_only_a_sent_message_has_a_time_of_sending(
    trip: Trip, state: str, sent_at: float | None
) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    await execute(trip, "UPDATE outbox SET state = :state, done_at = :at", state=state, at=NOON + 7)
    row = trip.stores.alerts.get(alert.id)
    assert row is not None
    assert (row.state, row.sent_at) == (state, sent_at)


async def test_any_alert_of_a_shared_message_sends_it_again(trip: Trip) -> None:
    for below in ("51", "51", "52"):
        await trip.watch(below=below)
    first, second, _ = sorted(await trip.poll(), key=lambda a: a.watch_id)
    for alert in (first, second):
        await execute(trip, "UPDATE outbox SET state = 'dead', done_at = 1, next_at = 1")
        assert list(await trip.stores.outbox.resend(alert.id, NOON)) == ["slack"]
        rows = trip.stores.database.rows(select(schema.outbox).where(schema.outbox.c.state == "pending"))
        assert [r.ref for r in rows] == [first.id]


async def test_an_alert_is_acknowledged_alone(trip: Trip) -> None:
    for _ in range(2):
        await trip.watch(below="51")
    first, second = await trip.poll()
    assert await trip.stores.alerts.ack(first.id, Instant(NOON + 5), "ann")
    assert not await trip.stores.alerts.ack("none", Instant(NOON + 5), "ann")
    rows = {r.id: r for r in trip.stores.database.rows(select(schema.alerts))}
    assert (rows[first.id].acked_at, rows[first.id].acked_by) == (NOON + 5, "ann")
    assert (rows[second.id].acked_at, rows[second.id].acked_by) == (None, "")


def test_the_bounds_of_history_are_those_of_a_year() -> None:
    assert history_module.MAX_POINTS >= 366 * 24
    assert seen_listings.MAX_SEEN_LISTINGS == history_module.MAX_PAST_LISTINGS
