"""How everything is: health per API, quota, outbox, overdue searches, what ops are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watcher.core.errors import Api
from watcher.core.monitoring.incident_messages import refusal_of
from watcher.core.rejections import Precision
from watcher.core.times import MINUTE, Instant, in_words, iso
from watcher.core.watch import WatchId
from watcher.db.stores import Stores
from watcher.monitoring.api_health import Health
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.ports import Meter

# A search that should have been polled so long ago is overdue: claiming takes a tick, not minutes.
OVERDUE = 2 * MINUTE
# A due search is claimed by the next tick.
LATE_SECONDS = 5.0
# Slack takes a message a second; one that has waited so long is not just one of many.
STUCK = 5 * MINUTE


class StatusReport:
    """Reads the state of the daemon from its database."""

    def __init__(
        self, stores: Stores, health: Health, quotas: Sequence[QuotaBlocks], *, slack_is_set: bool
    ) -> None:
        self._stores, self._health = stores, health
        self._quotas, self._slack_is_set = quotas, slack_is_set

    def read(self, now: Instant) -> dict[str, Any]:
        """Return all of it, as JSON and as `lines` for a person."""
        depth = self._stores.outbox.depth()
        oldest = self._stores.outbox.oldest_pending()
        overdue = self._stores.watches.overdue(Instant(now - OVERDUE))
        next_due = self._stores.searches.next_due()
        found = {
            "apis": {str(api): _api(h) for api, h in self._health.snapshot(now).items()},
            "quota": {str(quota.api): _quota(quota, now) for quota in self._quotas},
            "watches": {"active": self._stores.watches.count(), "overdue": len(overdue)},
            "lagSeconds": 0 if next_due is None else max(0, round(now - next_due)),
            "doubted": [{"query": query, "why": why} for query, why in self._stores.watches.doubted()],
            "precision": _precisions(self._stores.watches.precisions()),
            "outbox": {
                "pending": depth.get("pending", 0),
                "dead": depth.get("dead", 0),
                "oldestPendingSeconds": None if oldest is None else max(0, round(now - oldest)),
            },
            "deadLetters": [
                {"id": ref, "to": to, "why": why, "at": iso(at)}
                for ref, to, why, at in self._stores.outbox.dead_letters()
            ],
            "incidents": [
                {
                    "id": i.id,
                    "headline": i.headline,
                    "since": iso(i.since),
                    "state": str(i.state),
                    "ackedBy": i.acked_by or None,
                    "silenced": i.owed,
                }
                for i in self._stores.incidents.open_incidents()
            ],
        }
        return found | {"troubles": list(_troubles(found)), "lines": list(self._lines(found, overdue, now))}

    def gauge(self, meter: Meter, now: Instant) -> None:
        """Set the levels of the contract."""
        for quota in self._quotas:
            meter.gauge(f"quota.{quota.api}.remaining", _quota(quota, now)["remaining"])
            meter.gauge(f"quota.{quota.api}.limit", quota.limit)
        meter.gauge("watch.total", self._stores.watches.count())
        meter.gauge("watch.overdue", self._stores.watches.count_overdue(Instant(now - OVERDUE)))
        depth, oldest = self._stores.outbox.depth(), self._stores.outbox.oldest_pending()
        meter.gauge("outbox.depth", depth.get("pending", 0))
        meter.gauge("outbox.dead", depth.get("dead", 0))
        meter.gauge("outbox.oldest", 0.0 if oldest is None else max(0.0, now - oldest))

    def _lines(
        self, found: Mapping[str, Any], overdue: Sequence[tuple[int, str, Instant]], now: Instant
    ) -> Sequence[str]:
        watches, outbox = found["watches"], found["outbox"]
        late = f", {watches['overdue']} searches overdue" if overdue else ""
        lines = [
            f"Watches: {watches['active']} active, polled {_late(found['lagSeconds'])}{late}",
            *(
                f"{quota.api.facts.name} quota: "
                f"{found['quota'][quota.api]['used']} of {quota.limit} calls used, "
                f"given anew in {in_words(quota.resets_at(now) - now)}"
                for quota in self._quotas
            ),
            f"Outbox: {outbox['pending']} waiting{_since(outbox)}, {outbox['dead']} dead",
        ]
        if not self._slack_is_set:
            lines.append(
                "Slack is not set: alerts wait here. Set [slack] watch_webhook_url to have them sent."
            )
        lines += [f"Overdue by {in_words(now - due)}: {query}" for _, query, due in overdue[:5]]
        lines += [f"Doubted, to be looked at again: {d['query']} ({d['why']})" for d in found["doubted"][:5]]
        lines += [
            f"Watch {p['watch']}: {p['rejected']} of {p['told']} items told were not it"
            for p in found["precision"][:5]
        ]
        lines += [f"Dead letter {d['id']} to {d['to']}: {d['why']}" for d in found["deadLetters"][:5]]
        lines += [_incident_line(i) for i in found["incidents"]]
        return lines


def _troubles(found: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it should be, each in a few words; the worst first."""
    for api, health in found["apis"].items():
        if health["status"] in ("down", "degraded"):
            yield f"{Api(api).facts.name} is {health['status']}"
        if health["refusesCredentials"]:
            yield refusal_of(Api(api))
    if n := len(found["incidents"]):
        yield f"{n} incident{'s' * (n > 1)}"
    for api, quota in found["quota"].items():
        if quota["limit"] and not quota["remaining"]:
            yield f"{Api(api).facts.name}'s quota is used up"
    if n := found["watches"]["overdue"]:
        yield f"{n} search{'es' * (n > 1)} overdue"
    oldest = found["outbox"]["oldestPendingSeconds"]
    if oldest is not None and oldest > STUCK:
        yield f"a message has waited for {in_words(oldest)}"
    if n := found["outbox"]["dead"]:
        yield f"{n} dead letter{'s' * (n > 1)}"


def _late(seconds: float) -> str:
    return f"{in_words(seconds)} late" if seconds >= LATE_SECONDS else "in time"


def _since(outbox: Mapping[str, Any]) -> str:
    seconds = outbox["oldestPendingSeconds"]
    return "" if seconds is None else f" for {in_words(seconds)} at most"


def _precisions(found: Mapping[WatchId, Precision]) -> list[dict[str, Any]]:
    """Of each watch that told of something that was not the item; the worst first."""
    worst = sorted(found.items(), key=lambda one: (one[1].percent or 0.0, one[0]))
    return [
        {"watch": watch, "told": p.told, "rejected": p.rejected, "precision": p.percent} for watch, p in worst
    ]


def _incident_line(incident: Mapping[str, Any]) -> str:
    known = f", known to {incident['ackedBy']}" if incident["ackedBy"] else ""
    quiet = ", silenced" if incident["silenced"] else ""
    return f"Incident {incident['id']} since {incident['since']}{known}{quiet}: {incident['headline']}"


def _quota(quota: QuotaBlocks, now: Instant) -> dict[str, Any]:
    used = quota.used(now)
    return {
        "used": used,
        "limit": quota.limit,
        "remaining": max(0, quota.limit - used),
        "resetsAt": iso(quota.resets_at(now)),
    }


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
        "refusesCredentials": health.refuses_us,
        "symptoms": {str(symptom): str(state) for symptom, state in health.symptoms.items()},
    }
