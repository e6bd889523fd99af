"""Judges the outside services by their calls, and tells ops what begins, lasts and ends."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from watcher.core.errors import Api, Code, WatcherError
from watcher.core.incidents import PROBE_EVERY, Phase, Record, Step, Symptom, Thresholds, steps
from watcher.core.notices import words
from watcher.core.times import Instant
from watcher.core.windows import Window
from watcher.ports import Attempt, Incident, IncidentStore, OpsNotice

OPS = "ops"
# Attempts that wait to be written; beyond it the oldest are forgotten, and a restart knows less.
MOST_UNWRITTEN = 20_000
# A run this long shows as degraded before any incident begins.
DEGRADED_RUN = 2


class Status(StrEnum):
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
    """One API over the sliding `window`. `failure_rate` is in percent; None without a call in it."""

    status: Status
    success_count: int
    failure_count: int
    failure_rate: float | None
    latency: Latency | None
    last_error: Code | None
    last_error_at: Instant | None
    last_success_at: Instant | None
    incidents: tuple[Incident, ...] = ()


class Health:
    """Windows over the calls of every API, and the incidents they make.

    `observe` every attempt, `judge` every few seconds, one at a time. State and message are committed
    together before memory changes, so a failed write is simply judged again.
    """

    def __init__(self, store: IncidentStore, thresholds: Thresholds = Thresholds()) -> None:
        self._store = store
        self._thresholds = thresholds
        self._records = {api: Record(thresholds) for api in Api}
        self._open: dict[Api, dict[Symptom, Incident]] = {api: {} for api in Api}
        self._unwritten: deque[Attempt] = deque(maxlen=MOST_UNWRITTEN)

    def restore(self, now: Instant) -> None:
        """Take up the incidents and calls that an earlier run left; its downtime counts as nothing."""
        self._records = {api: Record(self._thresholds, now) for api in Api}
        for attempt in self._store.attempts_since(Instant(now - self._thresholds.horizon)):
            self._records[attempt.api].observe(attempt)
        self._open = {api: {} for api in Api}
        for incident in self._store.open_incidents():
            if incident.api in set(Api) and incident.symptom in set(Symptom):
                self._open[Api(incident.api)][Symptom(incident.symptom)] = incident

    def observe(self, attempt: Attempt) -> None:
        """Take in an attempt; it is written by the next `judge` or `flush`."""
        self._records[attempt.api].observe(attempt)
        self._unwritten.append(attempt)

    async def flush(self) -> None:
        """Write the attempts that wait. Raises WatcherError, and keeps them."""
        batch, self._unwritten = tuple(self._unwritten), deque(maxlen=MOST_UNWRITTEN)
        if not batch:
            return
        try:
            await self._store.log_attempts(batch)
        except WatcherError:
            self._unwritten.extendleft(reversed(batch))
            raise

    async def judge(self, now: Instant) -> Sequence[OpsNotice]:
        """Write the messages that are due, with the state they tell of; answers those messages."""
        await self.flush()
        told: list[OpsNotice] = []
        for api, record in self._records.items():
            record.advance(now)
            opened, firing = self._open[api], record.firing(now)
            due = steps(opened, firing, record.over(now), now, self._thresholds.repeat)
            told += [await self._take(api, step, firing.get(step.symptom, now), now) for step in due]
        return told

    async def _take(self, api: Api, step: Step, since: Instant, now: Instant) -> OpsNotice:
        opened, symptom = self._open[api], step.symptom
        incident = opened.get(symptom) or Incident(_id(api, symptom, since), api, symptom, since, now)
        notice = self._notice(api, symptom, step.phase, incident, now)
        match step.phase:
            case Phase.FIRING:
                await self._store.open_incident(incident, notice, OPS)
                opened[symptom] = incident
            case Phase.REMINDER:
                await self._store.remind_incident(incident, now, notice, OPS)
                opened[symptom] = incident._replace(notified_at=now)
            case Phase.RESOLVED:
                await self._store.resolve_incident(incident, now, notice, OPS)
                del opened[symptom]
                if symptom is Symptom.OUTAGE:
                    self._records[api].forget_run()
        return notice

    def _notice(
        self, api: Api, symptom: Symptom, phase: Phase, incident: Incident, now: Instant
    ) -> OpsNotice:
        record = self._records[api]
        others = record.carried() if symptom is Symptom.OUTAGE else ()
        text = words(api, symptom, phase, incident.since, now, record, others)
        return OpsNotice(
            incident.id, phase, api, symptom, incident.since, now, text.headline, text.facts, text.advice
        )

    def probe_due(self, now: Instant) -> list[Api]:
        """The APIs whose last call failed, or that are down, and that nobody has called for a minute."""
        return [
            api
            for api, record in self._records.items()
            if (record.run or Symptom.OUTAGE in self._open[api]) and record.quiet(now, PROBE_EVERY)
        ]

    def snapshot(self, now: Instant) -> Mapping[Api, ApiHealth]:
        """Every API as it is now."""
        return {api: self._health(api, now) for api in Api}

    def _health(self, api: Api, now: Instant) -> ApiHealth:
        record, incidents = self._records[api], self._open[api]
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
        )


def _status(record: Record, incidents: Mapping[Symptom, Incident]) -> Status:
    if Symptom.OUTAGE in incidents:
        return Status.DOWN
    if incidents or (record.run and record.run.failures >= DEGRADED_RUN):
        return Status.DEGRADED
    return Status.HEALTHY if record.rates.window else Status.NO_DATA


def _latency(window: Window) -> Latency | None:
    times = sorted(1000 * call.seconds for call in window)
    if not times:
        return None
    p50, p95, p99 = (times[-(-len(times) * p // 100) - 1] for p in (50, 95, 99))
    return Latency(times[0], sum(times) / len(times), times[-1], p50, p95, p99)


def _id(api: Api, symptom: Symptom, since: Instant) -> str:
    """Short, and the same for the same incident."""
    return hashlib.sha256(f"{api}|{symptom}|{since:.3f}".encode()).hexdigest()[:12]
