"""How often searches are polled, so that all of them together stay within the quota of a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from watcher.core.cadence.windows import RESERVE
from watcher.core.times import DAY, Seconds


class SearchGroup(NamedTuple):
    """Active searches that are polled alike: the shortest `--every` of their watches, and their TTL."""

    every: Seconds | None
    ttl: Seconds
    searches: int = 1


class PollingPlan(NamedTuple):
    """How often searches are polled, so that all of them together stay within the day's quota.

    `calls`: those that polls would make a day if every search were polled as often as its watches ask.
    `allowed`: those that the quota leaves for polls. `searches`: how many searches are active.
    `share`: the interval of a search whose watches ask for none. `is_halted`: there are no calls at all.
    """

    calls: float
    allowed: float
    searches: int
    share: Seconds
    min_interval: Seconds
    is_halted: bool = False

    @property
    def stretch(self) -> float:
        """The factor by which every interval is longer than asked for: 1 if the calls fit the quota."""
        return max(1.0, self.calls / self.allowed) if self.calls > self.allowed + 1 else 1.0

    def interval(self, every: Seconds | None, ttl: Seconds) -> Seconds:
        """Return the seconds between two polls of one search.

        `every`: the shortest `--every` of its watches. Without one, the searches share what the others leave
        of the quota, and each is polled at least once per `ttl` of its category, if the quota suffices.
        """
        return Seconds(_asked(every, ttl, self.share, self.min_interval) * self.stretch)

    @property
    def shortage(self) -> str:
        """A sentence if the calls do not fit the quota, else empty."""
        if self.is_halted and self.searches:
            return "Nothing is polled: daily_quota in [ebay] is 0, or eBay grants these keys no calls."
        if self.stretch <= 1:
            return ""
        needs = "The search needs" if self.searches == 1 else f"The {self.searches:,} searches together need"
        return (
            f"{needs} {round(self.calls):,} calls a day, and eBay's quota leaves {round(self.allowed):,} "
            f"for polls, so intervals are {self.stretch:.1f} times as long as asked for: ask for longer ones "
            "with --every, pause watches, or get a larger quota."
        )


def plan_polls(groups: Iterable[SearchGroup], *, daily_quota: int, min_interval: Seconds) -> PollingPlan:
    """Return the plan for the active searches; `daily_quota` is what eBay really grants."""
    groups = tuple(groups)
    allowed = max(1.0, daily_quota * (1 - RESERVE))
    explicit = sum(g.searches * DAY / max(g.every, min_interval) for g in groups if g.every is not None)
    sharing = sum(g.searches for g in groups if g.every is None)
    share = Seconds(DAY * max(1, sharing) / max(1.0, allowed - explicit))
    calls = explicit + sum(
        g.searches * DAY / _asked(None, g.ttl, share, min_interval) for g in groups if g.every is None
    )
    searches = sum(g.searches for g in groups)
    return PollingPlan(calls, allowed, searches, share, min_interval, is_halted=daily_quota < 1)


def _asked(every: Seconds | None, ttl: Seconds, share: Seconds, min_interval: Seconds) -> Seconds:
    return max(min_interval, min(share, ttl) if every is None else every)
