"""The plan of polls that all processes share, and the scan of searches and wishes it is computed from."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from watcher.core.cadence.call_plan import CallPlan, Objective, plan_calls
from watcher.core.cadence.demand import Demand
from watcher.core.cadence.estimates import Estimates
from watcher.core.cadence.fair_shares import ASKED_SHARE, PRIORITIES, weight_of
from watcher.core.polls import IntervalBounds
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.core.watch import Watch
from watcher.db.polling_plan import PollingPlanStore, StoredPlan, WatchDemand

# Alerts per day: a search may be worth a poll without any, for the history of its prices.
LEAST_VALUE = 1e-6
# Rows that are read at once; a fraction of a millisecond.
_SEARCHES_AT_ONCE, _WATCHES_AT_ONCE = 20, 200


class PlanTerms(NamedTuple):
    """What the configuration says about plans; intervals are in seconds."""

    min_interval: Seconds = MINUTE
    floor: Seconds = DAY
    objective: Objective = Objective.ALIVE


class SharedPlan(NamedTuple):
    """How often searches are polled at present.

    `factors`: what the priorities of a user's watches are multiplied by, so that the weights of all of them
    sum up to their number; users whose watches all have the normal priority are missing.
    """

    calls: CallPlan = CallPlan()
    factors: Mapping[str, float] = {}

    def weight(self, watch: Watch) -> float:
        """Return the weight of a watch's alerts."""
        return PRIORITIES[watch.priority] * self.factors.get(watch.user, 1.0)

    def asked(self, watches: Iterable[Watch]) -> Seconds | None:
        """Return the shortest interval that those of these watches get that ask for one."""
        intervals = (self.calls.asked_interval(w.user, w.every) for w in watches if w.every is not None)
        return min(intervals, default=None)

    def with_asked(self, user: str, asked: float, before: float) -> Self:
        """Return roughly the plan if a user asked for `asked` calls a day instead of `before`."""
        plan = self.calls
        level, share, others = plan.level, ASKED_SHARE * plan.budget, plan.asked_calls - before
        if level == math.inf and others + asked > share:
            level = max(share - others, share / 2)
        over = {**plan.over, user: asked} if asked > level else plan.over
        return self._replace(calls=plan._replace(level=level, over=over))

    def write(self) -> StoredPlan:
        """Return the stored form."""
        payload = json.dumps({"calls": self.calls.write(), "factors": dict(self.factors)})
        return StoredPlan(payload, self.calls.computed_at)

    @classmethod
    def read(cls, stored: StoredPlan | None) -> Self | None:
        """Return what `write` wrote; None if there is none or it is damaged: it can be computed again."""
        if stored is None:
            return None
        try:
            found = json.loads(stored.payload)
            factors = {str(user): float(factor) for user, factor in found["factors"].items()}
            calls = CallPlan.read(found["calls"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        return None if calls is None else cls(calls, factors)


def asked_bounds(watches: Sequence[Watch]) -> IntervalBounds:
    """Return the bounds of a search's interval that its watches ask for.

    If all of them name an interval, both are the shortest one. Otherwise `longest` is that of rules about
    medians and their history, which need a poll a day.
    """
    asked = [w.every for w in watches if w.every is not None]
    shortest = min(asked, default=None)
    if shortest is not None and len(asked) == len(watches):
        return IntervalBounds(shortest, shortest)
    daily = any(w.rule.about_median or w.rule.history_window is not None for w in watches)
    longest = DAY if daily else None
    return IntervalBounds(None if shortest == longest else shortest, longest)


class DemandScan:
    """Reads what all searches and watches ask for, part by part; nothing per search is kept."""

    def __init__(
        self, store: PollingPlanStore, terms: PlanTerms, before: SharedPlan, *, foresees: bool = False
    ) -> None:
        """Start after the plan `before`. `foresees`: searches that were never polled count as usual ones."""
        self.demand = Demand(before.calls.priors, before.calls.searches)
        self._store, self._terms = store, terms
        self._unseen = Estimates(Instant(0.0)) if foresees else None
        self._searches_after: tuple[int, int] | None = (0, 0)
        self._watches_after: tuple[int, int] | None = (0, 0)
        self._search = 0
        self._asked: dict[str, Seconds] = {}  # of the search that is being read, by user
        self._users: dict[str, list[float]] = {}  # active watches, and the sum of their priorities

    def run(self, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Read on until the time `is_over` or all is read; return whether all is. Raises WatcherError."""
        while self._searches_after is not None:
            part = self._store.searches_after(self._searches_after, _SEARCHES_AT_ONCE)
            for one in part.searches:
                self.demand.add_search(
                    one.category,
                    None if one.value is None else max(one.value, LEAST_VALUE),
                    Estimates.read(one.estimates) or self._unseen,
                    shortest=one.shortest,
                    longest=one.longest,
                )
            self._searches_after = part.after
            if is_over():
                return False
        while self._watches_after is not None:
            part = self._store.watches_after(self._watches_after, _WATCHES_AT_ONCE)
            for asked in part.watches:
                self._add_watch(asked)
            self._watches_after = part.after
            if self._watches_after is None:
                self._end_search()
            elif is_over():
                return False
        return True

    def add_unsaved(self, watches: Sequence[Watch], is_known: Callable[[str], bool]) -> None:
        """Count watches that are not saved; `is_known`: whether the search with a key is active."""
        by_key: dict[str, list[Watch]] = {}
        for watch in watches:
            if not watch.paused:
                by_key.setdefault(watch.question.key, []).append(watch)
        new: Counter[tuple[str, IntervalBounds]] = Counter()  # an import has many equal ones
        for key, some in by_key.items():
            if not is_known(key):
                new[some[0].question.category, asked_bounds(some)] += 1
            for place, watch in enumerate(some):
                asked = WatchDemand(-1, place, watch.user, watch.every, str(watch.priority))
                self._add_watch(asked)
            self._end_search()
        for (category, (shortest, longest)), number in new.items():
            self.demand.add_search(
                category, None, self._unseen, shortest=shortest, longest=longest, number=number
            )

    def plan(
        self, now: Instant, budget: float, spare: float = 0.0, lag: Seconds = Seconds(0.0)
    ) -> SharedPlan:
        """Return the plan for what was read.

        `budget`: calls per day; `spare`: those besides that searches without an interval of their own can
        expect; `lag`: how far polls are behind the plan.
        """
        terms = self._terms
        calls = plan_calls(
            self.demand,
            now=now,
            budget=max(1.0, budget),
            min_interval=terms.min_interval,
            floor=max(terms.floor, terms.min_interval),
            objective=terms.objective,
            lag=lag,
            spare=spare,
        )
        factors = {
            user: weight_of("normal", round(n), total)
            for user, (n, total) in self._users.items()
            if n != total
        }
        return SharedPlan(calls._replace(budget=budget), factors)

    def _add_watch(self, asked: WatchDemand) -> None:
        if asked.search != self._search:
            self._end_search()
            self._search = asked.search
        sums = self._users.setdefault(asked.user, [0.0, 0.0])
        sums[0] += 1.0
        sums[1] += PRIORITIES.get(asked.priority, 1.0)
        if asked.every is not None:
            before = self._asked.get(asked.user)
            self._asked[asked.user] = asked.every if before is None else min(before, asked.every)

    def _end_search(self) -> None:
        for user, every in self._asked.items():
            self.demand.add_asked(user, every, self._terms.min_interval)
        self._asked = {}


def first_plan(searches: int, terms: PlanTerms, now: Instant, budget: float) -> SharedPlan:
    """Return a plan for many searches of which nothing is known yet: all are polled alike."""
    interval = Seconds(max(terms.min_interval, DAY * searches / max(1.0, budget)))
    calls = CallPlan(now, terms.objective, 1.0, terms.min_interval, interval, budget=budget)
    return SharedPlan(calls._replace(searches=searches, calls=min(budget, searches * DAY / interval)))
