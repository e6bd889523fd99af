"""What an API allows within which time, and how much of it one process takes at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from watcher.core.apis import QuotaPeriod
from watcher.core.cadence import RESERVE, day_start, next_day_start
from watcher.core.errors import Api
from watcher.core.times import DAY, HOUR, Instant, Seconds

# Calls taken from the ledger at once, at most: what a crash can waste.
MOST_AT_ONCE = 64
# A block is a small part of what is left, so that near the limit several processes share it call by call.
_PART = 32
# An end of the window that a provider tells may be off by an hour of daylight saving, and a little.
_SAME_END = Seconds(1.5 * HOUR)
# What may be under way, held by another process, or not yet in a provider's count: this part of the limit.
_LAG = 0.02


class QuotaWindow(NamedTuple):
    """The time that a quota is for, from `start` up to but not including `end`."""

    start: Instant
    end: Instant


def _day(now: Instant) -> QuotaWindow:
    return QuotaWindow(day_start(now), next_day_start(now))


def _month(now: Instant) -> QuotaWindow:
    start = _month_start(now)
    return QuotaWindow(start, _month_start(Instant(start + 32 * DAY)))


def _month_start(now: Instant) -> Instant:
    first = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Instant(first.timestamp())


_WINDOWS = {QuotaPeriod.PACIFIC_DAY: _day, QuotaPeriod.UTC_MONTH: _month}


def window_of(api: Api, now: Instant) -> QuotaWindow:
    """Return the quota window that contains `now`. Raises KeyError if the API's calls are not counted."""
    period = api.facts.quota_period
    if period is None:
        raise KeyError(api)
    return _WINDOWS[period](now)


def bound_of(limit: int, *, interactive: bool) -> int:
    """How many calls of `limit` may be used; polls leave the reserve to people who wait."""
    return limit if interactive else limit - round(limit * RESERVE)


def block(room: int, wanted: int) -> int:
    """How many calls to take at once of the `room` that is left; 0 when there is none."""
    return min(max(room, 0), max(1, min(wanted, MOST_AT_ONCE, room // _PART)))


class LedgerBounds(NamedTuple):
    """What the ledger's count must lie between; `most` None: there is no upper bound."""

    least: int
    most: int | None


def reconciled(
    window: QuotaWindow,
    limit: int,
    held: int,
    remaining: int,
    allowed: int,
    reset: Instant | None,
    now: Instant,
) -> LedgerBounds | None:
    """What a provider's word on its quota means for the ledger; None when it is about a window that is over.

    `remaining` of `allowed` calls are left until `reset` (None: it does not say); of our own `limit`,
    `held` calls are taken and not sent yet. The ledger is always raised to what the provider says. It is
    lowered only if the provider's window is ours, because `reset` is when ours ends: then calls that were
    counted and never arrived or were not billed are free again, less a margin for what it has not seen yet.
    """
    if reset is not None and reset <= now:
        return None
    remaining = max(0, remaining)
    least = max(0, limit - remaining + held)
    if reset is None or abs(reset - window.end) > _SAME_END:
        return LedgerBounds(least, None)
    told = max(0, allowed - remaining) + held + round(limit * _LAG)
    return LedgerBounds(least, max(least, told))
