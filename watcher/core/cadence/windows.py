"""When a quota day begins, what it keeps for people, and the times that auctions ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from watcher.core.times import DAY, Instant, Seconds

_PACIFIC = ZoneInfo("America/Los_Angeles")

# Share of the day's calls that polls leave for interactive calls and second reads.
RESERVE = 0.1


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
