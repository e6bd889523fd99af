"""Status: one view for `watcher status`, its JSON and HTTP, read from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from watcher.core.ai_answers import MicroDollars, dollar_text
from watcher.core.apis import Api
from watcher.core.lateness_views import FIGURE_DAYS, lateness_figures_view
from watcher.core.monitoring.api_status import ApiHealth
from watcher.core.monitoring.daemons import DaemonRecord, embedded_daemon, shared_daemons
from watcher.core.monitoring.incident_views import headline_of, silence_view
from watcher.core.monitoring.self_checks import DiskSpace
from watcher.core.monitoring.status_text import status_lines, status_troubles
from watcher.core.plan_limits import unknown_price_sentence
from watcher.core.plan_sentences import greatest_stretch, shortages
from watcher.core.promise_views import promise_check_view
from watcher.core.resilience.breaker import BreakerState
from watcher.core.resilience.quota import quota_window
from watcher.core.times import DAY, Instant, iso
from watcher.db.overdue import OverdueBound
from watcher.db.stores import Stores
from watcher.db.watch_damage import Damage
from watcher.monitoring.api_health import HealthMonitor
from watcher.monitoring.self_monitoring import QuotaLevels
from watcher.polling.demand_scan import SharedPlan
from watcher.ports import Meter

_MAX_POLLS = 10
_MAX_STRANGERS = 100  # users who pay an unknown price, and are named
_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSource:
    """What the status takes from elsewhere than the database.

    `overdue`: how late a search may be. `embedded_process`: returns the
    daemon of an embedded database; None if several may share the database. `configuration_of`: what a
    daemon's configuration file is now: current, changed, broken or unknown. `problems`: why the
    configuration of this process is refused, empty if it is not. `breakers`: those of the APIs that this
    process calls. `disk`: the space of the database's disk, None if it is unknown. `second_looks`: the calls
    for single listings, of the APIs that may make some; `bulk_looks`: eBay's calls for many listings at once,
    None without any; `priced`: the APIs whose calls have a known price.
    """

    quotas: QuotaLevels
    plan: Callable[[], SharedPlan]
    overdue: Callable[[SharedPlan], OverdueBound]
    embedded_process: Callable[[], int | None] | None
    configuration_of: Callable[[DaemonRecord], str]
    slack_is_set: bool
    database: str
    config_file: str
    problems: Sequence[str]
    breakers: Callable[[], Mapping[Api, BreakerState]] = dict
    disk: Callable[[], DiskSpace | None] = lambda: None
    second_looks: Callable[[Instant], Mapping[Api, SecondLooks]] = lambda _now: {}
    bulk_looks: Callable[[Instant], SecondLooks | None] = lambda _now: None
    priced: Collection[Api] = ()


class SecondLooks(NamedTuple):
    """The calls of one window that looked at single listings once more, and how many may."""

    used: int
    limit: int


class StatusReport:
    """Reads the state of the daemon from its database."""

    def __init__(self, stores: Stores, health: HealthMonitor, source: StatusSource) -> None:
        self._stores, self._health, self._source = stores, health, source

    async def read_in_parts(self, now: Instant) -> dict[str, Any]:
        """Return the same as `read`, letting other tasks run while the rows of many watches are checked."""
        parts: list[Damage] = []
        for part in self._stores.watch_damage.parts():
            parts.append(part)
            await asyncio.sleep(0)
        return self.read(now, Damage.of(parts))

    def read(self, now: Instant, damage: Damage | None = None) -> dict[str, Any]:
        """Return the whole status as JSON, with `troubles` and `lines` for a person.

        `damage`: the watches that cannot be read, if they are known.
        """
        damage = Damage.of(self._stores.watch_damage.parts()) if damage is None else damage
        status = {
            **self._daemons(now),
            "configuration": {
                "file": self._source.config_file or None,
                "problems": list(self._source.problems),
            },
            "database": self._source.database,
            "slackIsSet": self._source.slack_is_set,
            "apis": self._apis(now),
            "quota": self._quota(now),
            **self._searches(now),
            "damaged": [{"watch": d.id, "why": d.why, "message": d.sentence} for d in damage.watches],
            "damagedIsComplete": damage.is_complete,
            "polls": [
                {
                    "query": p.query,
                    "marketplace": p.marketplace,
                    "at": iso(p.polled_at),
                    "nextAt": None if p.due_at is None else iso(p.due_at),
                    "error": p.error or None,
                }
                for p in self._stores.searches.last_polls(_MAX_POLLS)
            ],
            **self._deliveries(now),
            **self._lateness(now),
            **self._incidents(now),
            **self._storage(now),
            "plans": self._plans(),
        }
        troubles = list(status_troubles(status))
        return status | {"well": not troubles, "troubles": troubles, "lines": list(status_lines(status))}

    def gauge(self, meter: Meter, now: Instant) -> None:
        """Set the gauges of quota, watches and outbox."""
        for api, level in self._source.quotas(now).items():
            meter.gauge(f"quota.{api}.remaining", max(0, level.limit - level.used))
            meter.gauge(f"quota.{api}.limit", level.limit)
        meter.gauge("watch.total", self._stores.watch_count.value())
        bound = self._source.overdue(self._source.plan())
        meter.gauge("watch.overdue", self._stores.overdue.count(now, bound))
        depth, oldest = self._stores.outbox.count_unsent(), self._stores.outbox.oldest_pending()
        meter.gauge("outbox.depth", depth.get("pending", 0))
        meter.gauge("outbox.dead", depth.get("dead", 0))
        meter.gauge("outbox.oldest", 0.0 if oldest is None else max(0.0, now - oldest))

    def _daemons(self, now: Instant) -> dict[str, Any]:
        recorded, of_file = self._stores.daemons.listed(), self._source.embedded_process
        found = shared_daemons(recorded, now) if of_file is None else embedded_daemon(recorded, of_file())
        return {
            "daemon": {"running": found.running, "process": found.process},
            "daemons": [
                {
                    "id": d.id,
                    "host": d.host,
                    "process": d.process,
                    "startedAt": iso(d.started_at),
                    "seenAt": iso(d.seen_at),
                    # It holds the lock of an embedded database, but is frozen, stuck or unable to write.
                    "unseenSeconds": None if (unseen := d.unseen_seconds(now)) is None else round(unseen),
                    "version": d.version,
                    "configFile": d.config_path or None,
                    "configuration": str(state := self._source.configuration_of(d)),
                    # A file that was put back to what the daemon runs with needs no reload.
                    "reloadRefused": (d.config_error or None) if state != "current" else None,
                }
                for d in found.records
            ],
        }

    def _apis(self, now: Instant) -> dict[str, dict[str, Any]]:
        breakers = self._source.breakers()
        return {str(api): _api(h, breakers.get(api)) for api, h in self._health.snapshot(now).items()}

    def _storage(self, now: Instant) -> dict[str, Any]:
        total, expired = self._stores.cache.counts(now)
        disk = self._source.disk()
        return {
            "cache": {"entries": total, "expired": expired},
            "disk": None
            if disk is None
            else {
                "freeGigabytes": round(disk.free / _GIGABYTE, 1),
                "totalGigabytes": round(disk.size / _GIGABYTE, 1),
            },
        }

    def _quota(self, now: Instant) -> dict[str, Any]:
        looks, bulk = self._source.second_looks(now), self._source.bulk_looks(now)
        return {
            str(api): {
                "used": level.used,
                "limit": level.limit,
                "remaining": max(0, level.limit - level.used),
                "configured": level.configured,
                "granted": level.granted,
                "pollsExhausted": level.used >= level.bound > 0,
                "resetsAt": iso(level.end),
                "resetsInSeconds": round(level.end - now),
                "secondLooks": looks[api]._asdict() if api in looks else None,
                "bulkLooks": bulk._asdict() if bulk and api is Api.EBAY else None,
                "cost": self._cost(api, now),
            }
            for api, level in self._source.quotas(now).items()
        }

    def _cost(self, api: Api, now: Instant) -> str | None:
        """Return what the calls of this window cost in US dollars; None if that is unknown."""
        if api not in self._source.priced:
            return None
        used = self._stores.api_usage.of_all(api, quota_window(api, now).start)
        return dollar_text(MicroDollars(used.cost))

    def _searches(self, now: Instant) -> dict[str, Any]:
        watches = self._stores.watches
        shared = self._source.plan()
        plan = shared.calls
        overdue = self._stores.overdue.beyond(now, self._source.overdue(shared))
        # A planned search may wait for its call.
        next_due = self._stores.searches.next_due(paced=False)
        troubled = self._stores.searches.with_troubles()
        return {
            "watches": {"active": watches.count(), "overdue": len(overdue)},
            "cadence": {
                "callsPerDay": round(plan.calls),
                "allowedPerDay": round(max(plan.budget, plan.calls)),
                "stretch": round(greatest_stretch(plan), 1),
                "shortage": " ".join(shortages(plan)) or None,
            },
            "lagSeconds": 0 if next_due is None else max(0, round(now - next_due)),
            "overdue": [{"query": query, "lateSeconds": round(now - due)} for _, query, due in overdue],
            "searches": [  # those with a trouble, the worst first
                {
                    "query": s.query,
                    "error": s.error or None,
                    "unrecorded": s.unrecorded,
                    "unreadable": s.unreadable,
                }
                for s in troubled
            ],
            "unreadable": sum(s.unreadable for s in troubled),  # listings of the last answers
            "doubted": [{"query": query, "why": why} for query, why in watches.suspicious()],
            "precision": [  # of each watch with a rejected item, the worst first
                {"watch": watch, "told": p.told, "rejected": p.rejected, "precision": p.percent}
                for watch, p in sorted(
                    watches.precisions().items(), key=lambda one: (one[1].percent or 0.0, one[0])
                )
            ],
        }

    def _plans(self) -> dict[str, Any] | None:
        """Return the plan of each user; None if there are no plans."""
        limits = self._stores.plan_limits
        if not limits.plans.all:
            return None
        users, strangers = limits.count_users()
        names = [*(plan.name for plan in limits.plans.all), *sorted(users)]
        return {
            "users": {name: users.get(name, 0) for name in dict.fromkeys(names)},
            "pausedWatches": limits.count_paused(),
            "unknownPriceUsers": strangers,
            "unknownPrices": [
                {
                    "user": holder.user,
                    "priceId": (price := holder.subscription.price),
                    "message": unknown_price_sentence(holder.user, price),
                }
                for holder in limits.strangers(_MAX_STRANGERS)
                if holder.subscription
            ],
        }

    def _deliveries(self, now: Instant) -> dict[str, Any]:
        outbox = self._stores.outbox
        depth, oldest, failure = outbox.count_unsent(), outbox.oldest_pending(), outbox.last_failure()
        return {
            "outbox": {
                "pending": depth.get("pending", 0),
                "dead": depth.get("dead", 0),
                "oldestPendingSeconds": None if oldest is None else max(0, round(now - oldest)),
                "lastFailure": None if failure is None else {"to": failure[0], "why": failure[1]},
            },
            "deadLetters": [
                {"id": ref, "to": to, "why": why, "at": iso(at)} for ref, to, why, at in outbox.dead_letters()
            ],
        }

    def _lateness(self, now: Instant) -> dict[str, Any]:
        late = self._stores.lateness.overall(Instant(now - FIGURE_DAYS * DAY))
        return {
            "lateness": lateness_figures_view(late),
            "promises": promise_check_view(self._stores.promises.last_check()),
        }

    def _incidents(self, now: Instant) -> dict[str, Any]:
        incidents = self._stores.incidents
        return {
            "incidents": [
                {
                    "id": i.id,
                    "headline": headline_of(i),
                    "since": iso(i.since),
                    "state": str(i.state),
                    "ackedBy": i.acked_by or None,
                    "silenced": i.withheld,
                }
                for i in incidents.open_incidents()
            ],
            "silences": [
                silence_view(s, now) | {"until": iso(until)}
                for s in incidents.silences(now)
                if (until := s.until(now)) is not None
            ],
        }


def _api(health: ApiHealth, breaker: BreakerState | None) -> dict[str, Any]:
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
        "breaker": None if breaker is None else breaker.name.lower().replace("_", "-"),
    }
