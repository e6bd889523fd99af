"""Metrics for Prometheus: counters since the start and current gauges, as one page of text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from itertools import product
from typing import NamedTuple

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watcher.adapters.metrics.statsd import code_name
from watcher.core.errors import Api, Kind
from watcher.core.monitoring.api_status import ApiHealth
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import API_SYMPTOMS, Incident
from watcher.core.monitoring.windows import is_failure
from watcher.ports import Clock

# Bucket bounds in seconds. A call's deadline is 30 s, and a mean of 5 s is an incident.
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0)
# Bucket bounds in seconds. Work may wait in our own queues for an hour.
WAIT_BUCKETS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
# Bucket bounds in seconds of what depends on how often a search is polled: up to a week.
LATE_BUCKETS = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 43200.0, 86400.0, 604800.0)
# The library sorts labels by name. The documented order is restored, so that lines can be searched for.
_SORTED_LABELS = re.compile(rb'\{(percentile="[^"]*"),(service="[^"]*")\}')
_NAME_SEPARATORS = re.compile(r"[^a-z0-9]+")

_Sample = tuple[tuple[str, ...], float]


class _Definition(NamedTuple):
    """A metric, its help, and the label that the rest of the name in `ports.Meter` goes to."""

    metric: str
    help: str
    label: str = ""


_COUNTERS = {
    "cache": _Definition("watcher_cache_lookups", "Cache look-ups: hit, miss or stale.", "result"),
    "poll": _Definition("watcher_polls", "Recorded polls: ok or failed.", "result"),
    "alert": _Definition(
        "watcher_alerts", "Messages: sent, postponed (retry), refused (dropped), gone.", "result"
    ),
    "listing": _Definition("watcher_listings", "Rows of answers that could not be read.", "result"),
    "heartbeat": _Definition("watcher_heartbeats", "Heartbeat requests: sent or failed.", "result"),
    "suspicious": _Definition("watcher_suspicious_answers", "Suspicious answers, by reason.", "doubt"),
    "": _Definition("watcher_events", "Everything else that is counted.", "event"),
}
# Exported from the start: if a series appears with its first event, Prometheus sees no increase for it.
_INITIAL_COUNTERS = {
    "cache": ("hit", "miss", "stale"),
    "poll": ("ok", "failed"),
    "alert": ("sent", "retry", "dropped", "gone"),
    "listing": ("unreadable",),
}
_DURATIONS = {
    "poll.lag": "Time from when a search was due to its poll.",
    "alert.latency": "Time from an alert to its acceptance by Slack.",
    "alert.lateness": "Time from an item's listing or price cut to the acceptance of its alert by Slack.",
    "alert.recheck": "Time of the look at the items of an alert before it is sent.",
    "scheduler.lag": "Delay of the rounds of the daemon's loops.",
}
_GAUGES = {
    "quota.remaining": _Definition("watcher_quota_remaining", "Calls left until the quota is restored."),
    "quota.limit": _Definition("watcher_quota_limit", "Calls that the quota allows."),
    "watch.total": _Definition("watcher_watches", "Watches that are not paused."),
    "watch.overdue": _Definition("watcher_watches_overdue", "Searches whose poll is long overdue."),
    "outbox.depth": _Definition("watcher_outbox_depth", "Messages waiting to be sent."),
    "outbox.oldest": _Definition("watcher_outbox_oldest_age_seconds", "Age of the oldest waiting message."),
    "outbox.dead": _Definition("watcher_outbox_dead_letters", "Messages refused for good."),
    "database.up": _Definition("watcher_database_up", "1 while the database answers."),
    "breaker": _Definition("watcher_breaker_state", "0 closed, 1 half-open, 2 open."),
}
_SERVICES = frozenset(map(str, Api))


class Prometheus:
    """Implements `ports.Meter`; `page` returns what a scrape reads. Counters start at 0 with the process."""

    def __init__(self, clock: Clock) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # no types in the library
        self._clock = clock
        self._gauges: dict[str, float] = {}
        self._health: Mapping[Api, ApiHealth] = {}
        self._firing: frozenset[tuple[str, str]] = frozenset()
        self._polled_at: float | None = None
        registry = self._registry = CollectorRegistry()
        calls = Counter("api_calls", "Attempts that were sent.", ["service"], registry=registry)
        retries = Counter("api_call_retries", "Attempts beyond the first.", ["service"], registry=registry)
        durations = Histogram(
            "api_call_duration_seconds",
            "Duration of an attempt, including failures and timeouts.",
            ["service"],
            buckets=CALL_BUCKETS,
            registry=registry,
        )
        self._calls = {api: calls.labels(api) for api in Api}
        self._retries = {api: retries.labels(api) for api in Api}
        self._durations = {api: durations.labels(api) for api in Api}
        self._failures = Counter(
            "api_call_failures", "Attempts that failed.", ["service", "code"], registry=registry
        )
        families = {
            prefix: Counter(counter.metric, counter.help, [counter.label], registry=registry)
            for prefix, counter in _COUNTERS.items()
        }
        # Cached by name: looking up labels costs more than counting.
        self._counter = cache(partial(_counter, families))
        self._histogram = cache(partial(_histogram, registry))
        self._failure = cache(lambda api, code: self._failures.labels(api, code_name(api, code)))
        for api in Api:
            for code in sorted({api.facts.code_of(kind) for kind in Kind}):
                self._failure(api, code)
        for prefix, names in _INITIAL_COUNTERS.items():
            for name in names:
                self._counter(f"{prefix}.{name}")
        for name in _DURATIONS:
            self._histogram(name)
        ProcessCollector(registry=registry)
        registry.register(_ScrapeCollector(self._families))

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Record an attempt under its API: its duration, and its code if it failed."""
        api = attempt.api
        self._calls[api].inc()
        if is_failure(attempt):
            self._failure(api, attempt.code).inc()
        if retry:
            self._retries[api].inc()
        self._durations[api].observe(max(0.0, attempt.seconds))

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self._counter(name).inc(by)
        if name == "poll.ok":
            self._polled_at = self._clock.now()

    def timing(self, name: str, seconds: float) -> None:
        """Record a duration."""
        if math.isfinite(seconds):
            self._histogram(name).observe(max(0.0, seconds))

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        self._gauges[name] = value

    def page(self, set_gauges: Callable[[], Iterable[Incident]], health: Mapping[Api, ApiHealth]) -> bytes:
        """Return all metrics in Prometheus' text format, with the percentiles of `health`.

        `set_gauges` sets the gauges again and returns the firing incidents. A gauge that it cannot read is
        missing from the page instead of outdated.
        """
        self._gauges.clear()
        self._firing = frozenset((i.api, i.symptom) for i in set_gauges())
        self._health = health
        return _SORTED_LABELS.sub(rb"{\2,\1}", prometheus_client.generate_latest(self._registry))

    def _families(self) -> Iterator[Metric]:
        yield from _gauge_families(self._gauges)
        yield _family(
            "api_call_duration_ms",
            "Duration of the attempts in the sliding window, in milliseconds.",
            ("service", "percentile"),
            _percentiles(self._health),
        )
        yield _family(
            "watcher_incidents_firing",
            "Whether an incident is firing: 1 from its first message to its last.",
            ("service", "symptom"),
            _incidents(self._firing),
        )
        yield _family(
            "watcher_last_successful_poll_timestamp_seconds",
            "Time of the last successful poll; missing until one succeeds in this process.",
            (),
            [] if self._polled_at is None else [((), self._polled_at)],
        )
        build = [((version("watcher"),), 1.0)]
        yield _family("watcher_build_info", "The running version.", ("version",), build)


