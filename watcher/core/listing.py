"""A listing as the market shows it, and the questions to and answers of a market."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from watcher.core.item_number import is_hashed_id
from watcher.core.money import Money
from watcher.core.times import Instant


class Condition(StrEnum):
    """The condition that a watch wants."""

    NEW = "new"
    REFURBISHED = "refurbished"
    USED = "used"
    ANY = "any"


# eBay condition ids, named in `condition_names`. "New with defects" (1750) is in none of the groups: it is
# neither what a buyer of a new item expects nor used.
CONDITION_IDS: dict[Condition, frozenset[int]] = {
    Condition.NEW: frozenset((1000, 1500)),
    Condition.REFURBISHED: frozenset((2000, 2010, 2020, 2030, 2500)),
    Condition.USED: frozenset((2750, 2990, 3000, 3010, 4000, 5000, 6000)),
}
PARTS_CONDITION_ID = 7000

# Bounds of what is kept of a listing's text, in characters. eBay's titles have at most 80.
MAX_TITLE_LENGTH = 250
MAX_CONDITION_LENGTH = 60
MAX_ITEM_ID_LENGTH = 80
MAX_URL_LENGTH = 1_000
MAX_LINK_LENGTH = 500  # of an address in a message
_URL = re.compile(r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:[/?#][!-~]*)?\Z")
_UNSAFE_IN_URL = frozenset('"<>\\^`{}')
_ITEM = re.compile(r"(?:v1\|)?(\d{1,19})(?:\|(\d{1,19}))?\Z", re.ASCII)


def joined_condition_ids(condition: Condition) -> str:
    """Return the condition ids as eBay's filters take them, `1000|1500`; empty for any condition."""
    return "|".join(map(str, sorted(CONDITION_IDS.get(condition, ()))))


class Listing(NamedTuple):
    """A listing. `None` is always "unknown", never zero.

    `price` is the fixed or Buy-It-Now price; an auction without one has only `bid`. `shipping` is None if
    it is calculated or absent. `ended`: its end was in the past when it was fetched. `pickup_only`:
    the market says so in place of a shipping cost. `categories`: ids, the leaf first. `epid`: the id of the
    product in eBay's catalogue, empty if unknown. `seller`: the hash of the seller's name, empty if unknown.
    `is_apart`: only a narrowed scan showed it, so it may alert and does not count.
    A tuple, because thousands are created per second.
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
    ended: bool = False
    pickup_only: bool = False
    epid: str = ""
    seller: str = ""
    is_apart: bool = False

    @property
    def link(self) -> str:
        """The address of its page: the market's, or one made from the item id if that is unusable."""
        if is_web_address(self.url):
            return self.url
        bare = self.url.partition("?")[0]
        return bare if is_web_address(bare) else item_page(self.item_id)

    @property
    def total(self) -> Money | None:
        """Price plus shipping; None if either is unknown or their currencies differ."""
        price, shipping = self.price, self.shipping
        if price is None or shipping is None or price.currency != shipping.currency:
            return None
        return Money(price.minor + shipping.minor, price.currency)


def is_web_address(url: str) -> bool:
    """Return whether every message can show `url` as a link: https, short, and nothing that ends it early."""
    return len(url) <= MAX_LINK_LENGTH and _URL.match(url) is not None and _UNSAFE_IN_URL.isdisjoint(url)


def item_page(item_id: str, site: str = "ebay.com") -> str:
    """Return the address of an item's page on one of eBay's sites; each site shows every item.

    Empty for the hash of an erased item.
    """
    if is_hashed_id(item_id):
        return ""
    found = _ITEM.match(item_id)
    if found is None:
        return f"https://www.{site}/itm/{quote(item_id, safe='')}"
    variation = f"?var={found[2]}" if found[2] and found[2].strip("0") else ""
    return f"https://www.{site}/itm/{found[1]}{variation}"


class Sort(StrEnum):
    """The order of a market's answer; BEST_MATCH is eBay's default."""

    BEST_MATCH = ""
    NEWEST = "newlyListed"
    ENDING = "endingSoonest"


class Band(NamedTuple):
    """The prices of the listings to search for, ends included; without `low` there is no lower end."""

    high: Money
    low: Money | None = None


class Ask(NamedTuple):
    """One request to a market: a question, its order and how many pages of it.

    `gtin`: digits of a product code, which are searched for instead of the query. `band`: only fixed prices
    within it. `sellers`: only their listings, if any are named.
    """

    query: str
    condition: Condition
    marketplace: str
    category_id: str = ""
    sort: Sort = Sort.BEST_MATCH
    pages: int = 1
    gtin: str = ""
    band: Band | None = None
    sellers: tuple[str, ...] = ()


class Snapshot(NamedTuple):
    """A market's answer to an Ask, without duplicates.

    `complete`: there are no further pages. `rows` counts the
    listings that the market sent, `duplicates` those of them that were dropped, `unreadable` those of which
    nothing, or not the title or the price, could be read.
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

    @property
    def is_exhaustive(self) -> bool:
        """Whether a listing that is missing is not on offer; a row without an id may be any listing."""
        return self.complete and self.rows <= len(self.listings) + self.duplicates

    @classmethod
    def of_rows(
        cls,
        readable: Sequence[Listing],
        fetched_at: Instant,
        *,
        total: int,
        unreadable: int,
        rows: int | None = None,
        complete: bool = False,
        ignored_filters: tuple[str, ...] = (),
    ) -> Snapshot:
        """Build an answer from the listings of its readable rows; of duplicates the first stays.

        `rows`: by default no listing is made of an unreadable row.
        """
        distinct = tuple(readable)
        if len({x.item_id for x in readable}) < len(readable):  # rarely
            first: dict[str, Listing] = {}
            for listing in readable:
                first.setdefault(listing.item_id, listing)
            distinct = tuple(first.values())
        return cls(
            distinct,
            fetched_at,
            total,
            complete=complete,
            rows=len(readable) + unreadable if rows is None else rows,
            duplicates=len(readable) - len(distinct),
            unreadable=unreadable,
            ignored_filters=ignored_filters,
        )


MIN_KNOWN_LISTINGS = 5  # fewer prove nothing: a small market may well be empty tomorrow
