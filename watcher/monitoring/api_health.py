"""Judges the outside services by their calls, and tells ops what begins, lasts and ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api, Code, WatcherError
from watcher.core.monitoring.api_history import OUTAGE_PROBE_SECONDS, Record, Thresholds
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.monitoring.incident_messages import telling_of
from watcher.core.monitoring.incidents import OF_CALLS, SUBJECT, Incident, Sign, State, Symptom
from watcher.core.monitoring.self_checks import (
    OF_THE_MACHINE,
    CheckFinding,
    Hold,
    Readings,
    SelfCheckLimits,
    findings,
    unused,
)
from watcher.core.monitoring.windows import AHEAD, CallWindow
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.incidents import IncidentStore
from watcher.monitoring.incident_tracker import IncidentTracker, Tell

# Attempts that wait to be written; beyond it the oldest are forgotten, and a restart knows less.
MOST_UNWRITTEN = 20_000
# A row of another daemon may appear so long after a later one.
SETTLED = MINUTE
# Judgements that are further apart had nobody watching between them: we slept, or the clock was set.
UNWATCHED = Seconds(2 * MINUTE)
# A run this long shows as degraded before any incident begins.
DEGRADED_RUN = 2


class ApiStatus(StrEnum):
    """One word for an API."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds; percentiles by nearest rank, failures and timeouts included."""

    min: float
    avg: float
    max: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class ApiHealth:
    """One API over the sliding `window`. `failure_rate` is in percent; None without a call in it.

    `codes`: how often each error occurred in it. `symptoms`: how each rule stands.
    `refuses_us`: it does not take our credentials.
    """

    status: ApiStatus
    success_count: int
    failure_count: int
    failure_rate: float | None
    latency: Latency | None
    last_error: Code | None
    last_error_at: Instant | None
    last_success_at: Instant | None
    incidents: tuple[Incident, ...] = ()
    codes: Mapping[Code, int] = field(default_factory=dict)
    symptoms: Mapping[Symptom, State] = field(default_factory=dict)
    refuses_us: bool = False


