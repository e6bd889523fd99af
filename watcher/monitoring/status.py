"""Status: health per API, quota, outbox, overdue searches, dead letters and incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watcher.core.errors import Api
from watcher.core.monitoring.incident_messages import describe_refused_credentials
from watcher.core.monitoring.self_checks import QuotaLevel
from watcher.core.plurals import count_of
from watcher.core.times import MINUTE, Instant, in_words, iso
from watcher.db.stores import Stores
from watcher.monitoring.api_health import HealthMonitor
from watcher.monitoring.self_monitoring import QuotaLevels
from watcher.ports import Meter

OVERDUE_SECONDS = 2 * MINUTE  # a due search is claimed within a tick, not minutes
LATE_SECONDS = 5.0  # less is the time of a tick
STUCK_SECONDS = 5 * MINUTE  # Slack accepts a message a second, so a queue alone does not take this long
MAX_LINES = 5  # rows of one kind shown to a person; the JSON has all of them


class StatusReport:
    """Reads the state of the daemon from its database."""

    def __init__(
        self, stores: Stores, health: HealthMonitor, *, quotas: QuotaLevels, slack_is_set: bool
    ) -> None:
        self._health = health
        self._incidents, self._outbox = stores.incidents, stores.outbox
        self._watches, self._searches = stores.watches, stores.searches
        self._quotas, self._slack_is_set = quotas, slack_is_set

    def read(self, now: Instant) -> dict[str, Any]:
        """Return the whole status as JSON, with `lines` for a person."""
        quotas = self._quotas(now)
        depth, oldest = self._outbox.count_by_state(), self._outbox.oldest_pending()
        overdue = self._watches.overdue(Instant(now - OVERDUE_SECONDS))
        next_due = self._searches.next_due()
        status = {
            "apis": {str(api): _api(h) for api, h in self._health.snapshot(now).items()},
            "quota": {
                str(api): {
                    "used": level.used,
                    "limit": level.limit,
                    "remaining": max(0, level.limit - level.used),
                    "resetsAt": iso(level.end),
                    "configured": level.configured,
                    "granted": level.granted,
                }
                for api, level in quotas.items()
            },
            "watches": {"active": self._watches.count(), "overdue": len(overdue)},
            "lagSeconds": 0 if next_due is None else max(0, round(now - next_due)),
            "damaged": [
                {"watch": d.id, "why": d.why, "message": d.sentence} for d in self._watches.damaged()
            ],
            "doubted": [{"query": query, "why": why} for query, why in self._watches.suspicious()],
            "precision": [  # of each watch with a rejected item, the worst first
                {"watch": watch, "told": p.told, "rejected": p.rejected, "precision": p.percent}
                for watch, p in sorted(
                    self._watches.precisions().items(), key=lambda one: (one[1].percent or 0.0, one[0])
                )
            ],
            "outbox": {
                "pending": depth.get("pending", 0),
                "dead": depth.get("dead", 0),
                "oldestPendingSeconds": None if oldest is None else max(0, round(now - oldest)),
            },
            "deadLetters": [
                {"id": ref, "to": to, "why": why, "at": iso(at)}
                for ref, to, why, at in self._outbox.dead_letters()
            ],
            "incidents": [
                {
                    "id": i.id,
                    "headline": i.headline,
                    "since": iso(i.since),
                    "state": str(i.state),
                    "ackedBy": i.acked_by or None,
                    "silenced": i.withheld,
                }
                for i in self._incidents.open_incidents()
            ],
        }
        return status | {
            "troubles": list(_troubles(status)),
            "lines": list(self._lines(status, quotas, overdue, now)),
        }

    def gauge(self, meter: Meter, now: Instant) -> None:
        """Set the gauges of quota, watches and outbox."""
        for api, level in self._quotas(now).items():
            meter.gauge(f"quota.{api}.remaining", max(0, level.limit - level.used))
            meter.gauge(f"quota.{api}.limit", level.limit)
        meter.gauge("watch.total", self._watches.count())
        meter.gauge("watch.overdue", self._watches.count_overdue(Instant(now - OVERDUE_SECONDS)))
        depth, oldest = self._outbox.count_by_state(), self._outbox.oldest_pending()
        meter.gauge("outbox.depth", depth.get("pending", 0))
        meter.gauge("outbox.dead", depth.get("dead", 0))
        meter.gauge("outbox.oldest", 0.0 if oldest is None else max(0.0, now - oldest))

    def _lines(
        self,
        status: Mapping[str, Any],
        quotas: Mapping[Api, QuotaLevel],
        overdue: Sequence[tuple[int, str, Instant]],
        now: Instant,
    ) -> Sequence[str]:
        watches, outbox = status["watches"], status["outbox"]
        late = f", {watches['overdue']} searches overdue" if overdue else ""
        lines = [f"Watches: {watches['active']} active, polled {_lateness(status['lagSeconds'])}{late}"]
        lines += [
            f"{api.facts.name} quota: {level.used} of {level.limit} calls used, "
            f"renewed in {in_words(level.end - now)}{_cut(api, level)}"
            for api, level in quotas.items()
        ]
        lines.append(f"Outbox: {outbox['pending']} waiting{_waiting_time(outbox)}, {outbox['dead']} dead")
        if not self._slack_is_set:
            lines.append(
                "Slack is not configured: alerts wait here. Set [slack] watch_webhook_url to send them."
            )
        lines += [d["message"] for d in status["damaged"][:MAX_LINES]]
        lines += [f"Overdue by {in_words(now - due)}: {query}" for _, query, due in overdue[:MAX_LINES]]
        lines += [
            f"Suspicious answer, to be checked by the next poll: {d['query']} ({d['why']})"
            for d in status["doubted"][:MAX_LINES]
        ]
        lines += [
            f"Watch {p['watch']}: {p['rejected']} of {p['told']} alerted items were rejected"
            for p in status["precision"][:MAX_LINES]
        ]
        lines += [
            f"Dead letter {d['id']} to {d['to']}: {d['why']}" for d in status["deadLetters"][:MAX_LINES]
        ]
        return [*lines, *(_incident_line(i) for i in status["incidents"])]


def _troubles(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem in a few words, the worst first."""
    for api, health in status["apis"].items():
        if health["status"] in ("down", "degraded"):
            yield f"{Api(api).facts.name} is {health['status']}"
        if health["refusesCredentials"]:
            yield describe_refused_credentials(Api(api))
    if n := len(status["incidents"]):
        yield count_of(n, "incident")
    for api, quota in status["quota"].items():
        if quota["limit"] and not quota["remaining"]:
            yield f"{Api(api).facts.name}'s quota is used up"
    if n := status["watches"]["overdue"]:
        yield f"{count_of(n, 'search', 'searches')} overdue"
    if n := len(status["damaged"]):
        yield f"{count_of(n, 'watch', 'watches')} unreadable"
    yield from _outbox_troubles(status)


