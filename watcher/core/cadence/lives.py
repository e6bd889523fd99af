"""How long listings stay on offer: survival by age, and what a search loses between two polls.

A life has a constant hazard within each age bin. A search's own lives have the hazards of its category times
a frailty, known only up to a Gamma distribution; averaged over it, survival is (1 + H(u)/b)^-a (Vaupel,
Manton & Stallard 1979), with H the category's cumulative hazard. All ages are in days.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# Upper ends of the age bins but the last one, in days: 5 min to 30 days.
AGES = (5 / 1440, 15 / 1440, 45 / 1440, 2 / 24, 6 / 24, 18 / 24, 2.0, 5.0, 12.0, 30.0)
BINS = len(AGES) + 1
STARTS = (0.0, *AGES)
_ENDS = (*AGES, math.inf)
# Days after which nothing more is lost: no search waits that long.
_LONGEST = 60.0
# Below this, differences of exponentials are replaced by their limits.
_TINY = 1e-6
_PRECISION = 1e-4  # of an age

# Mean lives in days of which the priors of a category consist.
BARGAIN_LIFE, OTHER_LIFE = 0.5, 8.0


class LifeCurve(NamedTuple):
    """The hazard of each age bin, in ends per day."""

    hazards: tuple[float, ...]

    def cumulative(self, age: float) -> float:
        """Return the expected number of ends until an age, if each end were followed by a new life."""
        found = bisect_right(AGES, age)
        return _cumulated(self.hazards)[found] + self.hazards[found] * (age - STARTS[found])


class Life(NamedTuple):
    """The lives of one search's items: its category's curve, and the Gamma frailty (`shape`, `rate`)."""

    curve: LifeCurve
    shape: float
    rate: float

    @property
    def frailty(self) -> float:
        """The expected frailty: how many times as fast as the category's its items leave."""
        return self.shape / self.rate

    def survival(self, age: float) -> float:
        """Return the share of items that are still there at an age."""
        return float((1.0 + self.curve.cumulative(age) / self.rate) ** -self.shape)

    def alive(self, age: float) -> float:
        """Return the days that an item is there on average until an age: the integral of survival."""
        area = 0.0
        for start, end, hazard, y in self._bins():
            if age <= end:
                return area + self._area(y, hazard, age - start)
            area += self._area(y, hazard, end - start)
        return area

    def caught(self, interval: float) -> float:
        """Return the share of items that polls see while they are there, once per `interval` days."""
        return self.alive(interval) / interval if interval > 0 else 1.0

    def lost(self, age: float) -> float:
        """Return E[life; life <= age]: what one item per day costs if the last poll was `age` days ago.

        It is the marginal value of a poll, for the share caught with interval T is alive(T)/T.
        """
        return self.alive(age) - age * self.survival(age)

    def age_of_loss(self, loss: float) -> float:
        """Return the age at which `lost` reaches `loss`; infinity if it never does."""
        area = 0.0
        for start, end, hazard, y in self._bins():
            width = min(end, _LONGEST) - start
            left = (y + hazard * width / self.rate) ** -self.shape
            whole = area + self._area(y, hazard, width)
            if whole - (start + width) * left >= loss:
                return self._age_within(start, width, hazard, y, area, loss)
            area = whole
        return math.inf

    def means(self) -> tuple[float, ...]:
        """Return the mean survival in each age bin; that of the last bin at its start."""
        areas = [self._area(y, hazard, min(end, _LONGEST) - start) for start, end, hazard, y in self._bins()]
        return tuple(
            area / (min(end, _LONGEST) - start) for area, start, end in zip(areas, STARTS, _ENDS, strict=True)
        )

    def _bins(self) -> Iterator[tuple[float, float, float, float]]:
        """Yield start, end, hazard and 1 + H(start)/rate of each age bin."""
        cumulated, rate = _cumulated(self.curve.hazards), self.rate
        for i, hazard in enumerate(self.curve.hazards):
            yield STARTS[i], _ENDS[i], hazard, 1.0 + cumulated[i] / rate

    def _area(self, y: float, hazard: float, width: float) -> float:
        """Return the integral of survival over `width` days from where 1 + H/rate is `y`."""
        grown = math.log1p(hazard * width / (self.rate * y))
        if self.shape * grown < _TINY:
            return float(width * y**-self.shape)
        power = 1.0 - self.shape
        factor = math.expm1(power * grown) / power if abs(power) > _TINY else grown
        return float(y**power * factor * self.rate / hazard)

    def _age_within(
        self, start: float, width: float, hazard: float, y: float, area: float, loss: float
    ) -> float:
        low, high, rate, shape = 0.0, width, self.rate, self.shape
        while high - low > _PRECISION * (start + high):
            middle = (low + high) / 2
            left = (y + hazard * middle / rate) ** -shape
            if area + self._area(y, hazard, middle) - (start + middle) * left < loss:
                low = middle
            else:
                high = middle
        return start + high


def exponential(life: float) -> LifeCurve:
    """Return the curve of exponential lives with this mean in days."""
    return LifeCurve((1 / life,) * BINS)


def spread_over_bins(start: float, end: float) -> Iterator[tuple[int, float]]:
    """Yield each age bin between two ages, and the days that lie in it."""
    i = bisect_right(AGES, start)
    while start < end:
        stop = min(end, _ENDS[i])
        yield i, stop - start
        start, i = stop, i + 1


def ended_between(
    curve: LifeCurve, frailty: float, start: float, end: float
) -> Iterator[tuple[int, float, float]]:
    """Yield the share of one end in (start, end] that falls into each age bin, and the days lived in it.

    The expected values under the curve, given that the end lies there (interval censoring, Turnbull 1976).
    """
    steps = [(i, days, curve.hazards[i] * frailty) for i, days in spread_over_bins(start, end)]
    left = math.exp(-sum(days * hazard for _, days, hazard in steps))
    gone = 1.0 - left
    if gone < _TINY:
        whole = sum(days * hazard for _, days, hazard in steps)
        for i, days, hazard in steps:
            share = days * hazard / whole if whole > 0 else days / (end - start)
            yield i, share, days / 2
        return
    here = 1.0
    for i, days, hazard in steps:
        drop = -math.expm1(-days * hazard)
        lived = here * drop / hazard if hazard * days > _TINY else here * days
        yield i, here * drop / gone, max(0.0, (lived - days * left) / gone)
        here *= 1.0 - drop


@lru_cache(maxsize=4096)
def _cumulated(hazards: Sequence[float]) -> tuple[float, ...]:
    """Return the cumulative hazard at the start of each age bin."""
    sums = [0.0]
    for start, end, hazard in zip(STARTS, AGES, hazards, strict=False):
        sums.append(sums[-1] + hazard * (end - start))
    return tuple(sums)
