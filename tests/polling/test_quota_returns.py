"""Searches that wait for the next quota day are polled as soon as there is quota again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import opened_app
from watcher.core.cadence.windows import next_day_start
from watcher.core.errors import Api
from watcher.core.times import HOUR, MINUTE
from watcher.db.schema import searches
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.server import DEMO_RATE_LIMITS
from watcher.polling.poller import QUOTA_SPREAD
from watcher.runtime import App
from watcher.runtime.jobs import tidy

QUERIES = [f"zenitar {word}" for word in ("mk1", "mk2", "mk3", "mk4", "mk5", "mk6")]


@pytest.fixture
async def market(clock: FakeClock) -> AsyncIterator[MarketServer]:
    goods = Scripted()
    for n, query in enumerate(QUERIES):
        goods.put(query, summary(str(n), f"{query} camera", "40.00"))
    async with MarketServer(goods, clock=clock.now) as server:
        yield server


@pytest.fixture
def configured(tmp_path: Path, database_url: str, market: MarketServer) -> Callable[[int], Path]:
    def write(quota: int) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(
            f'[database]\nurl = "{database_url}"\n[ebay]\nbase_url = "{market.url}"\n'
            f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\ndaily_quota = {quota}\n'
        )
        return path

    return write


@pytest.fixture
async def app(configured: Callable[[int], Path], clock: FakeClock) -> AsyncIterator[App]:
    async with opened_app(configured(5000), clock) as made:
        yield made


async def poll(app: App) -> int:
    started = await app.poller.tick(app.clock.now())
    await app.poller.settle()
    return started


async def watch_all(app: App, queries: Sequence[str] = QUERIES) -> None:
    for query in queries:
        await app.registry.add({"query": query, "below": "50", "every": "30m"}, app.clock.now())


def dues(app: App) -> list[float]:
    return [r.due_at for r in app.stores.database.rows(select(searches.c.due_at).order_by(searches.c.due_at))]


def alerts(app: App) -> int:
    return len(app.stores.alerts.latest(100))


async def test_a_mistaken_error_2001_costs_a_minute_and_not_a_day(
    app: App, market: MarketServer, clock: FakeClock
) -> None:
    await watch_all(app, QUERIES[:1])
    market.faults.append(Fault(FaultKind.QUOTA, path=SEARCH, times=1))
    await poll(app)
    assert market.calls[DEMO_RATE_LIMITS] == 1, "eBay's own count is asked at once"
    assert dues(app) == [clock.now() + MINUTE]
    assert app.quota_blocks[Api.EBAY].left(clock.now()) > 4000


async def test_an_error_2001_without_a_count_costs_an_hour_and_not_a_day(
    app: App, market: MarketServer, clock: FakeClock
) -> None:
    await watch_all(app, QUERIES[:1])
    market.faults += [
        Fault(FaultKind.QUOTA, path=SEARCH, times=1),
        Fault(FaultKind.STATUS, path=DEMO_RATE_LIMITS, times=1, status=500),
    ]
    await poll(app)
    await watch_all(app, QUERIES[1:])
    await poll(app)
    tomorrow = next_day_start(clock.now())
    assert market.calls[SEARCH] == 1, "the ledger is full, so the others are not even sent"
    assert all(due >= tomorrow for due in dues(app))
    clock.move(HOUR)
    await tidy(app, clock.now())
    back = [due - clock.now() for due in dues(app)]
    assert back == [pytest.approx(QUOTA_SPREAD * n / len(QUERIES)) for n in range(1, len(QUERIES) + 1)]
    clock.move(QUOTA_SPREAD)
    await poll(app)
    assert alerts(app) == len(QUERIES)


async def test_no_search_resumes_while_ebay_reports_no_quota(
    app: App, market: MarketServer, clock: FakeClock
) -> None:
    await watch_all(app)
    market.quota.limit = 0
    await poll(app)
    made = market.calls[SEARCH]
    clock.move(HOUR)
    await tidy(app, clock.now())
    assert all(due >= next_day_start(clock.now()) for due in dues(app))
    assert await poll(app) == 0
    assert market.calls[SEARCH] == made


async def test_no_more_searches_resume_than_there_are_calls(
    configured: Callable[[int], Path], market: MarketServer, clock: FakeClock
) -> None:
    async with opened_app(configured(5), clock) as app:
        market.quota.limit = 5
        market.faults += [
            Fault(FaultKind.QUOTA, path=SEARCH, times=1),
            Fault(FaultKind.STATUS, path=DEMO_RATE_LIMITS, times=1, status=500),
        ]
        await watch_all(app, QUERIES[:1])
        await poll(app)
        await watch_all(app, QUERIES[1:])
        await poll(app)
        clock.move(HOUR)
        await tidy(app, clock.now())
        left = app.quota_blocks[Api.EBAY].left(clock.now())
        assert left == 5
        assert sum(due <= clock.now() + QUOTA_SPREAD for due in dues(app)) == left


async def test_a_higher_configured_quota_resumes_searches(
    configured: Callable[[int], Path], market: MarketServer, clock: FakeClock
) -> None:
    async with opened_app(configured(2), clock) as app:
        await watch_all(app)
        await poll(app)
        assert alerts(app) == 2
    market.faults.append(Fault(FaultKind.STATUS, path="/developer/", status=404))
    async with opened_app(configured(5000), clock) as app:
        await tidy(app, clock.now())
        clock.move(QUOTA_SPREAD)
        await poll(app)
        assert alerts(app) == len(QUERIES)


async def test_searches_that_failed_for_other_reasons_keep_their_due_time(
    app: App, market: MarketServer, clock: FakeClock
) -> None:
    await watch_all(app)
    fault = Fault(FaultKind.RATE_LIMIT, path=SEARCH, retry_after="60")
    market.faults.append(fault)
    await poll(app)
    before = dues(app)
    await tidy(app, clock.now())
    assert dues(app) == before
    market.faults.remove(fault)
    clock.move(2 * MINUTE)
    await poll(app)
    before = dues(app)
    await tidy(app, clock.now())
    assert dues(app) == before


async def test_a_paused_search_stays_paused(app: App, market: MarketServer, clock: FakeClock) -> None:
    await watch_all(app)
    market.faults.append(Fault(FaultKind.QUOTA, path=SEARCH, times=1))
    await poll(app)
    await app.registry.set_paused(1, clock.now(), paused=True)
    clock.move(HOUR)
    await tidy(app, clock.now())
    clock.move(QUOTA_SPREAD)
    assert await poll(app) == len(QUERIES) - 1
