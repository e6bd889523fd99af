"""Our own run of `make bench-quota`: the core functions that the poller calls, on a market in memory."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.bench.quota_market import PAGE, Item, Market
from tests.bench.quota_policies import Polls, gaps
from watcher.core.cadence.call_plan import CallPlan, Objective, Turn, plan_calls
from watcher.core.cadence.demand import Demand
from watcher.core.cadence.estimates import Aim, Estimates, share_of_matches, value_of
from watcher.core.cadence.looks import Items, Look, updated
from watcher.core.cadence.pace import Pace
from watcher.core.cadence.windows import day_start, next_day_start
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

# 2026-06-01, midnight Pacific time.
START = Instant(1_780_297_200.0)
_PLAN_SOONEST, _PLAN_EVERY = Seconds(5 * MINUTE), Seconds(2 * HOUR)
_TICK = 1.0


@dataclass(slots=True)
class Searched:
    """A search as the loop knows it: its items, those on the last page, and its row."""

    items: Sequence[Item]
    weight: float
    due: Instant
    next_item: int = 0
    page: list[Item] = field(default_factory=list)
    polled: Instant | None = None
    estimates: Estimates | None = None
    value: float | None = None
    interval: Seconds = DAY
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


class Loop:
    """Polls the searches of a market as the daemon would, with `budget` calls a day."""

    def __init__(self, market: Market, budget: int, objective: Objective, start: Instant = START) -> None:
        self.market, self.budget, self.objective, self.start = market, budget, objective, start
        weights = market.truth.weights.tolist()
        self.searches = [Searched(x, w, start) for x, w in zip(market.items, weights, strict=True)]
        self.pace = Pace(start)
        self.plan = CallPlan(objective=objective)
        self.lag = 0.0
        self.calls: dict[Instant, int] = {}
        self.polled: list[tuple[int, float]] = []
        self.promised: list[tuple[int, float, float]] = []
        self.worst_wait = 0.0
        self._keeps_promises = objective is Objective.ALIVE
        self.outage: tuple[float, float] = (0.0, 0.0)
        priors = self.plan.priors_of("")
        for search in self.searches:
            search.value = value_of(None, priors, (Aim(search.weight),))
        self._replan(start)
        life = Estimates(start, is_bargain=objective is Objective.ALIVE).life(priors)
        order = sorted(range(len(weights)), key=lambda i: -weights[i])
        self.queue = [
            (self.plan.first_due(start, place, self.searches[i].value or 0.0, life), i)
            for place, i in enumerate(order)
        ]
        heapq.heapify(self.queue)

    def run(self, days: float) -> Run:
        """Poll for some days."""
        now, end = self.start, self.start + days * DAY
        next_plan = now
        while now < end:
            if now >= next_plan:
                self._replan(now)
                next_plan = Instant(now + max(_PLAN_SOONEST, min(_PLAN_EVERY, (now - self.start) / 12)))
            day = day_start(now)
            used, day_end = self.calls.get(day, 0), next_day_start(now)
            self.pace = self.pace.advanced(now, self.budget - used, day_end, self.budget)
            if not self.outage[0] <= now - self.start < self.outage[1]:
                polled = self._poll_due(now, min(self.pace.planned, self.budget - used), self.pace.ahead)
                self.calls[day] = used + polled
                self.pace = self.pace.spent(polled)
            wait = self.pace.next_token
            step = day_end - now if wait is None else min(wait, day_end - now)
            if self.pace.planned and not self.pace.ahead and self.queue:
                step = min(step, max(0.0, self.queue[0][0] - now))
            now = Instant(now + max(_TICK, -(-step // _TICK) * _TICK))
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

    def _poll_due(self, now: Instant, room: int, ahead: int) -> int:
        polled, waiting = 0, []
        while polled < room and self.queue:
            if self.queue[0][0] > now and polled >= ahead:
                break
            due, i = heapq.heappop(self.queue)
            search = self.searches[i]
            if due > now and search.polled is not None and now - search.polled < self.plan.min_interval:
                waiting.append((due, i))
                if len(waiting) > room:
                    break
                continue
            self.lag += 0.02 * (now - due - self.lag)
            self._poll(i, search, now)
            heapq.heappush(self.queue, (search.due, i))
            polled += 1
        for one in waiting:
            heapq.heappush(self.queue, one)
        return polled

    def _poll(self, i: int, search: Searched, now: Instant) -> None:
        since = self.start if search.polled is None else search.polled
        waited = now - since - self._out_between(since, now)
        self.worst_wait = max(self.worst_wait, waited / max(search.longest, self.plan.longest()))
        search.longest = self.plan.longest()
        priors = self.plan.priors_of("")
        look = self._look(search, now)
        search.estimates = updated(search.estimates, look, priors)
        aim = Aim(search.weight, share_of_matches(look.stock, look.stock), is_bargain=look.is_bargain)
        search.value = value_of(search.estimates, priors, (aim,))
        life = search.estimates.life(priors)
        turn = Turn(i, search.polled is None, self.pace.factor)
        search.interval = self.plan.interval(search.value, life, turn=turn)
        search.due, search.polled = Instant(now + search.interval), now
        self.polled.append((i, now))
        share = search.estimates.share_alive(priors, search.interval / DAY) if self._keeps_promises else 0.0
        self.promised.append((i, (now - self.start) / DAY, share))

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
        seen = Items(stayed, gone)
        kept = Items()
        is_bargain = self.objective is Objective.ALIVE
        bargains, others = (seen, kept) if is_bargain else (kept, seen)
        return Look(now, new, len(new), 0, len(page), oldest, bargains, others, is_bargain=is_bargain)

    def _out_between(self, since: Instant, now: Instant) -> float:
        """Return the seconds of the outage between two times."""
        first, last = (self.start + at for at in self.outage)
        return max(0.0, min(now, last) - max(since, first))

    def _replan(self, now: Instant) -> None:
        demand = Demand(self.plan.priors, self.plan.searches)
        for search in self.searches:
            demand.add_search("", search.value, search.estimates)
        self.plan = plan_calls(
            demand,
            now=now,
            budget=float(self.budget),
            min_interval=MINUTE,
            floor=DAY,
            objective=self.objective,
            lag=Seconds(self.lag),
        )
