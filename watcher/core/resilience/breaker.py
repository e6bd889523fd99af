"""When to stop calling an API that fails, and how to find out that it works again.

A 429 is not a failure: the API works, and says when to come back. Its Retry-After pauses the API for every
caller. A run of 429s that waiting did not end, or that came without a Retry-After, pauses it like failures.
When a pause is over, one probe is sent first, so an hour of 429s costs a few dozen calls.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Seconds

BREAKER_SAMPLE_CALLS = 500  # at most this many recent calls are kept for the share of failures
TIMER_TOLERANCE = Seconds(0.01)  # a timer may fire this much early
_MAX_DOUBLINGS = 30
_AUXILIARY_TICKET = -1


class BreakerState(IntEnum):
    """The state of a breaker; the numbers are the values of its gauge."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Outcome(Enum):
    """What an admitted call says about its API; NOTHING if it was not sent, or cancelled."""

    SUCCESS = 0
    FAILURE = 1
    LIMITED = 2
    NOTHING = 3


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long. Times are in seconds.

    It opens after `failures` in a row, or if at least `min_calls` were made in the last `window` and a
    `share` of them failed. The first pause is `pause`; each failed probe doubles it, up to `max_pause`.
    A pause is drawn between 80 % and 100 % of that, so that several daemons do not return in step.
    `pauses_on_429` False: a 429 concerns one destination only, and the caller waits for it.
    """

    failures: int = 5
    share: float = 0.5
    min_calls: int = 10
    window: Seconds = MINUTE
    pause: Seconds = Seconds(30.0)
    max_pause: Seconds = Seconds(300.0)
    pauses_on_429: bool = True


class BreakerRefusal(NamedTuple):
    """No call is allowed for `retry_after` seconds, None while a probe is under way.

    `limited`: the pause was caused by a 429.
    """

    retry_after: Seconds | None
    limited: bool


class Breaker:
    """The circuit breaker of one API. `now` is monotonic, in seconds; settle every ticket of `admit` once."""

    def __init__(self, policy: BreakerPolicy = BreakerPolicy()) -> None:
        self.state = BreakerState.CLOSED
        self._policy = policy
        # Incremented on every change of state. A ticket is the era it was issued in, so that a call from
        # before a change does not affect the state after it.
        self._era = 0
        self._open_until = 0.0
        self._limited = False
        self._failures = self._limits = self._pauses = 0  # in a row
        self._calls: deque[tuple[float, bool]] = deque(maxlen=BREAKER_SAMPLE_CALLS)  # time, failed

    def admit(self, now: float, *, auxiliary: bool = False) -> int | BreakerRefusal:
        """Return a ticket for one call, or a refusal.

        `auxiliary`: a call that another one needs, such as a token mint. It is admitted beside a probe,
        because the probe may need it.
        """
        if self.state is BreakerState.CLOSED:
            return self._era
        if self.state is BreakerState.HALF_OPEN:
            return _AUXILIARY_TICKET if auxiliary else BreakerRefusal(None, self._limited)
        if now < self._open_until - TIMER_TOLERANCE:
            return BreakerRefusal(Seconds(self._open_until - now), self._limited)
        self._change_state(BreakerState.HALF_OPEN)
        return self._era

    def wait(self, now: float) -> Seconds:
        """Return the seconds for which every call would be refused."""
        if self.state is not BreakerState.OPEN:
            return Seconds(0.0)
        return Seconds(max(0.0, self._open_until - now - TIMER_TOLERANCE))

    def settle(
        self, ticket: int, now: float, outcome: Outcome, jitter: Jitter, retry_after: float | None = None
    ) -> None:
        """Record how an admitted call ended. `retry_after`: seconds that the server asked us to wait."""
        if outcome is Outcome.LIMITED and not self._policy.pauses_on_429:
            outcome = Outcome.SUCCESS
        if ticket != self._era:
            # For a call from before the last change of state, only a longer Retry-After counts.
            if outcome is Outcome.LIMITED and self.state is BreakerState.OPEN:
                self._open_until = max(self._open_until, now + (retry_after or 0.0))
        elif outcome is Outcome.SUCCESS:
            self._record_success(now)
        elif outcome is Outcome.FAILURE:
            self._record_failure(now, jitter, retry_after)
        elif outcome is Outcome.LIMITED:
            self._record_limit(now, jitter, retry_after)
        elif self.state is BreakerState.HALF_OPEN:  # the probe was inconclusive; the next call probes
            self._open(now, 0.0, limited=self._limited)

    def _record_success(self, now: float) -> None:
        self._failures = self._limits = 0
        if self.state is BreakerState.HALF_OPEN:
            self._pauses = 0
            self._change_state(BreakerState.CLOSED)
        self._calls.append((now, False))

    def _record_failure(self, now: float, jitter: Jitter, retry_after: float | None) -> None:
        self._failures += 1
        self._calls.append((now, True))
        is_probe = self.state is BreakerState.HALF_OPEN
        if is_probe or self._failures >= self._policy.failures or self._share_reached(now):
            self._open(now, max(retry_after or 0.0, self._next_pause(jitter)), limited=False)

    def _record_limit(self, now: float, jitter: Jitter, retry_after: float | None) -> None:
        self._limits += 1
        wait = retry_after or 0.0
        is_probe = self.state is BreakerState.HALF_OPEN
        if self._limits >= self._policy.failures or (is_probe and retry_after is None):
            wait = max(wait, self._next_pause(jitter))
        if is_probe or wait > 0:
            self._open(now, wait, limited=True)

    def _share_reached(self, now: float) -> bool:
        calls = self._calls
        while calls[0][0] <= now - self._policy.window:
            calls.popleft()
        failures = sum(failed for _, failed in calls)
        return len(calls) >= self._policy.min_calls and failures >= self._policy.share * len(calls)

    def _next_pause(self, jitter: Jitter) -> Seconds:
        pause = min(self._policy.pause * 2.0**self._pauses, self._policy.max_pause)
        self._pauses = min(self._pauses + 1, _MAX_DOUBLINGS)
        return Seconds(jitter(0.8 * pause, pause))

    def _open(self, now: float, wait: float, *, limited: bool) -> None:
        self._open_until, self._limited = now + wait, limited
        self._calls.clear()
        self._change_state(BreakerState.OPEN)

    def _change_state(self, state: BreakerState) -> None:
        self.state = state
        self._era += 1
