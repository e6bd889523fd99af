"""The simulated market with sold items, which only SerpAPI shows."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from watcher.core.times import DAY, Instant
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoKind, DemoListing
from watcher.demo.market import DemoMarket
from watcher.demo.source import HOME, DemoRow, read_terms
from watcher.demo.summary import wire_date

_SOLD_SECONDS = 90 * DAY  # how long a sold item is shown
_TURNS = 2  # past listings per slot
_SOLD_SHARE = 0.6  # of the listings that end; the others expire


class DemoMarketWithSales(DemoMarket):
    """A simulated market whose ended listings are sold in part."""

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """Return the sales of the 90 days before `now`, newest first; `itemEndDate` is the time of sale."""
        terms = read_terms(query)
        inventories = (self.inventory(product, marketplace) for product in self.products)
        sold = [
            listing
            for inventory in inventories
            if terms.match(inventory.query_words)
            for listing in _list_ended(inventory, now)
            if _is_sold(listing) and not listing.words & terms.unwanted
        ]
        sold.sort(key=lambda listing: -listing.ends_at)
        return [{**listing.rows[-1], "itemEndDate": wire_date(listing.ends_at)} for listing in sold]


def _list_ended(inventory: Inventory, now: Instant) -> Iterator[DemoListing]:
    for slot in (inventory._bargain_slot, *inventory._slots):
        last = slot.turn(now)
        for turn in range(last, last - _TURNS, -1):
            lifetime = inventory._lifetime(slot, turn)
            if now - _SOLD_SECONDS <= lifetime.ends_at <= now:
                yield inventory._listing(slot, lifetime)


def _is_sold(listing: DemoListing) -> bool:
    dice = Random(listing.rows[0]["itemId"])
    return listing.kind is DemoKind.BARGAIN or dice.random() < _SOLD_SHARE
