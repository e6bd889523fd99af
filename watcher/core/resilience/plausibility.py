"""Answers that are more likely a fault than the truth, told from what was known before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from watcher.core.listing import LOW_CONFIDENCE_CONDITIONS, Listing, Snapshot
from watcher.core.money import Money

KnownPrices = Mapping[str, Money | None]
"""What was on offer when a market was last seen: the price (or bid) by item id."""

# A page shows so many at most, however large the market that is known.
_PAGE = 200
# Less than a fifth of what was there; prices ten times theirs; a total a hundredth of the median.
_SHRUNK, _TIMES, _HUNDREDTH = 5, 10, 100


class Doubt(StrEnum):
    """Why an answer is doubted; the name of its counter, `suspicious.<doubt>`."""

    EMPTY = "empty"
    COLLAPSED = "collapsed"
    PRICES = "prices"
    CURRENCY = "currency"
    SLIPS = "slips"

    @property
    def can_be_true(self) -> bool:
        """Whether a second answer like it is believed; prices of another currency are of no use anyway."""
        return self is not Doubt.CURRENCY

    def is_confirmed_by(self, before: Doubt | None) -> bool:
        """Whether a look with this doubt confirms one with that: few listings and none are the same story."""
        shrunk = (Doubt.EMPTY, Doubt.COLLAPSED)
        return self.can_be_true and (self is before or (self in shrunk and before in shrunk))


def known_of(listings: Iterable[Listing]) -> KnownPrices:
    """What an answer lets us know of the next one."""
    return {x.item_id: x.price or x.bid for x in listings}


def find_doubt(before: KnownPrices, now: Snapshot, currency: str) -> Doubt | None:
    """Why `now` is doubted, seen after `before` in a market that prices in `currency`; else None."""
    expected = min(len(before), _PAGE)
    if expected >= LOW_CONFIDENCE_CONDITIONS:
        if not now.listings:
            return Doubt.EMPTY
        if len(now.listings) * _SHRUNK < expected:
            return Doubt.COLLAPSED
    prices = known_of(now.listings)
    if _has_changed_currency(before, prices, currency):
        return Doubt.CURRENCY
    return Doubt.PRICES if _has_jumped(before, prices) else None


def far_below(before: KnownPrices, kept: Sequence[Listing], median: Money | None) -> tuple[Listing, ...]:
    """The kept listings at a hundredth of the median or less that were not known at that price.

    Such a price is a slip of the seller's or of the wire; it is worth a second look before an alert.
    """
    if median is None or len(kept) < LOW_CONFIDENCE_CONDITIONS:
        return ()
    return tuple(
        x
        for x in kept
        if (amount := x.total or x.price)
        and amount.currency == median.currency
        and amount.minor * _HUNDREDTH <= median.minor
        and before.get(x.item_id) != x.price
    )


def _has_changed_currency(before: KnownPrices, now: KnownPrices, currency: str) -> bool:
    then = {price.currency for price in before.values() if price}
    priced = [price.currency for price in now.values() if price]
    return len(priced) >= LOW_CONFIDENCE_CONDITIONS and currency in then and currency not in priced


def _has_jumped(before: KnownPrices, now: KnownPrices) -> bool:
    """Whether half of the listings that both know cost ten times what they did, or a tenth."""
    both = 0
    up = down = 0
    for item, price in now.items():
        was = before.get(item)
        if not was or not price or was.currency != price.currency:
            continue
        both += 1
        up += price.minor >= was.minor * _TIMES
        down += price.minor * _TIMES <= was.minor
    return both >= LOW_CONFIDENCE_CONDITIONS and 2 * max(up, down) >= both
