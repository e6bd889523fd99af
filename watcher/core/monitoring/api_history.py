"""The recent calls of one API, and its three rules: failure rate, outage and latency.

Pure: calls and `now` in, signals out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from watcher.core.apis import RATE_LIMIT_CODES
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import API_SYMPTOMS, Signal, State, Symptom
from watcher.core.monitoring.windows import (
    MAX_AHEAD,
    CallWindow,
    Tally,
    binomial_tail,
    is_failure,
)
from watcher.core.times import HOUR, MINUTE, Instant, Seconds

# The longest window of the failure-rate rule; the `window` setting may exceed it.
HORIZON = Seconds(6 * HOUR)
MIN_OUTAGE_FAILURES = 2
MIN_LATENCY_CALLS = 5
# Probes are sent every minute, so an API whose last failure is older than this is idle, not failing.
FAILING_FOR = Seconds(2 * MINUTE)
OUTAGE_PROBE_SECONDS = MINUTE
# Seconds for which a triggered rule waits for the next evaluation; evaluations are a few seconds apart.
TRIGGER_KEPT_FOR = Seconds(15.0)
# Calls are no longer slow if their mean is at most this share of the limit; less than 1, to avoid flapping.
RECOVERED_LATENCY_SHARE = 0.9
# Probability below which chance is not the reason for the failures among few calls: 3 of 8 are enough.
DEGRADED_CERTAINTY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """`[alerts]` of the configuration; periods in seconds, shares between 0 and 1.

    `certainty` 0 disables the significance test and leaves only the `window`; `repeat` 0 disables reminders.
    From `overdue` on, they concern watcher itself.
    """

    failure_rate: float
    outage: Seconds
    latency: Seconds
    window: Seconds
    min_calls: int
    certainty: float
    background: float
    repeat: Seconds
    overdue: float
    outbox: Seconds
    quota: float
    disk: float
    suspicious: float
    clock: Seconds
    lag: Seconds

    @property
    def horizon(self) -> Seconds:
        """The longest period that any rule covers."""
        return max(HORIZON, self.window)

    def exceeded_by(self, tally: Tally) -> bool:
        """Return whether more than `failure_rate` failed; exact, so 2 of 20 is not more than 0.10."""
        return tally.failures > self._limit * tally.calls

    def undercut_by(self, tally: Tally) -> bool:
        """Return whether fewer than `failure_rate` failed, or none."""
        return tally.failures < self._limit * tally.calls or not tally.failures

    @property
    def _limit(self) -> Fraction:
        return Fraction(str(self.failure_rate))


class CallSpan(NamedTuple):
    """A tally over `length` seconds, or over the last calls if `length` is None."""

    length: Seconds | None
    tally: Tally


class FailureRateWindows:
    """The windows of the failure-rate rule over the calls of one API."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._limits = thresholds
        self.window = CallWindow(thresholds.window)
        self.hour = CallWindow(HOUR)
        self.longest = CallWindow(thresholds.horizon)  # all calls that any rule covers

    def push(self, call: Attempt) -> None:
        """Add a call."""
        for window in (self.window, self.hour, self.longest):
            window.push(call)

    def advance(self, now: Instant) -> None:
        """Drop calls that are too old at `now`."""
        for window in (self.window, self.hour, self.longest):
            window.advance(now)

    def shortest(self) -> CallSpan:
        """Return the `window` or, if it holds too few calls, the last `min_calls` of the last hour."""
        if len(self.window) >= self._limits.min_calls:
            return CallSpan(self.window.length, self.window.tally)
        return CallSpan(None, self.hour.last(self._limits.min_calls))

    @property
    def just_reached_minimum(self) -> bool:
        """Whether a window has just reached its minimum of calls; then even a success can trigger a rule."""
        minimum = self._limits.min_calls
        return len(self.window) == MIN_LATENCY_CALLS or minimum in (len(self.hour), len(self.longest))

    def firing(self) -> CallSpan | None:
        """Return the shortest window in which too many calls failed; None if there is none."""
        spans = [self.shortest()]
        if self._limits.certainty > 0:
            spans += [CallSpan(w.length, w.tally) for w in (self.hour, self.longest)]
        return next((s for s in spans if self._fires(s.tally)), None)

    def have_recovered(self) -> bool:
        """Return whether no window fires and the shortest has calls and is below the threshold."""
        tally = self.shortest().tally
        return tally.calls > 0 and self._limits.undercut_by(tally) and self.firing() is None

    def _fires(self, tally: Tally) -> bool:
        limits = self._limits
        if tally.calls < limits.min_calls or not tally.calls or not limits.exceeded_by(tally):
            return False
        return limits.certainty <= 0 or binomial_tail(tally, limits.background) < limits.certainty


class FailureRun(NamedTuple):
    """Consecutive failures without a success. A 429 does not count, because the API did answer.

    `since` is the last success before them, or the first failure if the API was idle for longer than
    `Thresholds.outage`: an idle API is not down.
    """

    since: Instant
    failures: int
    last: Instant


