"""How often searches can be polled, and which settings of watches are probably mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watcher.core.cadence.plan import PollingPlan, SearchGroup, plan_polls
from watcher.core.categories import ttl_of
from watcher.core.times import Seconds
from watcher.core.watch import Watch
from watcher.core.watch_doubts import watch_doubts
from watcher.db.searches import SearchStore
from watcher.db.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The polls that the stored watches ask for, compared with the quota."""

    searches: SearchStore
    ttls: Mapping[str, Seconds]
    daily_quota: int
    min_interval: Seconds

    def plan(self, unsaved: Sequence[Watch] = ()) -> PollingPlan:
        """Return how often searches are polled, with these unsaved watches among the others."""
        tally = SearchTally(self)
        tally.add(unsaved)
        return tally.plan()

    def interval(self, watch: Watch, plan: PollingPlan) -> Seconds:
        """Return how often the watch is polled, if no other watch on its search asks for more."""
        return plan.interval(watch.every, ttl_of(watch.category, self.ttls))


class SearchTally:
    """The searches that are polled alike, counted with watches among them that are not saved yet."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._counts = Counter(workload.searches.workload())
        self._wanted: dict[str, Seconds | None] = {}  # of each active search, by its key
        self._known: set[str] = set()

    def add(self, unsaved: Sequence[Watch]) -> None:
        """Count more watches."""
        added = [w for w in unsaved if not w.paused]
        new = {w.question.key for w in added} - self._known
        if new:
            self._known |= new
            self._wanted |= self._workload.searches.wanted_intervals(list(new))
        for watch in added:
            self._add(watch)

    def plan(self) -> PollingPlan:
        """Return how often all of these searches are polled."""
        workload, counts = self._workload, self._counts
        return plan_polls(
            (
                SearchGroup(every, ttl_of(category, workload.ttls), n)
                for (category, every), n in counts.items()
            ),
            daily_quota=workload.daily_quota,
            min_interval=workload.min_interval,
        )

    def _add(self, watch: Watch) -> None:
        question, every = watch.question, watch.every
        if question.key in self._wanted:
            before = self._wanted[question.key]
            self._counts[question.category, before] -= 1
            every = min((e for e in (before, every) if e is not None), default=None)
        self._wanted[question.key] = every
        self._counts[question.category, every] += 1


class DoubtFinder:
    """Finds the doubts about watches, part by part; a later watch may be a duplicate of an earlier one."""

    def __init__(self, stores: Stores, workload: Workload, plan: PollingPlan) -> None:
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
            found.append(watch_doubts(watch, self._workload.ttls, self._plan, others))
            if names and not watch.paused:
                duplicates.append((0, names[place]))
        return found
