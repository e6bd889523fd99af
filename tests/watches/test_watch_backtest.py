"""Back-tests of a new watch on the stored history of its search."""

from __future__ import annotations

from tests.fakes import listing, listings, usd
from tests.trips import QUERY, Trip
from watcher.core.backtest import Backtest
from watcher.core.times import DAY, HOUR
from watcher.watches.backtest import backtest_watch


def backtested(trip: Trip, **draft: str) -> Backtest:
    watch = trip.registry.parse({"query": QUERY, **draft})
    background_of = trip.fetcher.cache.background_of
    return backtest_watch(trip.stores.history, watch, trip.clock.now(), background_of)


async def test_a_search_without_watches_has_no_history(trip: Trip) -> None:
    found = backtested(trip, below="50")
    assert (found.verdict, found.since) == ("unknown", None)


async def test_the_history_of_a_shared_search_is_used(trip: Trip) -> None:
    await trip.watch(below="1", every="6h")
    for day in range(8):
        trip.market.offers(*listings([50, 52, 55, 58, 60, 61, 63]), listing(100 + day, 45.0 + day))
        await trip.poll(6 * HOUR)
        await trip.poll(18 * HOUR)
    assert backtested(trip, below="48").alerts == 4
    assert backtested(trip, below="20").suggestion == "below 46.40 USD"
    assert backtested(trip, rule="new").alerts == 7
    # No points are stored for these filters; those of the whole search are used.
    assert backtested(trip, rule="median-below 90", exclude="strap").alerts == 1


async def test_a_bid_is_not_a_past_price(trip: Trip) -> None:
    await trip.watch(below="1")
    ends = trip.clock.now() + 5 * DAY
    bid = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(45), bid_count=0, ends_at=ends)
    trip.market.offers(*trip.market.listings, bid)
    await trip.poll()
    trip.clock.move(9 * DAY)
    assert backtested(trip, below="52").alerts == 2, "those at 50 and 52, not the bid of 45"
