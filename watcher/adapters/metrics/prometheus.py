"""Numbers for Prometheus: what was counted since the start, and the levels of now, as one page of text."""

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

# Seconds. A call's deadline is 30 s, and 5 s is where a slow API becomes an incident.
CALLS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0)
# Seconds. What waits in our own queues may wait for an hour.
WAITS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
# The library sorts labels; whoever looks for a line as it is documented shall find it.
_SORTED = re.compile(rb'\{(percentile="[^"]*"),(service="[^"]*")\}')
_NO_NAME = re.compile(r"[^a-z0-9]+")

_Sample = tuple[tuple[str, ...], float]


class _Named(NamedTuple):
    """A metric, its help, and the label that takes the rest of the port's name."""

    metric: str
    help: str
    label: str = ""


_COUNTS = {
    "cache": _Named("watcher_cache_lookups", "Answers from the cache: hit, miss or stale.", "result"),
    "poll": _Named("watcher_polls", "Polls that were recorded: ok or failed.", "result"),
    "alert": _Named("watcher_alerts", "Messages: sent, put off (retry) or refused (dropped).", "result"),
    "heartbeat": _Named("watcher_heartbeats", "Calls to the heartbeat's address: sent or failed.", "result"),
    "suspicious": _Named("watcher_suspicious_answers", "Answers that were hard to believe.", "doubt"),
    "": _Named("watcher_events", "Whatever else was counted.", "event"),
}
# These stand on the page from the start, so that the first one is seen to happen.
_ZEROES = {"cache": ("hit", "miss", "stale"), "poll": ("ok", "failed"), "alert": ("sent", "retry", "dropped")}
_TIMES = {
    "poll.lag": "From the time a search was due to its poll.",
    "alert.latency": "From an alert to Slack's yes.",
    "scheduler.lag": "How late the rounds of the daemon's loops begin.",
}
_LEVELS = {
    "quota.remaining": _Named("watcher_quota_remaining", "Calls left until the quota is given anew."),
    "quota.limit": _Named("watcher_quota_limit", "Calls that the quota allows."),
    "watch.total": _Named("watcher_watches", "Watches that are not paused."),
    "watch.overdue": _Named("watcher_watches_overdue", "Searches that should have been polled long ago."),
    "outbox.depth": _Named("watcher_outbox_depth", "Messages that wait to be sent."),
    "outbox.oldest": _Named("watcher_outbox_oldest_age_seconds", "Age of the message that waits longest."),
    "outbox.dead": _Named("watcher_outbox_dead_letters", "Messages that were refused for good."),
    "database.up": _Named("watcher_database_up", "1 while the database answers."),
    "breaker": _Named("watcher_breaker_state", "0 closed, 1 half-open, 2 open."),
}
_SERVICES = frozenset(map(str, Api))


