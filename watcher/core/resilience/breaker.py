"""When to stop calling an API that fails, and how to find out that it works again.

A 429 is no failure: it says that the API works and when to come back. So a Retry-After pauses the API for
everybody, and a run of them (they did not help, or there was none) pauses it like failures would. Either
way only one probe is sent when the pause is over: an hour of 429s costs a few dozen calls.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Seconds

# The share of failures is judged over at most so many calls of the last minute.
BREAKER_SAMPLE_CALLS = 500
# A timer may fire a moment before its time.
EARLY = Seconds(0.01)
_MOST_DOUBLINGS = 30
_NO_ERA = -1


class BreakerState(IntEnum):
    """What a breaker does with a call; the numbers are the gauge's."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Outcome(Enum):
    """What a call that was admitted says of its API; NOTHING when it was never sent, or cancelled."""

    SUCCESS = 0
    FAILURE = 1
    LIMITED = 2
    NOTHING = 3


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long.

    It opens after `failures` in a row, or when of at least `least` calls of the last `window` seconds a
    `share` failed. `pause` seconds, doubled each time the probe fails, `longest` at most; each is drawn
    between four fifths and all of that, so that several daemons do not return in step. `heeds_limits`
    False: a 429 concerns one address of the API alone, and whoever calls heeds it.
    """

    failures: int = 5
    share: float = 0.5
    least: int = 10
    window: Seconds = MINUTE
    pause: Seconds = Seconds(30.0)
    longest: Seconds = Seconds(300.0)
    heeds_limits: bool = True


class BreakerRefusal(NamedTuple):
    """No call now. `retry_after` seconds, None while a probe is under way; `limited`: because of a 429."""

    retry_after: Seconds | None
    limited: bool


class Breaker:
    """The breaker of one API. `now` is monotonic, in seconds; every ticket of `admit` is settled once."""

    def __init__(self, trip: BreakerPolicy = BreakerPolicy()) -> None:
        self.state = BreakerState.CLOSED
        self._trip = trip
        self._era = 0  # a ticket of an earlier one says nothing about the present
        self._until = 0.0
        self._limited = False
        self._failures = self._limits = self._pauses = 0
        self._calls: deque[tuple[float, bool]] = deque(maxlen=BREAKER_SAMPLE_CALLS)

    def admit(self, now: float, *, auxiliary: bool = False) -> int | BreakerRefusal:
        """A ticket for one call, or a refusal.

        `auxiliary`: a call that another one needs (a token mint); a probe may make it, so it
        may pass.
        """
        if self.state is BreakerState.CLOSED:
            return self._era
        if self.state is BreakerState.HALF_OPEN:
            return _NO_ERA if auxiliary else BreakerRefusal(None, self._limited)
        if now < self._until - EARLY:
            return BreakerRefusal(Seconds(self._until - now), self._limited)
        self._move(BreakerState.HALF_OPEN)
        return self._era

    def wait(self, now: float) -> Seconds:
        """Seconds for which every call would be refused."""
        return Seconds(max(0.0, self._until - now - EARLY) if self.state is BreakerState.OPEN else 0.0)

    def settle(
        self, ticket: int, now: float, outcome: Outcome, jitter: Jitter, retry_after: float | None = None
    ) -> None:
        """Take in how an admitted call ended. `retry_after`: seconds that the server asked for."""
        if outcome is Outcome.LIMITED and not self._trip.heeds_limits:
            outcome = Outcome.SUCCESS
        if ticket != self._era:
            self._late(now, outcome, retry_after)
        elif outcome is Outcome.SUCCESS:
            self._succeed(now)
        elif outcome is Outcome.FAILURE:
            self._fail(now, jitter, retry_after)
        elif outcome is Outcome.LIMITED:
            self._limit(now, jitter, retry_after)
        elif self.state is BreakerState.HALF_OPEN:  # the probe told nothing: the next call is one
            self._open(now, 0.0, limited=self._limited)

    def _late(self, now: float, outcome: Outcome, retry_after: float | None) -> None:
        """A call from before the pause: it changes nothing, save how long the server wants us away."""
        if outcome is Outcome.LIMITED and self.state is BreakerState.OPEN:
            self._until = max(self._until, now + (retry_after or 0.0))

    def _succeed(self, now: float) -> None:
        self._failures = self._limits = 0
        if self.state is BreakerState.HALF_OPEN:
            self._pauses = 0
            self._move(BreakerState.CLOSED)
        self._calls.append((now, False))

    def _fail(self, now: float, jitter: Jitter, retry_after: float | None) -> None:
        self._failures += 1
        self._calls.append((now, True))
        probe = self.state is BreakerState.HALF_OPEN
        if probe or self._failures >= self._trip.failures or self._mostly_fails(now):
            self._open(now, max(retry_after or 0.0, self._pause(jitter)), limited=False)

    def _limit(self, now: float, jitter: Jitter, retry_after: float | None) -> None:
        self._limits += 1
        wait = retry_after or 0.0
        probe = self.state is BreakerState.HALF_OPEN
        if self._limits >= self._trip.failures or (probe and retry_after is None):
            wait = max(wait, self._pause(jitter))
        if probe or wait > 0:
            self._open(now, wait, limited=True)

    def _mostly_fails(self, now: float) -> bool:
        calls = self._calls
        while calls[0][0] <= now - self._trip.window:
            calls.popleft()
        failures = sum(failed for _, failed in calls)
        return len(calls) >= self._trip.least and failures >= self._trip.share * len(calls)

    def _pause(self, jitter: Jitter) -> Seconds:
        pause = min(self._trip.pause * 2.0**self._pauses, self._trip.longest)
        self._pauses = min(self._pauses + 1, _MOST_DOUBLINGS)
        return Seconds(jitter(0.8 * pause, pause))

    def _open(self, now: float, wait: float, *, limited: bool) -> None:
        self._until, self._limited = now + wait, limited
        self._calls.clear()
        self._move(BreakerState.OPEN)

    def _move(self, state: BreakerState) -> None:
        self.state = state
        self._era += 1
