"""The simulated market's truth for `make bench-accuracy`: what asks and sales of a product really are.

Several markets with the same values and other listings show the population that one market is drawn from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from watcher.core.times import DAY, Instant
from watcher.demo.catalogue import Product
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoKind, DemoListing
from watcher.demo.sales import Departure
from watcher.demo.source import HOME, DemoRow
from watcher.demo.summary import shipping_of, total_of

START = Instant(1_767_607_200.0)  # 2026-01-05T10:00Z
# Committed before there was an estimator. Figures are chosen with the first; the others give the result.
TUNING_SEEDS, TEST_SEEDS = (101, 102, 103), (211, 223, 227)
REPLICAS = 40  # markets with the same values
_SALE_DAYS = 3  # before and after an instant, whose sales are the sales of that time
_HOME_CURRENCY = "USD"


class Truth(NamedTuple):
    """The median of all sales and of all asks at an instant, and how many they are, over all replicas."""

    sale: float
    ask: float
    sales: int
    asks: int


def replicas_of(seed: int, product: Product, number: int, count: int = REPLICAS) -> Sequence[Inventory]:
    """Return inventories with the same true prices at any time; the first is the seed's."""
    found = [
        Inventory(one, START, product, number, HOME, staged=False)
        for one in (seed, *(seed * 1000 + n for n in range(1, count)))
    ]
    for one in found[1:]:
        one._waves = found[0]._waves
    return found


def truth_at(replicas: Sequence[Inventory], now: Instant) -> Truth:
    """Return what genuine listings with a fixed price and a known total are sold and offered for."""
    asks = [
        total for one in replicas for listing in one.at(now) for total in _total(listing, listing.at(now))
    ]
    since, until = Instant(now - _SALE_DAYS * DAY), Instant(now + _SALE_DAYS * DAY)
    sales = [
        total
        for one in replicas
        for listing in one.ended(since, until)
        if listing.outcome is Departure.SOLD
        for total in _total(listing, listing.rows[-1])
    ]
    return Truth(median(sales), median(asks), len(sales), len(asks))


def _total(listing: DemoListing, row: DemoRow) -> Iterator[float]:
    """Yield the total if the row has one in the market's currency, as comps do."""
    fixed = listing.kind is DemoKind.GENUINE and "price" in row
    if fixed and "shippingCost" in shipping_of(row) and row["price"]["currency"] == _HOME_CURRENCY:
        yield total_of(row)
