"""What watches can expect at the present plan of polls, and whether what was promised came true."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from watcher.core.cadence.estimates import Aim, Estimates, value_of
from watcher.core.cadence.fair_shares import PRIORITIES
from watcher.core.cadence.promise import Stake, promise
from watcher.core.comps import Comps
from watcher.core.lateness_views import FIGURE_DAYS
from watcher.core.promise_check import PromiseCheck, SeenMatch, check_promises
from watcher.core.promise_views import Expectation, promise_view
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import SearchId, Watch
from watcher.db.promises import SearchNeeds
from watcher.db.stores import Stores
from watcher.polling.demand_scan import SharedPlan, asked_bounds
from watcher.polling.looks import wanted_by

# A user's other watches that a promise knows of, and how many of them, evenly chosen, it looks at.
_MOST_OTHERS, _OTHERS_LOOKED_AT = 400, 40
# The newest matches of a check.
MAX_CHECKED = 400
# Searches of a check before other tasks run; a few milliseconds.
_SEARCHES_AT_ONCE = 20
# Ends of its own listings from which what a search promises is more than a guess.
_KNOWN_ENDS = 3.0


class _Market(NamedTuple):
    """What is known of a watch's search: its row, None before there is one, and its other active watches."""

    needs: SearchNeeds | None
    known: Estimates | None
    watches: Sequence[Watch]
    is_counted: bool

    @property
    def value(self) -> float | None:
        """The alerts per day that its polls are planned by; None before the first poll."""
        return self.needs.value if self.needs else None