class Prometheus:
    """Implements `ports.Meter`; `page` is what a scrape reads. Counters begin at 0 with the process."""

    def __init__(self, clock: Clock) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's
        self._clock = clock
        self._levels: dict[str, float] = {}
        self._health: Mapping[Api, ApiHealth] = {}
        self._firing: frozenset[tuple[str, str]] = frozenset()
        self._polled_at: float | None = None
        registry = self._registry = CollectorRegistry()
        calls = Counter("api_calls", "Attempts that were sent.", ["service"], registry=registry)
        again = Counter("api_call_retries", "Attempts beyond the first.", ["service"], registry=registry)
        lengths = Histogram(
            "api_call_duration_seconds",
            "Length of an attempt, failures and timeouts included.",
            ["service"],
            buckets=CALLS,
            registry=registry,
        )
        self._calls = {api: calls.labels(api) for api in Api}
        self._retries = {api: again.labels(api) for api in Api}
        self._lengths = {api: lengths.labels(api) for api in Api}
        self._failures = Counter(
            "api_call_failures", "Attempts that failed.", ["service", "code"], registry=registry
        )
        families = {
            prefix: Counter(of.metric, of.help, [of.label], registry=registry)
            for prefix, of in _COUNTS.items()
        }
        # Looked up once for each name: labels cost more than the counting.
        self._counter = cache(partial(_counter, families))
        self._histogram = cache(partial(_histogram, registry))
        self._failure = cache(lambda api, code: self._failures.labels(api, code_name(api, code)))
        # A series that begins with its first failure shows no increase by it.
        for api in Api:
            for code in sorted({api.facts.code_of(kind) for kind in Kind}):
                self._failure(api, code)
        for prefix, names in _ZEROES.items():
            for name in names:
                self._counter(f"{prefix}.{name}")
        for name in _TIMES:
            self._histogram(name)
        ProcessCollector(registry=registry)
        registry.register(_AtTheScrape(self._families))

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Count an attempt under its API, with its code where it failed, and its length."""
        api = attempt.api
        self._calls[api].inc()
        if is_failure(attempt):
            self._failure(api, attempt.code).inc()
        if retry:
            self._retries[api].inc()
        self._lengths[api].observe(max(0.0, attempt.seconds))

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self._counter(name).inc(by)
        if name == "poll.ok":
            self._polled_at = self._clock.now()

    def timing(self, name: str, seconds: float) -> None:
        """One sample of a length of time."""
        if math.isfinite(seconds):
            self._histogram(name).observe(max(0.0, seconds))

    def gauge(self, name: str, value: float) -> None:
        """Set a level."""
        self._levels[name] = value

    def page(self, set_levels: Callable[[], Iterable[Incident]], health: Mapping[Api, ApiHealth]) -> bytes:
        """Everything in Prometheus' text format, with the percentiles of `health`.

        `set_levels` sets every level anew and answers the incidents that are firing, as far as it can be
        read: what cannot is missing, not old.
        """
        self._levels.clear()
        self._firing = frozenset((i.api, i.symptom) for i in set_levels())
        self._health = health
        return _SORTED.sub(rb"{\2,\1}", prometheus_client.generate_latest(self._registry))

    def _families(self) -> Iterator[Metric]:
        yield from _levels(self._levels)
        yield _family(
            "api_call_duration_ms",
            "Length of the attempts in the sliding window, in milliseconds.",
            ("service", "percentile"),
            _percentiles(self._health),
        )
        yield _family(
            "watcher_incidents_firing",
            "Whether ops are told of it: 1 from the first message to the last.",
            ("service", "symptom"),
            _incidents(self._firing),
        )
        yield _family(
            "watcher_last_successful_poll_timestamp_seconds",
            "When a poll last succeeded; missing until one has, since the process began.",
            (),
            [] if self._polled_at is None else [((), self._polled_at)],
        )
        build = [((version("watcher"),), 1.0)]
        yield _family("watcher_build_info", "The program that runs.", ("version",), build)


class _AtTheScrape(Collector):
    """What is known only when it is asked for."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        """Nothing; else the library would collect in order to learn the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The levels of now."""
        return self._families()


def _counter(families: Mapping[str, Counter], name: str) -> Counter:
    prefix, _, rest = name.partition(".")
    return families[prefix].labels(rest) if rest and prefix in families else families[""].labels(name)


def _histogram(registry: CollectorRegistry, name: str) -> Histogram:
    help_ = _TIMES.get(name, f"Lengths of {name}.")
    return Histogram(f"watcher_{_snake(name)}_seconds", help_, buckets=WAITS, registry=registry)


def _levels(levels: Mapping[str, float]) -> Iterator[Metric]:
    """A family for each kind of level; an API in a name becomes the label `service`."""
    families: dict[_Named, list[_Sample]] = {}
    for name, value in levels.items():
        parts = name.split(".")
        service = tuple(part for part in parts if part in _SERVICES)
        kind = ".".join(part for part in parts if part not in _SERVICES)
        labels = "service" if service else ""
        named = _LEVELS.get(kind, _Named(f"watcher_{_snake(kind)}", f"The level {kind}."))
        families.setdefault(named._replace(label=labels), []).append((service, value))
    for named, samples in families.items():
        yield _family(named.metric, named.help, (named.label,) if named.label else (), samples)


def _percentiles(health: Mapping[Api, ApiHealth]) -> Iterator[_Sample]:
    """Without a call in the window there is none: unknown is not 0."""
    for api, h in health.items():
        if h.latency is not None:
            for name in ("p50", "p95", "p99"):
                yield (api, name), getattr(h.latency, name)


def _incidents(firing: frozenset[tuple[str, str]]) -> Iterator[_Sample]:
    """1 for each that is firing, 0 for those of every API that are not."""
    for pair in sorted(firing | set(product(Api, API_SYMPTOMS))):
        yield pair, pair in firing


def _family(metric: str, help_: str, labels: Sequence[str], samples: Iterable[_Sample]) -> Metric:
    family = GaugeMetricFamily(metric, help_, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _snake(name: str) -> str:
    return _NO_NAME.sub("_", name.lower()).strip("_")
