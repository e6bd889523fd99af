"""How often searches can be polled, and which settings of watches are probably mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from watcher.core.cadence.estimates import Estimates
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Watch
from watcher.core.watch_doubts import watch_doubts
from watcher.db.stores import Stores
from watcher.polling.demand_scan import DemandScan, PlanTerms, SharedPlan, asked_bounds, first_plan
from watcher.polling.planning import DayCalls

# A plan is computed for at most as many searches and watches; otherwise the stored one is used.
_COMPUTED_SEARCHES, _COMPUTED_WATCHES = 200, 1_000
# Watches of a user whose wishes are summed up.
_MAX_WISHES = 2_000


class KnownSearch(NamedTuple):
    """What polls have taught about a search: the columns of its row."""

    value: float | None = None
    estimates: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The polls that the stored watches ask for, compared with the quota.

    `calls` returns the calls that polls get. `history`: how long price history is kept.
    """

    stores: Stores
    ttls: Mapping[str, Seconds]
    terms: PlanTerms
    calls: Callable[[Instant], DayCalls]
    now: Instant
    history: Seconds = Seconds(math.inf)

    def plan(self, unsaved: Sequence[Watch] = ()) -> SharedPlan:
        """Return how often searches are polled, with these unsaved watches among the others."""
        store, day = self.stores.polling_plan, self.calls(self.now)
        is_small = store.has_at_most(_COMPUTED_SEARCHES, _COMPUTED_WATCHES)
        stored = SharedPlan.read(store.read())
        if not is_small and stored is not None:
            return self._adjusted(stored, unsaved)
        if not is_small:
            searches = self.stores.searches.active_searches()
            return self._adjusted(first_plan(searches, self.terms, self.now, day.budget), unsaved)
        scan = DemandScan(store, self.terms, stored or SharedPlan(), foresees=True)
        scan.run()
        known = self.stores.searches.wanted_intervals(sorted({w.question.key for w in unsaved}))
        scan.add_unsaved(unsaved, known.__contains__)
        return scan.plan(self.now, day.budget, day.spare)

    def _adjusted(self, plan: SharedPlan, unsaved: Sequence[Watch]) -> SharedPlan:
        """Return the plan with the wishes of unsaved watches."""
        asked_calls: dict[str, float] = {}
        for watch in unsaved:
            if watch.every is not None and not watch.paused:
                calls = DAY / max(watch.every, self.terms.min_interval)
                asked_calls[watch.user] = asked_calls.get(watch.user, 0.0) + calls
        for user, calls in asked_calls.items():
            before = self._asked_by(user)
            plan = plan.with_asked(user, before + calls, before)
        return plan

    def _asked_by(self, user: str) -> float:
        """Return the calls a day that the stored watches of a user ask for."""
        shortest: dict[int, Seconds] = {}
        for asked in self.stores.polling_plan.watches_of(user, _MAX_WISHES):
            if asked.every is not None:
                shortest[asked.search] = min(asked.every, shortest.get(asked.search, asked.every))
        return sum(DAY / max(every, self.terms.min_interval) for every in shortest.values())

    def interval(
        self,
        watches: Sequence[Watch],
        plan: SharedPlan,
        known: KnownSearch = KnownSearch(),
        in_turn: Seconds | None = None,
    ) -> Seconds:
        """Return how often the search is polled that these watches share.

        `in_turn`: the interval of searches that are polled in turn, None if they are not.
        """
        asked, bounds, calls = plan.asked(watches), asked_bounds(watches), plan.calls
        if asked is not None and bounds.shortest == bounds.longest:
            return asked
        if in_turn is not None:
            return Seconds(min(in_turn, calls.longest(bounds.longest), asked or math.inf))
        priors = calls.priors_of(watches[0].question.category)
        value = priors.rate / 2 if known.value is None else known.value
        life = (Estimates.read(known.estimates) or Estimates(self.now)).life(priors)
        return calls.interval(value, life, longest=bounds.longest, asked=asked)


class DoubtFinder:
    """Finds the doubts about watches, part by part; a later watch may be a duplicate of an earlier one."""

    def __init__(self, stores: Stores, workload: Workload, plan: SharedPlan) -> None:
        self._stores, self._workload, self._plan = stores, workload, plan
        self._same: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        self._known: set[str] = set()  # keys of searches

    def find(self, watches: Sequence[Watch], names: Sequence[str] = ()) -> list[tuple[str, ...]]:
        """Return the doubts about each watch. `names`: what each is called if they are not saved."""
        new = {w.question.key for w in watches} - self._known
        if new:
            self._known |= new
            for purpose, ids in self._stores.watches.purposes(list(new)).items():
                self._same[purpose] = [(int(number), f"watch {number}") for number in ids]
        found = []
        for place, watch in enumerate(watches):
            duplicates = [] if watch.paused else self._same.setdefault(watch.purpose, [])
            others = [name for number, name in duplicates if not number or number != watch.id]
            known = self._workload
            found.append(watch_doubts(watch, known.ttls, self._plan.calls, others, known.history))
            if names and not watch.paused:
                duplicates.append((0, names[place]))
        return found
