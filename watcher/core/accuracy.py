"""How wrong medians were: what listings last cost, compared with the median shown just before they left.

Errors are relative: 0.06 if a listing left at 6 % more or less than the median. They are counted in steps
of a tenth of a percent, so any number of them takes the same memory.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.comps import Basis
from watcher.core.delistings import Delisting, DelistingKind
from watcher.core.plurals import count_of
from watcher.core.times import DAY, Instant, Seconds

MIN_SHOWN = 20  # delistings; fewer are too few for a sentence
WITHIN_PERCENT = (5, 10, 20)
_OLDEST_POINT = Seconds(7 * DAY)  # before a listing left; an older median was not shown just before
_STEPS = 1000  # of an error up to 1; larger ones count as 1
_Z = 1.96  # of a 95 % interval


class ShownMedian(NamedTuple):
    """A median as it was shown from an instant on, with its 95 % interval and the corrected one, if any."""

    at: Instant
    basis: Basis
    currency: str
    median: int | None
    interval: tuple[int, int] | None = None
    corrected: int | None = None


class EstimatedShare(NamedTuple):
    """A share of `n` with its 95 % interval (Wilson's)."""

    value: float
    low: float
    high: float


class ErrorFigures(NamedTuple):
    """How wrong a median was on `n` delistings: half of the errors were at most `median`.

    `interval` is a distribution-free 95 % interval of that, None for fewer than six; `within` are the shares
    of errors up to 5, 10 and 20 %.
    """

    n: int
    median: float
    interval: tuple[float, float] | None
    within: Mapping[int, EstimatedShare]


class Accuracy(NamedTuple):
    """How wrong the medians of a category were on one basis, by its canonical name; empty without one.

    `kinds` counts every delisting; `plain` and `corrected` are of those with a known total that left without
    a trace, which may have been sold. `covered`: the share of these whose price was in the 95 % interval of
    the median. `since`: when the first of them left.
    """

    category: str
    basis: Basis
    kinds: Mapping[DelistingKind, int]
    plain: ErrorFigures
    corrected: ErrorFigures | None
    covered: EstimatedShare | None
    since: Instant
    computed_at: Instant = Instant(0.0)


@dataclass(slots=True)
class ErrorCounter:
    """Counts errors by size."""

    steps: Counter[int] = field(default_factory=Counter)

    def add(self, error: float) -> None:
        """Count one error."""
        self.steps[min(_STEPS, math.ceil(abs(error) * _STEPS - 1e-9))] += 1

    def figures(self) -> ErrorFigures | None:
        """Return the figures, None without an error."""
        n = self.steps.total()
        if not n:
            return None
        rank = interval_rank(n)
        interval = None if rank is None else (self._at(rank), self._at(n - 1 - rank))
        within = {
            percent: wilson(sum(k for step, k in self.steps.items() if step * 100 <= percent * _STEPS), n)
            for percent in WITHIN_PERCENT
        }
        return ErrorFigures(n, self._at((n - 1) // 2), interval, within)

    def _at(self, place: int) -> float:
        """Return the error at this place of all in order."""
        for step, count in sorted(self.steps.items()):
            place -= count
            if place < 0:
                return step / _STEPS
        return 1.0


@dataclass(slots=True)
class AccuracyTally:
    """What is counted of the delistings of one category and basis."""

    kinds: Counter[DelistingKind] = field(default_factory=Counter)
    plain: ErrorCounter = field(default_factory=ErrorCounter)
    corrected: ErrorCounter = field(default_factory=ErrorCounter)
    covered: int = 0
    with_interval: int = 0
    since: Instant = Instant(math.inf)

    def add(self, delisting: Delisting, shown: ShownMedian, corrected: int | None) -> None:
        """Compare a delisting with the medians shown before it left."""
        self.kinds[delisting.kind] += 1
        self.since = min(self.since, delisting.gone_at)
        if delisting.kind is not DelistingKind.GONE or delisting.shipping is None or not shown.median:
            return
        total = delisting.price.minor + delisting.shipping.minor
        self.plain.add(total / shown.median - 1)
        if corrected:
            self.corrected.add(total / corrected - 1)
        if shown.interval:
            self.with_interval += 1
            self.covered += shown.interval[0] <= total <= shown.interval[1]

    def summary(self, category: str, basis: Basis) -> Accuracy | None:
        """Return the figures; None if no median could be compared."""
        plain = self.plain.figures()
        if plain is None:
            return None
        covered = wilson(self.covered, self.with_interval) if self.with_interval else None
        return Accuracy(
            category, basis, dict(self.kinds), plain, self.corrected.figures(), covered, self.since
        )


def compare_delistings(
    delistings: Iterable[Delisting], shown: Sequence[ShownMedian], tallies: Mapping[Basis, AccuracyTally]
) -> None:
    """Add the delistings of one search to the tally of the basis that was shown; `shown` is in order of time.

    A median counts if it is at most a week older. The listing itself was one of the asks behind it.
    """
    times = [one.at for one in shown]
    for delisting in delistings:
        place = bisect_left(times, delisting.gone_at) - 1
        if place < 0 or delisting.gone_at - times[place] > _OLDEST_POINT:
            continue
        last = shown[place]
        if last.currency != delisting.price.currency:
            continue
        tallies[last.basis].add(delisting, last, _last_corrected(shown, place, delisting))


def percent_text(share: float) -> str:
    """Return a share in percent with one decimal place: `6.1 %`."""
    return f"{share * 100:.1f} %"


def accuracy_sentence(found: Accuracy | None) -> str:
    """Return how wrong medians of the category were, in a sentence; empty if there are too few delistings."""
    if found is None or found.plain.n < MIN_SHOWN:
        return ""
    of = "of this category" if found.category else "of searches without a category"
    return (
        f"On {count_of(found.plain.n, 'delisting')} {of} our median was {found.plain.median * 100:.0f} % off."
    )


def interval_rank(n: int) -> int | None:
    """Return the place k for which the k-th smallest and largest of `n` enclose the median with 95 %.

    None if no two do. By the normal approximation of the binomial, rounded to the safe side.
    """
    rank = math.floor((n - _Z * math.sqrt(n) - 1) / 2)
    return rank if rank >= 0 else None


def wilson(hits: int, n: int) -> EstimatedShare:
    """Return a share with its 95 % interval by Wilson's score."""
    share, square = hits / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return EstimatedShare(share, max(0.0, middle - half), min(1.0, middle + half))


def _last_corrected(shown: Sequence[ShownMedian], place: int, delisting: Delisting) -> int | None:
    """Return the corrected median shown last; it is computed less often than the plain one."""
    while place >= 0 and delisting.gone_at - shown[place].at <= _OLDEST_POINT:
        if shown[place].corrected and shown[place].currency == delisting.price.currency:
            return shown[place].corrected
        place -= 1
    return None
