"""The simulated market with what only tests need to see: its bargains, and sold items."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from watcher.core.times import DAY, Instant
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoKind, DemoListing
from watcher.demo.market import DemoMarket
from watcher.demo.source import HOME, DemoRow, read_terms
from watcher.demo.summary import total_of, wire_date

_SOLD_SECONDS = 90 * DAY  # how long a sold item is shown
_TURNS = 2  # past listings per slot
_SOLD_SHARE = 0.6  # of the listings that end; the others expire


class Bargain(NamedTuple):
    """A genuine bargain, on offer from `since` to `until` at a `total` of 55 to 75 % of the true price."""

    query: str
    item_id: str
    since: Instant
    until: Instant
    total: float


class ObservedMarket(DemoMarket):
    """A simulated market that reports its bargains, and whose ended listings are sold in part."""

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
            for listing in _list_bargains(self.inventory(product), since, until)
        ]
        return sorted((b for b in found if since <= b.since < until), key=lambda b: (b.since, b.item_id))

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """Return the sales of the 90 days before `now`, newest first; `itemEndDate` is the time of sale."""
        terms = read_terms(query)
        sold = [
            listing
            for product in self.products
            if terms.match((inventory := self.inventory(product, marketplace)).query_words)
            for listing in _list_ended(inventory, now)
            if _is_sold(listing) and not listing.words & terms.unwanted
        ]
        sold.sort(key=lambda listing: -listing.ends_at)
        return [{**listing.rows[-1], "itemEndDate": wire_date(listing.ends_at)} for listing in sold]


def _list_bargains(inventory: Inventory, since: Instant, until: Instant) -> Iterator[DemoListing]:
    """Yield the bargains between `since` and `until`, and possibly some before and after."""
    if inventory._first_bargain:
        yield inventory._first_bargain
    slot = inventory._bargain_slot
    for turn in range(slot.turn(since), slot.turn(until) + 1):
        yield inventory._listing(slot, inventory._lifetime(slot, turn))


def _list_ended(inventory: Inventory, now: Instant) -> Iterator[DemoListing]:
    """Yield the last listings of each slot that ended before `now`."""
    for slot in (inventory._bargain_slot, *inventory._slots):
        last = slot.turn(now)
        for turn in range(last, last - _TURNS, -1):
            lifetime = inventory._lifetime(slot, turn)
            if now - _SOLD_SECONDS <= lifetime.ends_at <= now:
                yield inventory._listing(slot, lifetime)


def _is_sold(listing: DemoListing) -> bool:
    dice = Random(listing.rows[0]["itemId"])
    return listing.kind is DemoKind.BARGAIN or dice.random() < _SOLD_SHARE
