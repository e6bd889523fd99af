"""The daemon sends every metric of the contract, and every datagram of a busy hour is valid StatsD."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.metrics.test_statsd import Sink
from tests.busy import QUERY, configured, market_of, opened, work
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from watcher.core.errors import Api
from watcher.demo.browse import SEARCH
from watcher.runtime.jobs import flush_statsd
from watcher.runtime.serving import render_metrics

APIS = tuple(Api)
CALLS = {f"api.{api}.{what}" for api in APIS for what in ("success", "latency")}
FAILURES = {
    *("api.ebay.failure", "api.ebay.failure.ebay_unavailable", "api.ebay.retry"),
    *("api.serpapi.failure", "api.serpapi.failure.search_failed"),
    *("api.openai.failure", "api.openai.failure.openai_unavailable", "api.openai.retry"),
    *("api.stripe.failure", "api.stripe.failure.stripe_unavailable", "api.stripe.retry"),
    *("api.slack.failure", "api.slack.failure.unavailable", "api.slack.failure.refused", "api.slack.retry"),
}
OURS = {
    *("cache.hit", "cache.miss", "cache.stale", "poll.ok", "poll.failed", "poll.lag"),
    *("alert.sent", "alert.retry", "alert.dropped", "alert.latency", "alert.lateness"),
    "listing.unreadable",
    *(
        "quota.ebay.remaining",
        "quota.serpapi.remaining",
        "quota.openai.remaining",
        "watch.total",
        "watch.overdue",
        "outbox.depth",
    ),
    *(f"breaker.{api}" for api in APIS),
}
GAUGES = {n for n in OURS if n.startswith(("quota.", "watch.", "outbox.", "breaker."))}
TIMINGS = {n for n in CALLS | OURS if n.endswith((".latency", ".lateness", ".lag"))}
COUNTERS = (CALLS | FAILURES | OURS) - GAUGES - TIMINGS


@pytest.fixture
def sink() -> Sink:
    return Sink()


async def test_a_busy_hour_sends_every_name_of_the_contract(
    tmp_path: Path, database_url: str, clock: FakeClock, sink: Sink
) -> None:
    market, goods = market_of(clock)
    statsd = f'[statsd]\nhost = "127.0.0.1"\nport = {sink.port}\n'
    async with market, opened(configured(tmp_path, market.url, database_url, statsd), clock) as app:
        await work(app, market, goods, clock)
        metrics = sink.read()  # fails if a datagram is invalid
        page = render_metrics(app).decode()
    sink.socket.close()
    names = {m.name.removeprefix("watcher.") for m in metrics}
    assert names >= CALLS | FAILURES | OURS, (CALLS | FAILURES | OURS) - names
    for kind, named in (("c", COUNTERS), ("ms", TIMINGS), ("g", GAUGES)):
        for name in named:
            assert {m.kind for m in metrics if m.name == f"watcher.{name}"} == {kind}, name
    for api in APIS:
        sent = sum(
            m.value for m in metrics if m.name in (f"watcher.api.{api}.success", f"watcher.api.{api}.failure")
        )
        assert f'api_calls_total{{service="{api}"}} {sent}' in page


async def test_a_repeated_poll_is_counted_as_a_retry(
    tmp_path: Path, database_url: str, clock: FakeClock, sink: Sink
) -> None:
    market, _ = market_of(clock)
    statsd = f'[statsd]\nhost = "127.0.0.1"\nport = {sink.port}\n'
    async with market, opened(configured(tmp_path, market.url, database_url, statsd), clock) as app:
        await app.registry.add({"query": QUERY, "rule": "below 10"}, clock.now())
        market.faults = [Fault(FaultKind.STATUS, SEARCH, times=1), Fault(FaultKind.STATUS, "/serpapi/")]
        for _ in range(2):
            await app.poller.tick(clock.now())
            await app.poller.settle()
            clock.move(60.0)
        await flush_statsd(app)
        ebay = {
            m.name: m.value for m in sink.read() if m.name.startswith("watcher.api.ebay.") and m.kind == "c"
        }
    sink.socket.close()
    assert ebay == {
        "watcher.api.ebay.failure": 1,
        "watcher.api.ebay.failure.ebay_unavailable": 1,
        "watcher.api.ebay.retry": 1,
        "watcher.api.ebay.success": 1,
    }
