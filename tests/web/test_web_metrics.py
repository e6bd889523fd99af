"""`/metrics`: open, cumulative, and equal to `/api/admin/metrics`."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes import FakeClock
from tests.web.clients import bearer
from watcher.runtime import App


async def scrape(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (s.name, *s.labels.values()): s.value
        for family in text_string_to_metric_families(answer.text)
        for s in family.samples
    }


async def test_a_scrape_and_the_admin_endpoint_count_the_same_calls(client: httpx.AsyncClient) -> None:
    for query in ("zenitar mk2", "another camera", "a third one"):
        await client.get("/api/comps", params={"q": query})
    admin, found = (await client.get("/api/admin/metrics")).json()["ebay"], await scrape(client)
    calls = found["api_calls_total", "ebay"]
    assert (
        calls
        == admin["successCount"] + admin["failureCount"]
        == found["api_call_duration_seconds_count", "ebay"]
    )
    for name in ("p50", "p95", "p99"):
        assert round(found["api_call_duration_ms", "ebay", name], 1) == admin["latency"][name]
    assert found["watcher_quota_remaining", "ebay"] == 5000 - calls
    assert (found["watcher_cache_lookups_total", "miss"], found["watcher_breaker_state", "ebay"]) == (3, 0)


async def test_gauges_are_as_of_the_scrape(app: App, client: httpx.AsyncClient, clock: FakeClock) -> None:
    await app.registry.add({"query": "zenitar mk2", "rule": "below 100"}, clock.now())
    before = await scrape(client)
    clock.move(600)
    late = await scrape(client)
    await app.poller.tick(clock.now())
    await app.poller.settle()
    clock.move(60)
    after = await scrape(client)
    gauges = [[x[f"watcher_{n}",] for n in ("watches", "watches_overdue")] for x in (before, late, after)]
    assert gauges == [[1, 0], [1, 1], [1, 0]]
    assert (after["watcher_outbox_depth",], after["watcher_outbox_oldest_age_seconds",]) == (1, 60)
    assert after["watcher_polls_total", "ok"] == 1
    assert after["watcher_poll_lag_seconds_sum",] == 600


async def test_metrics_need_no_token(app: App, client: httpx.AsyncClient) -> None:
    await bearer(app)
    assert (await client.get("/api/health")).status_code == 401
    assert (await client.get("/metrics", headers={"Host": "prometheus.example"})).status_code == 200


async def test_counters_are_served_while_the_database_fails(app: App, client: httpx.AsyncClient) -> None:
    await client.get("/api/comps", params={"q": "zenitar mk2"})
    before = await scrape(client)
    with app.stores.database.engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE outbox")
    after = await scrape(client)
    assert (before["watcher_database_up",], after["watcher_database_up",]) == (1, 0)
    assert after["api_calls_total", "ebay"] == before["api_calls_total", "ebay"] > 0
    assert ("watcher_outbox_depth",) in before
    assert ("watcher_outbox_depth",) not in after
