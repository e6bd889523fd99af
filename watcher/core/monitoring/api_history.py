"""What the calls of one API say of it: the three rules of failure rate, outage and latency.

Pure: calls and `now` come in, signs go out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from watcher.core.apis import RATE_LIMIT_CODES
from watcher.core.errors import Code
from watcher.core.monitoring.incidents import OF_CALLS, Sign, State, Symptom
from watcher.core.monitoring.windows import AHEAD, Call, CallWindow, Tally, chance, failed
from watcher.core.times import HOUR, MINUTE, Instant, Seconds

HORIZON = Seconds(6 * HOUR)
LEAST_OUTAGE_FAILURES = 2
LEAST_LATENCY_CALLS = 5
# Probes go out every minute, so an API whose last failure is older than two is idle, not failing.
STILL_FAILING = Seconds(2 * MINUTE)
OUTAGE_PROBE_SECONDS = MINUTE
# Judgements are a few seconds apart.
CAUGHT_FOR = Seconds(15.0)
# Calls are fast again at this share of the limit.
FAST_AGAIN = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """`[alerts]` of the configuration; lengths in seconds, shares between 0 and 1.

    `certainty` 0 switches the test against chance off and leaves the `window` alone; `repeat` 0 means
    no reminders.
    """

    failure_rate: float
    outage: Seconds
    latency: Seconds
    window: Seconds
    min_calls: int
    certainty: float
    background: float
    repeat: Seconds

    @property
    def horizon(self) -> Seconds:
        """How far back any rule looks."""
        return max(HORIZON, self.window)

    @property
    def fast_again(self) -> Seconds:
        """The mean at which calls are no longer slow: below the limit, so that hovering is one incident."""
        return Seconds(self.latency * FAST_AGAIN)

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
        self.window = CallWindow(thresholds.window)
        self._hour = CallWindow(HOUR)
        self._long = CallWindow(thresholds.horizon)

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

    @property
    def calls(self) -> Sequence[Call]:
        """All calls that any rule looks at, the oldest first."""
        return self._long.calls

    @property
    def are_just_enough(self) -> bool:
        """Whether some window has just come to hold enough calls to be judged; then a success may decide."""
        enough = self._limits.min_calls
        return len(self.window) == LEAST_LATENCY_CALLS or enough in (len(self._hour), len(self._long))

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
        # What a call decided is told although the next may have moved the windows on before the judgement.
        self._caught: dict[Symptom, tuple[Instant, Stretch | None]] = {}
        # The calls after the last outage: its failures and timeouts were told with it, and make no new
        # incident when it is over.
        self._fresh = Rates(thresholds)
        self.run: Run | None = None
        self.last_success: Instant | None = None
        self.last_call: Instant | None = None
        self.last_failure: Call | None = None
        self._watching_since = since

    def observe(self, call: Call) -> None:
        """Take in a call; one that another daemon logged may be older than the last."""
        in_order = self.last_call is None or call.at >= self.last_call
        if failed(call):
            if self.last_failure is None or call.at >= self.last_failure.at:
                self.last_failure = call
            if call.code not in RATE_LIMIT_CODES and in_order:
                self._fail(call)
        elif in_order:
            if self.run and min(call.at, self.run.last + STILL_FAILING) - self.run.since > self.limits.outage:
                self._fresh.clear()
            self.run, self.last_success = None, call.at
        self.rates.push(call)
        self._fresh.push(call)
        if in_order:
            self.last_call = call.at
        else:
            self._recount(call)
        if failed(call) or call.seconds > self.limits.latency or self.rates.are_just_enough:
            self._catch(max(call.at, self.last_call or call.at))

    def advance(self, now: Instant) -> None:
        """Let go of what is too old at `now`, and of what a clock stamped that has been set back since."""
        self.rates.advance(now)
        self._fresh.advance(now)
        if self.last_call is not None and self.last_call > now + AHEAD:
            self.last_call = self.last_success = self.run = None

    def watching_since(self, now: Instant) -> None:
        """Nobody watched until now: that time says nothing of the API."""
        self._watching_since = now

    def signs(self, now: Instant) -> Mapping[Symptom, Sign]:
        """What each rule says."""
        over, firing = self.over(now), self.firing(now)
        return {symptom: Sign(firing.get(symptom), symptom in over) for symptom in OF_CALLS}

    def firing(self, now: Instant) -> Mapping[Symptom, Instant]:
        """Which symptoms begin a new incident now, and since when."""
        found = {}
        if self.run and self._is_down(self.run, now):
            found[Symptom.OUTAGE] = self.run.since
        caught = {s for s, (at, _) in self._caught.items() if 0 <= now - at <= CAUGHT_FOR}
        if self._is_failing() or Symptom.FAILURE_RATE in caught:
            found[Symptom.FAILURE_RATE] = now
        if self._is_slow() or Symptom.LATENCY in caught:
            found[Symptom.LATENCY] = now
        return found

    def worst(self) -> Stretch:
        """The stretch of calls that a message about the failure rate tells of."""
        caught = self._caught.get(Symptom.FAILURE_RATE)
        return self.rates.firing() or (caught and caught[1]) or self.rates.shortest()

    def over(self, now: Instant) -> frozenset[Symptom]:
        """Which symptoms have ended, if there was an incident. No calls for the whole horizon end all."""
        if self.idle(now):
            return frozenset(OF_CALLS)
        ended = set()
        if self.run is None and self.last_success is not None:
            ended.add(Symptom.OUTAGE)
        if self.rates.over():
            ended.add(Symptom.FAILURE_RATE)
        if len(self.rates.window) and not self.rates.window.slower_than(self.limits.fast_again):
            ended.add(Symptom.LATENCY)
        return frozenset(ended)

    def states(self, now: Instant) -> Mapping[Symptom, State]:
        """How each symptom is where no incident of it is open."""
        rate, window, firing = self.rates.shortest().tally, self.rates.window, self.firing(now)
        slow = window.slower_than(self.limits.latency)
        recent = self.last_call is not None and now - self.last_call < HOUR
        return {
            Symptom.OUTAGE: _state(
                known=recent, pending=self.run is not None, firing=Symptom.OUTAGE in firing
            ),
            Symptom.FAILURE_RATE: _state(
                known=rate.calls > 0,
                pending=self.limits.exceeded_by(rate),
                firing=Symptom.FAILURE_RATE in firing,
            ),
            Symptom.LATENCY: _state(known=len(window) > 0, pending=slow, firing=Symptom.LATENCY in firing),
        }

    def idle(self, now: Instant) -> bool:
        """Whether nobody has called for as long as any rule looks back; our own downtime does not count."""
        return now - max(self.last_call or Instant(0.0), self._watching_since) >= self.limits.horizon

    def carried(self) -> tuple[Symptom, ...]:
        """The symptoms that an outage's message tells of as well."""
        slow = _is_slow(self.rates.window, self.limits)
        return (Symptom.FAILURE_RATE,) * (self.rates.firing() is not None) + (Symptom.LATENCY,) * slow

    @property
    def refuses_us(self) -> bool:
        """Whether the last failure, with no success since, says that our credentials are not taken."""
        last = self.last_failure
        return last is not None and last.refused and last.at >= (self.last_success or last.at)

    def quiet(self, now: Instant, seconds: Seconds) -> bool:
        """Whether nobody has called for `seconds`."""
        return self.last_call is None or not 0 <= now - self.last_call < seconds

    def forget_run(self) -> None:
        """The failures so far belong to an incident that has ended."""
        self.run = None

    def _is_failing(self) -> bool:
        return self._fresh.firing() is not None and self.rates.firing() is not None

    def _is_slow(self) -> bool:
        return _is_slow(self._fresh.window, self.limits) and _is_slow(self.rates.window, self.limits)

    def _catch(self, at: Instant) -> None:
        self.rates.advance(at)
        self._fresh.advance(at)
        if self._is_failing():
            self._caught[Symptom.FAILURE_RATE] = (at, self.rates.firing())
        if self._is_slow():
            self._caught[Symptom.LATENCY] = (at, None)

    def _fail(self, call: Call) -> None:
        # Failures a probe apart belong together, however short the limit is.
        if self.run and not self._was_idle(call, self.last_call, max(self.limits.outage, STILL_FAILING)):
            self.run = self.run._replace(failures=self.run.failures + 1, last=call.at)
            return
        before = self.last_success
        idle = self.run is not None or self._was_idle(call, before, self.limits.outage)
        self.run = Run(call.at if before is None or idle else before, 1, call.at)

    @staticmethod
    def _was_idle(call: Call, before: Instant | None, longest: Seconds) -> bool:
        """Whether nobody asked for so long before a call that the silence says nothing."""
        return before is None or call.at - before > longest

    def _recount(self, late: Call) -> None:
        """Count the run anew after a call that came out of order; calls beyond the windows stay counted."""
        if not failed(late):
            self.last_success = max(late.at, self.last_success or late.at)
        if self.run is None and (self.last_success is not None and late.at <= self.last_success):
            return
        success, failures = None, []
        for call in reversed(self.rates.calls):
            if not failed(call):
                success = call.at
                break
            if call.code not in RATE_LIMIT_CODES:
                failures.append(call.at)
        if success is None and self.run is not None:
            self.run = self.run._replace(failures=max(self.run.failures, len(failures)))
            return
        self.last_success = success
        self.run = None
        if failures:
            first, last = failures[-1], failures[0]
            since = first if success is None or first - success > self.limits.outage else success
            self.run = Run(since, len(failures), last)

    def _is_down(self, run: Run, now: Instant) -> bool:
        enough = run.failures >= LEAST_OUTAGE_FAILURES and now - run.since > self.limits.outage
        return enough and now - run.last <= STILL_FAILING


def _state(*, known: bool, pending: bool, firing: bool) -> State:
    if firing or pending:
        return State.PENDING
    return State.OK if known else State.NO_DATA


def _is_slow(window: CallWindow, limits: Thresholds) -> bool:
    """Whether the calls take too long on average; timeouts count at their length."""
    return len(window) >= LEAST_LATENCY_CALLS and window.slower_than(limits.latency)
