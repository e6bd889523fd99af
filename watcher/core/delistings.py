"""Listings that left the market: how, and at what last price; a third basis beside asks and sales.

A search tells neither who bought nor how many were left. An auction has an end to be held against; of a fixed
price that vanished nobody can say whether it was sold or taken down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import median_low
from typing import NamedTuple

from watcher.core.comps import Basis, Statistics, select, summarize
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.times import DAY, Instant, Seconds

# The same title at about the same price, new at most so long after the first one went.
_RELISTED_WITHIN = 14 * DAY
_ALIKE = 4  # a quarter of the price, more or less


class DelistingKind(StrEnum):
    """How a listing left."""

    ENDED_AT_TERM = "ended-at-term"
    UNSOLD = "unsold"
    ENDED_EARLY = "ended-early"
    RELISTED = "relisted"
    GONE = "gone"


# Nobody paid the last price of these.
_UNPAID = (DelistingKind.UNSOLD, DelistingKind.RELISTED)


class Sighted(NamedTuple):
    """A listing of a search as it is remembered; `changed_at` is when any of it moved, or it went.

    `price` is the bid of an auction without another price.
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
    """A comparable listing that left: its last price, and from when to when it was on the market.

    `item` is a hash of its id.
    """

    item: str
    kind: DelistingKind
    price: Money
    shipping: Money | None
    listed_at: Instant
    gone_at: Instant


class Observed(NamedTuple):
    """Last prices of listings that left: `kinds` counts all, the statistics those that may have been sold.

    `on_market`: the median time that those were on offer, None without one.
    """

    statistics: Statistics
    kinds: Mapping[DelistingKind, int]
    on_market: Seconds | None
    since: Instant | None


def exits_of(query: str, seen: Sequence[Sighted], currency: str) -> list[Delisting]:
    """The comparable listings among `seen`, all that a search remembers, that are gone."""
    gone = {s.item_id: s for s in seen if s.gone_at is not None and s.price is not None}
    if not gone:
        return []
    offers = [Listing(s.item_id, s.title, s.price, s.shipping) for s in gone.values()]
    kept = select(query, Condition.ANY, offers, currency=currency).kept
    titles: dict[str, list[Sighted]] = {}
    for s in seen:
        titles.setdefault(_folded(s.title), []).append(s)
    return [_exit(gone[x.item_id], titles) for x in kept]


def observe(exits: Sequence[Delisting], currency: str) -> Observed:
    """The last prices of those that may have been sold, in one currency, shipping included."""
    paid = [x for x in exits if x.kind not in _UNPAID and x.price.currency == currency]
    offers = [Listing(x.item, "", x.price, x.shipping) for x in paid]
    times = [x.gone_at - x.listed_at for x in paid]
    return Observed(
        summarize(offers, currency, Basis.OBSERVED),
        Counter(x.kind for x in exits),
        Seconds(median_low(times)) if times else None,
        min([x.gone_at for x in exits], default=None),
    )


def _exit(s: Sighted, titles: Mapping[str, Sequence[Sighted]]) -> Delisting:
    price, gone_at = s.price, s.gone_at
    if price is None or gone_at is None:  # pragma: no cover - `exits_of` takes only what has both
        raise TypeError(s)
    listed = s.listed_at if s.listed_at is not None else s.first_seen
    return Delisting(hashed_id(s.item_id), _kind(s, gone_at, titles), price, s.shipping, listed, gone_at)


def _kind(s: Sighted, gone_at: Instant, titles: Mapping[str, Sequence[Sighted]]) -> DelistingKind:
    if any(_follows(other, s, gone_at) for other in titles[_folded(s.title)]):
        return DelistingKind.RELISTED
    if s.ends_at is None:
        return DelistingKind.GONE
    if gone_at < s.ends_at:
        return DelistingKind.ENDED_EARLY
    return DelistingKind.ENDED_AT_TERM if s.bids else DelistingKind.UNSOLD


def _follows(other: Sighted, s: Sighted, gone_at: Instant) -> bool:
    """Whether `other` is `s` listed again."""
    if other.item_id == s.item_id or other.price is None or s.price is None:
        return False
    if not s.first_seen < other.first_seen or not -DAY <= other.first_seen - gone_at <= _RELISTED_WITHIN:
        return False
    if other.price.currency != s.price.currency:
        return False
    return abs(other.price.minor - s.price.minor) * _ALIKE <= s.price.minor


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