@dataclass(frozen=True, slots=True)
class Promises:
    """Says what watches can expect. `plan` returns how often searches are polled at present."""

    stores: Stores
    plan: Callable[[], SharedPlan]

    def view(self, watch: Watch, comps: Comps | None, plan: SharedPlan | None = None) -> dict[str, Any]:
        """Return what a watch can expect as JSON, whether it is saved or not.

        `comps`: those under its filters, None if they are not known. `plan`: with the watch among the others.
        """
        plan = plan or self.plan()
        market = self._market(watch)
        aim = _aim_of(watch, comps, plan)
        stake = _stake(watch, market, aim, plan)
        worst = stake.fixed or plan.calls.longest(stake.longest)
        is_fixed = stake.fixed is not None or plan.calls.threshold <= 0
        if stake.fixed is None and is_fixed:
            in_turn = self.in_turn(plan, new=market.needs is None)
            if in_turn is not None:
                interval = Seconds(min(in_turn, worst, stake.asked or math.inf))
                stake, is_fixed = stake._replace(fixed=interval), False
        is_bargain = aim.is_bargain if aim else market.known is None or market.known.is_bargain
        found = Expectation(
            promise(plan.calls, stake, *self._others(watch, plan)),
            worst=worst,
            is_fixed=is_fixed,
            has_items=not (watch.rule.about_median or watch.rule.about_auctions),
            is_bargain=is_bargain,
            is_guess=_ends(market.known, is_bargain=is_bargain) < _KNOWN_ENDS,
        )
        return promise_view(found, self.stores.promises.last_check())

    async def check(self, now: Instant) -> PromiseCheck:
        """Compare what was promised for the last days' matches with what came of it, and keep the result."""
        store, plan, since = self.stores.promises, self.plan(), Instant(now - FIGURE_DAYS * DAY)
        matches = store.matches(since, MAX_CHECKED)
        seen = []
        for place, needs in enumerate(store.needs_of(m.search for m in matches).values(), start=1):
            priors = plan.calls.priors_of(needs.category)
            life = (Estimates.read(needs.estimates) or Estimates(now)).life(priors)
            seen += [
                SeenMatch(m.promised, life.survival(m.age / DAY)) for m in matches if m.search == needs.id
            ]
            if not place % _SEARCHES_AT_ONCE:
                await asyncio.sleep(0)
        late = self.stores.lateness.overall(since)
        check = check_promises(seen, late.checked, late.there)
        await store.put_check(check, now)
        return check

    def in_turn(self, plan: SharedPlan, *, new: bool = False) -> Seconds | None:
        """Return the interval if searches are polled in turn, as they are while nothing is known of them.

        None if they are not. `new`: count a search that is not stored.
        """
        calls = plan.calls
        if calls.threshold > 0:
            return None
        sharing = self.stores.promises.count_sharing() + new
        interval = Seconds(DAY * sharing / max(1.0, calls.budget - calls.asked_calls))
        return interval if interval > calls.min_interval else None

    def _market(self, watch: Watch) -> _Market:
        needs = self.stores.promises.needs(watch.question.key)
        if needs is None:
            return _Market(None, None, (), is_counted=False)
        watches = self.stores.searches.watches_of([SearchId(needs.id)]).get(SearchId(needs.id), ())
        others = [w for w in watches if w.id != watch.id]
        return _Market(needs, Estimates.read(needs.estimates), others, is_counted=len(others) < len(watches))

    def _others(self, watch: Watch, plan: SharedPlan) -> tuple[Sequence[Stake], str, float]:
        """Return the user's other watches, the watch's priority, and the sum of all their priorities."""
        found = self.stores.polling_plan.watches_of(watch.user, _MOST_OTHERS)
        others = [one for one in found if one.watch != watch.id]
        total = PRIORITIES[watch.priority] + sum(PRIORITIES.get(one.priority, 1.0) for one in others)
        looked_at = others[:: -(-len(others) // _OTHERS_LOOKED_AT) or 1]
        needs = self.stores.promises.needs_of(one.search for one in looked_at)
        sharing = Counter(one.search for one in others)
        stakes = [
            _stake_of_search(needs[one.search], 1 / sharing[one.search], one.user, plan)
            for one in looked_at
            if one.every is None and one.search in needs
        ]
        return stakes, str(watch.priority), total


def _aim_of(watch: Watch, comps: Comps | None, plan: SharedPlan) -> Aim | None:
    """Return what a watch wants of its search; None if no comps are known or it wants no listings."""
    if comps is None:
        return None
    return next(iter(wanted_by([watch], {watch.filters.key: comps}, plan.weight).aims), None)


def _ends(known: Estimates | None, *, is_bargain: bool) -> float:
    """Return how many ends of a search's listings of one kind are known."""
    return sum((known.bargains if is_bargain else known.others).ends) if known else 0.0


def _stake(watch: Watch, market: _Market, aim: Aim | None, plan: SharedPlan) -> Stake:
    """Return the part of a watch, saved or not, in how often its search is polled."""
    calls, known, watches = plan.calls, market.known, [*market.watches, watch]
    priors = calls.priors_of(market.needs.category if market.needs else watch.question.category)
    weights = sum(map(plan.weight, watches))
    value, part = market.value, plan.weight(watch) / weights if weights > 0 else 1.0
    own = value_of(known, priors, [aim]) if aim else part * (priors.rate / 2 if value is None else value)
    if value is None:
        value = own / part if part > 0 else own
    elif not market.is_counted:
        value += own
    bounds, asked = asked_bounds(watches), plan.asked(watches)
    is_fixed = bounds.shortest is not None and bounds.shortest == bounds.longest
    # Nothing is known of a search that was not polled yet, so it will be polled for what the watch wants.
    unknown = Estimates(Instant(0.0), is_bargain=aim is None or aim.is_bargain)
    return Stake(
        value,
        known or unknown,
        priors,
        min(own, value),
        None if is_fixed else bounds.longest,
        asked=None if is_fixed else asked,
        fixed=asked if is_fixed else None,
        is_bargain=aim.is_bargain if aim else None,
    )


def _stake_of_search(needs: SearchNeeds, part: float, user: str, plan: SharedPlan) -> Stake:
    """Return a part in how often a search is polled, by its row alone."""
    calls = plan.calls
    priors = calls.priors_of(needs.category)
    known = Estimates.read(needs.estimates) or Estimates(Instant(0.0))
    value = priors.rate / 2 if needs.value is None else needs.value
    asked = None if needs.shortest is None else calls.asked_interval(user, needs.shortest)
    is_fixed = asked is not None and needs.shortest == needs.longest
    return Stake(
        value,
        known,
        priors,
        part * value,
        None if is_fixed else needs.longest,
        asked=None if is_fixed else asked,
        fixed=asked if is_fixed else None,
    )