class Trigger(NamedTuple):
    """When a call triggered a rule, and what its message reports: the calls and their mean duration."""

    at: Instant
    span: CallSpan
    mean: Seconds


class ApiHistory:
    """The recent calls of one API. `observe` every call, `advance` to `now`, then query.

    An incident starts from calls that no earlier incident has used up: see `spend`.
    """

    def __init__(self, thresholds: Thresholds, since: Instant = Instant(0.0)) -> None:
        self.limits = thresholds
        self.rates = FailureRateWindows(thresholds)
        # A rule triggered by a call stays triggered until the next evaluation, even if later calls move the
        # windows.
        self._triggered: dict[Symptom, Trigger] = {}
        # The calls since the last incident of each rule, and since the last outage.
        self._unspent_rates = FailureRateWindows(thresholds)
        self._unspent_latency = CallWindow(thresholds.window)
        self._spent_at: dict[Symptom, Instant] = {}
        self.run: FailureRun | None = None
        self.last_success: Instant | None = None
        self.last_call: Instant | None = None
        self.last_failure: Attempt | None = None
        # Before this, no daemon was running; that time does not count.
        self.monitored_since = since

    def observe(self, call: Attempt) -> None:
        """Add a call; one logged by another daemon may be older than the last."""
        in_order = self.last_call is None or call.at >= self.last_call
        if is_failure(call):
            if self.last_failure is None or call.at >= self.last_failure.at:
                self.last_failure = call
            if call.code not in RATE_LIMIT_CODES and in_order:
                self._count_failure(call)
        elif in_order:
            if self.run and min(call.at, self.run.last + FAILING_FOR) - self.run.since > self.limits.outage:
                self._discard_evidence(API_SYMPTOMS, call.at)
            self.run, self.last_success = None, call.at
        self.rates.push(call)
        self._unspent_rates.push(call)
        self._unspent_latency.push(call)
        if in_order:
            self.last_call = call.at
        else:
            self._recount(call)
        if is_failure(call) or call.seconds > self.limits.latency or self.rates.just_reached_minimum:
            self._keep_triggered(max(call.at, self.last_call or call.at))

    def advance(self, now: Instant) -> None:
        """Drop calls that are too old at `now`, and those of a clock that has been set back since."""
        self.rates.advance(now)
        self._advance_unspent(now)
        if self.last_call is not None and self.last_call > now + MAX_AHEAD:
            self.last_call = self.last_success = self.run = None

    def spend(self, symptom: Symptom, at: Instant) -> None:
        """Let the calls up to `at`, when an incident ended, start no other incident of that symptom.

        An outage covers the other symptoms, so its calls are spent for all of them.
        """
        if self._spent_at.get(symptom) == at:
            return
        self._spent_at[symptom] = at
        self._discard_evidence(API_SYMPTOMS if symptom is Symptom.OUTAGE else (symptom,), at)
        if symptom is Symptom.OUTAGE and self.run is not None and self.run.last <= at:
            self.run = None

    def signals(self, now: Instant) -> Mapping[Symptom, Signal]:
        """Return the signal of each rule."""
        over, firing = self.over(now), self.firing(now)
        return {symptom: Signal(firing.get(symptom), symptom in over) for symptom in API_SYMPTOMS}

    def firing(self, now: Instant) -> Mapping[Symptom, Instant]:
        """Return the symptoms that start a new incident now, and since when."""
        triggered = {s for s, t in self._triggered.items() if 0 <= now - t.at <= TRIGGER_KEPT_FOR}
        since = {
            Symptom.OUTAGE: self.run.since if self.run and self._is_down(self.run, now) else None,
            Symptom.FAILURE_RATE: now if self._is_failing() or Symptom.FAILURE_RATE in triggered else None,
            Symptom.LATENCY: now if self._is_slow() or Symptom.LATENCY in triggered else None,
        }
        return {symptom: at for symptom, at in since.items() if at is not None}

    def reported_span(self) -> CallSpan:
        """Return the calls that a message about the failure rate reports."""
        triggered = self._triggered.get(Symptom.FAILURE_RATE)
        return self.rates.firing() or (triggered and triggered.span) or self.rates.shortest()

    def reported_latency(self, now: Instant) -> tuple[int, Seconds | None]:
        """Return the number of calls that a message about latency reports, and their mean duration."""
        window, triggered = self.rates.window, self._triggered.get(Symptom.LATENCY)
        recent = triggered is not None and 0 <= now - triggered.at <= TRIGGER_KEPT_FOR
        if triggered is None or not recent or window.slower_than(self.limits.latency):
            return len(window), window.mean
        return triggered.span.tally.calls, triggered.mean

    def over(self, now: Instant) -> frozenset[Symptom]:
        """Return the symptoms whose incidents would end now. Without calls for the whole horizon, all end."""
        idle, window = self.is_idle(now), self.rates.window
        recovered_latency = Seconds(self.limits.latency * RECOVERED_LATENCY_SHARE)
        ended = {
            Symptom.OUTAGE: self.run is None and self.last_success is not None,
            Symptom.FAILURE_RATE: self.rates.have_recovered(),
            Symptom.LATENCY: len(window) > 0 and not window.slower_than(recovered_latency),
        }
        return frozenset(symptom for symptom in API_SYMPTOMS if idle or ended[symptom])

    def states(self, now: Instant) -> Mapping[Symptom, State]:
        """Return the state of each symptom without an open incident."""
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

    def is_idle(self, now: Instant) -> bool:
        """Return whether there was no call for the whole horizon; our own downtime does not count."""
        return now - max(self.last_call or Instant(0.0), self.monitored_since) >= self.limits.horizon

    def other_symptoms(self) -> tuple[Symptom, ...]:
        """Return the further symptoms that an outage's message reports."""
        slow = _is_slow(self.rates.window, self.limits)
        return (Symptom.FAILURE_RATE,) * (self.rates.firing() is not None) + (Symptom.LATENCY,) * slow

    @property
    def refuses_credentials(self) -> bool:
        """Whether the API rejected our credentials in the last failure, with no success since."""
        last = self.last_failure
        return last is not None and last.refused and last.at >= (self.last_success or last.at)

    @property
    def fails_often(self) -> bool:
        """Whether more than `failure_rate` of the recent calls failed.

        With fewer than `min_calls` calls, chance must be an unlikely reason, although not as unlikely as for
        an incident.
        """
        tally = self.rates.shortest().tally
        if not self.limits.exceeded_by(tally):
            return False
        enough = tally.calls >= self.limits.min_calls
        return enough or binomial_tail(tally, self.limits.background) < DEGRADED_CERTAINTY

    def is_quiet(self, now: Instant, seconds: Seconds) -> bool:
        """Return whether there was no call for `seconds`."""
        return self.last_call is None or not 0 <= now - self.last_call < seconds

    def _is_failing(self) -> bool:
        return self._unspent_rates.firing() is not None and self.rates.firing() is not None

    def _is_slow(self) -> bool:
        return _is_slow(self._unspent_latency, self.limits) and _is_slow(self.rates.window, self.limits)

    def _keep_triggered(self, at: Instant) -> None:
        self.rates.advance(at)
        self._advance_unspent(at)
        window = self.rates.window
        mean = window.mean or Seconds(0.0)
        if self._is_failing() and (span := self.rates.firing()):
            self._triggered[Symptom.FAILURE_RATE] = Trigger(at, span, mean)
        if self._is_slow():
            self._triggered[Symptom.LATENCY] = Trigger(at, CallSpan(window.length, window.tally), mean)

    def _advance_unspent(self, now: Instant) -> None:
        self._unspent_rates.advance(now)
        self._unspent_latency.advance(now)

    def _discard_evidence(self, symptoms: Iterable[Symptom], until: Instant) -> None:
        """Let the rules of these symptoms start from the calls after `until`."""
        later = [call for call in self.rates.longest.calls if call.at > until]
        for symptom in symptoms:
            self._triggered.pop(symptom, None)
            if symptom is Symptom.FAILURE_RATE:
                self._unspent_rates = FailureRateWindows(self.limits)
                for call in later:
                    self._unspent_rates.push(call)
            elif symptom is Symptom.LATENCY:
                self._unspent_latency = CallWindow(self.limits.window)
                for call in later:
                    self._unspent_latency.push(call)

    def _count_failure(self, call: Attempt) -> None:
        # Failures one probe apart belong together, even if the limit is shorter.
        if self.run and not self._was_idle(call, self.last_call, max(self.limits.outage, FAILING_FOR)):
            self.run = self.run._replace(failures=self.run.failures + 1, last=call.at)
            return
        before = self.last_success
        idle = self.run is not None or self._was_idle(call, before, self.limits.outage)
        self.run = FailureRun(call.at if before is None or idle else before, 1, call.at)

    @staticmethod
    def _was_idle(call: Attempt, before: Instant | None, longest: Seconds) -> bool:
        return before is None or call.at - before > longest

    def _recount(self, late: Attempt) -> None:
        """Recount the failures after a call out of order; calls older than the windows stay counted."""
        if not is_failure(late):
            self.last_success = max(late.at, self.last_success or late.at)
        if self.run is None and (self.last_success is not None and late.at <= self.last_success):
            return
        success, failures = None, []
        for call in reversed(self.rates.longest.calls):
            if not is_failure(call):
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
            self.run = FailureRun(since, len(failures), last)

    def _is_down(self, run: FailureRun, now: Instant) -> bool:
        enough = run.failures >= MIN_OUTAGE_FAILURES and now - run.since > self.limits.outage
        return enough and now - run.last <= FAILING_FOR


def _state(*, known: bool, pending: bool, firing: bool) -> State:
    if firing or pending:
        return State.PENDING
    return State.OK if known else State.NO_DATA


def _is_slow(window: CallWindow, limits: Thresholds) -> bool:
    """Return whether the mean duration is too long; timeouts count at their full length."""
    return len(window) >= MIN_LATENCY_CALLS and window.slower_than(limits.latency)
