"""Listings that left the market: how, and at what last price. The basis `observed`, beside asks and sales.

A search does not show sales. An auction can be compared with its end; a fixed-price listing that disappears
may have been sold or withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from statistics import median_low
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.comps import Basis, Statistics, select, summarize
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.titles.languages import ENGLISH

_RELISTED_WITHIN = 14 * DAY  # seconds between the end of a listing and the start of a similar one
_PRICE_RATIO = 4  # prices that differ by at most a quarter are similar


class DelistingKind(StrEnum):
    """How a listing left the market."""

    ENDED_AT_TERM = "ended-at-term"
    UNSOLD = "unsold"
    ENDED_EARLY = "ended-early"
    RELISTED = "relisted"
    GONE = "gone"


# These were certainly not sold at their last price.
_NOT_SOLD = (DelistingKind.UNSOLD, DelistingKind.RELISTED)


class SeenListing(NamedTuple):
    """A listing as a search last saw it; `changed_at` is its last change, or its end.

    `price` is the bid if an auction has no other price.
    """

    item_id: str
    title: str
    price: Money | None
    shipping: Money | None
    first_seen: Instant
    changed_at: Instant
    gone_at: Instant | None
    auction: bool = False
    bids: int | None = None
    ends_at: Instant | None = None
    listed_at: Instant | None = None


class Delisting(NamedTuple):
    """A comparable listing that left the market: its last price, its start and its end.

    `item` is a hash of its id.
    """

    item: str
    kind: DelistingKind
    price: Money
    shipping: Money | None
    listed_at: Instant
    gone_at: Instant


class ObservedPrices(NamedTuple):
    """Last prices of listings that left: `kinds` counts all, `statistics` those that may have been sold.

    `on_market`: the median time that the latter were on offer, None if there are none.
    """

    statistics: Statistics
    kinds: Mapping[DelistingKind, int]
    on_market: Seconds | None
    since: Instant | None


def find_delistings(
    query: str,
    seen: Sequence[SeenListing],
    currency: str,
    languages: tuple[str, ...] = ENGLISH,
    background: Background = Background(),
    *,
    among: Collection[str] | None = None,
) -> list[Delisting]:
    """Return the comparable listings that are gone; `seen` is everything that a search has stored.

    `languages`: those of the site, by their codes. `background`: what is known of the listings besides.
    `among`: the ids of those that are asked for, None for all.
    """
    gone = {
        s.item_id: (s, s.price, s.gone_at)
        for s in seen
        if s.price and s.gone_at is not None and (among is None or s.item_id in among)
    }
    if not gone:
        return []
    offers = [Listing(s.item_id, s.title, s.price, s.shipping) for s, *_ in gone.values()]
    titles: dict[str, list[SeenListing]] = {}
    for s in seen:
        titles.setdefault(_folded(s.title), []).append(s)
    delistings = []
    selection = select(
        query, Condition.ANY, offers, currency=currency, languages=languages, background=background
    )
    for x in selection.kept:
        s, price, gone_at = gone[x.item_id]
        kind = _kind(s, gone_at, titles[_folded(s.title)])
        start = s.first_seen if s.listed_at is None else s.listed_at
        delistings.append(Delisting(hashed_id(s.item_id), kind, price, s.shipping, start, gone_at))
    return delistings


def summarize_delistings(delistings: Sequence[Delisting], currency: str) -> ObservedPrices:
    """Return statistics of the last prices, with shipping, of listings that may have been sold."""
    sold = [x for x in delistings if x.kind not in _NOT_SOLD and x.price.currency == currency]
    offers = [Listing(x.item, "", x.price, x.shipping) for x in sold]
    times = [x.gone_at - x.listed_at for x in sold]
    return ObservedPrices(
        summarize(offers, currency, Basis.OBSERVED),
        Counter(x.kind for x in delistings),
        Seconds(median_low(times)) if times else None,
        min([x.gone_at for x in delistings], default=None),
    )


def _kind(s: SeenListing, gone_at: Instant, same_title: Sequence[SeenListing]) -> DelistingKind:
    if any(_is_relisting(other, s, gone_at) for other in same_title):
        return DelistingKind.RELISTED
    if s.ends_at is None:
        return DelistingKind.GONE
    if gone_at < s.ends_at:
        return DelistingKind.ENDED_EARLY
    return DelistingKind.ENDED_AT_TERM if s.bids else DelistingKind.UNSOLD


def _is_relisting(other: SeenListing, s: SeenListing, gone_at: Instant) -> bool:
    if other.item_id == s.item_id or other.price is None or s.price is None:
        return False
    if not s.first_seen < other.first_seen or not -DAY <= other.first_seen - gone_at <= _RELISTED_WITHIN:
        return False
    if other.price.currency != s.price.currency:
        return False
    return abs(other.price.minor - s.price.minor) * _PRICE_RATIO <= s.price.minor


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
