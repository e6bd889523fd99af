"""What a watch can expect: how often it is looked at, and how much is still there then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from watcher.core.cadence.call_plan import CallPlan
from watcher.core.cadence.estimates import Estimates, Priors
from watcher.core.cadence.fair_shares import PRIORITIES
from watcher.core.times import DAY, Seconds


class Promise(NamedTuple):
    """What is expected of a watch at the present plan.

    `share`: of what it wants, how much is still there when it is seen. `share_if_high`: the same as a watch
    of high priority, and `others_lose`: the share that its user's other watches lose by that; None if its
    priority is high or its interval is asked for.
    """

    interval: Seconds
    share: float
    share_if_high: float | None = None
    others_lose: float | None = None


class Stake(NamedTuple):
    """A watch on its search: what is known of that, its value, the watch's own part of it, and bounds.

    `longest` and `asked` are those of `CallPlan.interval`. `fixed`: the interval if all watches on the search
    ask for one. `is_bargain`: of which kind what the watch wants is; None if it is what the search is polled
    for.
    """

    value: float
    known: Estimates
    priors: Priors
    own: float
    longest: Seconds | None = None
    asked: Seconds | None = None
    fixed: Seconds | None = None
    is_bargain: bool | None = None

    def interval(self, plan: CallPlan, factor: float = 1.0) -> Seconds:
        """Return the interval if the watch's weight changes by a factor."""
        if self.fixed is not None:
            return self.fixed
        value = self.value + (factor - 1.0) * self.own
        life = self.known.life(self.priors)
        return plan.interval(value, life, longest=self.longest, asked=self.asked)

    def share(self, plan: CallPlan, factor: float = 1.0) -> float:
        """Return the share of items that are still there when they are seen."""
        is_bargain = self.known.is_bargain if self.is_bargain is None else self.is_bargain
        wanted = self.known._replace(is_bargain=is_bargain)
        return wanted.share_alive(self.priors, self.interval(plan, factor) / DAY)


def promise(plan: CallPlan, stake: Stake, others: Sequence[Stake], priority: str, total: float) -> Promise:
    """Return what is expected of a watch.

    `others`: its user's other active watches, or a sample of them; `total`: the sum of the priorities of all
    of them, this watch's included.
    """
    interval, share = stake.interval(plan), stake.share(plan)
    raised = PRIORITIES["high"] / PRIORITIES.get(priority, 1.0)
    if raised <= 1 or stake.fixed is not None or total <= 0:
        return Promise(interval, share)
    shrunk = total / (total + PRIORITIES["high"] - PRIORITIES.get(priority, 1.0))
    before = sum(one.own * one.share(plan) for one in others)
    after = sum(one.own * one.share(plan, shrunk) for one in others)
    return Promise(
        interval,
        share,
        stake.share(plan, raised * shrunk),
        (before - after) / before if before > 0 else 0.0,
    )
