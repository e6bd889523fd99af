"""API health: evaluate the calls of every API, and open, update and close incidents."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial

from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api, WatcherError
from watcher.core.monitoring.api_history import OUTAGE_PROBE_SECONDS, ApiHistory, Thresholds
from watcher.core.monitoring.api_status import ApiHealth, ApiStatus, Latency
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.monitoring.incident_messages import describe_symptom
from watcher.core.monitoring.incidents import API_SYMPTOMS, SELF_SUBJECT, Incident, Symptom
from watcher.core.monitoring.self_checks import (
    PER_MACHINE_SYMPTOMS,
    CheckFinding,
    PendingSignals,
    Readings,
    run_self_checks,
    unused_subject_finding,
)
from watcher.core.monitoring.windows import MAX_AHEAD, CallWindow
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.incidents import IncidentStore
from watcher.monitoring.incident_tracker import IncidentTracker

# Attempts waiting to be written. If there are more, the oldest are dropped, and a restart does not see them.
MAX_UNWRITTEN_ATTEMPTS = 20_000
# Rows of other daemons may become visible out of order within this time.
ROW_ORDER_SLACK = MINUTE
# A longer gap between two evaluations was not monitored: the machine slept, or the clock was set.
MAX_EVALUATION_GAP = Seconds(2 * MINUTE)
# Consecutive failures after which the status is "degraded", before any incident starts.
DEGRADED_FAILURES = 2


class HealthMonitor:
    """Call windows of every API, and the incidents that follow from them.

    Call `observe` for every attempt and `evaluate` every few seconds, one at a time. State and message
    are committed together and the store is read for every evaluation, so a failed write is evaluated again.
    `name` identifies this daemon among those on one database; `machine` is the subject of its own checks.
    """

    def __init__(
        self,
        store: IncidentStore,
        thresholds: Thresholds,
        *,
        name: str = "",
        machine: str = SELF_SUBJECT,
    ) -> None:
        self._store = store
        self._thresholds = thresholds
        self._name, self._machine = name, machine
        self._histories = {api: ApiHistory(thresholds) for api in Api}
        self._incidents = IncidentTracker(store, thresholds.repeat)
        self._pending = PendingSignals()
        self._unwritten: deque[Attempt] = deque(maxlen=MAX_UNWRITTEN_ATTEMPTS)
        self._others = _OtherDaemonsLog(0)
        self._evaluated_at: Instant | None = None

    @property
    def window(self) -> Seconds:
        """The time that `snapshot` counts calls over."""
        return self._thresholds.window

    def restore(self, now: Instant) -> None:
        """Load the incidents and calls of earlier runs. The downtime in between does not count."""
        self._histories = {api: ApiHistory(self._thresholds, now) for api in Api}
        kept, last = self._store.attempts_since(Instant(now - self._thresholds.horizon))
        for attempt in kept:
            if attempt.at <= now + MAX_AHEAD:  # otherwise its clock has been set back since
                self._histories[attempt.api].observe(attempt)
        self._others = _OtherDaemonsLog(last)
        self._incidents.read(now, self._thresholds.horizon)
        self._spend_evidence()

    def observe(self, attempt: Attempt) -> None:
        """Add an attempt; the next `evaluate` or `flush` writes it."""
        history = self._histories[attempt.api]
        history.advance(attempt.at)  # calls after this one have timestamps of a wrong clock
        history.observe(attempt)
        self._unwritten.append(attempt)

    async def flush(self) -> None:
        """Write the pending attempts. On failure, keep them and raise WatcherError."""
        batch, self._unwritten = tuple(self._unwritten), deque(maxlen=MAX_UNWRITTEN_ATTEMPTS)
        if not batch:
            return
        try:
            await self._store.log_attempts(batch, self._name)
        except WatcherError:
            self._unwritten.extendleft(reversed(batch))
            raise

    async def evaluate(self, now: Instant, readings: Readings | None = None) -> Sequence[OpsNotice]:
        """Write the incident changes and messages that are due; return those messages.

        `readings` are the measurements of watcher itself, if any.
        """
        await self.flush()
        self._sync(now)
        messages: list[OpsNotice] = []
        for api in Api:
            messages += await self._evaluate_calls(api, now)
        findings = run_self_checks(readings, self._thresholds, now, self._machine) if readings else ()
        for finding in (*findings, *self._orphaned(readings)):
            signal = self._pending.filter(finding, now)
            messages += await self._incidents.apply(
                finding.api, finding.symptom, signal, finding.describe, now
            )
        return messages

    def _orphaned(self, readings: Readings | None) -> Sequence[CheckFinding]:
        """Return findings that end orphaned incidents: of unused quotas and, if alone, of other machines."""
        if readings is None:
            return ()
        alone, other_machine = self._machine == SELF_SUBJECT, f"{SELF_SUBJECT}-"
        return [
            unused_subject_finding(i.api, Symptom(i.symptom))
            for i in self._incidents.all_open()
            if (i.symptom == Symptom.QUOTA and i.api not in readings.quotas)
            or (alone and i.api.startswith(other_machine) and i.symptom in PER_MACHINE_SYMPTOMS)
        ]

    def _sync(self, now: Instant) -> None:
        """Read the calls of other daemons and the current incidents; unmonitored time does not count."""
        last = self._evaluated_at
        unmonitored = last is not None and not -MAX_AHEAD <= now - last <= MAX_EVALUATION_GAP
        self._evaluated_at = now
        rows, top = self._store.attempts_of_others(self._name, self._others.floor)
        for attempt in self._others.unread(rows, top, now):
            # It has just been made, even if the clock of the other machine is ahead of ours.
            self._histories[attempt.api].observe(attempt._replace(at=min(attempt.at, now)))
        for history in self._histories.values():
            history.advance(now)
            if unmonitored:
                history.monitored_since = now
        self._incidents.read(now)
        self._spend_evidence()

    def _spend_evidence(self) -> None:
        """Let calls that led to an incident that has ended, here or in another daemon, start no other one."""
        for api, history in self._histories.items():
            for symptom in API_SYMPTOMS:
                if (at := self._incidents.last_end(api, symptom)) is not None:
                    history.spend(symptom, at)

    async def _evaluate_calls(self, api: Api, now: Instant) -> Sequence[OpsNotice]:
        """Evaluate the calls of one API. During an outage, its messages cover the other symptoms."""
        history = self._histories[api]
        signals, outage = history.signals(now), Symptom.OUTAGE
        opened = outage in self._incidents.open_of(api)
        down = not signals[outage].over if opened else signals[outage].since is not None
        messages: list[OpsNotice] = []
        for symptom in (outage,) if down else API_SYMPTOMS:
            describe = partial(describe_symptom, api, symptom, history, now)
            messages += await self._incidents.apply(api, symptom, signals[symptom], describe, now)
        return messages

    def probe_due(self, now: Instant) -> list[Api]:
        """Return the APIs that are failing or down and have had no call for a minute."""
        return [
            api
            for api, history in self._histories.items()
            if (history.run or Symptom.OUTAGE in self._incidents.open_of(api))
            and history.is_quiet(now, OUTAGE_PROBE_SECONDS)
        ]

    def snapshot(self, now: Instant) -> Mapping[Api, ApiHealth]:
        """Return the current health of every API."""
        return {api: self._health(api, now) for api in Api}

    def accepts_keys(self, api: Api) -> bool | None:
        """Return whether an API accepts our credentials; None if no recent call shows it."""
        history = self._histories[api]
        if history.refuses_credentials:
            return False
        return True if history.last_success is not None else None

    def _health(self, api: Api, now: Instant) -> ApiHealth:
        history, incidents = self._histories[api], self._incidents.open_of(api)
        history.advance(now)
        window, last = history.rates.window, history.last_failure
        calls, failures = window.tally
        return ApiHealth(
            status=_status(history, incidents),
            success_count=calls - failures,
            failure_count=failures,
            failure_rate=100 * failures / calls if calls else None,
            latency=_latency(window),
            last_error=last.code if last else None,
            incidents=tuple(incidents.values()),
            codes=dict(window.codes()),
            symptoms={s: incidents[s].state if s in incidents else x for s, x in history.states(now).items()},
            refuses_credentials=history.refuses_credentials,
        )


def _status(history: ApiHistory, incidents: Mapping[Symptom, Incident]) -> ApiStatus:
    if Symptom.OUTAGE in incidents:
        return ApiStatus.DOWN
    if incidents or (history.run and history.run.failures >= DEGRADED_FAILURES) or history.fails_often:
        return ApiStatus.DEGRADED
    return ApiStatus.HEALTHY if history.rates.window else ApiStatus.NO_DATA


def _latency(window: CallWindow) -> Latency | None:
    times = sorted(1000 * call.seconds for call in window.calls)
    if not times:
        return None
    p50, p95, p99 = (times[-(-len(times) * p // 100) - 1] for p in (50, 95, 99))
    return Latency(times[0], sum(times) / len(times), times[-1], p50, p95, p99)


class _OtherDaemonsLog:
    """Which rows of other daemons have been read. Rows become visible as their transactions end.

    No row up to `floor` can appear any more. Memory is bounded by the rows of `ROW_ORDER_SLACK` seconds.
    """

    def __init__(self, last: int) -> None:
        self.floor = last
        self._tops: deque[tuple[Instant, int]] = deque()
        self._seen: set[int] = set()

    def unread(self, rows: Sequence[LoggedAttempt], top: int, now: Instant) -> Sequence[Attempt]:
        """Return the attempts of rows that were not read before; `top` is the number of the last row."""
        fresh = [r for r in rows if r.row not in self._seen]
        self._seen.update(r.row for r in fresh)
        self._tops.append((now, top))
        while self._tops and not 0 <= now - self._tops[0][0] < ROW_ORDER_SLACK:
            self.floor = max(self.floor, self._tops.popleft()[1])
        self._seen = {row for row in self._seen if row > self.floor}
        return [r.attempt for r in fresh]
