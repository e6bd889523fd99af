"""Our own run of `make bench-quota`: the core functions that the poller calls, on a market in memory.

`make bench-quota PART=real` shows that the poller and the store make the same polls at the same instants.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.bench.quota_market import PAGE, Item, Market
from tests.bench.quota_policies import Polls, gaps
from tests.fakes import shortest_wait
from watcher.core.cadence.call_plan import CallPlan, Objective, Turn, plan_calls
from watcher.core.cadence.demand import Demand
from watcher.core.cadence.estimates import Aim, Estimates, share_of_matches, value_of
from watcher.core.cadence.looks import FIRST_WINDOW, Items, Look, updated
from watcher.core.cadence.pace import Pace
from watcher.core.cadence.windows import day_start, next_day_start
from watcher.core.listing import MIN_KNOWN_LISTINGS
from watcher.core.resilience.plausibility import COLLAPSE_DIVISOR
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.polling.demand_scan import LEAST_VALUE
from watcher.polling.planning import PLAN_EVERY

# 2026-06-01, midnight Pacific time.
START = Instant(1_780_297_200.0)
# The daemon plans every five minutes. Here plans become rarer, which saves hours with many searches.
_PLAN_SOONEST, _PLAN_EVERY = PLAN_EVERY, Seconds(2 * HOUR)
_TICK = 1.0
_RETRY = RetryPolicy(5, Seconds(2.0), Seconds(60.0)).wait(1, shortest_wait)


@dataclass(slots=True)
class Searched:
    """A search as the loop knows it: its items, those on the last page, and its row."""

    items: Sequence[Item]
    weight: float
    due: Instant
    next_item: int = 0
    page: list[Item] = field(default_factory=list)
    is_doubted: bool = False
    polled: Instant | None = None
    learned: Estimates | None = None
    stored: Estimates | None = None  # what is learned, rounded as in the row, from which plans are made
    value: float | None = None
    longest: Seconds = DAY


class Run(NamedTuple):
    """What a run did: its polls, the calls of each day, the longest wait, without an outage, as a part
    of the stated worst case.

    `promised`: per poll, the search, the day, and the share that was promised until the next one.
    """

    polls: Polls
    calls: dict[Instant, int]
    worst_wait: float
    promised: list[tuple[int, float, float]]


def next_tick(now: Instant, start: Instant | None) -> Instant:
    """Return the whole second after `now` at which the next poll may start, or at which the day ends."""
    step = min(next_day_start(now) if start is None else start, next_day_start(now)) - now
    return Instant(now + max(_TICK, -(-step // _TICK) * _TICK))


class Loop:
    """Polls the searches of a market as the daemon would, with `budget` calls a day."""

    def __init__(
        self,
        market: Market,
        budget: int,
        objective: Objective,
        start: Instant = START,
        *,
        plan_every: Seconds | None = None,
        is_bargain: bool | None = None,
    ) -> None:
        """Start with an import of all searches. `is_bargain`: whether all items are; those of `alive` are."""
        self.market, self.budget, self.objective, self.start = market, budget, objective, start
        self.is_bargain = objective is Objective.ALIVE if is_bargain is None else is_bargain
        weights = market.truth.weights.tolist()
        self.searches = [Searched(x, w, start) for x, w in zip(market.items, weights, strict=True)]
        self.pace = Pace(start)
        self.plan = CallPlan(objective=objective, budget=float(budget))
        self.lag = 0.0
        self.calls: dict[Instant, int] = {}
        self.polled: list[tuple[int, float]] = []
        self.promised: list[tuple[int, float, float]] = []
        self.worst_wait = 0.0
        self._keeps_promises = objective is Objective.ALIVE
        self.outage: tuple[float, float] = (0.0, 0.0)
        self._plan_every = plan_every
        self._next_plan = start
        order = sorted(range(len(weights)), key=lambda i: -weights[i])
        self.queue = [(self.plan.first_due(start, place, len(order)), i) for place, i in enumerate(order)]
        heapq.heapify(self.queue)
        self._replan(start)
        self.urgent: list[tuple[Instant, int]] = []
        self.asked: list[tuple[int, float]] = []

    def run(self, days: float) -> Run:
        """Poll for some days."""
        now, end = self.start, self.start + days * DAY
        while now < end:
            if now >= self._next_plan:
                self._replan(now)
            day = day_start(now)
            used, day_end = self.calls.get(day, 0), next_day_start(now)
            self.pace = self.pace.advanced(now, self.budget - used, day_end, self.budget)
            if not self.outage[0] <= now - self.start < self.outage[1]:
                claimed = self._claim_urgent(now, min(self.pace.urgent, self.budget - used))
                room = min(self.pace.planned, self.budget - used, self.pace.urgent - len(claimed))
                claimed += self._claim(now, room, self.pace.ahead)
                self.calls[day] = used + len(claimed)
                self.pace = self.pace.spent(len(claimed))
                for i in claimed:
                    self._poll(i, self.searches[i], now)
            starts = [due for due, _ in self.urgent[:1]]
            if self.queue and (planned := self.pace.next_start(now, self.queue[0][0])) is not None:
                starts.append(planned)
            now = next_tick(now, min(starts, default=None))
        times = np.array([t for _, t in self.polled])
        found = np.array([i for i, _ in self.polled], dtype=np.int64)
        n = len(self.searches)
        polls = gaps(
            np.concatenate([np.arange(n), found]),
            np.concatenate([np.zeros(n), (times - self.start) / DAY]),
            n,
            days,
        )
        return Run(polls, self.calls, self.worst_wait, self.promised)

    def _claim_urgent(self, now: Instant, room: int) -> list[int]:
        claimed: list[int] = []
        while len(claimed) < room and self.urgent and self.urgent[0][0] <= now:
            claimed.append(heapq.heappop(self.urgent)[1])
        return claimed

    def _claim(self, now: Instant, room: int, ahead: int) -> list[int]:
        """Take the searches that are due out of the queue, and then those that may be polled before it."""
        claimed: list[int] = []
        waiting = []
        rested = now - self.plan.min_interval
        while len(claimed) < room and self.queue:
            if self.queue[0][0] > now and len(claimed) >= ahead:
                break
            due, i = heapq.heappop(self.queue)
            polled = self.searches[i].polled
            if due > now and polled is not None and polled > rested:
                waiting.append((due, i))
                continue
            self.lag += 0.02 * (now - due - self.lag)
            claimed.append(i)
        for one in waiting:
            heapq.heappush(self.queue, one)
        return claimed

    def _poll(self, i: int, search: Searched, now: Instant) -> None:
        self.asked.append((i, now))
        search.is_doubted = not search.is_doubted and self._has_collapsed(search, now)
        if search.is_doubted:  # read again, and then believed
            heapq.heappush(self.urgent, (Instant(now + _RETRY), i))
            return
        since = self.start if search.polled is None else search.polled
        waited = now - since - self._out_between(since, now)
        self.worst_wait = max(self.worst_wait, waited / max(search.longest, self.plan.longest()))
        search.longest = self.plan.longest()
        priors = self.plan.priors_of("")
        look = self._look(search, now)
        learned = updated(search.learned, look, priors)
        aims = self._aims(search.weight, share_of_matches(look.stock, look.stock))
        search.value = value_of(learned, priors, aims)
        turn = Turn(i + 1, search.polled is None, self.pace.factor, now)
        interval = self.plan.interval(search.value, learned.life(priors), turn=turn)
        search.learned, search.stored = learned, Estimates.read(learned.write())
        search.due, search.polled = Instant(now + interval), now
        heapq.heappush(self.queue, (search.due, i))
        self.polled.append((i, now))
        share = learned.share_alive(priors, interval / DAY) if self._keeps_promises else 0.0
        self.promised.append((i, (now - self.start) / DAY, share))

    def _has_collapsed(self, search: Searched, now: Instant) -> bool:
        """Return whether so little is left of what was there that the poller doubts the answer."""
        known = min(len(search.page), PAGE)
        if known < MIN_KNOWN_LISTINGS:
            return False
        day = (now - self.start) / DAY
        shown = sum(item.ends > day for item in search.page)
        items, place = search.items, search.next_item
        while shown * COLLAPSE_DIVISOR < known and place < len(items) and items[place].born <= day:
            shown += items[place].ends > day
            place += 1
        return shown * COLLAPSE_DIVISOR < known

    def _aims(self, weight: float, share: float) -> tuple[Aim, ...]:
        """Return what the watches of a search want, of which there are as many as its weight says."""
        return (Aim(1.0, share, self.is_bargain),) * round(weight)

    def _look(self, search: Searched, now: Instant) -> Look:
        """Return what a poll shows: the newest items that are still there, one page of them."""
        day, start = (now - self.start) / DAY, self.start
        stayed, gone, page = [], [], []
        for item in search.page:
            if item.ends > day:
                stayed.append(Instant(start + item.born * DAY))
                page.append(item)
            else:
                gone.append(Instant(start + item.born * DAY))
        items, place, new = search.items, search.next_item, []
        while place < len(items) and items[place].born <= day:
            if items[place].ends > day:
                new.append(Instant(start + items[place].born * DAY))
                page.append(items[place])
            place += 1
        oldest = None
        if len(page) > PAGE:
            page = page[-PAGE:]
            oldest = Instant(start + page[0].born * DAY)
            stayed, new = [x for x in stayed if x >= oldest], [x for x in new if x >= oldest]
        search.next_item, search.page = place, page
        if search.polled is None:
            new = [x for x in new if x > now - FIRST_WINDOW]  # what is older are survivors
        seen, none = Items(stayed, gone), Items()
        bargains, others = (seen, none) if self.is_bargain else (none, seen)
        return Look(now, new, len(new), 0, len(page), oldest, bargains, others, is_bargain=self.is_bargain)

    def _out_between(self, since: Instant, now: Instant) -> float:
        """Return the seconds of the outage between two times."""
        first, last = (self.start + at for at in self.outage)
        return max(0.0, min(now, last) - max(since, first))

    def _replan(self, now: Instant) -> None:
        rarer = max(_PLAN_SOONEST, min(_PLAN_EVERY, (now - self.start) / 12))
        self._next_plan = Instant(now + (self._plan_every or rarer))
        demand = Demand(self.plan.priors, self.plan.searches)
        for search in self.searches:
            value = search.value
            demand.add_search("", None if value is None else max(value, LEAST_VALUE), search.stored)
        self.plan = plan_calls(
            demand,
            now=now,
            budget=float(self.budget),
            min_interval=MINUTE,
            floor=DAY,
            objective=self.objective,
            lag=Seconds(self.lag),
        )
