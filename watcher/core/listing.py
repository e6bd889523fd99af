"""A listing as the market shows it, and the questions to and answers of a market."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from watcher.core.money import Money
from watcher.core.times import Instant


class Condition(StrEnum):
    """The condition that a watch wants."""

    NEW = "new"
    REFURBISHED = "refurbished"
    USED = "used"
    ANY = "any"


# eBay condition ids (ConditionEnum of the Sell Inventory contract; cards use 2750 and 4000).
CONDITION_IDS: dict[Condition, frozenset[int]] = {
    Condition.NEW: frozenset((1000, 1500, 1750)),
    Condition.REFURBISHED: frozenset((2000, 2010, 2020, 2030, 2500)),
    Condition.USED: frozenset((2750, 2990, 3000, 3010, 4000, 5000, 6000)),
}
PARTS_CONDITION_ID = 7000


def joined_condition_ids(condition: Condition) -> str:
    """Return the condition ids as eBay's filters take them, `1000|1500|1750`; empty for any condition."""
    return "|".join(map(str, sorted(CONDITION_IDS.get(condition, ()))))


class Listing(NamedTuple):
    """A listing. `None` is always "unknown", never zero.

    `price` is the fixed or Buy-It-Now price; an auction without one has only `bid`. `shipping` is None if
    it is calculated or absent. A tuple, because thousands are created per second.
    """

    item_id: str
    title: str
    price: Money | None
    shipping: Money | None
    condition_id: int | None = None
    condition: str = ""
    url: str = ""
    image: str = ""
    fixed: bool = True
    auction: bool = False
    bid: Money | None = None
    bid_count: int | None = None
    ends_at: Instant | None = None
    is_group: bool = False
    group_id: str = ""
    country: str = ""
    feedback: int | None = None
    created_at: Instant | None = None
    converted_from: str = ""
    categories: tuple[str, ...] = ()

    @property
    def total(self) -> Money | None:
        """Price plus shipping; None if either is unknown or their currencies differ."""
        price, shipping = self.price, self.shipping
        if price is None or shipping is None or price.currency != shipping.currency:
            return None
        return Money(price.minor + shipping.minor, price.currency)


class Sort(StrEnum):
    """The order of a market's answer; BEST_MATCH is eBay's default."""

    BEST_MATCH = ""
    NEWEST = "newlyListed"
    ENDING = "endingSoonest"


class Ask(NamedTuple):
    """One request to a market: a question, its order and how many pages of it."""

    query: str
    condition: Condition
    marketplace: str
    category_id: str = ""
    sort: Sort = Sort.BEST_MATCH
    pages: int = 1


class Snapshot(NamedTuple):
    """A market's answer to an Ask, without duplicates.

    `complete`: there are no further pages, so a listing that is missing is not on offer. `rows` counts the
    listings that the market sent, `duplicates` and `unreadable` those of them that were dropped.
    `ignored_filters`: filters that the market reported as not applied.
    """

    listings: tuple[Listing, ...]
    fetched_at: Instant
    total: int = 0
    complete: bool = True
    rows: int = 0
    duplicates: int = 0
    unreadable: int = 0
    ignored_filters: tuple[str, ...] = ()

    @classmethod
    def of_rows(
        cls,
        readable: Sequence[Listing],
        fetched_at: Instant,
        *,
        total: int,
        unreadable: int,
        complete: bool = False,
        ignored_filters: tuple[str, ...] = (),
    ) -> Snapshot:
        """Build an answer from the listings of its readable rows; of duplicates the first stays."""
        distinct: dict[str, Listing] = {}
        for listing in readable:
            distinct.setdefault(listing.item_id, listing)
        return cls(
            tuple(distinct.values()),
            fetched_at,
            total,
            complete=complete,
            rows=len(readable) + unreadable,
            duplicates=len(readable) - len(distinct),
            unreadable=unreadable,
            ignored_filters=ignored_filters,
        )


MIN_KNOWN_LISTINGS = 5  # fewer prove nothing: a small market may well be empty tomorrow
