"""What is measured of watcher itself, for the rules of `core.operations`."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from watcher.core.errors import Api
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.self_checks import (
    DEAD_FOR,
    DOUBTS_OVER,
    LAG_OVER,
    Dead,
    Doubted,
    Jump,
    Late,
    OutboxBacklog,
    QuotaLevel,
    Readings,
    Room,
    SelfCheckLimits,
)
from watcher.core.resilience.quota import bound_of, window_of
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import SearchId, Watch
from watcher.db.stores import Stores
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.ports import Clock

# The latest searches are looked at; where more are late, it shows anyway.
MOST_LATE = 200
# Less is the time that claiming and asking take.
LEAST_LATE = Seconds(30.0)


class _Minute(NamedTuple):
    """What one minute saw; `lag` in seconds is the worst."""

    number: int
    answers: int = 0
    doubted: int = 0
    lag: float = 0.0


class Pulse:
    """Remembers the last hour's answers, doubts and lags, minute by minute. Implements `ports.Meter`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: deque[_Minute] = deque(maxlen=int(DOUBTS_OVER / MINUTE) + 1)

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Nothing: an answer is counted when it is read."""

    def count(self, name: str, by: int = 1) -> None:
        """Heed polls and doubts."""
        if name == "poll.ok":
            self._add(answers=by)
        elif name.startswith("suspicious."):
            self._add(doubted=by)

    def timing(self, name: str, seconds: float) -> None:
        """Heed how late the daemon's rounds begin."""
        if name == "scheduler.lag":
            self._add(lag=seconds)

    def gauge(self, name: str, value: float) -> None:
        """Nothing."""

    def doubted(self, now: Instant) -> Doubted:
        """The last hour. A doubted answer is an answer, believed or not."""
        recent = self._since(now, DOUBTS_OVER)
        doubted = sum(m.doubted for m in recent)
        return Doubted(max(doubted, sum(m.answers for m in recent)), doubted)

    def lag(self, now: Instant) -> Seconds | None:
        """The worst of the last minutes; None where no round began."""
        recent = self._since(now, LAG_OVER)
        return Seconds(max(m.lag for m in recent)) if recent else None

    def _add(self, *, answers: int = 0, doubted: int = 0, lag: float = 0.0) -> None:
        number = int(self._clock.now() // MINUTE)
        minute = _Minute(number)
        if self._minutes and self._minutes[-1].number == number:
            minute = self._minutes.pop()
        grown = _Minute(number, minute.answers + answers, minute.doubted + doubted, max(minute.lag, lag))
        self._minutes.append(grown)

    def _since(self, now: Instant, length: Seconds) -> list[_Minute]:
        return [m for m in self._minutes if 0 <= now - m.number * MINUTE < length + MINUTE]


class Jumps:
    """Holds the clock against the time that passes, from one look to the next."""

    def __init__(self, monotonic: Callable[[], float], limit: Seconds) -> None:
        self._monotonic, self._limit = monotonic, limit
        self._before: tuple[Instant, float] | None = None
        self._last: Jump | None = None

    def look(self, now: Instant) -> Jump | None:
        """The last jump there was, by more than `limit` seconds."""
        passed = self._monotonic()
        if self._before is not None:
            moved = (now - self._before[0]) - (passed - self._before[1])
            if abs(moved) > self._limit:
                self._last = Jump(now, Seconds(moved))
        self._before = (now, passed)
        return self._last


class Sensors:
    """Takes the readings. `jumps` None: time is simulated, and neither the clock nor the disk is real."""

    def __init__(  # noqa: PLR0913 - the composition root hands each in by name
        self,
        stores: Stores,
        allowances: Mapping[Api, QuotaBlocks],
        limits: SelfCheckLimits,
        *,
        cadence: Callable[[Watch], Seconds],
        knows: Callable[[str], bool],
        pulse: Pulse,
        place: Path,
        jumps: Jumps | None,
        off: Callable[[], Seconds],
    ) -> None:
        self._stores, self._allowances, self._limits = stores, allowances, limits
        self._cadence, self._knows = cadence, knows
        self._pulse, self._place, self._jumps, self._off = pulse, place, jumps, off

    def read(self, now: Instant) -> Readings:
        """All of them. Raises WatcherError."""
        return Readings(
            late=self._late(now),
            waiting=self._waiting(now),
            dead=self._dead(now),
            quotas={api: _level(allowance, now) for api, allowance in self._allowances.items()},
            room=self._room() if self._jumps else None,
            doubted=self._pulse.doubted(now),
            jump=self._jumps.look(now) if self._jumps else None,
            off=self._off(),
            lag=self._pulse.lag(now),
        )

    def _late(self, now: Instant) -> Late | None:
        overdue = self._stores.watches.overdue(Instant(now - LEAST_LATE), MOST_LATE)
        watches = self._stores.searches.watches_of(SearchId(number) for number, _, _ in overdue)
        late = [
            Late(query, Seconds(now - due), min(self._cadence(w) for w in watches[SearchId(number)]), 0)
            for number, query, due in overdue
            if watches.get(SearchId(number))
        ]
        if not late:
            return None
        beyond = sum(x.late > self._limits.overdue * x.cadence for x in late)
        return max(late, key=lambda x: x.late / x.cadence)._replace(searches=max(1, beyond))

    def _waiting(self, now: Instant) -> OutboxBacklog | None:
        known = [(n, at) for to, n, at in self._stores.outbox.waiting(now) if self._knows(to)]
        return OutboxBacklog(sum(n for n, _ in known), min(at for _, at in known)) if known else None

    def _dead(self, now: Instant) -> Dead | None:
        letters = self._stores.outbox.dead_letters(MOST_LATE)
        recent = [(to, why) for _, to, why, at in letters if at > now - DEAD_FOR]
        return Dead(len(recent), *recent[0]) if recent else None

    def _room(self) -> Room | None:
        try:
            usage = shutil.disk_usage(self._place)
        except OSError:
            return None
        return Room(usage.free, usage.total) if usage.total else None


def _level(allowance: QuotaBlocks, now: Instant) -> QuotaLevel:
    window, limit = window_of(allowance.api, now), allowance.limit
    return QuotaLevel(
        allowance.used(now), bound_of(limit, interactive=False), limit, window.start, window.end
    )
