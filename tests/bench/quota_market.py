"""A market in memory for `make bench-quota`: searches with weights, rates and lives, and their items.

Weights are Zipf 2.2, at most 200; rates lognormal with a standard deviation of 1.5 around one item a day; the
mean life of each search's items lognormal with 1 around a common one. Items arrive by a Poisson process and
live exponentially, or lognormally. All times are in days from the start of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PAGE = 200  # items that one call shows
_LIFE_SPREAD = 1.0  # standard deviation of the logarithm of lognormal lives
_HISTORY = 6.0  # mean lives before the start in which items may arrive that are still there then


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One run: searches, their common life in days, the seed, and what is unusual."""

    searches: int
    life: float
    seed: int
    days: int = 14
    is_lognormal: bool = False
    # Share of searches whose rate becomes 20 times as large, and of those whose rate becomes a 20th.
    changing: float = 0.0
    change_day: float = 6.0


class Truth(NamedTuple):
    """What a clairvoyant knows of the searches; `factors`: by which rates change on `change_day`."""

    weights: Floats
    rates: Floats
    lives: Floats
    factors: Floats


class Item(NamedTuple):
    """When an item is listed and when it leaves, in days."""

    born: float
    ends: float


@dataclass(frozen=True, slots=True)
class Market:
    """The searches of a run, and the items of each in the order of their listing."""

    setting: Setting
    truth: Truth
    items: list[list[Item]]

    def values(self, *, changed: bool = False) -> Floats:
        """Return weight times rate of each search, before or after the change."""
        return self.truth.weights * self.truth.rates * (self.truth.factors if changed else 1.0)

    def alive(self, ages: Floats, searches: NDArray[np.int64] | slice = slice(None)) -> Floats:
        """Return the days that items of these searches are there on average until these ages."""
        lives = self.truth.lives[searches]
        if not self.setting.is_lognormal:
            return np.asarray(lives * -np.expm1(-ages / lives))
        with np.errstate(divide="ignore"):
            place = (np.log(ages) - np.log(lives)) / _LIFE_SPREAD + _LIFE_SPREAD / 2
        return np.asarray(ages * (1 - _normal(place)) + lives * _normal(place - _LIFE_SPREAD))


def build_market(setting: Setting) -> Market:
    """Return the market of a run, always the same for the same setting."""
    dice = np.random.default_rng([setting.seed, setting.searches])
    n = setting.searches
    truth = Truth(
        np.minimum(dice.zipf(2.2, n), 200).astype(float),
        dice.lognormal(0.0, 1.5, n),
        dice.lognormal(np.log(setting.life), 1.0, n),
        np.ones(n),
    )
    changing = dice.permutation(n)[: 2 * round(setting.changing * n)]
    truth.factors[changing[::2]], truth.factors[changing[1::2]] = 20.0, 0.05
    return Market(setting, truth, [_items_of(setting, truth, i, dice) for i in range(n)])


def _items_of(setting: Setting, truth: Truth, i: int, dice: np.random.Generator) -> list[Item]:
    rate, life, factor = truth.rates[i], truth.lives[i], truth.factors[i]
    first = -_HISTORY * life
    turn = setting.change_day if factor != 1.0 else float(setting.days)
    born = _arrivals(dice, rate, first, turn)
    if factor != 1.0:
        born = np.concatenate([born, _arrivals(dice, rate * factor, turn, float(setting.days))])
    if setting.is_lognormal:
        lives = dice.lognormal(np.log(life) - _LIFE_SPREAD**2 / 2, _LIFE_SPREAD, len(born))
    else:
        lives = dice.exponential(life, len(born))
    there = born + lives > 0
    return list(map(Item, born[there].tolist(), (born + lives)[there].tolist()))


def _arrivals(dice: np.random.Generator, rate: float, start: float, end: float) -> Floats:
    return np.sort(dice.uniform(start, end, dice.poisson(rate * (end - start))))


def _normal(x: Floats) -> Floats:
    """Return the normal distribution function (Abramowitz & Stegun 7.1.26, error below 1e-7)."""
    z = np.abs(x) / np.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = 0.5 * poly * np.exp(-z * z)
    return np.where(x > 0, 1.0 - upper, upper)
