"""How often searches can be polled, and which settings of watches are probably mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watcher.core.cadence import PollingPlan, SearchGroup, plan_polls
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
        counts = Counter(self.searches.workload())
        added = [w for w in unsaved if not w.paused]
        if added:
            wanted = self.searches.wanted_intervals(list({w.question.key for w in added}))
            for watch in added:
                _add(watch, wanted, counts)
        return plan_polls(
            (SearchGroup(every, ttl_of(category, self.ttls), n) for (category, every), n in counts.items()),
            daily_quota=self.daily_quota,
            min_interval=self.min_interval,
        )

    def interval(self, watch: Watch, plan: PollingPlan) -> Seconds:
        """Return how often the watch is polled, if no other watch on its search asks for more."""
        return plan.interval(watch.every, ttl_of(watch.question.category, self.ttls))


def _add(
    watch: Watch, wanted: dict[str, Seconds | None], counts: Counter[tuple[str, Seconds | None]]
) -> None:
    """Add a watch to what is wanted of each search, by its key, and to the searches by what is wanted."""
    question, every = watch.question, watch.every
    if question.key in wanted:
        before = wanted[question.key]
        counts[question.category, before] -= 1
        every = min((e for e in (before, every) if e is not None), default=None)
    wanted[question.key] = every
    counts[question.category, every] += 1


def find_doubts(
    watches: Sequence[Watch], stores: Stores, workload: Workload, plan: PollingPlan, names: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    """Return the doubts about each watch.

    `names`: what each of them is called if they are not saved; a later one may be a duplicate of an earlier.
    """
    same = {
        purpose: [(int(number), f"watch {number}") for number in ids]
        for purpose, ids in stores.watches.purposes(list({w.question.key for w in watches})).items()
    }
    found = []
    for place, watch in enumerate(watches):
        duplicates = [] if watch.paused else same.setdefault(watch.purpose, [])
        others = [name for number, name in duplicates if not number or number != watch.id]
        found.append(watch_doubts(watch, workload.ttls, plan, others))
        if names and not watch.paused:
            duplicates.append((0, names[place]))
    return found
