"""News per call with and without narrowed scans: `make bench-quota PART=bands`.

The poller and the store are the real ones; the market is in memory. Its listings come and go by the sale
model of `watcher demo` (prices, price cuts, sales), and three in ten are accessories that cost little. A
watch waits for a total below a share of the value. News is an item that alerts while it is on offer.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import nsmallest
from itertools import islice
from math import log
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, NamedTuple
from unittest.mock import patch

from tests.fakes import FakeClock, FakeMarket
from tests.trips import Trip, trip_over
from watcher.core.listing import Ask, Band, Listing, Snapshot, Sort
from watcher.core.money import Money
from watcher.core.narrowing import Narrowing
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.housekeeping import RetentionPeriods
from watcher.db.migrate import upgrade_schema
from watcher.db.stores import Stores
from watcher.demo.sales import LONGEST_STAY, MEAN_STAY, draw_ratio, draw_stay
from watcher.polling import narrowed_scans

SIZES = (300, 1_000, 3_000, 10_000, 30_000)  # listings on offer
# Seconds between polls: about what 5,000 calls a day allow 200, 1,000 and 5,000 searches.
INTERVALS = (Seconds(HOUR), Seconds(5 * HOUR), Seconds(24 * HOUR))
SEEDS = (1, 2)
LEAST_RATIO = 1.5
_WARM_UP, _DAYS = 2, 7
_VALUE = 10_000  # cents
_TARGET = "90.00"  # a tenth below the value
_ACCESSORIES = 0.3
_ACCESSORY_PRICE = log(0.1), 0.7  # a tenth of the value, times or divided by two
_PAGE = 200
_TITLE, _ACCESSORY = "Zenitar Mk2 rangefinder camera", "Leather case for Zenitar Mk2 camera"
_MONTH = Seconds(30 * DAY)


class Offer(NamedTuple):
    """A listing, its prices in cents from a time on, and when it leaves."""

    listing: Listing
    times: Sequence[float]
    prices: Sequence[int]
    rank: float
    ends_at: float

    def price_at(self, now: float) -> int:
        """Return its price in cents."""
        return self.prices[bisect_right(self.times, now) - 1]

    def at(self, now: float) -> Listing:
        """Return the listing as it is now."""
        return self.listing._replace(price=Money(self.price_at(now), "USD"))

    def is_chance(self, start: float, end: float) -> bool:
        """Return whether it becomes a match between two times."""
        if self.listing.title != _TITLE:
            return False
        first = next((t for t, p in zip(self.times, self.prices, strict=True) if p <= _VALUE * 0.9), None)
        return first is not None and start <= first < end


class SoldMarket(FakeMarket):
    """A market whose listings come and go; it answers with one page and honours order and prices."""

    def __init__(self, clock: FakeClock, offers: Sequence[Offer]) -> None:
        super().__init__(clock)
        self.offered = offers
        self.shown: set[str] = set()  # the items of the last answer
        self._there: list[Offer] = []
        self._next = 0  # the first offer that was not listed at the last poll

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        del interactive, within
        self.asked.append(ask)
        now = self.clock.now()
        while self._next < len(self.offered) and self.offered[self._next].times[0] <= now:
            self._there.append(self.offered[self._next])
            self._next += 1
        self._there = [o for o in self._there if now < o.ends_at]
        fitting = self._fitting(ask.band, now)
        most = _PAGE + 1
        is_newest = ask.sort is Sort.NEWEST
        page = list(islice(fitting, most)) if is_newest else nsmallest(most, fitting, key=_rank)
        shown = tuple(o.at(now) for o in page[:_PAGE])
        self.shown = {x.item_id for x in shown}
        return Snapshot(shown, now, len(page), len(page) <= _PAGE, len(shown))

    def _fitting(self, band: Band | None, now: float) -> Iterator[Offer]:
        """Yield what is there and within the band, the newest first."""
        for offer in reversed(self._there):
            if band is None or _is_within(band, offer.price_at(now)):
                yield offer


def _rank(offer: Offer) -> float:
    return offer.rank


def _is_within(band: Band, price: int) -> bool:
    return (band.low.minor if band.low else 0) <= price <= band.high.minor


class News(NamedTuple):
    """What the polls of some days found: items that alerted, of all there were, with this many calls."""

    found: int
    chances: int
    calls: int


def offers_of(dice: Random, size: int, start: Instant) -> list[Offer]:
    """Return what a market of this size offers from `start` on, in the order of arrival."""
    until = start + (_WARM_UP + _DAYS) * DAY
    at, found = float(start - LONGEST_STAY), []
    while (at := at + dice.expovariate(size / MEAN_STAY)) < until:
        is_accessory = dice.random() < _ACCESSORIES
        ratio = draw_ratio(dice)
        stay = draw_stay(dice, ratio, last=True)
        first = ratio * _VALUE * (dice.lognormvariate(*_ACCESSORY_PRICE) if is_accessory else 1.0)
        found.append(
            Offer(
                Listing(
                    f"v1|{len(found)}|0",
                    _ACCESSORY if is_accessory else _TITLE,
                    None,
                    Money(0, "USD"),
                    3000,
                    "Used",
                    created_at=Instant(at),
                ),
                [at, *(at + after for after, _ in stay.cuts)],
                [round(first), *(round(first * factor) for _, factor in stay.cuts)],
                dice.random(),
                at + stay.lasts,
            )
        )
    return [offer for offer in found if offer.ends_at > start]


async def news_of(trip: Trip, market: SoldMarket, every: Seconds) -> News:
    """Poll for the days of the run, and count what alerted after the warm-up."""
    start = trip.clock.now()
    await trip.watch(below=_TARGET, every=f"{round(every)}s")
    counted_from = start + _WARM_UP * DAY
    chances = {o.listing.item_id for o in market.offered if o.is_chance(counted_from, start + 9 * DAY)}
    found: set[str] = set()
    before = 0
    for number in range(int((_WARM_UP + _DAYS) * DAY / every)):
        if trip.clock.now() < counted_from:
            before = len(market.asked)
        for alert in await trip.poll(every if number else 0.0):
            new = sorted((chances & market.shown) - found)
            states = trip.stores.searches.last_alerted({alert.watch_id: new}).get(alert.watch_id, {})
            found |= states.keys()
    return News(len(found), len(chances), len(market.asked) - before)


@contextmanager
def opened_trip(folder: Path, name: str, size: int, seed: int) -> Iterator[tuple[Trip, SoldMarket]]:
    """Yield a poller over a fresh database and a market."""
    url = f"sqlite:///{folder / name}.db"
    upgrade_schema(url)
    clock = FakeClock()
    market = SoldMarket(clock, offers_of(Random(seed), size, clock.now()))
    stores = Stores.opened(url, RetentionPeriods(_MONTH, Seconds(365 * DAY), _MONTH))
    try:
        yield trip_over(stores, clock, market), market
    finally:
        stores.close()


def compare(folder: Path, size: int, every: Seconds, seed: int) -> tuple[News, News]:
    """Return the news without and with narrowed scans of one market."""
    results = []
    for is_narrow in (False, True):
        with opened_trip(folder, f"{size}-{every:.0f}-{seed}-{is_narrow}", size, seed) as (trip, market):
            if is_narrow:
                results.append(asyncio.run(news_of(trip, market, every)))
                continue
            with patch.object(narrowed_scans, "find_narrowing", lambda *_, **__: Narrowing()):
                results.append(asyncio.run(news_of(trip, market, every)))
    return results[0], results[1]


def size_figures(size: int, seeds: Sequence[int] = SEEDS) -> Mapping[str, Any]:
    """Return the sums of markets of one size, a row for each interval."""
    rows, began = [], time.perf_counter()
    for every in INTERVALS:
        with tempfile.TemporaryDirectory() as folder:
            pairs = [compare(Path(folder), size, every, seed) for seed in seeds]
        sums = {name: [sum(column) for column in zip(*some, strict=True)] for name, some in _by_kind(pairs)}
        rows.append({"hours": every / HOUR, **sums})
    return {"size": size, "rows": rows, "seconds": round(time.perf_counter() - began, 1)}


def _by_kind(pairs: Sequence[tuple[News, News]]) -> Iterator[tuple[str, Sequence[News]]]:
    plain, narrow = zip(*pairs, strict=True)
    yield from (("plain", plain), ("narrow", narrow))


def bands_table(sizes: Sequence[Mapping[str, Any]]) -> str:
    """Return the table, and whether the target is met: of all news by all calls."""
    lines = ["news per call: whole, narrowed, their ratio; share of all news: whole, narrowed"]
    ratios, sums = [], {}
    for one in sorted(sizes, key=lambda one: int(one["size"])):
        size, rows = int(one["size"]), one["rows"]
        for row in rows:
            lines.append(f"{size:8,} {row['hours']:4.0f} h {_cells(row)}")
            ratios.append(_ratio(row))
        sums[size] = _pooled(rows)
        lines.append(f"{size:8,}  all   {_cells(sums[size])}")
    whole = _pooled(list(sums.values()))
    ratio, mean = _ratio(whole), fmean(ratios)
    verdict = "PASS" if ratio >= LEAST_RATIO else "MISSED"
    return "\n".join(
        [
            *lines,
            f"mean of the ratios: {mean:.2f}; times as many if nothing were missed: {_most(whole):.2f}",
            f"all news by all calls: {ratio:.2f} times as many, target {LEAST_RATIO}: {verdict}",
        ]
    )


def _pooled(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        kind: [sum(column) for column in zip(*(row[kind] for row in rows), strict=True)]
        for kind in ("plain", "narrow")
    }


def _per_call(sums: Sequence[int]) -> float:
    found, _, calls = sums
    return found / calls


def _ratio(row: Mapping[str, Any]) -> float:
    return _per_call(row["narrow"]) / _per_call(row["plain"])


def _most(row: Mapping[str, Any]) -> float:
    """Return the ratio to which all there was would lead."""
    found, chances, _ = row["plain"]
    return float(chances / found)


def _cells(row: Mapping[str, Any]) -> str:
    plain, narrow = row["plain"], row["narrow"]
    shares = (plain[0] / plain[1], narrow[0] / narrow[1])
    found = (_per_call(plain), _per_call(narrow), _ratio(row), *shares)
    return "".join(f"{x:.2f}".rjust(10) for x in found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many markets of each size")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    print(bands_table([size_figures(size, range(1, given.seeds + 1)) for size in SIZES]))


if __name__ == "__main__":
    main()
