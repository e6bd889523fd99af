"""How often a search is polled, and when a quota day begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from watcher.core.times import DAY, Instant, Seconds

_PACIFIC = ZoneInfo("America/Los_Angeles")

# A tenth of the day's calls stays for people who ask by hand and for second attempts.
RESERVE = 0.1


def interval(
    wanted: Seconds | None, *, searches: int, daily_quota: int, min_interval: Seconds, ttl: Seconds
) -> Seconds:
    """Seconds between two polls of one search.

    What its most impatient watch wants (`--every`), else an even share of the day's quota over all
    active searches; never below `min_interval`, and without a wish never above the category's TTL.
    """
    if wanted is not None:
        return max(wanted, min_interval)
    share = Seconds(DAY * max(1, searches) / max(1.0, daily_quota * (1 - RESERVE)))
    return max(min_interval, min(share, ttl))


def day_start(now: Instant) -> Instant:
    """When the quota day of `now` began: eBay counts from midnight Pacific (wire facts 1.8)."""
    local = datetime.fromtimestamp(now, _PACIFIC)
    return Instant(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def next_day_start(now: Instant) -> Instant:
    """When the quota of `now` is given anew. A Pacific day has 23 to 25 hours."""
    return day_start(Instant(day_start(now) + 1.25 * DAY))


def sooner_for_auctions(
    due: Instant, now: Instant, min_interval: Seconds, starts: Iterable[float]
) -> Instant:
    """`due`, or earlier where a watch's last minutes of an auction begin (`starts`) before that."""
    upcoming = [s for s in starts if s > now]
    return Instant(min([due, *(max(s, now + min_interval) for s in upcoming)]))
