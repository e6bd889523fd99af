"""The history that each rule is given, over the real store: inside and outside its window, its own alone."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, text

from tests.fakes import listing, listings
from tests.trips import QUERY, Trip
from watcher.core.alerts import Alert
from watcher.core.times import DAY, HOUR, MINUTE
from watcher.db.schema import price_points, searches

EIGHT = listings([60, 62, 64, 66, 68, 70, 72, 74], start=10)  # the median is 67
OTHER_QUERY = "hasselblad 500cm camera"


async def past(
    trip: Trip,
    *points: tuple[float, float],
    median: float = 67.0,
    filters: str = "",
    query: str = QUERY,
    n: int = 8,
) -> None:
    """Store price points, given as (days ago, lowest total), for the search of `query`."""
    search = trip.stores.database.value(searches.select().where(searches.c.query == query))
    rows = [
        {
            "search_id": search,
            "filters": filters,
            "at": trip.clock.now() - days * DAY,
            "basis": "ask",
            "currency": "USD",
            "n": n,
            "low": round(100 * low),
            "p25": round(100 * low),
            "median": round(100 * median),
            "p75": 90_000,
            "high": 99_900,
        }
        for days, low in points
    ]

    def write(conn: Connection) -> None:
        conn.execute(insert(price_points), rows)

    await trip.stores.database.write(write)


async def polled(trip: Trip, *cheap: float) -> list[Alert]:
    """Poll a market of eight listings and these cheaper ones."""
    trip.market.offers(*EIGHT, *listings(cheap, start=100))
    return await trip.poll()


# low: the totals seen within its window


@pytest.mark.parametrize(
    ("points", "total", "alerts"),
    [
        pytest.param([(9, 48)], 47.99, True, id="below the only total"),
        pytest.param([(9, 48)], 48.00, False, id="equal to the lowest total"),
        pytest.param([(9, 48), (8, 55), (2, 60)], 50, False, id="the lowest of several counts"),
        pytest.param([(11, 30), (9, 48)], 47, True, id="a total before the window does not count"),
        pytest.param([(10.01, 30), (9, 48)], 47, True, id="just outside the window"),
        pytest.param([(10, 30), (9, 48)], 47, False, id="just inside the window"),
        pytest.param([(9, 48), (0.01, 45)], 46, False, id="a total of today counts"),
        pytest.param([(7, 48)], 47, True, id="seven days of history suffice"),
        pytest.param([(6.99, 48)], 47, False, id="less than seven days do not"),
        pytest.param([(30, 20), (1, 48)], 47, True, id="history before the window counts as history"),
        pytest.param([(20_000, 48), (1, 48)], 47, False, id="a time before the clock was set does not"),
    ],
)
async def test_low_compares_with_the_lowest_total_of_its_window(
    trip: Trip, points: list[tuple[float, float]], total: float, *, alerts: bool
) -> None:
    await trip.watch(rule="low 10d")
    await past(trip, *points)
    assert bool(await polled(trip, total)) is alerts


async def test_low_names_the_lowest_total_and_not_the_median(trip: Trip) -> None:
    await trip.watch(rule="low 10d")
    await past(trip, (9, 48), (8, 52))
    (alert,) = await polled(trip, 47)
    assert "(the lowest was $48.00)" in alert.items[0].why


# drop: the daily medians of thirty days


@pytest.mark.parametrize(
    ("days", "alerts"),
    [
        pytest.param(range(1, 8), True, id="seven days"),
        pytest.param(range(1, 7), False, id="six days"),
        pytest.param([*range(1, 7), 31, 32, 33], False, id="days before the window do not count"),
        pytest.param([*range(1, 7), 29.5], True, id="a day just inside the window counts"),
        pytest.param([*range(1, 7), 30.1], False, id="a day just outside does not"),
        pytest.param([*range(1, 7), 0.0001], False, id="today does not count"),
        pytest.param([*range(1, 7), 1.0001, 2.0001], False, id="two medians of a day are one day"),
    ],
)
async def test_drop_compares_with_the_daily_medians_of_its_window(
    trip: Trip, days: list[float], *, alerts: bool
) -> None:
    await trip.watch(rule="drop 15%")
    await past(trip, *((d, 40) for d in days), median=100)
    assert bool(await polled(trip)) is alerts


async def test_drop_leaves_out_the_median_of_today(trip: Trip) -> None:
    await trip.watch(rule="drop 15%")
    await past(trip, *((d, 40) for d in range(1, 8)), median=100)
    await past(trip, *((m / 1440, 40) for m in range(1, 30)), median=67)
    (alert,) = await polled(trip)
    assert "under its usual $100.00 of 7 days" in alert.market


async def test_a_day_of_many_polls_counts_once_with_its_median(trip: Trip) -> None:
    await trip.watch(rule="drop 15%")
    await past(trip, *((d, 40) for d in range(1, 8)), median=100)
    for place, median in enumerate((80, 80, 1000, 1000)):  # with 100, the third of five
        await past(trip, *((d + (place + 1) / 1440, 40) for d in range(1, 8)), median=median)
    (alert,) = await polled(trip)
    assert "under its usual $100.00 of 7 days" in alert.market


# what belongs to another watch, search or rule


OTHERS = {
    "other filters": {"filters": "strap|any||"},
    "another search": {"query": OTHER_QUERY},
    "an empty market": {"n": 0},
}


@pytest.mark.parametrize("whose", OTHERS)
async def test_low_does_not_see_the_history_of_others(trip: Trip, whose: str) -> None:
    await trip.watch(rule="low 10d")
    await trip.registry.add({"query": OTHER_QUERY, "rule": "new"}, trip.clock.now())
    await past(trip, (9, 48))
    await past(trip, (8, 10), **OTHERS[whose])  # type: ignore[arg-type]  # one of each kind
    assert await polled(trip, 47)


@pytest.mark.parametrize("whose", OTHERS)
async def test_history_of_others_does_not_make_it_long_enough(trip: Trip, whose: str) -> None:
    await trip.watch(rule="low 10d")
    await trip.registry.add({"query": OTHER_QUERY, "rule": "new"}, trip.clock.now())
    await past(trip, (1, 48))
    await past(trip, (9, 90), **OTHERS[whose])  # type: ignore[arg-type]  # one of each kind
    assert not await polled(trip, 47)


@pytest.mark.parametrize("whose", OTHERS)
async def test_drop_does_not_see_the_history_of_others(trip: Trip, whose: str) -> None:
    await trip.watch(rule="drop 15%")
    await trip.registry.add({"query": OTHER_QUERY, "rule": "new"}, trip.clock.now())
    await past(trip, *((d, 40) for d in range(1, 7)), median=100)
    await past(trip, (8, 40), (9, 40), median=100, **OTHERS[whose])  # type: ignore[arg-type]  # as above
    assert not await polled(trip)


async def test_two_watches_of_one_search_have_their_own_lows(trip: Trip) -> None:
    wide = await trip.watch(rule="low 10d")
    narrow = await trip.watch(rule="low 10d", from_country="US")
    key = trip.registry.get(narrow).filters.key
    await past(trip, (9, 40))
    await past(trip, (9, 50), filters=key)
    assert {a.watch_id for a in await polled(trip, 45)} == {narrow}
    assert {a.watch_id for a in await polled_again(trip, 39)} == {wide, narrow}


async def polled_again(trip: Trip, *cheap: float) -> list[Alert]:
    trip.clock.move(HOUR)
    return await polled(trip, *cheap)


@pytest.mark.parametrize("rule", ["deal 70%", "below 47", "median-below 70", "new", "ending 15m 50"])
async def test_other_rules_read_no_history(trip: Trip, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trip.stores.searches, "history", None)
    await trip.watch(rule=rule)
    await polled(trip)
    await polled_again(trip, 46)
    assert trip.meter.counts["poll.ok"] == 2


# new: what was there before the watch


async def test_a_listing_of_an_earlier_watch_of_the_search_is_not_new(trip: Trip) -> None:
    await trip.watch(rule="below 1")
    await polled(trip, 46)
    await trip.watch(rule="new")
    assert not await polled_again(trip, 46)
    assert not await polled_again(trip, 46)
    assert len(await polled_again(trip, 46, 45)) == 1


async def test_a_listing_that_returns_after_the_memory_forgot_it_is_not_new(trip: Trip) -> None:
    await trip.watch(rule="new")
    await polled(trip, 46)
    await polled_again(trip)
    trip.poller._memories.forget(trip.registry.get(1).search_id)
    assert not await polled_again(trip, 46)


async def test_each_watch_counts_new_listings_from_its_own_first_poll(trip: Trip) -> None:
    first = await trip.watch(rule="new")
    await polled(trip)
    trip.clock.move(MINUTE)
    second = await trip.watch(rule="new")
    assert [a.watch_id for a in await polled(trip, 46)] == [first]
    assert sorted(a.watch_id for a in await polled_again(trip, 46, 45)) == [first, second]


async def test_the_points_of_a_poll_are_those_of_each_set_of_filters(trip: Trip) -> None:
    await trip.watch(rule="new")
    await trip.watch(rule="new", from_country="US")
    trip.market.offers(*EIGHT, listing(1, 20.0, country="DE"))
    await trip.poll()
    rows = trip.stores.database.rows(text("SELECT filters, n, low FROM price_points ORDER BY n"))
    assert [tuple(r) for r in rows] == [("|any||US", 8, 6000), ("", 9, 2000)]
