"""Housekeeping deletes old price points that nothing needs; whatever is computed from them stays the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from tests.fakes import NOON
from tests.trips import QUERY, Trip
from watcher.core.accuracy import AccuracyTally, compare_delistings
from watcher.core.backtest import backtest
from watcher.core.comps import Basis, Comps, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import RuleContext
from watcher.core.thinning import thinned_before
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import SearchId, Watch
from watcher.db import sweeping
from watcher.db.schema import delistings, item_states, price_points, sightings

NOW = Instant(NOON + 100 * DAY)
RULES = ("low 7d", "low 90d", "drop 5%", "median-below 98", "deal 90%", "below 80 USD")


async def put(trip: Trip, table: Any, rows: list[dict[str, Any]]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), rows)

    await trip.stores.database.write(write)


def price_rows(dice: Random, filters: str) -> Iterator[dict[str, Any]]:
    """Yield the points of 80 days of a lively market, with gaps and times without any comparable listing."""
    at, median = NOW - 80 * DAY, 10_000
    while at < NOW:
        at += dice.choice((0.3, 0.4, 0.5, 1, 1, 1, 20)) * HOUR
        median = max(5_000, median + dice.randrange(-400, 401))
        n = dice.choice((0, 9, 9, 9))
        prices = {"low": median - dice.randrange(3_000), "median": median, "p25": median, "p75": median}
        yield {
            "search_id": 1,
            "filters": filters,
            "at": at,
            "basis": "ask",
            "currency": "USD",
            "n": n,
            **dict.fromkeys((*prices, "high", "interval_low", "interval_high", "corrected")),
            **({**prices, "high": median * 2, "interval_low": median - 50} if n else {}),
            **({"interval_high": median + 50, "corrected": dice.choice((None, median - 9))} if n else {}),
        }


def delisting_rows(dice: Random) -> list[dict[str, Any]]:
    return [
        {
            "search_id": 1,
            "item": f"#{n}",
            "kind": "gone",
            "currency": "USD",
            "price": dice.randrange(8_000, 12_000),
            "shipping": 0,
            "listed_at": NOW - 90 * DAY,
            "gone_at": NOW - dice.uniform(1, 79) * DAY,
        }
        for n in range(60)
    ]


def computed(trip: Trip, watches: list[Watch]) -> Iterator[object]:
    """Yield everything that is computed from the history, at some instants."""
    history, searches = trip.stores.history, trip.stores.searches
    for watch in watches:
        key, window = watch.filters.key, watch.rule.history_window
        past = history.past_listings(SearchId(1))
        points = history.price_points(SearchId(1), key)
        yield backtest(watch, past, points, None, NOW)
        yield history.daily_points(SearchId(1), key, Instant(NOW - 90 * DAY))
        for hours in (0, 5, 30) if window else ():
            now = Instant(NOW + hours * HOUR)
            read = searches.history(SearchId(1), key, Instant(now - (window or 0)), now)
            yield read.since, read.lowest
            yield verdict(watch, read, now)
    store = trip.stores.accuracy
    tallies: dict[Basis, AccuracyTally] = defaultdict(AccuracyTally)
    compare_delistings(history.delistings(SearchId(1)), store.shown(SearchId(1)), tallies)
    yield {basis: tally.summary("", basis) for basis, tally in tallies.items()}


def verdict(watch: Watch, history: Any, now: Instant) -> object:
    """Return what the watch's rule makes of the present market with this history."""

    rows = [Listing(f"v1|{n}|0", QUERY, Money(total, "USD"), Money(0, "USD")) for n, total in PRICES]
    context: RuleContext = watch.rule_context(
        Comps(Selection(tuple(rows), ()), summarize(rows, "USD")), now, None, history=history
    )
    return watch.rule.evaluate(context, armed=True)


PRICES = list(enumerate(range(4_000, 11_000, 500)))


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_that_is_computed_changes_when_history_is_thinned(trip: Trip, seed: int) -> None:
    dice = Random(seed)
    drafts = [trip.registry.parse({"query": QUERY, "rule": rule}) for rule in RULES]
    drafts += [trip.registry.parse({"query": QUERY, "rule": "drop 5%", "exclude": "broken"})]
    numbers = await trip.registry.add_all(drafts, Instant(NOON))
    watches = [trip.registry.get(n) for n in numbers]
    for filters in {w.filters.key for w in watches}:
        await put(trip, price_points, list({r["at"]: r for r in price_rows(dice, filters)}.values()))
    await put(trip, delistings, delisting_rows(dice))
    before = list(computed(trip, watches))
    removed = await trip.stores.housekeeping.prune(NOW)
    assert removed["price_points"] > 150
    assert list(computed(trip, watches)) == before
    assert (await trip.stores.housekeeping.prune(NOW))["price_points"] == 0
    rows = trip.stores.database.rows(select(price_points.c.at).order_by(price_points.c.at))
    assert sum(row.at >= thinned_before(NOW) for row in rows) > len(rows) / 3, "the last weeks are whole"


def sighting_row(n: int, **fields: Any) -> dict[str, Any]:
    return {
        "search_id": 1,
        "item_id": f"v1|{n}|0",
        "title": f"{QUERY} {n}",
        "currency": "USD",
        "price": 9_000 + n,
        "shipping": 0,
        "first_seen": NOW - 9 * DAY,
        "changed_at": NOW - 9 * DAY + n,
        "seen_at": NOW,
        "gone_at": None,
        **fields,
    }


async def test_a_search_remembers_a_bounded_number_of_listings(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MAX_SIGHTINGS_KEPT", 5)
    await trip.watch(below="1")
    await put(trip, sightings, [sighting_row(n) for n in range(10, 14)])
    await put(trip, sightings, [sighting_row(n, gone_at=NOW - DAY + n) for n in range(20, 24)])
    told = {"item_id": "v1|20|0", "total": 9_020, "price": 9_020, "currency": "USD", "estimated": False}
    await put(trip, item_states, [{"watch_id": 1, "told_at": NOW - DAY, **told}])
    assert (await trip.stores.housekeeping.prune(NOW))["sightings"] == 3
    left = {row.item_id for row in trip.stores.database.rows(select(sightings.c.item_id))}
    assert left == {"v1|20|0", *(f"v1|{n}|0" for n in range(10, 14))}, "what alerted and what is on offer"
    assert len(trip.stores.history.delistings(SearchId(1))) == 3, "their prices still count"
