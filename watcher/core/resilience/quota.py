"""What an API allows in which window, and how many calls one process takes from it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from watcher.core.apis import QuotaPeriod
from watcher.core.cadence import RESERVE, day_start, next_day_start
from watcher.core.errors import Api
from watcher.core.times import HOUR, Instant, Seconds

# Maximum size of a quota block: a crash wastes no more calls.
MAX_BLOCK_CALLS = 64
# A block is at most 1/32 of what is left, so that several processes share the last calls one by one.
_BLOCK_DIVISOR = 32
# Seconds by which a provider's reset time may differ from ours: an hour of daylight saving, and some slack.
_RESET_TOLERANCE = Seconds(1.5 * HOUR)
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
    start = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=32)).replace(day=1)
    return QuotaWindow(Instant(start.timestamp()), Instant(end.timestamp()))


def usable_calls(limit: int, *, interactive: bool) -> int:
    """Return how many calls of `limit` may be made; polls leave the reserve to interactive calls."""
    return limit if interactive else limit - round(limit * RESERVE)


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
