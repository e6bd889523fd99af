"""The simulated market: a pure function of its seed and the simulated time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from watcher.core.times import Instant
from watcher.demo.catalogue import PRODUCTS, Product
from watcher.demo.filters import NEW_CONDITION_IDS
from watcher.demo.inventory import Inventory
from watcher.demo.listings import DemoKind, DemoListing
from watcher.demo.recognition import SAMPLE, SAMPLE_DRAWING, Shown, most_similar
from watcher.demo.source import HOME, DemoRow, query_words, read_terms

_IN_STORE = "20"  # the first digits of product codes that no producer has
_CODE_DIGITS = 12  # of an EAN, without its check digit
_REAL = (DemoKind.GENUINE, DemoKind.BARGAIN)
_DUPLICATE_RANK = 0.3  # how much further down Best Match the second appearance of a listing is


class DemoMarket:
    """A market of made-up products: the same seed, start and time give the same listings.

    The first five products have a bargain within ten minutes of `start`, two of them from `start` on; every
    product has one about every five hours. They are staged for the demo; without `staged` there are only the
    listings of the sale model (sales.py).
    """

    def __init__(
        self,
        seed: int,
        start: Instant,
        products: Sequence[Product] = PRODUCTS,
        *,
        staged: bool = True,
    ) -> None:
        self.seed, self.start, self.products = seed, start, tuple(products)
        self._staged = staged
        self._inventories: dict[tuple[str, str], Inventory] = {}

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> list[DemoRow]:
        """Return what a query finds, in the order of Best Match; a few listings are duplicated, as on eBay.

        A listing is found by its title, or because the query names its product; by the digits of its
        product's code as well.
        """
        query = next((one.query for one in self.products if query == gtin_of(one)), query)
        ranked = []
        for listing in self._find(query, now, marketplace):
            row = listing.at(now)
            ranked.append((listing.rank, row))
            if listing.duplicated:
                ranked.append((listing.rank + _DUPLICATE_RANK, row))
        ranked.sort(key=lambda pair: (pair[0], pair[1]["itemId"]))
        return [row for _, row in ranked]

    async def recognise(self, picture: bytes, now: Instant) -> Shown | None:
        """Return the product whose listing, on offer in the US, has nearly this picture; or the sample's.

        Raises UnreadablePicture.
        """
        drawn = {
            row["image"]["imageUrl"].split("/")[-2]: product
            for product in self.products
            for listing in self.inventory(product).at(now)
            if "image" in (row := listing.rows[0])
        }
        drawn |= [(SAMPLE.name, one) for one in self.products if one.drawing == SAMPLE_DRAWING]
        product = await most_similar(picture, drawn)
        return None if product is None else _shown(product)

    def judge(self, query: str, title: str, now: Instant) -> bool | None:
        """Return whether the listing on offer with this title is what a query names; None without one."""
        terms = read_terms(query)
        for (name, _), inventory in self._inventories.items():
            for one in inventory.at(now):
                if one.at(now)["title"] == title:
                    return terms.match(query_words(name)) and one.kind in _REAL
        return None

    def inventory(self, product: Product, marketplace: str = HOME) -> Inventory:
        """Return all listings of a product in a marketplace."""
        key = (product.query, marketplace)
        if key not in self._inventories:
            number = self.products.index(product)
            self._inventories[key] = Inventory(
                self.seed, self.start, product, number, marketplace, staged=self._staged
            )
        return self._inventories[key]

    def _find(self, query: str, now: Instant, marketplace: str) -> Iterator[DemoListing]:
        terms = read_terms(query)
        for product in self.products:
            inventory = self.inventory(product, marketplace)
            if terms.match(inventory.query_words):
                yield from (one for one in inventory.at(now) if not terms.unwanted & one.words)
            elif terms.match(inventory.vocabulary):
                yield from (one for one in inventory.at(now) if terms.find(one.words))


def gtin_of(product: Product) -> str:
    """Return the product's code: an EAN of 13 digits, made up."""
    number = int.from_bytes(blake2b(product.query.encode(), digest_size=4).digest(), "big")
    digits = f"{_IN_STORE}{number:0{_CODE_DIGITS - len(_IN_STORE)}}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _shown(product: Product) -> Shown:
    is_new = product.grades[0].condition_id in NEW_CONDITION_IDS
    return Shown(product.query, product.names[0], product.category, "new" if is_new else "used")
