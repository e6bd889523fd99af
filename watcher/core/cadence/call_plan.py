"""How often searches are polled: one threshold for what a poll must be worth, within bounds.

A search is due when what a poll is expected to save reaches the threshold, which is the same for all: then no
call could be spent better elsewhere (Whittle-type index; docs/quota.md has the derivation).
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple, Self

from watcher.core.cadence.demand import Cell, Demand
from watcher.core.cadence.estimates import Priors
from watcher.core.cadence.fair_shares import ASKED_SHARE, fair_level
from watcher.core.cadence.lives import Life, LifeCurve
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

# Days in which a few first looks are made, if they need less than the calls that they may take.
FIRST_DAYS = 0.25
# Share of the polls' calls that the floor takes at most.
FLOOR_SHARE = 0.3
# Seconds in which the plan makes up for a queue that is behind or ahead of its due times, if a search waits
# less than that on average.
_RECOVERY = Seconds(3 * HOUR)
_MOST_CORRECTION = 0.2
# The same if the queue is ahead during a large import, and delay counts: searches that were just seen are not
# due for long, so calls to spare would go to the shortest intervals. Less than 0.1 d makes plans oscillate.
_IMPORT_RECOVERY, _MOST_IMPORT_CORRECTION = Seconds(0.15 * DAY), 0.7
# Parts of the longest interval over which searches are spread, after the first look and after later ones; and
# of all first intervals if delay counts, or an import would come back in waves.
_FIRST_SPREAD, _SPREAD, _DELAY_SPREAD = 0.3, 0.1, 0.2
# New searches of which as many are looked at at once; those of a larger import follow one after the other.
FIRST_AT_ONCE = 20
_MARGIN = 0.97  # part of the longest interval; the rest is for polls that start late
_GOLDEN = 0.6180339887498949  # multiples of it are spread evenly between whole numbers
_PRECISION = 0.002  # of the threshold's binary logarithm, and how far it may lie
_FARTHEST = 60.0
_TABLED_AGES = tuple(float(2.0 ** (step / 4)) / 1440 for step in range(-8, 68))  # days, 15 s to 64 d


class Objective(StrEnum):
    """What calls are spent on: items seen while they can be bought, or the delay from listing to alert."""

    ALIVE = "alive"
    DELAY = "delay"


# Share of the polls' calls that first looks of a large import take at first, and the part of it that they
# have lost by its end, when most searches are known. Items that leave before they are found are lost, so that
# known searches must go on; a delay only ends later, and is short for good once all searches are known.
_FIRST_SHARES = {Objective.ALIVE: (0.3, 0.0), Objective.DELAY: (0.8, 0.625)}


class Turn(NamedTuple):
    """What one poll's interval depends on beside its worth.

    `number`: the search's id; it spreads searches that would wait equally long, or those that began together
    would be due together every time. `is_first`: whether this is the first look. `factor`: see `Pace.factor`.
    `now`: the time of the poll; the first looks of a large import make intervals longer only until its end.
    """

    number: int = 0
    is_first: bool = False
    factor: float = 1.0
    now: Instant = Instant(-math.inf)

    def parts(self, objective: Objective) -> tuple[float, float]:
        """Return the part of the longest interval that the search waits at most, and that of its interval."""
        phase = self.number * _GOLDEN % 1.0
        if objective is Objective.DELAY:
            return _MARGIN - phase * _SPREAD, 1 - phase * _DELAY_SPREAD if self.is_first else 1.0
        return _MARGIN - phase * (_FIRST_SPREAD if self.is_first else _SPREAD), 1.0


class CallPlan(NamedTuple):
    """How often searches are polled at present.

    `threshold`: the alerts (or alert-days of delay) that a poll must be expected to save; 0 if all searches
    run at `min_interval`. `floor`: the longest interval, `stretch`: by how much it and the other longest
    intervals are longer than asked for. `level`: the calls a day that wishes of one user get at most, `over`:
    what the users above it ask for. `calls`: expected polls per day of `budget`. `seen_at`: when the last of
    the searches that were never polled is looked at, `settled`: the threshold from then on.
    """

    computed_at: Instant = Instant(0.0)
    objective: Objective = Objective.ALIVE
    threshold: float = 0.0
    min_interval: Seconds = MINUTE
    floor: Seconds = DAY
    stretch: float = 1.0
    level: float = math.inf
    over: Mapping[str, float] = {}
    budget: float = 0.0
    calls: float = 0.0
    asked_calls: float = 0.0
    searches: int = 0
    settled: float = 0.0
    seen_at: Instant = Instant(0.0)
    priors: Mapping[str, Priors] = {}

    def priors_of(self, category: str) -> Priors:
        """Return what is expected of a search of this category."""
        return self.priors.get(category) or self.priors.get("") or Priors()

    def stretch_of(self, user: str) -> float:
        """Return the factor by which the intervals that a user asks for are longer."""
        return max(1.0, self.over.get(user, 0.0) / self.level)

    def asked_interval(self, user: str, every: Seconds) -> Seconds:
        """Return the interval that a user gets who asks for `every`."""
        return Seconds(max(every, self.min_interval) * self.stretch_of(user))

    def longest(self, longest: Seconds | None = None) -> Seconds:
        """Return the worst case of a search; `longest`: the bound of rules without an item."""
        return max(
            self.min_interval, Seconds(min(longest or math.inf, self.floor / self.stretch) * self.stretch)
        )

    def interval(
        self,
        value: float,
        life: Life,
        *,
        longest: Seconds | None = None,
        asked: Seconds | None = None,
        turn: Turn = Turn(),
    ) -> Seconds:
        """Return the seconds between two polls of a search that has watches without an interval of their own.

        `asked`: the shortest interval that another watch on it gets.
        """
        longest_part, part = turn.parts(self.objective)
        most = self.longest(longest) * longest_part
        age = self._age(value, life, self.threshold * turn.factor)
        left = max(0.0, self.seen_at - turn.now) / DAY
        if self.seen_at > self.computed_at and left < age:  # the rest passes as fast as it will then
            age = left + (1 - left / age) * self._age(value, life, self.settled * turn.factor)
        return Seconds(max(self.min_interval, min(part * min(age * DAY, most), asked or math.inf)))

    def first_calls(self, seen: float, searches: float) -> float:
        """Return the calls per day that first looks take when `seen` of these searches have been polled."""
        most, fall = self._first_pace
        return most * (1 - fall * seen / max(1.0, searches))

    def first_due(self, now: Instant, place: int, count: int) -> Instant:
        """Return when a new search is looked at first, the `place`-th of `count` of an import.

        First looks follow those of earlier imports.
        """
        if place < FIRST_AT_ONCE:
            return now
        seen = self.searches + place - FIRST_AT_ONCE
        wait = self.first_wait(self.searches, seen, self.searches + count - FIRST_AT_ONCE)
        return Instant(max(now, self.seen_at) + wait)

    def first_wait(self, seen: float, then: float, searches: float) -> Seconds:
        """Return the seconds until `then` of these searches have been polled, if `seen` have been."""
        most, fall = self._first_pace
        looks = then - seen
        if fall > 0 and looks > 0:
            looks = searches / fall * math.log((searches - fall * seen) / (searches - fall * then))
        return Seconds(DAY * looks / most)

    @property
    def _first_pace(self) -> tuple[float, float]:
        """The calls per day that first looks take at first, and the part that they lose by the end.

        The more calls wishes take, the smaller is the share of the others.
        """
        left = max(1.0, self.budget - self.asked_calls)
        share, fall = _FIRST_SHARES[self.objective]
        return max(FLOOR_SHARE * left, min(share * left, left - (1 - share) * self.budget)), fall

    def _age(self, value: float, life: Life, threshold: float) -> float:
        """Return the days after which a poll is worth the threshold."""
        if threshold <= 0:
            return 0.0
        if value <= 0:
            return math.inf
        if self.objective is Objective.DELAY:
            return math.sqrt(2 * threshold / value)
        return life.age_of_loss(threshold / value)

    def write(self) -> str:
        """Return the stored form."""
        return json.dumps({k: v for k, v in self._asdict().items() if v != math.inf})

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `write` wrote; None if it is damaged, because it can be computed again."""
        try:
            stored = json.loads(text)
            priors = {
                name: Priors(rate, cuts, LifeCurve(tuple(bargains[0])), LifeCurve(tuple(others[0])))
                for name, (rate, cuts, bargains, others) in stored.pop("priors").items()
            }
            return cls(**{**stored, "objective": Objective(stored["objective"]), "priors": priors})
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None