class _ScrapeCollector(Collector):
    """Metrics that are computed at each scrape."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        """Return nothing; otherwise the library would collect once to learn the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the current values."""
        return self._families()


def _counter(families: Mapping[str, Counter], name: str) -> Counter:
    prefix, _, rest = name.partition(".")
    return families[prefix].labels(rest) if rest and prefix in families else families[""].labels(name)


def _histogram(registry: CollectorRegistry, name: str) -> Histogram:
    help_ = _DURATIONS.get(name, f"Durations of {name}.")
    buckets = LATE_BUCKETS if name == "alert.lateness" else WAIT_BUCKETS
    return Histogram(f"watcher_{_snake(name)}_seconds", help_, buckets=buckets, registry=registry)


def _gauge_families(gauges: Mapping[str, float]) -> Iterator[Metric]:
    """Yield a family for each kind of gauge; an API in a name becomes the label `service`."""
    families: dict[_Definition, list[_Sample]] = {}
    for name, value in gauges.items():
        parts = name.split(".")
        service = tuple(part for part in parts if part in _SERVICES)
        kind = ".".join(part for part in parts if part not in _SERVICES)
        labels = "service" if service else ""
        definition = _GAUGES.get(kind, _Definition(f"watcher_{_snake(kind)}", f"The gauge {kind}."))
        families.setdefault(definition._replace(label=labels), []).append((service, value))
    for definition, samples in families.items():
        labels_of = (definition.label,) if definition.label else ()
        yield _family(definition.metric, definition.help, labels_of, samples)


def _percentiles(health: Mapping[Api, ApiHealth]) -> Iterator[_Sample]:
    """Yield the percentiles of each API that has calls in its window: unknown is not 0."""
    for api, h in health.items():
        if h.latency is not None:
            for name in ("p50", "p95", "p99"):
                yield (api, name), getattr(h.latency, name)


def _incidents(firing: frozenset[tuple[str, str]]) -> Iterator[_Sample]:
    """Yield 1 for each firing incident, and 0 for each that an API could have."""
    for pair in sorted(firing | set(product(Api, API_SYMPTOMS))):
        yield pair, pair in firing


def _family(metric: str, help_: str, labels: Sequence[str], samples: Iterable[_Sample]) -> Metric:
    family = GaugeMetricFamily(metric, help_, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _snake(name: str) -> str:
    return _NAME_SEPARATORS.sub("_", name.lower()).strip("_")