class Health:
    """Windows over the calls of every API, and the incidents they make.

    `observe` every attempt, `judge` every few seconds, one at a time. State and message are committed
    together, and the store is read anew for every judgement, so a failed write is simply judged again.
    `name`: this daemon among those on one database. `machine`: the subject of what it has for itself.
    """

    def __init__(
        self,
        store: IncidentStore,
        thresholds: Thresholds,
        limits: SelfCheckLimits,
        *,
        name: str = "",
        machine: str = SUBJECT,
    ) -> None:
        self._store = store
        self._thresholds, self._limits = thresholds, limits
        self._name, self._machine = name, machine
        self._records = {api: Record(thresholds) for api in Api}
        self._book = IncidentTracker(store, thresholds.repeat)
        self._hold = Hold()
        self._unwritten: deque[Attempt] = deque(maxlen=MOST_UNWRITTEN)
        self._others = _Tail(0)
        self._judged_at: Instant | None = None

    def restore(self, now: Instant) -> None:
        """Take up the incidents and calls that an earlier run left; its downtime counts as nothing."""
        self._records = {api: Record(self._thresholds, now) for api in Api}
        kept, last = self._store.attempts_since(Instant(now - self._thresholds.horizon))
        for attempt in kept:
            if attempt.at <= now + AHEAD:  # else a clock stamped it that has been set back since
                self._records[attempt.api].observe(attempt)
        self._others = _Tail(last)
        self._book.read(now)

    def observe(self, attempt: Attempt) -> None:
        """Take in an attempt; it is written by the next `judge` or `flush`."""
        record = self._records[attempt.api]
        record.advance(attempt.at)  # ours was made just now: what lies ahead of it, a wrong clock stamped
        record.observe(attempt)
        self._unwritten.append(attempt)

    async def flush(self) -> None:
        """Write the attempts that wait. Raises WatcherError, and keeps them."""
        batch, self._unwritten = tuple(self._unwritten), deque(maxlen=MOST_UNWRITTEN)
        if not batch:
            return
        try:
            await self._store.log_attempts(batch, self._name)
        except WatcherError:
            self._unwritten.extendleft(reversed(batch))
            raise

    async def judge(self, now: Instant, readings: Readings | None = None) -> Sequence[OpsNotice]:
        """Write the messages that are due, with the state they tell of; answers those messages.

        `readings`: what was measured of watcher itself, if it was.
        """
        await self.flush()
        self._look_around(now)
        told: list[OpsNotice] = []
        for api in Api:
            told += await self._judge_calls(api, now)
        found = findings(readings, self._limits, now, self._machine) if readings else ()
        for finding in (*found, *self._strays(readings)):
            sign = self._hold.held(finding, now)
            told += await self._take(finding.api, finding.symptom, sign, finding.tell, now)
        return told

    def _strays(self, readings: Readings | None) -> Sequence[CheckFinding]:
        """The ends of what is judged no more: quotas not used, and where we are alone other machines."""
        if readings is None:
            return ()
        alone, machines = self._machine == SUBJECT, f"{SUBJECT}-"
        return [
            unused(i.api, Symptom(i.symptom))
            for i in self._book.all_open()
            if (i.symptom == Symptom.QUOTA and i.api not in readings.quotas)
            or (alone and i.api.startswith(machines) and i.symptom in OF_THE_MACHINE)
        ]

    def _look_around(self, now: Instant) -> None:
        """See what other daemons logged and what people did; time that nobody watched counts as nothing."""
        unwatched = self._judged_at is not None and not -AHEAD <= now - self._judged_at <= UNWATCHED
        self._judged_at = now
        rows, top = self._store.attempts_of_others(self._name, self._others.floor)
        for attempt in self._others.new(rows, top, now):
            # It was made a moment ago, whatever the other machine's clock says that is ahead of ours.
            self._records[attempt.api].observe(attempt._replace(at=min(attempt.at, now)))
        for record in self._records.values():
            record.advance(now)
            if unwatched:
                record.watching_since(now)
        self._book.read(now)

    async def _judge_calls(self, api: Api, now: Instant) -> Sequence[OpsNotice]:
        """What the calls of one API say. While it is down only the outage speaks, and carries the others."""
        record = self._records[api]
        signs, outage = record.signs(now), Symptom.OUTAGE
        opened = outage in self._book.open_of(api)
        down = not signs[outage].over if opened else signs[outage].since is not None
        told: list[OpsNotice] = []
        for symptom in (outage,) if down else OF_CALLS:
            tell = partial(telling_of, api, symptom, record, now)
            told += await self._take(api, symptom, signs[symptom], tell, now)
        if opened and outage not in self._book.open_of(api):
            record.forget_run()
        return told

    async def _take(
        self, api: str, symptom: Symptom, sign: Sign, tell: Tell, now: Instant
    ) -> Sequence[OpsNotice]:
        settled = await self._book.settle(api, symptom, tell, now)
        notice = await self._book.take(api, symptom, sign, tell, now)
        return [*settled, notice] if notice else settled

    def probe_due(self, now: Instant) -> list[Api]:
        """The APIs whose last call failed, or that are down, and that nobody has called for a minute."""
        return [
            api
            for api, record in self._records.items()
            if (record.run or Symptom.OUTAGE in self._book.open_of(api))
            and record.quiet(now, OUTAGE_PROBE_SECONDS)
        ]

    def snapshot(self, now: Instant) -> Mapping[Api, ApiHealth]:
        """Every API as it is now."""
        return {api: self._health(api, now) for api in Api}

    def _health(self, api: Api, now: Instant) -> ApiHealth:
        record, incidents = self._records[api], self._book.open_of(api)
        record.advance(now)
        window, last = record.rates.window, record.last_failure
        calls, failures = window.tally
        return ApiHealth(
            status=_status(record, incidents),
            success_count=calls - failures,
            failure_count=failures,
            failure_rate=100 * failures / calls if calls else None,
            latency=_latency(window),
            last_error=last.code if last else None,
            last_error_at=last.at if last else None,
            last_success_at=record.last_success,
            incidents=tuple(incidents.values()),
            codes=dict(window.codes()),
            symptoms={s: incidents[s].state if s in incidents else x for s, x in record.states(now).items()},
            refuses_us=record.refuses_us,
        )


def _status(record: Record, incidents: Mapping[Symptom, Incident]) -> ApiStatus:
    if Symptom.OUTAGE in incidents:
        return ApiStatus.DOWN
    if incidents or (record.run and record.run.failures >= DEGRADED_RUN):
        return ApiStatus.DEGRADED
    return ApiStatus.HEALTHY if record.rates.window else ApiStatus.NO_DATA


def _latency(window: CallWindow) -> Latency | None:
    times = sorted(1000 * call.seconds for call in window)
    if not times:
        return None
    p50, p95, p99 = (times[-(-len(times) * p // 100) - 1] for p in (50, 95, 99))
    return Latency(times[0], sum(times) / len(times), times[-1], p50, p95, p99)


class _Tail:
    """Which rows of others were seen. Rows may appear out of order, as their transactions end.

    `floor`: no row up to it will appear any more. Bounded by what is logged within `SETTLED`.
    """

    def __init__(self, last: int) -> None:
        self.floor = last
        self._tops: deque[tuple[Instant, int]] = deque()
        self._seen: set[int] = set()

    def new(self, rows: Sequence[LoggedAttempt], top: int, now: Instant) -> Sequence[Attempt]:
        """The attempts of these rows that were not seen before; `top` is the last row there is."""
        fresh = [r for r in rows if r.row not in self._seen]
        self._seen.update(r.row for r in fresh)
        self._tops.append((now, top))
        while self._tops and not 0 <= now - self._tops[0][0] < SETTLED:
            self.floor = max(self.floor, self._tops.popleft()[1])
        self._seen = {row for row in self._seen if row > self.floor}
        return [r.attempt for r in fresh]
