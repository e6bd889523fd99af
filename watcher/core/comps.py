"""What an item is worth: which listings are comparable, and robust statistics over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import comb
from typing import NamedTuple

from watcher.core.listing import CONDITION_IDS, PARTS_CONDITION_ID, Condition, Listing
from watcher.core.money import Money
from watcher.core.titles import Reason, judge_title


class Basis(StrEnum):
    """What a price is: what somebody asks, or what somebody paid. Never mixed."""

    ASK = "ask"
    SOLD = "sold"


class Buying(StrEnum):
    """Which ways of buying a watch looks at."""

    FIXED = "fixed"
    AUCTION = "auction"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a watch asks beyond its search's question; applied to the answer, so searches are shared."""

    exclude: tuple[str, ...] = ()
    buying: Buying = Buying.ANY
    min_feedback: int | None = None
    from_country: str = ""

    @property
    def key(self) -> str:
        """Equal for filters that keep the same listings; empty when nothing is asked."""
        if self == Filters():
            return ""
        words = ",".join(sorted({w.casefold() for w in self.exclude}))
        return f"{words}|{self.buying}|{self.min_feedback or ''}|{self.from_country}"


class Dropped(NamedTuple):
    """A listing left out, and why in words."""

    listing: Listing
    reason: Reason
    detail: str


class Selection(NamedTuple):
    """`kept` have a price in the market's currency.

    `auctions` passed every test and take bids; those without a Buy-It-Now price stand in `dropped` too,
    for a bid is no price.
    """

    kept: tuple[Listing, ...]
    dropped: tuple[Dropped, ...]
    auctions: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """Robust figures over the totals of kept listings; all None where `n` is 0.

    `interval` is a distribution-free 95 % interval of the median, the whole range below six totals.
    """

    basis: Basis
    currency: str
    n: int
    low: Money | None = None
    p25: Money | None = None
    median: Money | None = None
    p75: Money | None = None
    high: Money | None = None
    interval: tuple[Money, Money] | None = None


@dataclass(frozen=True, slots=True)
class Comps:
    """A selection and the statistics over it."""

    selection: Selection
    statistics: Statistics


def select(
    query: str,
    condition: Condition,
    listings: Sequence[Listing],
    *,
    currency: str,
    filters: Filters = Filters(),
    trust_condition: bool = True,
) -> Selection:
    """The one door to what is comparable: every listing is kept, or dropped with its reason.

    `trust_condition`: the market said it applied the condition filter, so a row that does not tell
    its condition is believed to have it.
    """
    kept: list[Listing] = []
    dropped: list[Dropped] = []
    auctions: list[Listing] = []
    banned = _banned(filters.exclude)
    for listing in listings:
        verdict = judge_title(query, listing.title)
        drop = (
            Dropped(listing, verdict.reason, verdict.detail)
            if verdict
            else _drop(listing, condition, currency, filters, banned, trust_condition)
        )
        if drop is None:
            kept.append(listing)
        else:
            dropped.append(drop)
        if listing.auction and listing.bid is not None and (drop is None or drop.reason is Reason.AUCTION):
            auctions.append(listing)
    return Selection(tuple(kept), tuple(dropped), tuple(auctions))


def summarize(kept: Sequence[Listing], currency: str, basis: Basis = Basis.ASK) -> Statistics:
    """Statistics over the totals of `kept`; items whose shipping is unknown have none and do not count."""
    totals = sorted(p.minor + s.minor for x in kept if (p := x.price) and (s := x.shipping) and p.currency == s.currency == currency)
    n = len(totals)
    if not n:
        return Statistics(basis, currency, 0)
    k = _rank(n)

    def at(numerator: int) -> Money:
        return Money(percentile(totals, numerator, 4), currency)

    interval = (Money(totals[k], currency), Money(totals[n - 1 - k], currency))
    return Statistics(basis, currency, n, at(0), at(1), at(2), at(3), at(4), interval)


def percentile(ordered: Sequence[int], numerator: int, denominator: int) -> int:
    """The quantile numerator/denominator of ordered whole numbers, interpolated, rounded half up."""
    place, rest = divmod((len(ordered) - 1) * numerator, denominator)
    low = ordered[place]
    if not rest:
        return low
    return low + (2 * (ordered[place + 1] - low) * rest + denominator) // (2 * denominator)


@lru_cache(maxsize=1024)
def _rank(n: int) -> int:
    """The index k for which (x[k], x[n-1-k]) covers the median with at least 95 % (binomial)."""
    tail, k = 0, 0
    while (tail := tail + comb(n, k)) * 40 <= 2**n:
        k += 1
    return max(0, k - 1)


@lru_cache(maxsize=1024)
def _banned(words: tuple[str, ...]) -> re.Pattern[str] | None:
    spelled = [r"\s+".join(map(re.escape, w.casefold().split())) for w in words if w.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)") if spelled else None


def _drop(
    listing: Listing,
    condition: Condition,
    currency: str,
    filters: Filters,
    banned: re.Pattern[str] | None,
    trust_condition: bool,
) -> Dropped | None:
    """Why `listing`, whose title fits, is not comparable all the same; None when it is."""
    if banned and (found := banned.search(listing.title.casefold())):
        return Dropped(listing, Reason.EXCLUDED, f'the title says "{found[0]}"')
    if listing.is_group:
        return Dropped(listing, Reason.GROUP, "a group of variations; its price is one variation's")
    if why := _wrong_condition(listing, condition, trust_condition):
        return Dropped(listing, why[0], why[1])
    if filters.from_country and listing.country != filters.from_country:
        return Dropped(listing, Reason.COUNTRY, f"it ships from {listing.country or 'an unknown country'}")
    if filters.min_feedback is not None and (listing.feedback or 0) < filters.min_feedback:
        return Dropped(listing, Reason.FEEDBACK, f"the seller's feedback score is {listing.feedback or 0}")
    if filters.buying is Buying.FIXED and not listing.fixed:
        return Dropped(listing, Reason.BUYING, "an auction, and the watch asks for fixed prices")
    if filters.buying is Buying.AUCTION and not listing.auction:
        return Dropped(listing, Reason.BUYING, "a fixed price, and the watch asks for auctions")
    price = listing.price or listing.bid
    if price is None:
        return Dropped(listing, Reason.NO_PRICE, "it shows no price")
    if price.currency != currency:
        return Dropped(listing, Reason.CURRENCY, f"priced in {price.currency}, not in {currency}")
    if listing.price is None:
        return Dropped(listing, Reason.AUCTION, f"an auction at {listing.bid}; a bid is no price")
    return None


def _wrong_condition(listing: Listing, asked: Condition, trusted: bool) -> tuple[Reason, str] | None:
    given = listing.condition_id
    if given == PARTS_CONDITION_ID:
        return Reason.PARTS, "its condition is: for parts or not working"
    if asked is Condition.ANY or given in CONDITION_IDS[asked] or (given is None and trusted):
        return None
    told = f'its condition is "{listing.condition}"' if listing.condition else "its condition is not told"
    return Reason.CONDITION, f"{told}, not {asked}"
