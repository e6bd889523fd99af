"""The simulated market's truth for `make bench-accuracy`: what asks and sales of a product really are.

Several markets with the same values and other listings show the population that one market is drawn from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from watcher.adapters.ebay.responses import parse_search_page
from watcher.core.delistings import SeenListing
from watcher.core.listing import Listing
from watcher.core.marketplaces import site_of
from watcher.core.times import DAY, Instant, Seconds
from watcher.demo.catalogue import Product
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoKind, DemoListing
from watcher.demo.sales import Departure
from watcher.demo.source import HOME, DemoRow
from watcher.demo.summary import shipping_of, total_of

START = Instant(1_767_607_200.0)  # 2026-01-05T10:00Z
# Committed before there was an estimator. Figures are chosen with the first; the others give the result.
TUNING_SEEDS, TEST_SEEDS = (101, 102, 103), (211, 223, 227)
# Committed with a shorter interval of the median, after the test seeds had shown that it covered too often.
CONFIRMING_SEEDS = (307, 311, 313)
REPLICAS = 40  # markets with the same values
_SALE_DAYS = 3  # before and after an instant, whose sales are the sales of that time
_HOME_CURRENCY = "USD"
_REMEMBERED = 45 * DAY  # as by the retention of texts, and a little more
_PAGE_ROWS = 200


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


def seen_by(inventory: Inventory, now: Instant, every: Seconds) -> list[SeenListing]:
    """Return what a search that is polled at this interval remembers of the last weeks."""
    first = now - math.floor(_REMEMBERED / every) * every
    found = []
    for lifetime in inventory._ordinary(first, now):
        seen_at = first + math.ceil(max(0.0, lifetime.starts_at - first) / every) * every
        if seen_at > now or seen_at >= lifetime.ends_at:
            continue
        missed_at = first + math.ceil((lifetime.ends_at - first) / every) * every
        row = inventory._listing(lifetime).at(Instant(min(now, missed_at - every)))
        found.append((row, Instant(seen_at), Instant(missed_at) if missed_at <= now else None))
    listings = {x.item_id: x for x in _parsed([row for row, _, _ in found], now)}
    return [
        _sighting(listings[row["itemId"]], seen_at, gone_at)
        for row, seen_at, gone_at in found
        if row["itemId"] in listings
    ]


def _parsed(rows: Sequence[DemoRow], now: Instant) -> Iterator[Listing]:
    for start in range(0, len(rows), _PAGE_ROWS):
        body = json.dumps({"itemSummaries": rows[start : start + _PAGE_ROWS], "total": len(rows)}).encode()
        yield from parse_search_page(body, now, site_of(HOME)).listings


def _sighting(x: Listing, seen_at: Instant, gone_at: Instant | None) -> SeenListing:
    ends_at = x.ends_at if x.auction else None
    return SeenListing(
        x.item_id,
        x.title,
        x.price or x.bid,
        x.shipping,
        seen_at,
        gone_at or seen_at,
        gone_at,
        x.price is None,
        x.bid_count,
        ends_at,
        x.created_at,
    )


def _total(listing: DemoListing, row: DemoRow) -> Iterator[float]:
    """Yield the total if the row has one in the market's currency, as comps do."""
    fixed = listing.kind is DemoKind.GENUINE and "price" in row
    if fixed and "shippingCost" in shipping_of(row) and row["price"]["currency"] == _HOME_CURRENCY:
        yield total_of(row)
