"""News per call with and without narrowed scans: `make bench-quota PART=bands`.

The poller and the store are the real ones; the market is in memory. Its listings come and go by the sale
model of `watcher demo` (prices, price cuts, sales), and three in ten are accessories that cost little. A
watch waits for a total below a share of the value. News is an item that alerts while it is on offer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import nsmallest
from math import log
from pathlib import Path
from random import Random
from statistics import fmean
from typing import NamedTuple
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
_COLUMNS = ("plain", "narrow", "ratio", "plainShare", "narrowShare")
_MONTH = Seconds(30 * DAY)


class Offer(NamedTuple):
    """A listing, its prices in cents from a time on, and when it leaves."""

    listing: Listing
    times: Sequence[float]
    prices: Sequence[int]
    rank: float
    ends_at: float

    def at(self, now: float) -> Listing:
        """Return the listing as it is now."""
        price = self.prices[bisect_right(self.times, now) - 1]
        return self.listing._replace(price=Money(price, "USD"))

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

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        del interactive, within
        self.asked.append(ask)
        now = self.clock.now()
        there = (o for o in self.offered if o.times[0] <= now < o.ends_at)
        order = _age if ask.sort is Sort.NEWEST else _rank
        fitting = (o for o in there if ask.band is None or _is_within(ask.band, o.at(now)))
        page = nsmallest(_PAGE + 1, fitting, key=order)
        shown = tuple(o.at(now) for o in page[:_PAGE])
        return Snapshot(shown, now, len(page), len(page) <= _PAGE, len(shown))


def _age(offer: Offer) -> float:
    return -offer.times[0]


def _rank(offer: Offer) -> float:
    return offer.rank


def _is_within(band: Band, listing: Listing) -> bool:
    low, price = band.low.minor if band.low else 0, listing.price
    return price is not None and low <= price.minor <= band.high.minor


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
            states = trip.stores.searches.last_alerted({alert.watch_id: sorted(chances - found)}).get(
                alert.watch_id, {}
            )
            found |= chances & states.keys()
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


def bands_figures(seeds: Sequence[int] = SEEDS) -> Mapping[str, object]:
    """Return the rows of the table, and the mean ratio of news per call."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            for every in INTERVALS:
                pairs = [compare(Path(folder), size, every, seed) for seed in seeds]
                plain, narrow = (
                    (sum(p[i].found for p in pairs), sum(p[i].calls for p in pairs)) for i in (0, 1)
                )
                chances = sum(p[0].chances for p in pairs)
                rows.append(
                    {
                        "size": size,
                        "hours": every / HOUR,
                        "plain": plain[0] / plain[1],
                        "narrow": narrow[0] / narrow[1],
                        "ratio": (narrow[0] / narrow[1]) / (plain[0] / plain[1]),
                        "plainShare": plain[0] / chances,
                        "narrowShare": narrow[0] / chances,
                    }
                )
    return {"rows": rows, "ratio": fmean(float(row["ratio"]) for row in rows)}


def bands_table(figures: Mapping[str, object]) -> str:
    """Return the table, and whether the target is met."""
    rows = figures["rows"]
    assert isinstance(rows, list)
    lines = ["news per call: whole, narrowed, their ratio; share of all news: whole, narrowed"]
    for row in rows:
        cells = (f"{row[name]:.2f}".rjust(10) for name in _COLUMNS)
        lines.append(f"{row['size']:8,} {row['hours']:4.0f} h {''.join(cells)}")
    ratio = float(str(figures["ratio"]))
    verdict = "PASS" if ratio >= LEAST_RATIO else "MISSED"
    return "\n".join([*lines, f"mean ratio of news per call: {ratio:.2f}, target {LEAST_RATIO}: {verdict}"])


def main() -> None:
    """Print the table, or with --json the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many markets of each size")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    figures = bands_figures(range(1, given.seeds + 1))
    print(json.dumps(figures) if given.json else bands_table(figures))


if __name__ == "__main__":
    main()
