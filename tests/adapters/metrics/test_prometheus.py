"""The page for Prometheus, parsed by its library and, if it is installed, checked by promtool."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes import FakeClock
from watcher.adapters.metrics.prometheus import CALL_BUCKETS, Prometheus
from watcher.core.errors import Api, Code
from watcher.core.monitoring.api_status import ApiHealth, ApiStatus, Latency
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import Symptom
from watcher.core.times import Instant, Seconds

PROMTOOL = shutil.which("promtool")


@pytest.fixture
def meter(clock: FakeClock) -> Prometheus:
    return Prometheus(clock)


def attempt(api: Api, code: Code | None = None, seconds: float = 0.25, *, counts: bool = True) -> Attempt:
    return Attempt(api, Instant(0), Seconds(seconds), code, counts)


def health(latency: Latency | None = None) -> Mapping[Api, ApiHealth]:
    return {Api.EBAY: ApiHealth(ApiStatus.HEALTHY, 1, 0, 0.0, latency, None, None, None)}


class Firing(NamedTuple):
    """The exported part of an incident."""

    api: str
    symptom: str


def no_gauges() -> tuple[Any, ...]:
    """Set no gauge, as if nothing could be read."""
    return ()


def page(meter: Prometheus, of: Mapping[Api, ApiHealth] | None = None) -> str:
    return meter.page(no_gauges, of or {}).decode()


def samples(text: str) -> dict[str, float]:
    """Return every sample by its name and labels, such as `name{a="b"}`."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            labels = ",".join(f'{k}="{v}"' for k, v in sorted(s.labels.items()))
            name = f"{s.name}{{{labels}}}" if labels else s.name
            assert name not in found, f"{name} stands twice"
            found[name] = s.value
    return found


def test_services_start_at_zero_and_without_percentiles(meter: Prometheus) -> None:
    found = samples(page(meter, health()))
    assert [found[f'api_calls_total{{service="{api}"}}'] for api in Api] == [0] * 5
    assert found['watcher_polls_total{result="ok"}'] == 0
    assert not [name for name in found if name.startswith(("api_call_duration_ms", "watcher_last"))]


def test_attempts_are_counted_by_service_with_their_failures_and_retries(meter: Prometheus) -> None:
    meter.attempt(attempt(Api.EBAY))
    meter.attempt(attempt(Api.EBAY, Code.EBAY_TIMEOUT, 10.0), retry=True)
    meter.attempt(attempt(Api.EBAY, Code.EBAY_UNAVAILABLE, counts=False))  # caused by us: eBay works
    meter.attempt(attempt(Api.SLACK, Code.SLACK_RATE_LIMIT))
    found = samples(page(meter))
    assert found['api_calls_total{service="ebay"}'] == 3
    assert found['api_call_retries_total{service="ebay"}'] == 1
    assert found['api_call_failures_total{code="ebay_timeout",service="ebay"}'] == 1
    assert found['api_call_failures_total{code="rate_limit",service="slack"}'] == 1
    failures = {name: value for name, value in found.items() if name.startswith("api_call_failures_total")}
    assert sum(failures.values()) == 2
    assert failures['api_call_failures_total{code="openai_timeout",service="openai"}'] == 0


def test_call_histogram_is_in_seconds_and_has_a_bound_at_five(meter: Prometheus) -> None:
    assert 5.0 in CALL_BUCKETS
    for seconds in (0.03, 4.9, 5.1, 70.0):
        meter.attempt(attempt(Api.EBAY, seconds=seconds))
    found = samples(page(meter))
    counts = {
        bound: found[f'api_call_duration_seconds_bucket{{le="{bound}",service="ebay"}}']
        for bound in ("0.025", "0.05", "2.5", "5.0", "7.5", "60.0", "+Inf")
    }
    assert counts == {"0.025": 0, "0.05": 1, "2.5": 1, "5.0": 2, "7.5": 3, "60.0": 3, "+Inf": 4}
    assert found['api_call_duration_seconds_sum{service="ebay"}'] == pytest.approx(80.03)


def test_percentiles_are_those_of_api_health_in_milliseconds(meter: Prometheus) -> None:
    text = page(meter, health(Latency(1, 2, 9, 3.5, 7, 8)))
    assert 'api_call_duration_ms{service="ebay",percentile="p50"} 3.5\n' in text
    found = samples(text)
    assert {name: value for name, value in found.items() if name.startswith("api_call_duration_ms")} == {
        'api_call_duration_ms{percentile="p50",service="ebay"}': 3.5,
        'api_call_duration_ms{percentile="p95",service="ebay"}': 7,
        'api_call_duration_ms{percentile="p99",service="ebay"}': 8,
    }