def _outbox_troubles(status: Mapping[str, Any]) -> Iterator[str]:
    oldest = status["outbox"]["oldestPendingSeconds"]
    if oldest is not None and oldest > STUCK_SECONDS:
        yield f"a message has waited for {in_words(oldest)}"
    if n := status["outbox"]["dead"]:
        yield count_of(n, "dead letter")


def _cut(api: Api, level: QuotaLevel) -> str:
    """Return that the provider grants fewer calls than are configured; empty if it does not."""
    if not level.is_cut:
        return ""
    return f" ({api.facts.name} grants {level.granted}, fewer than the {level.configured} configured)"


def _lateness(seconds: float) -> str:
    return f"{in_words(seconds)} late" if seconds >= LATE_SECONDS else "on time"


def _waiting_time(outbox: Mapping[str, Any]) -> str:
    seconds = outbox["oldestPendingSeconds"]
    return "" if seconds is None else f" for {in_words(seconds)} at most"


def _incident_line(incident: Mapping[str, Any]) -> str:
    acked = f", acknowledged by {incident['ackedBy']}" if incident["ackedBy"] else ""
    quiet = ", silenced" if incident["silenced"] else ""
    return f"Incident {incident['id']} since {incident['since']}{acked}{quiet}: {incident['headline']}"


def _api(health: Any) -> dict[str, Any]:
    latency = health.latency
    return {
        "status": str(health.status),
        "successCount": health.success_count,
        "failureCount": health.failure_count,
        "failureRate": health.failure_rate,
        "latency": None
        if latency is None
        else {n: round(getattr(latency, n), 1) for n in ("min", "avg", "max", "p50", "p95", "p99")},
        "lastError": None if health.last_error is None else str(health.last_error),
        "failures": {str(code): n for code, n in health.codes.items()},
        "refusesCredentials": health.refuses_credentials,
        "symptoms": {str(symptom): str(state) for symptom, state in health.symptoms.items()},
    }
