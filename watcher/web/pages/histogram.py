"""The geometry of a histogram: how many listings ask how much. A template draws it as SVG, like `charts`."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from watcher.core.money import Money
from watcher.core.plurals import count_of
from watcher.web.pages.charts import MOST_AMOUNTS, WIDTH, Tick, nice_step, short

HISTOGRAM_HEIGHT = 96
_MOST_BARS = 24
_FEW = 6  # listings; a histogram of fewer shows less than the list does
_TAIL_FROM = 0.95  # of the listings, cheapest first; dearer ones widen the range at most twofold
_THINNEST = 2.0  # of a bar that has a listing
_ALL = 100  # percent


class Bar(NamedTuple):
    """A class of prices with `n` listings, in coordinates of the box. `matches`: all satisfy the target."""

    x: float
    y: float
    width: float
    height: float
    range: str
    n: int
    said: str
    matches: bool


class Histogram(NamedTuple):
    """The classes that have listings. `target`: in percent of the width, None without one in the range.

    `target_said` names the target, also one outside of the range; empty without one.
    """

    bars: Sequence[Bar]
    target: float | None
    target_said: str
    amounts: Sequence[Tick]
    said: str


class _Classes(NamedTuple):
    """Classes of equal width, in minor units; the last one also has all dearer listings, up to `last`."""

    low: int
    step: int
    size: int
    last: int
    currency: str

    def start(self, number: int) -> int:
        return self.low + number * self.step

    def range(self, number: int) -> str:
        end = self.start(number + 1)
        if number == self.size - 1:
            end = max(end, self.last)
        return f"{short(Money(self.start(number), self.currency))} to {short(Money(end, self.currency))}"


def draw_histogram(totals: Sequence[Money], target: Money | None) -> Histogram | None:
    """Draw how many of these totals, of one currency, are in each class of prices; None if they are few."""
    if len(totals) < _FEW:
        return None
    currency = totals[0].currency
    amounts = sorted(t.minor for t in totals)
    limit = target.minor if target is not None and target.currency == currency else None
    classes = _classes(amounts, limit, currency)
    found = Counter(min((a - classes.low) // classes.step, classes.size - 1) for a in amounts)
    tallest, every = max(found.values()), -(-classes.size // MOST_AMOUNTS)
    place = None if limit is None else _ALL * (limit - classes.low) / (classes.step * classes.size)
    return Histogram(
        [_bar(number, n, tallest, classes, limit) for number, n in sorted(found.items())],
        round(place, 1) if place is not None and 0 <= place <= _ALL else None,
        "" if limit is None else f"target {short(Money(limit, currency))}",
        [
            Tick(round(_ALL * n / classes.size, 1), short(Money(classes.start(n), currency)))
            for n in range(every, classes.size, every)
        ],
        _sentence(amounts, limit, currency),
    )


def _classes(amounts: Sequence[int], limit: int | None, currency: str) -> _Classes:
    common = amounts[int(len(amounts) * _TAIL_FROM)]
    low, high = amounts[0], min(amounts[-1], 2 * common)
    if limit is not None and low / 2 <= limit <= high * 2:
        low, high = min(low, limit), max(high, limit)
    step = nice_step(max(1, high - low) / _MOST_BARS, currency)
    low = low // step * step
    return _Classes(low, step, (high - low) // step + 1, amounts[-1], currency)


def _bar(number: int, n: int, tallest: int, classes: _Classes, limit: int | None) -> Bar:
    height = max(_THINNEST, round(HISTOGRAM_HEIGHT * n / tallest, 1))
    width, prices = WIDTH / classes.size, classes.range(number)
    return Bar(
        round(number * width + 1, 1),
        round(HISTOGRAM_HEIGHT - height, 1),
        round(width - 2, 1),
        height,
        prices,
        n,
        f"{count_of(n, 'listing')} from {prices}",
        matches=limit is not None and classes.start(number + 1) <= limit + 1,
    )


def _sentence(amounts: Sequence[int], limit: int | None, currency: str) -> str:
    low, high = short(Money(amounts[0], currency)), short(Money(amounts[-1], currency))
    middle = short(Money(amounts[len(amounts) // 2], currency))
    said = f"{count_of(len(amounts), 'listing')} from {low} to {high}, half of them up to {middle}"
    if limit is None:
        return said
    return f"{said}; {bisect_right(amounts, limit)} at most {short(Money(limit, currency))}"
