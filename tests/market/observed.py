"""The simulated market with what only tests need to see: its bargains, and sold items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from watcher.core.times import DAY, Instant
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoListing
from watcher.demo.market import DemoMarket
from watcher.demo.sales import Departure
from watcher.demo.source import HOME, DemoRow, read_terms
from watcher.demo.summary import total_of, wire_date

_SOLD_SECONDS = 90 * DAY  # how long a sold item is shown
_BARGAIN_SECONDS = DAY / 2


class Bargain(NamedTuple):
    """A genuine bargain, on offer from `since` to `until` at a `total` of 55 to 75 % of the true price."""

    query: str
    item_id: str
    since: Instant
    until: Instant
    total: float


class ObservedMarket(DemoMarket):
    """A simulated market that reports its bargains and its sales."""

    def bargains(self, since: Instant, until: Instant) -> list[Bargain]:
        """Return the bargains that appear from `since` to before `until`, in that order."""
        found = [
            Bargain(
                product.query,
                listing.rows[-1]["itemId"],
                Instant(listing.row_starts[-1]),
                listing.ends_at,
                total_of(listing.rows[-1]),
            )
            for product in self.products
            for listing in self.inventory(product).bargains(since, until)
        ]
        return sorted((b for b in found if since <= b.since < until), key=lambda b: (b.since, b.item_id))

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """Return the sales of the 90 days before `now`, newest first; `itemEndDate` is the time of sale."""
        terms = read_terms(query)
        sold = [
            listing
            for product in self.products
            if terms.match((inventory := self.inventory(product, marketplace)).query_words)
            for listing in _list_sold(inventory, now)
            if not listing.words & terms.unwanted
        ]
        sold.sort(key=lambda listing: -listing.ends_at)
        return [{**listing.rows[-1], "itemEndDate": wire_date(listing.ends_at)} for listing in sold]


def _list_sold(inventory: Inventory, now: Instant) -> Iterator[DemoListing]:
    """Yield the listings that were sold lately, and the last bargains."""
    since = Instant(now - _SOLD_SECONDS)
    yield from (one for one in inventory.ended(since, now) if one.outcome is Departure.SOLD)
    yield from (
        one for one in inventory.bargains(Instant(now - _BARGAIN_SECONDS), now) if since <= one.ends_at <= now
    )
