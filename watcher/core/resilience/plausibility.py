"""Suspicious answers: more likely a fault than the truth, given what was known before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from watcher.core.listing import MIN_KNOWN_LISTINGS, Listing, Snapshot
from watcher.core.money import Money

KnownPrices = Mapping[str, Money | None]
"""The last known price (or bid) by item id of the listings on offer."""

# Listings on one page; an answer has no more, however many are known.
_PAGE_LISTINGS = 200
# An answer with fewer than a fifth of the known listings is suspicious.
COLLAPSE_DIVISOR = 5
# Prices that grew or shrank by this factor are suspicious.
_JUMP_FACTOR = 10
# A total of a hundredth of the median or less is suspicious.
_SLIP_DIVISOR = 100


class Suspicion(StrEnum):
    """Why an answer is suspicious; its counter is `suspicious.<value>`."""

    EMPTY = "empty"
    COLLAPSED = "collapsed"
    PRICES = "prices"
    CURRENCY = "currency"
    SLIPS = "slips"

    @property
    def can_be_true(self) -> bool:
        """Whether a second similar answer is believed; prices in another currency are useless anyway."""
        return self is not Suspicion.CURRENCY

    def is_confirmed_by(self, before: Suspicion | None) -> bool:
        """Return whether the previous poll's suspicion confirms this one; EMPTY also confirms COLLAPSED."""
        shrunk = (Suspicion.EMPTY, Suspicion.COLLAPSED)
        return self.can_be_true and (self is before or (self in shrunk and before in shrunk))


def known_prices(listings: Iterable[Listing]) -> KnownPrices:
    """Return the prices that the next answer is compared with."""
    return {x.item_id: x.price or x.bid for x in listings}


def find_suspicion(before: KnownPrices, now: Snapshot, currency: str) -> Suspicion | None:
    """Return why the answer `now` is suspicious, given the prices `before` and the market's `currency`."""
    expected = min(len(before), _PAGE_LISTINGS)
    if expected >= MIN_KNOWN_LISTINGS:
        if not now.listings:
            return Suspicion.EMPTY
        if len(now.listings) * COLLAPSE_DIVISOR < expected:
            return Suspicion.COLLAPSED
    prices = known_prices(now.listings)
    if _has_changed_currency(before, prices, currency):
        return Suspicion.CURRENCY
    return Suspicion.PRICES if _has_jumped(before, prices) else None


def find_slips(before: KnownPrices, kept: Sequence[Listing], median: Money | None) -> tuple[Listing, ...]:
    """Return the kept listings at a hundredth of the median or less that were not known at that price.

    Such a price is probably a mistake, by the seller or in the answer; it is read again before it alerts.
    """
    if median is None or len(kept) < MIN_KNOWN_LISTINGS:
        return ()
    return tuple(
        x
        for x in kept
        if (amount := x.total or x.price)
        and amount.currency == median.currency
        and amount.minor * _SLIP_DIVISOR <= median.minor
        and before.get(x.item_id) != x.price
    )


def _has_changed_currency(before: KnownPrices, now: KnownPrices, currency: str) -> bool:
    if any(price.currency == currency for price in now.values() if price):  # usually the first one
        return False
    priced = sum(price is not None for price in now.values())
    was_in_it = any(price.currency == currency for price in before.values() if price)
    return priced >= MIN_KNOWN_LISTINGS and was_in_it


def _has_jumped(before: KnownPrices, now: KnownPrices) -> bool:
    """Return whether half of the listings in both cost at least ten times as much, or at most a tenth."""
    both = up = down = 0
    for item, price in now.items():
        was = before.get(item)
        if was is price and price and price.minor:  # mostly it is the same object
            both += 1
            continue
        if not was or not price or was.currency != price.currency:
            continue
        both += 1
        up += price.minor >= was.minor * _JUMP_FACTOR
        down += price.minor * _JUMP_FACTOR <= was.minor
    return both >= MIN_KNOWN_LISTINGS and 2 * max(up, down) >= both
