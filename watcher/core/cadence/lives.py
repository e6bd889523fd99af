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
    """The hazard of each age bin, in ends per day, none of them 0."""

    hazards: tuple[float, ...]

    def cumulative(self, age: float) -> float:
        """Return the expected number of ends until an age, if each end were followed by a new life."""
        start, _, hazard, ended = _steps(self.hazards)[bisect_right(AGES, age)]
        return ended + hazard * (age - start)


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
        area, rate, power = 0.0, self.rate, self._power
        for start, width, hazard, ended in _steps(self.curve.hazards):
            days = age - start
            if days <= 0:
                break
            area += _area(1.0 + ended / rate, hazard, min(days, width), power, rate)
        return area

    def caught(self, interval: float) -> float:
        """Return the share of items that polls see while they are there, once per `interval` days."""
        return self.alive(interval) / interval if interval > 0 else 1.0

    def lost(self, age: float) -> float:
        """Return E[life; life <= age]: what one item per day costs if the last poll was `age` days ago.

        It is the marginal value of a poll, for the share caught with interval T is alive(T)/T.
        """
        return self.alive(age) - age * self.survival(age)

    def losses(self, ages: Sequence[float]) -> list[float]:
        """Return `lost` at each of these ages, which are in order, in one pass."""
        area, last, y, rate, power, shape = 0.0, 0.0, 1.0, self.rate, self._power, self.shape
        hazards, found, i = self.curve.hazards, [], 0
        for age in ages:
            while last < age:
                stop = min(age, _ENDS[i])
                area += _area(y, hazards[i], stop - last, power, rate)
                y += hazards[i] * (stop - last) / rate
                last = stop
                i += stop == _ENDS[i]
            found.append(area - age * y**-shape)
        return found

    def age_of_loss(self, loss: float) -> float:
        """Return the age at which `lost` reaches `loss`; infinity if it never does."""
        area, rate, power = 0.0, self.rate, self._power
        for start, width, hazard, ended in _steps(self.curve.hazards):
            y = 1.0 + ended / rate
            whole = area + _area(y, hazard, width, power, rate)
            left = (y + hazard * width / rate) ** -self.shape
            if whole - (start + width) * left >= loss:
                return self._age_within((start, width, hazard, y), area, loss)
            area = whole
        return math.inf

    def means(self) -> tuple[float, ...]:
        """Return the mean survival in each age bin; the last one ends at 60 days."""
        rate, power = self.rate, self._power
        return tuple(
            [
                _area(1.0 + ended / rate, hazard, width, power, rate) / width
                for _, width, hazard, ended in _steps(self.curve.hazards)
            ]
        )

    def weighed(self, days: Sequence[float]) -> float:
        """Return the sum of days by age bin, each times the mean survival in its bin."""
        found, rate, power, log1p, expm1 = 0.0, self.rate, self._power, math.log1p, math.expm1
        for (_, width, hazard, ended), some in zip(_steps(self.curve.hazards), days, strict=True):
            if some:  # the same as `_area`
                y = 1.0 + ended / rate
                grown = log1p(hazard * width / (rate * y))
                found += some * (y**power * expm1(power * grown) / power * rate / hazard / width)
        return found

    @property
    def _power(self) -> float:
        power = 1.0 - self.shape
        return power if abs(power) > _TINY else _TINY

    def _age_within(self, step: tuple[float, float, float, float], area: float, loss: float) -> float:
        start, width, hazard, y = step
        low, high, rate, power = 0.0, width, self.rate, self._power
        while high - low > _PRECISION * (start + high):
            middle = (low + high) / 2
            left = (y + hazard * middle / rate) ** -self.shape
            if area + _area(y, hazard, middle, power, rate) - (start + middle) * left < loss:
                low = middle
            else:
                high = middle
        return start + high


def _area(y: float, hazard: float, days: float, power: float, rate: float) -> float:
    """Return the integral of survival over some days from where 1 + H/rate is `y`; `power`: 1 - shape."""
    grown = math.log1p(hazard * days / (rate * y))
    return float(y**power * math.expm1(power * grown) / power * rate / hazard)


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
            yield i, days * hazard / whole, days / 2
        return
    here = 1.0
    for i, days, hazard in steps:
        drop = -math.expm1(-days * hazard)
        lived = here * drop / hazard
        yield i, here * drop / gone, max(0.0, (lived - days * left) / gone)
        here *= 1.0 - drop


@lru_cache(maxsize=4096)
def _steps(hazards: tuple[float, ...]) -> tuple[tuple[float, float, float, float], ...]:
    """Return start, width, hazard and the cumulative hazard at the start of each age bin."""
    ended, steps = 0.0, []
    for start, end, hazard in zip(STARTS, _ENDS, hazards, strict=True):
        width = min(end, _LONGEST) - start
        steps.append((start, width, hazard, ended))
        ended += hazard * width
    return tuple(steps)
