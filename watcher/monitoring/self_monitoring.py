"""Self-monitoring: the measurements that `core.monitoring.self_checks` evaluates."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from watcher.core.errors import Api
from watcher.core.monitoring.api_history import Thresholds
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.self_checks import (
    DEAD_LETTER_PERIOD,
    LAG_PERIOD,
    SUSPICIOUS_PERIOD,
    ClockJump,
    DiskSpace,
    OutboxBacklog,
    OverdueSearch,
    QuotaLevel,
    Readings,
    RecentDeadLetters,
    SuspiciousAnswers,
    UnrecordedPolls,
)
from watcher.core.plan_sentences import greatest_asked_stretch
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.db.overdue import OverdueBound
from watcher.db.stores import Stores
from watcher.polling.demand_scan import SharedPlan
from watcher.ports import Clock

# Dead letters read at once; more would not change the finding.
MAX_ROWS = 200
# Seconds; a due search is claimed within a tick, not minutes.
MIN_LATENESS = Seconds(2 * MINUTE)

QuotaLevels = Callable[[Instant], Mapping[Api, QuotaLevel]]
"""Reads the level of every quota."""


def overdue_bound(plan: SharedPlan, multiple: float) -> OverdueBound:
    """Return how late a search may be: `multiple` times its cadence."""
    calls = plan.calls
    usual = Seconds(DAY * calls.searches / max(1.0, calls.calls))
    return OverdueBound(
        multiple,
        MIN_LATENESS,
        max(usual, calls.min_interval),
        greatest_asked_stretch(calls),
        calls.min_interval,
    )


class _Minute(NamedTuple):
    """Counts of one minute; `lag` is the maximum in seconds."""

    number: int
    answers: int = 0
    suspicious: int = 0
    lag: float = 0.0


class RecentActivity:
    """The last hour's answers, suspicious answers and scheduler lag per minute. Implements `ports.Meter`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: deque[_Minute] = deque(maxlen=int(SUSPICIOUS_PERIOD / MINUTE) + 1)

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Ignore the attempt; an answer is counted when its poll has ended."""

    def count(self, name: str, by: int = 1) -> None:
        """Count polls and suspicious answers."""
        if name == "poll.ok":
            self._add(answers=by)
        elif name.startswith("suspicious."):
            self._add(suspicious=by)

    def timing(self, name: str, seconds: float) -> None:
        """Record how late the rounds of the daemon's loops start."""
        if name == "scheduler.lag":
            self._add(lag=seconds)

    def gauge(self, name: str, value: float) -> None:
        """Ignore it."""

    def suspicious(self, now: Instant) -> SuspiciousAnswers:
        """Return the counts of the last hour. A suspicious answer counts as an answer."""
        recent = self._recent(now, SUSPICIOUS_PERIOD)
        suspicious = sum(m.suspicious for m in recent)
        return SuspiciousAnswers(max(suspicious, sum(m.answers for m in recent)), suspicious)

    def lag(self, now: Instant) -> Seconds | None:
        """Return the maximum of the last minutes; None if no round started."""
        recent = self._recent(now, LAG_PERIOD)
        return Seconds(max(m.lag for m in recent)) if recent else None

    def _add(self, *, answers: int = 0, suspicious: int = 0, lag: float = 0.0) -> None:
        number = int(self._clock.now() // MINUTE)
        minute = _Minute(number)
        # Minutes of a clock that has been set back since would count a second time.
        while self._minutes and self._minutes[-1].number > number:
            self._minutes.pop()
        if self._minutes and self._minutes[-1].number == number:
            minute = self._minutes.pop()
        updated = _Minute(
            number, minute.answers + answers, minute.suspicious + suspicious, max(minute.lag, lag)
        )
        self._minutes.append(updated)

    def _recent(self, now: Instant, length: Seconds) -> list[_Minute]:
        return [m for m in self._minutes if 0 <= now - m.number * MINUTE < length + MINUTE]


class ClockJumpDetector:
    """Compares the clock with the monotonic time between two checks."""

    def __init__(self, monotonic: Callable[[], float], limit: Seconds) -> None:
        self._monotonic, self._limit = monotonic, limit
        self._before: tuple[Instant, float] | None = None
        self._last: ClockJump | None = None

    def check(self, now: Instant) -> ClockJump | None:
        """Return the last jump by more than `limit` seconds, if any."""
        monotonic = self._monotonic()
        if self._before is not None:
            moved = (now - self._before[0]) - (monotonic - self._before[1])
            if abs(moved) > self._limit:
                self._last = ClockJump(now, Seconds(moved))
        self._before = (now, monotonic)
        return self._last


class SelfMonitor:
    """Takes the measurements. `jumps` is None in simulated time, when neither clock nor disk is real."""

    def __init__(  # noqa: PLR0913 - passed by keyword
        self,
        stores: Stores,
        limits: Thresholds,
        *,
        quotas: QuotaLevels,
        plan: Callable[[], SharedPlan],
        is_configured: Callable[[str], bool],
        activity: RecentActivity,
        data_dir: Path,
        jumps: ClockJumpDetector | None,
        clock_skew: Callable[[], Seconds],
    ) -> None:
        self._stores, self._limits, self._quotas = stores, limits, quotas
        self._plan, self._is_configured = plan, is_configured
        self._activity, self._data_dir, self._jumps = activity, data_dir, jumps
        self._clock_skew = clock_skew

    def read(self, now: Instant) -> Readings:
        """Take all measurements. Raises WatcherError."""
        return Readings(
            overdue=self._overdue(now),
            unrecorded=self._unrecorded(),
            backlog=self._backlog(now),
            dead_letters=self._dead_letters(now),
            quotas=self._quotas(now),
            disk=self.disk() if self._jumps else None,
            suspicious=self._activity.suspicious(now),
            jump=self._jumps.check(now) if self._jumps else None,
            clock_skew=self._clock_skew(),
            lag=self._activity.lag(now),
        )

    def _overdue(self, now: Instant) -> OverdueSearch | None:
        bound = overdue_bound(self._plan(), self._limits.overdue)
        # The incident ends when no search is late by more than half of the limit.
        worst = self._stores.overdue.worst(now, bound._replace(multiple=bound.multiple / 2))
        if worst is None:
            return None
        return OverdueSearch(*worst, max(1, self._stores.overdue.count(now, bound)))

    def _backlog(self, now: Instant) -> OutboxBacklog | None:
        waiting = [
            (n, at)
            for to, n, at in self._stores.outbox.pending_by_destination(now)
            if self._is_configured(to)
        ]
        return OutboxBacklog(sum(n for n, _ in waiting), min(at for _, at in waiting)) if waiting else None

    def _unrecorded(self) -> UnrecordedPolls | None:
        searches = self._stores.searches.unrecorded()
        return UnrecordedPolls(*searches[0], len(searches)) if searches else None

    def _dead_letters(self, now: Instant) -> RecentDeadLetters | None:
        letters = self._stores.outbox.dead_letters(MAX_ROWS)
        recent = [(to, why) for _, to, why, at in letters if at > now - DEAD_LETTER_PERIOD]
        return RecentDeadLetters(len(recent), *recent[0]) if recent else None

    def disk(self) -> DiskSpace | None:
        """Return the space of the disk that holds the database; None if it cannot be found out."""
        try:
            usage = shutil.disk_usage(self._data_dir)
        except OSError:
            return None
        return DiskSpace(usage.free, usage.total) if usage.total else None
