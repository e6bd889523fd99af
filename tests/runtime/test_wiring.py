"""Settings reach what they are for. All values differ, so that one that reaches another is noticed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from watcher.adapters.outbound.guard import Guard
from watcher.config import Settings, load_settings
from watcher.config.call_settings import TimeoutSettings
from watcher.core.ai_answers import TokenUsage
from watcher.core.errors import Api
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.polling.fetch import WaitLimits
from watcher.polling.poller import LATEST_START, SEARCH_LEASE, PollingLimits
from watcher.polling.second_look import MAX_LOOK_SECONDS
from watcher.runtime import App, integrations
from watcher.runtime.jobs import billing_activities, wire_activities
from watcher.runtime.presence import Reloads

CONFIG = """
state_dir = "{home}"
[database]
url = "sqlite:///{home}/watcher.db"
[ebay]
base_url = "http://127.0.0.1:9"
client_id = "id"
client_secret = "secret"
marketplace = "EBAY_GB"
daily_quota = 4001
[serpapi]
base_url = "http://127.0.0.1:8"
api_key = "key"
monthly_quota = 4002
[openai]
base_url = "http://127.0.0.1:6/v1"
api_key = "key"
daily_calls = 4003
price_in = 0.1
price_out = 0.7
[plans]
gold = {{ price_id = "price_gold" }}
[stripe]
base_url = "http://127.0.0.1:5"
api_key = "key"
webhook_secret = "secret"
[cache]
max_stale = "41d"
negative_ttl = "42m"
[cache.ttl]
cards = "43h"
[retry.ebay]
max_retries = 2
initial_delay = "3s"
max_delay = "44s"
[retry.openai]
max_retries = 3
initial_delay = "5s"
max_delay = "58s"
[retry.serpapi]
max_retries = 1
initial_delay = "4s"
max_delay = "45s"
[retry.stripe]
max_retries = 4
initial_delay = "6s"
max_delay = "60s"
[timeout]
comps = "46s"
vision = "59s"
attempt = "7s"
[polling]
min_interval = "47m"
tick = "2s"
concurrency = 48
[alerts]
failure_rate = 0.49
outage = "50m"
latency = "51s"
window = "52m"
min_calls = 53
repeat = "54h"
[retention]
listing_text = "55d"
history = "56d"
[heartbeat]
url = "http://127.0.0.1:7"
every = "57s"
"""


@pytest.fixture
async def app(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> AsyncIterator[App]:
    del sqlite_url  # an empty database lies there
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(home=tmp_path), encoding="utf-8")
    async with App.opened(load_settings(file, {}), clock=clock) as made:
        yield made


async def test_cache_and_retention_settings_reach_the_stores(app: App) -> None:
    freshness, kept = app.cache.freshness, app.stores.housekeeping._periods
    assert (freshness.max_stale, freshness.negative_ttl) == (41 * DAY, 42 * MINUTE)
    assert freshness.ttls["cards"] == 43 * 60 * MINUTE
    assert (kept.listing_text, kept.history, kept.max_stale) == (55 * DAY, 56 * DAY, 41 * DAY)


async def test_polling_settings_reach_the_poller_and_the_queries(app: App) -> None:
    limits = app.poller._limits
    assert limits.concurrency == 48
    assert (limits.retry.max_retries, limits.retry.initial, limits.retry.maximum) == (2, 3, 44)
    assert limits.max_duration == 2 * 46 + MAX_LOOK_SECONDS + MINUTE
    assert app.queries.terms.min_interval == 47 * MINUTE
    watch = app.registry.parse({"query": "camera", "below": "1", "every": "48m"})
    assert (watch.question.marketplace, app.queries.cadence(watch)) == ("EBAY_GB", 48 * MINUTE)


def test_a_poll_that_starts_late_still_ends_within_its_lease() -> None:
    limits = PollingLimits(concurrency=1, retry=RetryPolicy(1, MINUTE, MINUTE))
    longest = 2 * TimeoutSettings().comps + MINUTE  # as the app sets it
    assert LATEST_START + longest <= SEARCH_LEASE
    assert limits.max_duration == SEARCH_LEASE


async def test_quota_settings_reach_their_apis(app: App) -> None:
    assert {api: blocks.limit for api, blocks in app.quota_blocks.items()} == {
        Api.EBAY: 4001,
        Api.SERPAPI: 4002,
        Api.OPENAI: 4003,
    }


async def test_time_limits_and_retries_reach_the_guard_of_their_api(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: dict[Api, tuple[object, ...]] = {}

    def record(api: Api, policy: RetryPolicy, **stages: Any) -> Guard:
        waits = (policy.max_retries, policy.initial, policy.maximum)
        built[api] = (*waits, stages["deadline"], stages["attempt_timeout"], stages["quota"])
        return Guard(api, policy, **stages)

    monkeypatch.setattr(integrations, "Guard", record)
    assert app.wait_limits == WaitLimits(total=Seconds(46.0), attempt=Seconds(7.0))
    assert app.ebay
    assert app.serpapi
    assert app.openai
    assert app.stripe
    assert built == {
        Api.EBAY: (2, 3, 44, 46, 7, app.quota_blocks[Api.EBAY]),
        Api.SERPAPI: (1, 4, 45, 46, 7, app.quota_blocks[Api.SERPAPI]),
        Api.OPENAI: (3, 5, 58, 59, 59, app.quota_blocks[Api.OPENAI]),
        Api.STRIPE: (4, 6, 60, 45, 7, None),
    }


async def test_alert_settings_reach_health_and_self_monitoring(app: App) -> None:
    for limits in (app.health._thresholds, app.self_monitor._limits):
        assert (limits.failure_rate, limits.outage, limits.latency) == (0.49, 50 * MINUTE, 51)
        assert (limits.window, limits.min_calls, limits.repeat) == (52 * MINUTE, 53, 54 * 60 * MINUTE)


async def test_each_market_is_asked_at_its_own_address(app: App) -> None:
    assert app.serpapi is not None
    assert app.openai is not None
    assert app.openai._base_url == "http://127.0.0.1:6/v1"
    assert app.stripe is not None
    assert app.stripe._base_url == "http://127.0.0.1:5"
    assert (app.ebay._base_url, app.serpapi._base_url) == ("http://127.0.0.1:9", "http://127.0.0.1:8")


async def test_prices_of_tokens_are_exact(app: App) -> None:
    prices = app.settings.openai.prices
    assert prices.cost(TokenUsage(1_000_000, 1_000_000)) == 800_000


def test_a_slow_model_has_a_minute_and_leaves_time_for_another_attempt() -> None:
    settings = Settings()
    assert integrations.vision_attempt(settings.timeout.vision) == 60
    assert integrations.vision_attempt(Seconds(20.0)) == 20


async def test_a_slow_model_takes_no_connection_from_polls(app: App) -> None:
    assert app.openai is not None
    assert app.openai._http is not app._http
    assert app.openai._http._concurrency < app._http._concurrency


async def test_a_stripe_that_hangs_takes_no_connection_from_polls(app: App) -> None:
    assert app.stripe is not None
    assert app.stripe._http is not app._http
    assert app.stripe._http._concurrency < app._http._concurrency


async def test_plans_that_are_sold_have_a_loop_of_the_daemon(app: App) -> None:
    loops = {activity.name for activity in wire_activities(app, app.presence(Reloads()))}
    assert "billing" in loops


async def test_without_a_key_there_is_no_model_and_no_quota_of_it(
    tmp_path: Path, sqlite_url: str, clock: FakeClock
) -> None:
    del sqlite_url
    settings = Settings(state_dir=str(tmp_path))
    async with App.opened(settings, clock=clock) as bare:
        assert bare.openai is None
        assert bare.stripe is None
        assert billing_activities(bare, lambda work: work) == []
        assert Api.OPENAI not in bare.quota_blocks
