"""What an API allows in which window, and how many calls one process takes from it at once."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from watcher.core.apis import QuotaPeriod
from watcher.core.cadence.windows import RESERVE, day_start, next_day_start
from watcher.core.errors import Api
from watcher.core.times import DAY, HOUR, Instant, Seconds

# Maximum size of a quota block: a crash wastes no more calls.
MAX_BLOCK_CALLS = 64
# A block is at most 1/32 of what is left, so that several processes share the last calls one by one.
_BLOCK_DIVISOR = 32
# Seconds by which a provider's reset time may differ from ours: an hour of daylight saving, and some slack.
_RESET_TOLERANCE = Seconds(1.5 * HOUR)
# Share of a window's calls that interactive calls leave for polls, as far as polls can still use it in time.
POLL_SHARE = 0.5
# A provider that reports a larger limit than this is not believed.
_LARGEST_LIMIT = 10**9
# Share of the limit that may be under way, held by other processes, or missing from a provider's count.
_UNCOUNTED_SHARE = 0.02


class QuotaWindow(NamedTuple):
    """The time that a quota covers, from `start` up to but not including `end`."""

    start: Instant
    end: Instant


def quota_window(api: Api, now: Instant) -> QuotaWindow:
    """Return the quota window that contains `now`. Raises KeyError for an API without a quota."""
    period = api.facts.quota_period
    if period is None:
        raise KeyError(api)
    if period is QuotaPeriod.PACIFIC_DAY:
        return QuotaWindow(day_start(now), next_day_start(now))
    if period is QuotaPeriod.UTC_MONTH:
        return month_of(now)
    return utc_day_of(now)


def month_of(now: Instant) -> QuotaWindow:
    """Return the calendar month (UTC) that contains `now`."""
    start = _midnight(now).replace(day=1)
    end = (start + timedelta(days=32)).replace(day=1)
    return QuotaWindow(Instant(start.timestamp()), Instant(end.timestamp()))


def utc_day_of(now: Instant) -> QuotaWindow:
    """Return the day (UTC) that contains `now`."""
    start = _midnight(now)
    return QuotaWindow(Instant(start.timestamp()), Instant(start.timestamp() + DAY))


def _midnight(now: Instant) -> datetime:
    return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def unreleased(window: QuotaWindow, now: Instant) -> float:
    """Return the share of a reserve that is still kept for what it was reserved for.

    It is released evenly through the window. Nothing is kept in the last hour: calls that are still
    unused then would be lost.
    """
    last = window.end - HOUR
    return min(1.0, max(0.0, (last - now) / (last - window.start)))


def reserved(calls: int, used: int, kept: float = 1.0) -> int:
    """Return how many of `calls` that are reserved for something are kept for it: it has `used` some.

    `kept`: the share of them that is not released yet.
    """
    return max(0, min(round(calls * kept), calls - used))


def poll_bound(limit: int, interactive: int = 0, kept: float = 1.0) -> int:
    """Return how many calls may be used in all before a poll is refused.

    Polls leave a reserve to interactive calls, as far as `interactive`, those already made, have not used it
    and it is not released: `kept` is `unreleased`.
    """
    return limit - reserved(round(limit * RESERVE), interactive, kept)


def second_look_bound(limit: int, share: float) -> int:
    """Return how many of a window's calls may look at single listings once more."""
    return int(limit * share)


def effective_limit(configured: int, granted: int | None) -> int:
    """Return the calls of one window: what is configured, but no more than the provider grants."""
    return configured if granted is None else min(configured, granted)


def is_plausible_report(remaining: int, allowed: int) -> bool:
    """Return whether a provider's report can be true: `remaining` of `allowed` calls are left."""
    return 0 <= remaining <= _LARGEST_LIMIT and 0 <= allowed <= _LARGEST_LIMIT


class InteractiveBound(NamedTuple):
    """How many calls may be used in all before an interactive call is refused, and the wait for one more."""

    calls: int
    wait: Seconds


def interactive_bound(
    window: QuotaWindow, limit: int, used: int, interactive: int, now: Instant
) -> InteractiveBound:
    """Return the bound of interactive calls while there is something to poll.

    Polls may spend half of the calls evenly over the window. The part of that half which they have not spent,
    and can still spend in the time left, is kept for them; so nothing is kept at the end.
    """
    share, length = limit * POLL_SHARE, window.end - window.start
    unspent = share - max(0, used - interactive)
    time_left = min(1.0, max(0.0, (window.end - now) / length))
    kept = max(0.0, min(unspent, share * time_left))
    # The share shrinks with the time left, so the wait ends when it is less than the calls that are left.
    needed = (limit - used - 1) / share if share else 0.0
    wait = (time_left - max(0.0, needed)) * length
    return InteractiveBound(limit - math.ceil(kept), Seconds(min(max(1.0, wait), max(1.0, window.end - now))))


def block_size(left: int, wanted: int) -> int:
    """Return how many calls to take at once if `left` are left; 0 if none are."""
    return min(max(left, 0), max(1, min(wanted, MAX_BLOCK_CALLS, left // _BLOCK_DIVISOR)))


class LedgerBounds(NamedTuple):
    """The range that the ledger's count must lie in; `most` is None without an upper bound."""

    least: int
    most: int | None


def ledger_bounds(
    window: QuotaWindow,
    limit: int,
    held: int,
    remaining: int,
    allowed: int,
    reset: Instant | None,
    now: Instant,
) -> LedgerBounds | None:
    """Return what a provider's report means for the ledger; None if its window has ended.

    The provider reports `remaining` of `allowed` calls until `reset` (None if unknown). Of our own `limit`,
    `held` calls have been taken but not sent. The ledger is always raised to the provider's count. It is
    lowered only if `reset` is the end of our window, so that both count the same window: then calls that were
    counted but not billed are free again, less a margin for calls that the provider has not counted yet.
    """
    if reset is not None and reset <= now:
        return None
    remaining = max(0, remaining)
    least = max(0, limit - remaining + held)
    if reset is None or abs(reset - window.end) > _RESET_TOLERANCE:
        return LedgerBounds(least, None)
    reported = max(0, allowed - remaining) + held + round(limit * _UNCOUNTED_SHARE)
    return LedgerBounds(least, max(least, reported))
