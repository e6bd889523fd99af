"""The inventory of one product in one marketplace: slots, each holding one listing after another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from hashlib import blake2b
from random import Random
from typing import NamedTuple

from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.demo import catalogue
from watcher.demo.catalogue import Product
from watcher.demo.creation import make_listing
from watcher.demo.listings import Creation, DemoListing
from watcher.demo.source import query_words

# Bargains have slots of their own, numbered beyond those of ordinary listings.
_RECURRING_BARGAIN, _FIRST_BARGAIN = 900, 901
_BARGAIN_PERIOD = 5 * HOUR
# When the first bargain of each of the first products appears, in seconds after the market's start.
_FIRST_BARGAINS = ((-120.0, -60.0), (-50.0, -5.0), (40.0, 90.0), (150.0, 300.0), (330.0, 540.0))
_PRICE_WAVES = ((37.0 * DAY, 0.05), (11.0 * DAY, 0.03), (2.3 * DAY, 0.01))  # (period, share of the price)
_MIN_PERIOD_DAYS, _MAX_PERIOD_DAYS = 0.4, 12.0
_ID_RANGE = 10**11
_SCRAMBLE = 8_392_870_161  # has no factor in common with _ID_RANGE, so different numbers stay different


class _Slot(NamedTuple):
    """The n-th listing of a slot lies within `period` seconds from `phase + n * period` on."""

    number: int
    period: float
    phase: float

    def turn(self, now: float) -> int:
        return math.floor((now - self.phase) / self.period)


class _Lifetime(NamedTuple):
    """When the listing of a turn is on offer; `bargain_at` is None if it never is a bargain."""

    turn: int
    starts_at: float
    ends_at: float
    bargain_at: float | None = None


class Inventory:
    """All listings of a product at any time; only the last requested one of each slot is cached."""

    def __init__(
        self,
        seed: int,
        start: Instant,
        product: Product,
        number: int,
        marketplace: str,
        min_period: Seconds = Seconds(0.0),
    ) -> None:
        self.product, self.marketplace = product, marketplace
        self.query_words = query_words(product.query)
        self.vocabulary = _list_vocabulary(product) | self.query_words
        self._number = number
        self._name = f"{seed}|{marketplace}|{product.query}"
        # The true price is the same in every marketplace, so its seed does not name one.
        self._waves = [
            (period, share, _hash(f"{seed}|{product.query}|{period}") / _ID_RANGE)
            for period, share in _PRICE_WAVES
        ]
        self._id_offset = _hash(f"{seed}|{marketplace}")
        dice = Random(self._name)
        slots = [_make_slot(i, dice) for i in range(product.slots)]
        self._slots = [slot for slot in slots if slot.period >= min_period]
        self._bargain_slot = _Slot(_RECURRING_BARGAIN, _BARGAIN_PERIOD, dice.uniform(0, _BARGAIN_PERIOD))
        self._first_bargain: DemoListing | None = None
        if number < len(_FIRST_BARGAINS):
            since = start + dice.uniform(*_FIRST_BARGAINS[number])
            until = since + dice.uniform(45 * MINUTE, 2 * HOUR)
            self._first_bargain = self._make_listing(_FIRST_BARGAIN, _Lifetime(0, since, until, since))
        self._lifetimes: dict[int, _Lifetime] = {}
        self._listings: dict[int, tuple[int, DemoListing]] = {}

    def at(self, now: Instant) -> Iterator[DemoListing]:
        """Yield the listings on offer at `now`."""
        first = self._first_bargain
        if first and first.starts_at <= now < first.ends_at:
            yield first
        for slot in (self._bargain_slot, *self._slots):
            lifetime = self._lifetime(slot, slot.turn(now))
            if lifetime.starts_at <= now < lifetime.ends_at:
                yield self._listing(slot, lifetime)

    def true_price(self, now: float) -> float:
        """Return the product's value at `now` in US dollars, shipping included."""
        return self.product.price * math.exp(
            sum(share * math.sin(math.tau * (now / period + phase)) for period, share, phase in self._waves)
        )

    def _lifetime(self, slot: _Slot, turn: int) -> _Lifetime:
        lifetime = self._lifetimes.get(slot.number)
        if lifetime is None or lifetime.turn != turn:
            lifetime = self._lifetimes[slot.number] = self._draw_lifetime(slot, turn)
        return lifetime

    def _draw_lifetime(self, slot: _Slot, turn: int) -> _Lifetime:
        dice = Random(f"{self._name}|{slot.number}|{turn}|life")
        begin = slot.phase + turn * slot.period
        if slot is not self._bargain_slot:
            starts_at = begin + dice.uniform(0, 0.25) * slot.period
            ends_at = starts_at + dice.uniform(0.4, 1.0) * (begin + slot.period - starts_at)
            return _Lifetime(turn, starts_at, ends_at)
        since = begin + dice.uniform(HOUR, 0.6 * slot.period)
        until = since + dice.uniform(25 * MINUTE, 2 * HOUR)
        # A bargain is a new listing, or one whose price drops after a while.
        starts_at = since if dice.random() < 0.7 else since - dice.uniform(10 * MINUTE, HOUR)
        return _Lifetime(turn, starts_at, until, since)

    def _listing(self, slot: _Slot, lifetime: _Lifetime) -> DemoListing:
        cached = self._listings.get(slot.number)
        if cached is None or cached[0] != lifetime.turn:
            listing = self._make_listing(slot.number, lifetime)
            cached = self._listings[slot.number] = (lifetime.turn, listing)
        return cached[1]

    def _make_listing(self, slot: int, lifetime: _Lifetime) -> DemoListing:
        number = ((self._number * 1000 + slot) * 10**6 + lifetime.turn % 10**6) * _SCRAMBLE
        bargain_at = lifetime.bargain_at
        return make_listing(
            Creation(
                product=self.product,
                seed=f"{self._name}|{slot}|{lifetime.turn}",
                legacy_id=str(_ID_RANGE + (number + self._id_offset) % _ID_RANGE),
                starts_at=Instant(lifetime.starts_at),
                ends_at=Instant(lifetime.ends_at),
                true_price=self.true_price(lifetime.starts_at),
                marketplace=self.marketplace,
                bargain_at=None if bargain_at is None else Instant(bargain_at),
            )
        )


def _make_slot(number: int, dice: Random) -> _Slot:
    days = math.exp(dice.uniform(math.log(_MIN_PERIOD_DAYS), math.log(_MAX_PERIOD_DAYS)))
    return _Slot(number, days * DAY, dice.uniform(0, days * DAY))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % _ID_RANGE


def _list_vocabulary(product: Product) -> frozenset[str]:
    """Return every word that a title in the product's inventory may have, and some more."""
    other_titles = (title for title, _ in (*product.other_models, *product.accessories))
    notes = (grade.note for grade in product.grades)
    return query_words(" ".join((*product.names, *product.extras, *other_titles, *notes, *catalogue.PHRASES)))
