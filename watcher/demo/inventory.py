"""The shelf of one product in one marketplace: slots that one listing after another takes."""

from __future__ import annotations

import math
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.demo import catalogue
from watcher.demo.creation import make_listing
from watcher.demo.listings import Creation, DemoListing
from watcher.demo.source import query_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.demo.catalogue import Product

# Bargains have slots of their own, beyond those of ordinary listings.
_RECURRING, _OPENING = 900, 901
_BARGAIN_EVERY = 5 * HOUR
# When the first bargain of each of the first products comes up, in seconds after the start.
_OPENINGS = ((-120.0, -60.0), (-50.0, -5.0), (40.0, 90.0), (150.0, 300.0), (330.0, 540.0))
# True prices drift by waves: (seconds, share of the price).
_WAVES = ((37.0 * DAY, 0.05), (11.0 * DAY, 0.03), (2.3 * DAY, 0.01))
_SHORTEST, _LONGEST = 0.4, 12.0
_TURNS_KEPT = 2
_IDS = 10**11
_SCRAMBLE = 8_392_870_161  # shares no factor with 10, so that different numbers stay different


class _Slot(NamedTuple):
    """Listing n of a slot lives within `period` seconds from `phase + n * period` on."""

    number: int
    period: float
    phase: float

    def turn(self, now: float) -> int:
        return math.floor((now - self.phase) / self.period)


class _Life(NamedTuple):
    """When a listing is there. `cut_at`: when it becomes a bargain, None for what never is one."""

    turn: int
    born: float
    ends: float
    cut_at: float | None = None


class Shelf:
    """All listings of a product, at whatever time; only the last asked for of each slot is kept."""

    def __init__(self, seed: int, start: Instant, product: Product, number: int, marketplace: str) -> None:
        self.product, self.marketplace = product, marketplace
        self.own_words = query_words(product.query)
        self.vocabulary = _vocabulary(product) | self.own_words
        self._number = number
        self._name = f"{seed}|{marketplace}|{product.query}"
        # The true price is the same in every marketplace.
        self._waves = [
            (length, share, _hash(f"{seed}|{product.query}|{length}") / _IDS) for length, share in _WAVES
        ]
        self._offset = _hash(f"{seed}|{marketplace}")
        dice = Random(self._name)
        self._slots = [self._slot(i, dice) for i in range(product.slots)]
        self._bargain = _Slot(_RECURRING, _BARGAIN_EVERY, dice.uniform(0, _BARGAIN_EVERY))
        self._opening: DemoListing | None = None
        if number < len(_OPENINGS):
            since = start + dice.uniform(*_OPENINGS[number])
            until = since + dice.uniform(45 * MINUTE, 2 * HOUR)
            self._opening = self._make(_OPENING, _Life(0, since, until, since))
        self._lives: dict[int, _Life] = {}
        self._made: dict[int, tuple[int, DemoListing]] = {}

    def at(self, now: Instant) -> Iterator[DemoListing]:
        """What is on offer at `now`."""
        if self._opening and self._opening.born <= now < self._opening.ends:
            yield self._opening
        for slot in (self._bargain, *self._slots):
            life = self._life(slot, slot.turn(now))
            if life.born <= now < life.ends:
                yield self._listing(slot, life)

    def gone(self, now: Instant, longest: float) -> Iterator[DemoListing]:
        """The last listings of each slot that ended before `now`, at most `longest` seconds ago."""
        for slot in (self._bargain, *self._slots):
            last = slot.turn(now)
            for turn in range(last, last - _TURNS_KEPT, -1):
                life = self._life(slot, turn)
                if now - longest <= life.ends <= now:
                    yield self._listing(slot, life)

    def bargains(self, since: Instant, until: Instant) -> Iterator[DemoListing]:
        """The bargains of the time from `since` to `until`, and perhaps some before and after."""
        if self._opening:
            yield self._opening
        slot = self._bargain
        for turn in range(slot.turn(since), slot.turn(until) + 1):
            yield self._listing(slot, self._life(slot, turn))

    def true_price(self, now: float) -> float:
        """What the product is worth at `now`, postage included, in US dollars."""
        return self.product.price * math.exp(
            sum(share * math.sin(math.tau * (now / length + phase)) for length, share, phase in self._waves)
        )

    def _slot(self, number: int, dice: Random) -> _Slot:
        days = math.exp(dice.uniform(math.log(_SHORTEST), math.log(_LONGEST)))
        return _Slot(number, days * DAY, dice.uniform(0, days * DAY))

    def _life(self, slot: _Slot, turn: int) -> _Life:
        life = self._lives.get(slot.number)
        if life is None or life.turn != turn:
            life = self._lives[slot.number] = self._lived(slot, turn)
        return life

    def _lived(self, slot: _Slot, turn: int) -> _Life:
        dice = Random(f"{self._name}|{slot.number}|{turn}|life")
        begin = slot.phase + turn * slot.period
        if slot is not self._bargain:
            born = begin + dice.uniform(0, 0.25) * slot.period
            return _Life(turn, born, born + dice.uniform(0.4, 1.0) * (begin + slot.period - born))
        since = begin + dice.uniform(HOUR, 0.6 * slot.period)
        until = since + dice.uniform(25 * MINUTE, 2 * HOUR)
        # A bargain is a new listing, or one that has been dearer for a while.
        born = since if dice.random() < 0.7 else since - dice.uniform(10 * MINUTE, HOUR)
        return _Life(turn, born, until, since)

    def _listing(self, slot: _Slot, life: _Life) -> DemoListing:
        made = self._made.get(slot.number)
        if made is None or made[0] != life.turn:
            made = self._made[slot.number] = (life.turn, self._make(slot.number, life))
        return made[1]

    def _make(self, slot: int, life: _Life) -> DemoListing:
        number = ((self._number * 1000 + slot) * 10**6 + life.turn % 10**6) * _SCRAMBLE
        birth = Creation(
            product=self.product,
            seed=f"{self._name}|{slot}|{life.turn}",
            legacy_id=str(_IDS + (number + self._offset) % _IDS),
            born=Instant(life.born),
            ends=Instant(life.ends),
            level=self.true_price(life.born),
            marketplace=self.marketplace,
            cut_at=None if life.cut_at is None else Instant(life.cut_at),
        )
        return make_listing(birth)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % _IDS


def _vocabulary(product: Product) -> frozenset[str]:
    """Every word that a title on this product's shelf may have, and some more."""
    others = (title for title, _ in (*product.others, *product.along))
    notes = (grade.note for grade in product.grades)
    return query_words(" ".join((*product.names, *product.extras, *others, *notes, *catalogue.PATTERNS)))
