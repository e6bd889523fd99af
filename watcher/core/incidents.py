"""When ops are told of an API: the three rules, and which message is due.

Pure: calls and `now` come in, findings and steps go out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, Protocol

from watcher.core.errors import Code
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.windows import RATE_LIMITS, Call, Tally, Window, chance, failed

HORIZON = Seconds(6 * HOUR)
LEAST_OUTAGE_FAILURES = 2
LEAST_LATENCY_CALLS = 5
# Probes go out every minute, so an API whose last failure is older than two is idle, not failing.
STILL_FAILING = Seconds(2 * MINUTE)
PROBE_EVERY = MINUTE


class Symptom(StrEnum):
    """What can be wrong with an API."""

    OUTAGE = "outage"
    FAILURE_RATE = "failure-rate"
    LATENCY = "latency"


class Phase(StrEnum):
    """What a message says of an incident."""

    FIRING = "firing"
    REMINDER = "reminder"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`[alerts]` of the configuration; lengths in seconds, shares between 0 and 1.

    `certainty` 0 switches the test against chance off and leaves the `window` alone; `repeat` 0 means
    no reminders.
    """

    failure_rate: float = 0.10
    outage: Seconds = Seconds(5 * MINUTE)
    latency: Seconds = Seconds(5.0)
    window: Seconds = Seconds(5 * MINUTE)
    min_calls: int = 20
    certainty: float = 1e-7
    background: float = 0.05
    repeat: Seconds = Seconds(4 * HOUR)

    @property
    def horizon(self) -> Seconds:
        """How far back any rule looks."""
        return max(HORIZON, self.window)

    def exceeded_by(self, tally: Tally) -> bool:
        """Whether more than `failure_rate` failed; exact, so that 2 of 20 is not more than 0.10."""
        return tally.failures > self._limit * tally.calls

    def undercut_by(self, tally: Tally) -> bool:
        """Whether fewer than `failure_rate` failed, or none."""
        return tally.failures < self._limit * tally.calls or not tally.failures

    @property
    def _limit(self) -> Fraction:
        return Fraction(str(self.failure_rate))


class Stretch(NamedTuple):
    """What was judged: a tally over `length` seconds, or over the last calls where `length` is None."""

    length: Seconds | None
    tally: Tally