def plan_calls(
    demand: Demand,
    *,
    now: Instant,
    budget: float,
    min_interval: Seconds,
    floor: Seconds,
    objective: Objective = Objective.ALIVE,
    lag: Seconds = Seconds(0.0),
    spare: float = 0.0,
) -> CallPlan:
    """Return the plan for these searches and wishes; `budget`: calls per day that are for polls.

    `lag`: how far the queue is behind its due times, negative if it is ahead. `spare`: calls per day besides
    that people usually leave: they are shared, but no interval and no floor may count on them.
    """
    level = fair_level(demand.asked.values(), ASKED_SHARE * budget)
    asked_calls = sum(min(level, calls) for calls in demand.asked.values())
    floors = sum(n * DAY / min(floor, longest or floor) for longest, n in demand.floors.items())
    stretch = max(1.0, floors / (FLOOR_SHARE * budget)) if budget > 0 else math.inf
    plan = CallPlan(
        now,
        objective,
        0.0,
        min_interval,
        Seconds(floor * stretch),
        stretch,
        level,
        {user: calls for user, calls in demand.asked.items() if calls > level},
        budget,
        searches=demand.searches,
        asked_calls=asked_calls,
        priors=demand.priors(),
    )
    left = max(0.0, budget - asked_calls) + spare
    recovery, most = max(_RECOVERY, DAY * demand.searches / max(1.0, budget)), _MOST_CORRECTION
    if objective is Objective.DELAY and lag < 0 and demand.unseen > FIRST_AT_ONCE:
        recovery, most = _IMPORT_RECOVERY, _MOST_IMPORT_CORRECTION
    correction = max(-most, min(most, lag / recovery))
    sharing = demand.searches - demand.asking
    seen = sharing - demand.unseen
    first_calls = min(demand.unseen / FIRST_DAYS, plan.first_calls(seen, sharing), left)
    threshold, calls = _solve(plan, demand, max(0.0, left - first_calls) * (1 - correction))
    plan = plan._replace(threshold=threshold, calls=calls + asked_calls, settled=threshold)
    if demand.unseen:
        settled, _ = _solve(plan, demand, left * (1 - correction), foresees=True)
        wait = max(plan.first_wait(seen, sharing, sharing), DAY * demand.unseen / max(1.0, first_calls))
        plan = plan._replace(settled=min(threshold, settled), seen_at=Instant(now + wait))
    return plan


