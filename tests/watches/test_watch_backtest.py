"""A watch that is not there yet, run over what its search has stored."""

from __future__ import annotations

from tests.fakes import listing, listings, usd
from tests.trips import QUERY, Trip
from watcher.core.backtest import Backtest
from watcher.core.times import DAY, HOUR
from watcher.watches.backtest import backtest_watch


def rehearsed(trip: Trip, **draft: str) -> Backtest:
    return backtest_watch(
        trip.stores.history, trip.registry.parse({"query": QUERY, **draft}), trip.clock.now()
    )


async def test_a_search_that_nobody_asks_has_no_history(trip: Trip) -> None:
    found = rehearsed(trip, below="50")
    assert (found.verdict, found.since) == ("unknown", None)


async def test_the_history_of_another_watch_on_the_same_search_tells(trip: Trip) -> None:
    await trip.watch(below="1", every="6h")
    for day in range(8):
        trip.market.offers(*listings([50, 52, 55, 58, 60, 61, 63]), listing(100 + day, 45.0 + day))
        await trip.poll(6 * HOUR)
        await trip.poll(18 * HOUR)
    assert rehearsed(trip, below="48").alerts == 4
    assert rehearsed(trip, below="20").suggestion == "below 46.40 USD"
    assert rehearsed(trip, rule="new").alerts == 7
    # No points were kept for these filters; those of the whole search stand in.
    assert rehearsed(trip, rule="median-below 90", exclude="strap").alerts == 1


async def test_a_bid_is_no_price_of_the_past(trip: Trip) -> None:
    await trip.watch(below="1")
    ends = trip.clock.now() + 5 * DAY
    bid = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(1), bid_count=0, ends_at=ends)
    trip.market.offers(*trip.market.listings, bid)
    await trip.poll()
    trip.clock.move(9 * DAY)
    assert rehearsed(trip, below="20").alerts == 0
