"""The inventory of one product in one marketplace: everything that is ever listed, in turns.

An item of each turn is listed; the sale model says when it leaves, and whether it is listed again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from hashlib import blake2b
from random import Random
from typing import NamedTuple

from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.demo import catalogue
from watcher.demo.catalogue import Product
from watcher.demo.creation import make_listing
from watcher.demo.listings import Creation, DemoListing
from watcher.demo.sales import (
    LONGEST_STAY,
    MEAN_STAY,
    Departure,
    Stay,
    draw_ratio,
    draw_relisted_ratio,
    draw_stay,
)
from watcher.demo.source import query_words

# Bargains are staged in turns of their own, apart from the sale model: far more than a real market has. Their
# places are beyond those of ordinary listings.
_RECURRING_BARGAIN, _FIRST_BARGAIN = 900, 901
_BARGAIN_PERIOD = 5 * HOUR
# When the first bargain of each of the first products appears, in seconds after the market's start.
_FIRST_BARGAINS = ((-120.0, -60.0), (-50.0, -5.0), (40.0, 90.0), (150.0, 300.0), (330.0, 540.0))
_PRICE_WAVES = ((37.0 * DAY, 0.05), (11.0 * DAY, 0.03), (2.3 * DAY, 0.01))  # (period, share of the price)
_MAX_CACHED_PERIODS = 3  # of the longest stay
_ID_RANGE = 10**11
_SCRAMBLE = 8_392_870_161  # has no factor in common with _ID_RANGE, so different numbers stay different


class _Turns(NamedTuple):
    """The n-th turn begins at `phase + n * period`."""

    period: float
    phase: float

    def turn(self, now: float) -> int:
        return math.floor((now - self.phase) / self.period)


class _Lifetime(NamedTuple):
    """When a listing is on offer. `place` tells it from others of its turn; `seed` decides what it is.

    `bargain_at` is None if it never is a bargain.
    """

    turn: int
    place: int
    seed: str
    starts_at: float
    ends_at: float
    stay: Stay
    bargain_at: float | None = None


class Inventory:
    """All listings of a product at any time; those of the last requested times are cached."""

    def __init__(
        self, seed: int, start: Instant, product: Product, number: int, marketplace: str, *, staged: bool
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
        period = MEAN_STAY / product.stock
        self._entries = _Turns(period, dice.uniform(0, period))
        self._bargains = _Turns(_BARGAIN_PERIOD, dice.uniform(0, _BARGAIN_PERIOD)) if staged else None
        self._first_bargain: DemoListing | None = None
        self._lifetimes: dict[int, tuple[_Lifetime, ...]] = {}
        self._bargain: _Lifetime | None = None
        self._listings: dict[tuple[int, int], DemoListing] = {}
        self._hour, self._in_hour = -1, tuple[_Lifetime, ...]()
        if staged and number < len(_FIRST_BARGAINS):
            since = start + dice.uniform(*_FIRST_BARGAINS[number])
            until = since + dice.uniform(45 * MINUTE, 2 * HOUR)
            self._first_bargain = self._make_listing(self._stage(0, _FIRST_BARGAIN, since, until, since))

    def at(self, now: Instant) -> Iterator[DemoListing]:
        """Yield the listings on offer at `now`."""
        if self._first_bargain:
            yield from (one for one in (self._first_bargain,) if one.starts_at <= now < one.ends_at)
        if self._bargains:
            bargain = self._recurring_bargain(self._bargains.turn(now))
            if bargain.starts_at <= now < bargain.ends_at:
                yield self._listing(bargain)
        for lifetime in self._within_hour(now):
            if lifetime.starts_at <= now < lifetime.ends_at:
                yield self._listing(lifetime)

    def ended(self, since: Instant, until: Instant) -> Iterator[DemoListing]:
        """Yield the listings that end from `since` to before `until`, except for staged bargains."""
        for lifetime in self._ordinary(since, until):
            if since <= lifetime.ends_at < until:
                yield self._make_listing(lifetime)

    def bargains(self, since: Instant, until: Instant) -> Iterator[DemoListing]:
        """Yield the bargains between `since` and `until`, and possibly some before and after."""
        if self._first_bargain:
            yield self._first_bargain
        if self._bargains:
            for turn in range(self._bargains.turn(since), self._bargains.turn(until) + 1):
                yield self._make_listing(self._recurring_bargain(turn))

    def true_price(self, now: float) -> float:
        """Return the product's value at `now` in US dollars, shipping included."""
        return self.product.price * math.exp(
            sum(share * math.sin(math.tau * (now / period + phase)) for period, share, phase in self._waves)
        )

    def _within_hour(self, now: float) -> tuple[_Lifetime, ...]:
        """Return what is on offer at some time of the hour of `now`, a tenth of what might be."""
        hour = int(now // HOUR)
        if hour != self._hour:
            since, until = hour * HOUR, (hour + 1) * HOUR
            found = self._ordinary(since, until)
            self._in_hour = tuple(one for one in found if one.starts_at < until and since < one.ends_at)
            self._hour = hour
        return self._in_hour

    def _ordinary(self, since: float, until: float) -> Iterator[_Lifetime]:
        """Yield what may be on offer between `since` and `until`."""
        first, last = self._entries.turn(since - LONGEST_STAY), self._entries.turn(until)
        if len(self._lifetimes) > _MAX_CACHED_PERIODS * (self._entries.turn(LONGEST_STAY) + 1):
            self._lifetimes.clear()
            self._listings.clear()
        for turn in range(first, last + 1):
            lifetimes = self._lifetimes.get(turn)
            if lifetimes is None:
                lifetimes = self._lifetimes[turn] = tuple(self._draw_lifetimes(turn))
            yield from lifetimes

    def _draw_lifetimes(self, turn: int) -> Iterator[_Lifetime]:
        seed = f"{self._name}|{turn}"
        dice = Random(f"{seed}|life")
        starts_at = self._entries.phase + (turn + dice.random()) * self._entries.period
        stay = draw_stay(dice, draw_ratio(dice))
        yield _Lifetime(turn, 0, seed, starts_at, starts_at + stay.lasts, stay)
        if stay.outcome is Departure.RELISTED:
            starts_at += stay.lasts + stay.pause
            stay = draw_stay(dice, draw_relisted_ratio(dice, stay), last=True)
            yield _Lifetime(turn, 1, seed, starts_at, starts_at + stay.lasts, stay)

    def _recurring_bargain(self, turn: int) -> _Lifetime:
        if self._bargain is None or self._bargain.turn != turn:
            dice = Random(f"{self._name}|{_RECURRING_BARGAIN}|{turn}|life")
            assert self._bargains
            since = self._bargains.phase + turn * _BARGAIN_PERIOD + dice.uniform(HOUR, 0.6 * _BARGAIN_PERIOD)
            until = since + dice.uniform(25 * MINUTE, 2 * HOUR)
            # A bargain is a new listing, or one whose price drops after a while.
            starts_at = since if dice.random() < 0.7 else since - dice.uniform(10 * MINUTE, HOUR)
            self._bargain = self._stage(turn, _RECURRING_BARGAIN, starts_at, until, since)
        return self._bargain

    def _stage(self, turn: int, place: int, starts_at: float, ends_at: float, since: float) -> _Lifetime:
        """Return the lifetime of a bargain, which is sold when it ends."""
        seed = f"{self._name}|{place}|{turn}"
        stay = Stay(draw_ratio(Random(f"{seed}|ratio")), (), ends_at - starts_at, Departure.SOLD)
        return _Lifetime(turn, place, seed, starts_at, ends_at, stay, since)

    def _listing(self, lifetime: _Lifetime) -> DemoListing:
        key = (lifetime.turn, lifetime.place)
        if key not in self._listings:
            self._listings[key] = self._make_listing(lifetime)
        return self._listings[key]

    def _make_listing(self, lifetime: _Lifetime) -> DemoListing:
        place, turn, bargain_at = lifetime.place, lifetime.turn, lifetime.bargain_at
        number = ((self._number * 1000 + place) * 10**6 + turn % 10**6) * _SCRAMBLE
        return make_listing(
            Creation(
                product=self.product,
                seed=lifetime.seed,
                legacy_id=str(_ID_RANGE + (number + self._id_offset) % _ID_RANGE),
                starts_at=Instant(lifetime.starts_at),
                ends_at=Instant(lifetime.ends_at),
                true_price=self.true_price(lifetime.starts_at),
                stay=lifetime.stay,
                marketplace=self.marketplace,
                bargain_at=None if bargain_at is None else Instant(bargain_at),
            )
        )


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % _ID_RANGE


def _list_vocabulary(product: Product) -> frozenset[str]:
    """Return every word that a title in the product's inventory may have, and some more."""
    other_titles = (title for title, _ in (*product.other_models, *product.accessories))
    notes = (grade.note for grade in product.grades)
    return query_words(" ".join((*product.names, *product.extras, *other_titles, *notes, *catalogue.PHRASES)))
