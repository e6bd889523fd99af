"""When searches are polled: the plan, the pace of the day, and what each poll is worth by what it shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from watcher.core.cadence.call_plan import CallPlan, Turn
from watcher.core.cadence.estimates import Estimates, value_of
from watcher.core.cadence.looks import updated
from watcher.core.cadence.pace import Pace
from watcher.core.cadence.windows import due_for_auctions
from watcher.core.monitoring.daemons import HEARTBEAT_SECONDS, shared_daemons
from watcher.core.polls import IntervalBounds, LearnedWorth, Sighting
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.core.watch import Search, Watch
from watcher.db.claiming import ClaimRoom
from watcher.db.daemons import DaemonStore
from watcher.db.polling_plan import PollingPlanStore
from watcher.polling.comps_cache import Answer
from watcher.polling.demand_scan import DemandScan, PlanTerms, SharedPlan, asked_bounds, first_plan
from watcher.polling.evaluation import Evaluation, Observation
from watcher.polling.fetch import loop_time
from watcher.polling.looks import AnswerScope, look_at, wanted_by
from watcher.polling.search_memory import SearchMemory

log = logging.getLogger(__name__)

# Seconds between the beginnings of two scans, and seconds that a part of one takes, once per tick.
PLAN_EVERY = Seconds(5 * MINUTE)
# Seconds after which a plan is computed that knows the intervals which new watches ask for: until then they
# are polled as often as asked, and other searches wait.
_PLAN_SOON = Seconds(30)
_PART_SECONDS = 0.004
# Share of a processor that a scan takes.
_SCAN_SHARE = 0.005
# Searches and watches that are all read before the first poll of a new installation.
SCANNED_AT_ONCE, _WATCHES_AT_ONCE = 2_000, 10_000
_MANY = 10**7  # searches
# Weight of one poll in the mean of how far polls are behind their due times.
_LAG_WEIGHT = 0.02
# A plan is solved in a thread if it has more groups of searches, because that takes too long for a tick.
_MANY_GROUPS = 30


class DayCalls(NamedTuple):
    """The calls of the current day: how many are left until it ends, and how many polls get of a whole one.

    `budget`: those that are for polls in any case; `expected`: with those that others usually leave.
    `daemons`: how many poll this database.
    """

    left: int
    ends_at: Instant
    budget: float
    expected: float
    daemons: int = 1

    @property
    def spare(self) -> float:
        """The calls per day that others usually leave."""
        return max(0.0, self.expected - self.budget)


class DaemonCount:
    """How many daemons poll a database, counted at most once per heartbeat; one without a `store`."""

    def __init__(self, store: DaemonStore | None) -> None:
        self._store = store
        self._counted, self._counted_at = 1, Instant(-HEARTBEAT_SECONDS)

    def count(self, now: Instant) -> int:
        """Return the number of daemons. Raises WatcherError."""
        if self._store is not None and not 0 <= now - self._counted_at < HEARTBEAT_SECONDS:
            self._counted = max(1, len(shared_daemons(self._store.listed(), now).records))
            self._counted_at = now
        return self._counted


class NextPoll(NamedTuple):
    """When a search is polled next, whether that is a plan, its bounds, and what it has learned."""

    due: Instant
    paced: bool
    bounds: IntervalBounds
    learned: LearnedWorth | None = None


class Findings(NamedTuple):
    """What a poll found: the answer and its evaluation, and what was known of its listings before."""

    answer: Answer
    observed: Observation
    evaluation: Evaluation
    memory: SearchMemory
    sightings: Sequence[Sighting]


class Planner:
    """Keeps the plan of the database up to date, and says when which search is polled.

    `day` returns the calls of the day. `is_whole`: scans are made at once, in simulated time.
    """

    def __init__(
        self,
        store: PollingPlanStore,
        terms: PlanTerms,
        day: Callable[[Instant], DayCalls],
        *,
        is_whole: bool = False,
    ) -> None:
        self._store, self._terms, self._day, self._is_whole = store, terms, day, is_whole
        self._shared: SharedPlan | None = None
        self._scan: DemandScan | None = None
        self._scan_due = Instant(0.0)
        self._began = Instant(0.0)
        self._asked_at = Instant(0.0)  # when a poll showed that another interval is asked for
        self._next_part = 0.0
        self._lag = 0.0
        self._pace: Pace | None = None

    @property
    def shared(self) -> SharedPlan:
        """The plan; before the first `update`, one that polls as often as allowed."""
        return self._shared or SharedPlan(CallPlan(min_interval=self._terms.min_interval))

    @property
    def is_idle(self) -> bool:
        """Whether this process has not planned any poll."""
        return self._shared is None

    async def update(self, now: Instant) -> None:
        """Read on what the next plan is computed from, for a few milliseconds. Raises WatcherError."""
        if self._shared is None:
            self._start(now)
        if self._scan is None:
            # A clock that was set back must not delay the next plan.
            if self._scan_due - PLAN_EVERY <= now < self._scan_due or self._adopt(now):
                return
            self._scan, self._began = DemandScan(self._store, self._terms, self.shared), now
        began = loop_time()
        if began < self._next_part and not self._is_whole:
            return
        end = None if self._is_whole else began + _PART_SECONDS
        is_done = self._scan.run(lambda: end is not None and loop_time() >= end)
        self._next_part = began + (loop_time() - began) / _SCAN_SHARE
        if is_done:
            await self._finish(self._scan, now)

    def _start(self, now: Instant) -> None:
        """Take the stored plan, or make the first one."""
        self._shared = SharedPlan.read(self._store.read())
        if self._shared is not None:
            self._scan_due = Instant(min(now, self._shared.calls.computed_at) + PLAN_EVERY)
            return
        terms, day = self._terms, self._day(now)
        if not self._store.has_at_most(SCANNED_AT_ONCE, _WATCHES_AT_ONCE):
            self._shared = first_plan(self._store.count_searches(_MANY), terms, now, day.budget)
        else:
            scan = DemandScan(self._store, terms, self.shared)
            scan.run()
            self._shared = scan.plan(now, day.budget, day.spare)
            self._scan_due = Instant(now + PLAN_EVERY)

    def _adopt(self, now: Instant) -> bool:
        """Take the plan that another daemon has just computed; return whether there is one."""
        stored = self._store.read()
        newest = max(self._asked_at, now - PLAN_EVERY)
        if stored is None or not newest < stored.computed_at <= now:
            return False
        if stored.computed_at != self.shared.calls.computed_at:
            self._shared = SharedPlan.read(stored) or self._shared
        self._scan_due = Instant(stored.computed_at + PLAN_EVERY)
        return now < self._scan_due

    async def _finish(self, scan: DemandScan, now: Instant) -> None:
        self._scan = None
        self._scan_due = Instant(max(now, self._began + PLAN_EVERY))
        self._asked_at = Instant(min(self._asked_at, now))  # a clock may have been set back
        if self._asked_at >= self._began:  # the scan may have missed it
            self._plan_soon(now)
        day, lag = self._day(now), Seconds(self._lag)
        if len(scan.demand.cells) > _MANY_GROUPS and not self._is_whole:
            self._shared = await asyncio.to_thread(scan.plan, now, day.budget, day.spare, lag)
        else:
            self._shared = scan.plan(now, day.budget, day.spare, lag)
        await self._store.put(self._shared.write())

    def _plan_soon(self, now: Instant) -> None:
        self._scan_due = Instant(min(self._scan_due, now + _PLAN_SOON))

    # --- the pace of the day --------------------------------------------------------------------

    def room(self, now: Instant, places: int) -> tuple[int, ClaimRoom]:
        """Return how many searches may be claimed for these free places, and how many of them are paced."""
        day = self._day(now)
        pace = self._pace or Pace(now)
        self._pace = pace = pace.advanced(now, day.left, day.ends_at, round(day.expected), day.daemons)
        rested = Instant(now - self._terms.min_interval)
        planned = max(0, min(places, pace.planned, day.left))
        return min(places, pace.urgent), ClaimRoom(planned, pace.ahead, rested)

    def note_claims(self, claimed: Sequence[Search], now: Instant) -> None:
        """Count the polls that start, and how far planned ones are behind their due times."""
        if self._pace is not None:
            self._pace = self._pace.spent(len(claimed))
        for search in claimed:
            if search.paced:
                self._lag += _LAG_WEIGHT * (now - search.due_at - self._lag)

    def note_unsent(self) -> None:
        """Take back the call of a poll for which none was sent."""
        if self._pace is not None:
            self._pace = self._pace.spent(-1)

    def next_poll(self, now: Instant, urgent: Instant | None, planned: Instant | None) -> Instant | None:
        """Return about when the next poll may start, by the earliest due time of both kinds of searches."""
        times = [] if urgent is None else [urgent]
        if planned is not None:
            start = now if self._pace is None else self._pace.next_start(now, planned)
            times += [] if start is None else [start]
        return min(times, default=None)

    # --- the turns of searches ------------------------------------------------------------------

    def turn_unseen(self, search: Search, watches: Sequence[Watch], now: Instant) -> NextPoll:
        """Return when a search is polled next whose poll has shown nothing."""
        return self._turn(search, watches, Estimates.read(search.estimates), search.value, now)

    def promised(self, search: Search, watches: Sequence[Watch], now: Instant) -> float:
        """Return the share of what a search is polled for that polls as planned would still find there."""
        known = Estimates.read(search.estimates)
        planned = self._turn(search, watches, known, search.value, now)
        priors = self.shared.calls.priors_of(search.question.category)
        return (known or Estimates(now)).share_alive(priors, (planned.due - now) / DAY)

    def learn(self, search: Search, watches: Sequence[Watch], found: Findings, now: Instant) -> NextPoll:
        """Return when a search is polled next, by what this poll has found."""
        comps = found.evaluation.comps
        wanted = wanted_by(watches, comps, self.shared.weight)
        snapshot, memory, observed = found.answer.snapshot, found.memory, found.observed
        known = memory.learned(search.estimates)
        about_auctions = [watch for watch in watches if watch.rule.about_auctions]
        answered = AnswerScope(
            api=found.answer.api,
            rows=snapshot.listings,
            is_whole=snapshot.complete and not observed.is_narrowed,
            is_first=memory.partial or not snapshot.is_exhaustive,
            is_newest=observed.is_full_scan and not about_auctions,
        )
        look = look_at(answered, comps[""], wanted, memory.seen, found.sightings, known, now)
        priors = self.shared.calls.priors_of(search.question.category)
        if look is not None:
            known = updated(known, look, priors)
        value = value_of(known, priors, wanted.aims)
        turn = self._turn(search, watches, known, value, now)
        if turn.bounds.shortest != search.shortest:
            self._asked_at = now
            self._plan_soon(now)
        ends = [
            at for watch in about_auctions for at in watch.rule.poll_times(comps[watch.filters.key].selection)
        ]
        due = due_for_auctions(turn.due, now, self._terms.min_interval, ends) if ends else turn.due
        learned = LearnedWorth("" if known is None else memory.learn(known), value)
        return NextPoll(due, turn.paced and due == turn.due, turn.bounds, learned)

    def _turn(
        self,
        search: Search,
        watches: Sequence[Watch],
        known: Estimates | None,
        value: float | None,
        now: Instant,
    ) -> NextPoll:
        shared, bounds = self.shared, asked_bounds(watches)
        asked = shared.asked(watches)
        if asked is not None and bounds.shortest == bounds.longest:
            return NextPoll(Instant(now + asked), False, bounds)
        priors = shared.calls.priors_of(search.question.category)
        if value is None:
            value = priors.rate / 2
        life = (known or Estimates(now)).life(priors)
        factor = self._pace.factor if self._pace is not None else 1.0
        turn = Turn(search.id, search.polled_at is None, factor, now)
        interval = shared.calls.interval(value, life, longest=bounds.longest, asked=asked, turn=turn)
        return NextPoll(Instant(now + interval), asked is None or interval < asked, bounds)