def test_firing_incidents_are_one(meter: Prometheus) -> None:
    firing: list[Any] = [Firing("ebay", Symptom.OUTAGE), Firing("watcher", "outbox-stuck")]
    found = samples(meter.page(lambda: firing, {}).decode())
    told = {name: value for name, value in found.items() if name.startswith("watcher_incidents_firing")}
    assert {name for name, value in told.items() if value} == {
        'watcher_incidents_firing{service="ebay",symptom="outage"}',
        'watcher_incidents_firing{service="watcher",symptom="outbox-stuck"}',
    }
    assert told['watcher_incidents_firing{service="slack",symptom="latency"}'] == 0
    assert "outbox-stuck" not in page(meter)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("cache.hit", 'watcher_cache_lookups_total{result="hit"}'),
        ("poll.failed", 'watcher_polls_total{result="failed"}'),
        ("alert.dropped", 'watcher_alerts_total{result="dropped"}'),
        ("listing.unreadable", 'watcher_listings_total{result="unreadable"}'),
        ("suspicious.empty", 'watcher_suspicious_answers_total{doubt="empty"}'),
        ("fallback", 'watcher_events_total{event="fallback"}'),
        ("clock.jump", 'watcher_events_total{event="clock.jump"}'),
    ],
)
def test_every_counter_has_its_family(meter: Prometheus, name: str, metric: str) -> None:
    meter.count(name)
    meter.count(name, 2)
    assert samples(page(meter))[metric] == 3


def test_gauge_that_is_not_set_again_is_missing_from_the_next_page(meter: Prometheus) -> None:
    def set_gauges() -> tuple[Any, ...]:
        meter.gauge("quota.ebay.remaining", 4999)
        meter.gauge("breaker.slack", 2)
        meter.gauge("watch.total", 7)
        meter.gauge("disk.free", 0.5)  # not in our table
        return ()

    found = samples(meter.page(set_gauges, {}).decode())
    assert found['watcher_quota_remaining{service="ebay"}'] == 4999
    assert found['watcher_breaker_state{service="slack"}'] == 2
    assert (found["watcher_watches"], found["watcher_disk_free"]) == (7, 0.5)
    assert "watcher_watches" not in samples(page(meter))


def test_waits_are_histograms_in_seconds(meter: Prometheus) -> None:
    meter.timing("poll.lag", 1.5)
    meter.timing("poll.lag", -3.0)
    meter.timing("poll.lag", float("nan"))
    meter.timing("some.other", 2.0)
    found = samples(page(meter))
    assert (found["watcher_poll_lag_seconds_count"], found["watcher_poll_lag_seconds_sum"]) == (2, 1.5)
    assert found["watcher_some_other_seconds_sum"] == 2.0
    bounds = [name for name in found if name.startswith("watcher_poll_lag_seconds_bucket")]
    assert [b.partition('le="')[2].removesuffix('"}') for b in bounds][-5:] == [
        "60.0",
        "300.0",
        "900.0",
        "3600.0",
        "+Inf",
    ]


def test_last_successful_poll_has_its_time(meter: Prometheus, clock: FakeClock) -> None:
    meter.count("poll.ok")
    at = clock.now()
    clock.move(60)
    meter.count("poll.failed")
    assert samples(page(meter))["watcher_last_successful_poll_timestamp_seconds"] == at


def test_the_page_has_the_figures_of_the_process(meter: Prometheus) -> None:
    assert samples(page(meter))["process_resident_memory_bytes"] > 1_000_000


def test_counters_never_fall(meter: Prometheus) -> None:
    before: dict[str, float] = {}
    for n in range(50):
        meter.attempt(attempt(Api.EBAY, Code.EBAY_TIMEOUT if n % 3 else None, n / 7), retry=n % 2 == 0)
        meter.count("poll.ok")
        meter.timing("poll.lag", n)
        after = samples(page(meter))
        for name, value in before.items():
            if name.partition("{")[0].endswith(("_total", "_count", "_sum", "_bucket")):
                assert after[name] >= value, name
        before = after


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: make system-packages")
def test_promtool_objects_only_to_a_name_that_the_contract_fixes(meter: Prometheus) -> None:
    meter.attempt(attempt(Api.EBAY, Code.EBAY_TIMEOUT), retry=True)
    for name in ("cache.hit", "suspicious.empty", "fallback", "poll.ok", "alert.sent"):
        meter.count(name)
    for name in ("poll.lag", "alert.latency", "alert.lateness", "scheduler.lag"):
        meter.timing(name, 1.0)

    def set_gauges() -> tuple[Any, ...]:
        for name in ("quota.ebay.remaining", "quota.ebay.limit", "breaker.ebay", "database.up"):
            meter.gauge(name, 1)
        for name in ("watch.total", "watch.overdue", "outbox.depth", "outbox.oldest", "outbox.dead"):
            meter.gauge(name, 1)
        return (Firing("ebay", Symptom.OUTAGE),)

    text = meter.page(set_gauges, health(Latency(1, 2, 9, 3.5, 7, 8)))
    said = subprocess.run([str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, check=False)
    remarks = (said.stdout + said.stderr).decode().splitlines()
    assert remarks, "promtool checked nothing"
    assert all(line.startswith("api_call_duration_ms ") for line in remarks), remarks
