"""How often a search is polled, and when a quota day begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from watcher.core.times import DAY, Instant, Seconds

_PACIFIC = ZoneInfo("America/Los_Angeles")

# Share of the day's calls that polls leave for interactive calls and second reads.
RESERVE = 0.1


def poll_interval(
    wanted: Seconds | None, *, searches: int, daily_quota: int, min_interval: Seconds, ttl: Seconds
) -> Seconds:
    """Return the seconds between two polls of one search.

    `wanted`: the shortest `--every` of its watches. Without one, each active search gets an equal share of
    the day's quota, and is polled at least once per `ttl` of its category. Never below `min_interval`.
    """
    if wanted is not None:
        return max(wanted, min_interval)
    share = Seconds(DAY * max(1, searches) / max(1.0, daily_quota * (1 - RESERVE)))
    return max(min_interval, min(share, ttl))


def day_start(now: Instant) -> Instant:
    """Return when the quota day of `now` began: at midnight Pacific time."""
    local = datetime.fromtimestamp(now, _PACIFIC)
    return Instant(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def next_day_start(now: Instant) -> Instant:
    """Return when the next quota day begins. A Pacific day has 23 to 25 hours."""
    return day_start(Instant(day_start(now) + 1.25 * DAY))


def due_for_auctions(due: Instant, now: Instant, min_interval: Seconds, starts: Iterable[float]) -> Instant:
    """Return `due`, or an earlier time if the period in which a watch follows an auction starts before it."""
    return Instant(min([due, *(max(s, now + min_interval) for s in starts if s > now)]))