def _solve(plan: CallPlan, demand: Demand, calls: float, *, foresees: bool = False) -> tuple[float, float]:
    """Return the threshold at which the searches make `calls` polls a day, and how many they then make."""
    groups = []
    tables: dict[tuple[str, bool, float, float], Callable[[float], float]] = {}
    for cell, number, value in demand.groups(unseen=foresees):
        key = cell[:4]
        if key not in tables:
            tables[key] = _age_table(plan, cell)
        groups.append((number, value, plan.longest(cell.longest) / DAY, tables[key]))
    least = plan.min_interval / DAY

    def planned(threshold: float) -> float:
        return sum(
            number / max(least, min(most, age(threshold / value))) for number, value, most, age in groups
        )

    fastest = planned(0.0)
    if fastest <= calls or not groups:
        return 0.0, fastest
    low, high = -_FARTHEST, _FARTHEST
    while high - low > _PRECISION:
        middle = (low + high) / 2
        if planned(2.0**middle) > calls:
            low = middle
        else:
            high = middle
    return float(2.0**high), planned(2.0**high)


def _age_of_delay(loss: float) -> float:
    return math.sqrt(2 * loss)


def _age_table(plan: CallPlan, cell: Cell) -> Callable[[float], float]:
    """Return a function from what a poll must save per unit of value to the days after which it does."""
    if plan.objective is Objective.DELAY:
        return _age_of_delay
    life = cell.life(plan.priors_of(cell.category))
    losses = life.losses(_TABLED_AGES)

    def age(loss: float) -> float:
        place = bisect_left(losses, loss)
        if place == len(losses):
            return math.inf
        if place == 0:
            return _TABLED_AGES[0] * loss / losses[0] if losses[0] > 0 else 0.0
        share = (loss - losses[place - 1]) / (losses[place] - losses[place - 1])
        before, after = _TABLED_AGES[place - 1 : place + 1]
        return before + share * (after - before)

    return age
