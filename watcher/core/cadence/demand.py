"""What all searches together ask for, counted in few cells, so that nothing per search stays in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from watcher.core.cadence.estimates import FRAILTY_WEIGHT, RATE_SHAPE, Estimates, Lives, Priors
from watcher.core.cadence.lives import (
    BARGAIN_LIFE,
    BINS,
    OTHER_LIFE,
    Life,
    LifeCurve,
)
from watcher.core.times import DAY, Instant, Seconds

# Steps per factor of two in which values and frailties are counted together.
_VALUE_STEPS, _FRAILTY_STEPS = 2, 2
# Searches are counted apart by how well their frailty is known: the shape up to this, in factors of two.
_MOST_SHAPE = 64.0
_LEAST_VALUE, _MOST_VALUE = 2.0**-30, 2.0**30
# Ends that the prior of a category is worth, and its common hazard in each age bin; and searches.
_PRIOR_ENDS, _BIN_ENDS, _PRIOR_SEARCHES = 3.0, 5.0, 2.0
# By how much the hazards of items that polls never saw may raise or lower those of a category.
_MOST_UNSEEN = 3.0
# Searches from which the priors are learned, spread over all; more tell hardly more.
_SAMPLE = 1000
# Categories that are learned on their own; the searches of others share one.
MAX_CATEGORIES = 64


class Cell(NamedTuple):
    """Searches that are polled alike: the category, the kind and frailty of what matters, value, and bound.

    `longest`: None if the watches ask for no bound. `is_unseen`: before the first look.
    """

    category: str
    is_bargain: bool
    shape: float
    frailty: float
    value: int
    longest: Seconds | None
    is_unseen: bool = False

    def life(self, priors: Priors) -> Life:
        """Return the lives of the items of these searches."""
        curve = priors.bargains if self.is_bargain else priors.others
        return Life(curve, self.shape, self.shape / self.frailty)


class LivesTally:
    """The lives of the items of one kind in a category, summed over its searches."""

    def __init__(self) -> None:
        self.ends, self.exposures = [0.0] * BINS, [0.0] * BINS
        self._searches = self._frailties = 0.0
        self._explained = 0.0  # ends that the searches' own frailties expect

    def add(self, lives: Lives, life: Life, frailty: float, number: int) -> None:
        """Add those of equal searches, exposures scaled by frailty (Breslow's estimator with frailties).

        `frailty`: what is expected of their items, seen or not.
        """
        self._searches += number
        self._frailties += number * frailty
        self._explained += number * life.frailty * (life.rate - FRAILTY_WEIGHT)
        ends, exposures, scale = self.ends, self.exposures, life.frailty
        for i, (gone, seen) in enumerate(zip(*lives, strict=True)):
            if gone or seen:
                ends[i] += number * gone
                exposures[i] += number * scale * seen

    def curve(self, life: float) -> LifeCurve:
        """Return the hazards; `life` is the mean life that is expected before anything is known.

        It is worth a few ends in the common hazard, and that as many in the hazard of each age bin.
        """
        unseen = self._unseen()
        seen = sum(self.exposures) / unseen
        common = (sum(self.ends) + _PRIOR_ENDS) / (seen + _PRIOR_ENDS * life)
        return LifeCurve(
            tuple(
                (ended + _BIN_ENDS) / (days / unseen + _BIN_ENDS / common)
                for ended, days in zip(self.ends, self.exposures, strict=True)
            )
        )

    def _unseen(self) -> float:
        """Return by how much higher the hazards of all searches are than those of the items that were seen.

        Most items whose lives are known are of the searches where they stay long. The level of the hazards
        is the one at which the mean frailty of all searches is 1 (a step of the EM algorithm).
        """
        ends = sum(self.ends)
        if not self._searches or ends <= 0:
            return 1.0
        ratio = self._frailties / self._searches * self._explained / ends
        return max(1 / _MOST_UNSEEN, min(_MOST_UNSEEN, ratio))


class CategoryTally:
    """What the searches of a category taught, summed."""

    def __init__(self) -> None:
        self.bargains, self.others = LivesTally(), LivesTally()
        self._credible, self._arrivals, self._cuts, self._item_days = 0.0, 0.0, 0.0, 0.0

    def add(self, known: Estimates, priors: Priors, number: int = 1) -> None:
        """Add a search, or several of which the same is known.

        Rates are weighted by credibility (Buhlmann & Straub 1970), so that searches that are polled often,
        which are the busy ones, do not pass for the usual ones.
        """
        exposure = known.exposure(known.usual_life(priors))
        base = RATE_SHAPE / priors.rate
        self._credible += number * exposure / (exposure + base)
        self._arrivals += number * known.arrivals / (exposure + base)
        self._cuts += number * known.cuts
        self._item_days += number * known.item_days
        self.bargains.add(
            known.bargains,
            known.life(priors, is_bargain=True),
            known.expected_frailty(priors, is_bargain=True),
            number,
        )
        self.others.add(
            known.others,
            known.life(priors, is_bargain=False),
            known.expected_frailty(priors, is_bargain=False),
            number,
        )

    def priors(self, first: Priors) -> Priors:
        """Return the priors of the category; `first` are those before anything is known."""
        return Priors(
            (self._arrivals + _PRIOR_SEARCHES * first.rate) / (self._credible + _PRIOR_SEARCHES),
            (self._cuts + 1.0) / (self._item_days + 1.0 / first.cuts),
            self.bargains.curve(BARGAIN_LIFE),
            self.others.curve(OTHER_LIFE),
        )


class Demand:
    """The searches and wishes that a plan must serve, added one by one in any order.

    `searches`: all active ones; `asking`: those whose watches all ask for
    an interval; `unseen`: those before their first look. `floors`: for each bound of
    the others how many there are. `wishes`: calls per day that each user's wishes ask for.
    """

    def __init__(self, priors: Mapping[str, Priors] | None = None, searches: int = 0) -> None:
        """Start with the priors of the last plan, and the number of searches it had."""
        self._every = max(1, searches // _SAMPLE)
        self.searches = self.asking = self.unseen = 0
        self.cells: dict[Cell, list[float]] = {}  # searches, and the sum of their values
        self.floors: dict[Seconds | None, int] = {}
        self.asked: dict[str, float] = {}
        self.categories: dict[str, CategoryTally] = {}
        self._priors = priors or {}

    def add_search(
        self,
        category: str,
        value: float | None,
        estimates: Estimates | None,
        *,
        shortest: Seconds | None = None,
        longest: Seconds | None = None,
        number: int = 1,
    ) -> None:
        """Count a search, or a number of equal ones.

        `shortest` and `longest` are the columns of its row; the same if all is wishes.
        """
        sampled = (self.searches + number) // self._every - self.searches // self._every
        self.searches += number
        category = self._known(category)
        priors = self._priors.get(category, Priors())
        if estimates is not None and sampled:
            self.categories[category].add(estimates, priors, sampled)
        if shortest is not None and shortest == longest:
            self.asking += number
            return
        self.floors[longest] = self.floors.get(longest, 0) + number
        self.unseen += number * (estimates is None)
        known = estimates or Estimates(Instant(0.0))
        value = priors.rate / 2 if value is None else value
        life = known.life(priors)
        cell = Cell(
            category,
            known.is_bargain,
            float(2.0 ** round(math.log2(min(life.shape, _MOST_SHAPE)))),
            _stepped(life.frailty, _FRAILTY_STEPS),
            round(_VALUE_STEPS * math.log2(_bounded(value))),
            longest,
            estimates is None,
        )
        sums = self.cells.setdefault(cell, [0.0, 0.0])
        sums[0] += number
        sums[1] += number * value

    def add_asked(self, user: str, every: Seconds, min_interval: Seconds) -> None:
        """Count the interval that a user's watches ask for on one search."""
        self.asked[user] = self.asked.get(user, 0.0) + DAY / max(every, min_interval)

    def priors(self) -> dict[str, Priors]:
        """Return the priors of each category, from all searches that were added."""
        return {name: tally.priors(Priors()) for name, tally in self.categories.items()}

    def groups(self, *, unseen: bool) -> Iterator[tuple[Cell, float, float]]:
        """Yield each cell, how many searches are in it, and their mean value; with unseen ones if wanted."""
        for cell, (number, total) in self.cells.items():
            if unseen or not cell.is_unseen:
                yield cell, number, total / number

    def _known(self, category: str) -> str:
        if category not in self.categories:
            if len(self.categories) >= MAX_CATEGORIES:
                category = ""
            self.categories.setdefault(category, CategoryTally())
        return category


def _bounded(value: float) -> float:
    return min(max(value, _LEAST_VALUE), _MOST_VALUE)


def _stepped(value: float, steps: int) -> float:
    return float(2.0 ** (round(steps * math.log2(_bounded(value))) / steps))
