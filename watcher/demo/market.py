"""The simulated market: a pure function of its seed and the simulated time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from watcher.core.times import DAY, Instant
from watcher.demo.catalogue import PRODUCTS, Product
from watcher.demo.inventory import Shelf
from watcher.demo.source import HOME, DemoRow, read_terms
from watcher.demo.summary import total_of, wire_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from watcher.demo.listings import DemoListing

_SOLD_FOR = 90 * DAY
# How much further down Best Match a listing comes a second time.
_AGAIN = 0.3


class Bargain(NamedTuple):
    """A genuine bargain, on offer `since` .. `until` at a `total` of 55 to 75 % of the true price."""

    query: str
    item_id: str
    since: Instant
    until: Instant
    total: float


class DemoMarket:
    """A market of made-up products: the same seed, start and time, the same listings.

    The first five products have a bargain within ten minutes of `start`, two of them from `start` on;
    every product has one about every five hours.
    """

    def __init__(self, seed: int, start: Instant, products: Sequence[Product] = PRODUCTS) -> None:
        self.seed, self.start, self.products = seed, start, tuple(products)
        self._shelves: dict[tuple[str, str], Shelf] = {}

    def true_price(self, product: Product, now: Instant) -> float:
        """What the product is worth at `now`, postage included, in US dollars."""
        return self._shelf(product, HOME).true_price(now)

    def listings(self, product: Product, now: Instant, marketplace: str = HOME) -> list[DemoListing]:
        """All that is on offer at `now` on the product's shelf, with what each listing really is."""
        return list(self._shelf(product, marketplace).at(now))

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """What a query finds, in the order of Best Match; a few listings come twice, as in recorded answers.

        A listing is found by its title, or because its product is what the words ask for.
        """
        ranked = []
        for listing in self._found(query, now, marketplace):
            row = listing.at(now)
            ranked.append((listing.rank, row))
            if listing.twice:
                ranked.append((listing.rank + _AGAIN, row))
        ranked.sort(key=lambda pair: (pair[0], pair[1]["itemId"]))
        return [row for _, row in ranked]

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """What was sold in the 90 days before `now`, the last one first; `itemEndDate` is when."""
        terms = read_terms(query)
        shelves = (self._shelf(product, marketplace) for product in self.products)
        gone = [
            listing
            for shelf in shelves
            if terms.fit(shelf.own_words)
            for listing in shelf.gone(now, _SOLD_FOR)
            if listing.sells and not listing.words & terms.unwanted
        ]
        gone.sort(key=lambda listing: -listing.ends)
        return [{**listing.rows[-1], "itemEndDate": wire_date(listing.ends)} for listing in gone]

    def bargains(self, since: Instant, until: Instant, marketplace: str = HOME) -> list[Bargain]:
        """The bargains that come up from `since` to before `until`, in that order."""
        found = [
            Bargain(
                product.query,
                listing.rows[-1]["itemId"],
                Instant(listing.starts[-1]),
                listing.ends,
                total_of(listing.rows[-1]),
            )
            for product in self.products
            for listing in self._shelf(product, marketplace).bargains(since, until)
        ]
        return sorted((b for b in found if since <= b.since < until), key=lambda b: (b.since, b.item_id))

    def _found(self, query: str, now: Instant, marketplace: str) -> Iterator[DemoListing]:
        terms = read_terms(query)
        for product in self.products:
            shelf = self._shelf(product, marketplace)
            if terms.fit(shelf.own_words):
                yield from (one for one in shelf.at(now) if not terms.unwanted & one.words)
            elif terms.fit(shelf.vocabulary):
                yield from (one for one in shelf.at(now) if terms.find(one.words))

    def _shelf(self, product: Product, marketplace: str) -> Shelf:
        key = (product.query, marketplace)
        if key not in self._shelves:
            number = self.products.index(product)
            self._shelves[key] = Shelf(self.seed, self.start, product, number, marketplace)
        return self._shelves[key]