class Rates:
    """The windows of the failure-rate rule over the calls of one API."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._limits = thresholds
        self.window = Window(thresholds.window)
        self._hour = Window(HOUR)
        self._long = Window(thresholds.horizon)

    def push(self, call: Call) -> None:
        """Take in a call."""
        for window in (self.window, self._hour, self._long):
            window.push(call)

    def advance(self, now: Instant) -> None:
        """Let go of what is too old at `now`."""
        for window in (self.window, self._hour, self._long):
            window.advance(now)

    def clear(self) -> None:
        """Let go of all calls."""
        for window in (self.window, self._hour, self._long):
            window.clear()

    def shortest(self) -> Stretch:
        """The `window`; where it holds too few calls, the last `min_calls` of the last hour."""
        if len(self.window) >= self._limits.min_calls:
            return Stretch(self.window.length, self.window.tally)
        return Stretch(None, self._hour.last(self._limits.min_calls))

    def codes(self) -> Counter[Code]:
        """How often each error occurred in the last hour."""
        return self._hour.codes()

    def firing(self) -> Stretch | None:
        """The first window, from the shortest, in which too many calls failed; None without one."""
        stretches = [self.shortest()]
        if self._limits.certainty > 0:
            stretches += [Stretch(w.length, w.tally) for w in (self._hour, self._long)]
        return next((s for s in stretches if self._fires(s.tally)), None)

    def over(self) -> bool:
        """Whether no window fires and the shortest has calls, and is below the threshold."""
        tally = self.shortest().tally
        return tally.calls > 0 and self._limits.undercut_by(tally) and self.firing() is None

    def _fires(self, tally: Tally) -> bool:
        limits = self._limits
        if tally.calls < limits.min_calls or not tally.calls or not limits.exceeded_by(tally):
            return False
        return limits.certainty <= 0 or chance(tally, limits.background) < limits.certainty


class Run(NamedTuple):
    """Failures with no success between them. 429 does not count: it is an answer, though not the wanted one.

    `since` is the last success before them, or the first failure when nobody had asked for longer than
    `Thresholds.outage`: an API is not down while it is idle.
    """

    since: Instant
    failures: int
    last: Instant


class Record:
    """What the calls of one API say now. `observe` every call, `advance` to `now`, then ask."""

    def __init__(self, thresholds: Thresholds, since: Instant = Instant(0.0)) -> None:
        self.limits = thresholds
        self.rates = Rates(thresholds)
        # The calls after the last outage: its failures and timeouts were told with it, and make no new
        # incident when it is over.
        self._fresh = Rates(thresholds)
        self.run: Run | None = None
        self.last_success: Instant | None = None
        self.last_call: Instant | None = None
        self.last_failure: Call | None = None
        self._watching_since = since

    def observe(self, call: Call) -> None:
        """Take in a call."""
        if failed(call):
            self.last_failure = call
            if call.code not in RATE_LIMITS:
                self._fail(call)
        else:
            if self.run and min(call.at, self.run.last + STILL_FAILING) - self.run.since > self.limits.outage:
                self._fresh.clear()
            self.run, self.last_success = None, call.at
        self.last_call = call.at
        self.rates.push(call)
        self._fresh.push(call)

    def advance(self, now: Instant) -> None:
        """Let go of what is too old at `now`."""
        self.rates.advance(now)
        self._fresh.advance(now)

    def firing(self, now: Instant) -> Mapping[Symptom, Instant]:
        """Which symptoms begin a new incident now, and since when."""
        found = {}
        if self.run and self._is_down(self.run, now):
            found[Symptom.OUTAGE] = self.run.since
        if self._fresh.firing() and self.rates.firing():
            found[Symptom.FAILURE_RATE] = now
        if _is_slow(self._fresh.window, self.limits) and _is_slow(self.rates.window, self.limits):
            found[Symptom.LATENCY] = now
        return found

    def over(self, now: Instant) -> frozenset[Symptom]:
        """Which symptoms have ended, if there was an incident. No calls for the whole horizon end all."""
        if self.idle(now):
            return frozenset(Symptom)
        ended = set()
        if self.run is None and self.last_success is not None:
            ended.add(Symptom.OUTAGE)
        if self.rates.over():
            ended.add(Symptom.FAILURE_RATE)
        if len(self.rates.window) and not self.rates.window.slower_than(self.limits.latency):
            ended.add(Symptom.LATENCY)
        return frozenset(ended)

    def idle(self, now: Instant) -> bool:
        """Whether nobody has called for as long as any rule looks back; our own downtime does not count."""
        return now - max(self.last_call or Instant(0.0), self._watching_since) >= self.limits.horizon

    def carried(self) -> tuple[Symptom, ...]:
        """The symptoms that an outage's message tells of as well."""
        slow = _is_slow(self.rates.window, self.limits)
        return (Symptom.FAILURE_RATE,) * (self.rates.firing() is not None) + (Symptom.LATENCY,) * slow

    def quiet(self, now: Instant, seconds: Seconds) -> bool:
        """Whether nobody has called for `seconds`."""
        return self.last_call is None or not 0 <= now - self.last_call < seconds

    def forget_run(self) -> None:
        """The failures so far belong to an incident that has ended."""
        self.run = None

    def _fail(self, call: Call) -> None:
        if self.run:
            self.run = self.run._replace(failures=self.run.failures + 1, last=call.at)
            return
        before = self.last_success
        idle = before is None or call.at - before > self.limits.outage
        self.run = Run(call.at if before is None or idle else before, 1, call.at)

    def _is_down(self, run: Run, now: Instant) -> bool:
        enough = run.failures >= LEAST_OUTAGE_FAILURES and now - run.since > self.limits.outage
        return enough and now - run.last <= STILL_FAILING


def _is_slow(window: Window, limits: Thresholds) -> bool:
    """Whether the calls take too long on average; timeouts count at their length."""
    return len(window) >= LEAST_LATENCY_CALLS and window.slower_than(limits.latency)


class Firing(Protocol):
    """An open incident, as `ports.Incident` has it."""

    @property
    def notified_at(self) -> Instant:
        """When the last message about it was written."""
        ...


class Step(NamedTuple):
    """A message that is due."""

    phase: Phase
    symptom: Symptom


def steps(
    opened: Mapping[Symptom, Firing],
    firing: Container[Symptom],
    over: Container[Symptom],
    now: Instant,
    repeat: Seconds,
) -> tuple[Step, ...]:
    """The messages that are due for one API.

    While it is down only the outage speaks, and carries the other symptoms; they begin, repeat and end
    on their own when it is over.
    """
    down = Symptom.OUTAGE not in over if Symptom.OUTAGE in opened else Symptom.OUTAGE in firing
    due = []
    for symptom in (Symptom.OUTAGE,) if down else Symptom:
        incident = opened.get(symptom)
        if incident is None:
            if symptom in firing:
                due.append(Step(Phase.FIRING, symptom))
        elif symptom in over:
            due.append(Step(Phase.RESOLVED, symptom))
        elif repeat > 0 and now - incident.notified_at >= repeat:
            due.append(Step(Phase.REMINDER, symptom))
    return tuple(due)
