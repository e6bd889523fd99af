"""A token that eBay refuses once delays polls by seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import opened_app
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.server import TOKEN
from watcher.runtime import App

QUERIES = ("zenitar mk1", "zenitar mk2")


@pytest.fixture
async def market(clock: FakeClock) -> AsyncIterator[MarketServer]:
    goods = Scripted()
    for n, query in enumerate(QUERIES):
        goods.put(query, summary(str(n), f"{query} camera", "40.00"))
    async with MarketServer(goods, clock=clock.now) as server:
        yield server


@pytest.fixture
async def app(tmp_path: Path, market: MarketServer, clock: FakeClock) -> AsyncIterator[App]:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/watcher.db"\n[ebay]\nbase_url = "{market.url}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
    )
    async with opened_app(path, clock) as made:
        yield made


async def poll(app: App) -> None:
    await app.poller.tick(app.clock.now())
    await app.poller.settle()


async def test_polls_are_delayed_by_seconds_after_one_refused_mint(
    app: App, market: MarketServer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    market.faults.append(Fault(FaultKind.STATUS, path=TOKEN, times=1, status=401))
    for query in QUERIES:
        await app.registry.add({"query": query, "below": "50", "every": "1h"}, clock.now())
    await poll(app)
    assert market.calls[SEARCH] == 0
    assert market.calls[TOKEN] == 1
    clock.move(4)
    await poll(app)
    assert market.calls[TOKEN] == 1, "nothing is sent in the first five seconds"
    clock.move(2)
    await poll(app)
    assert market.calls[SEARCH] == len(QUERIES)
    assert len(app.stores.alerts.latest(10)) == len(QUERIES)
    reasons = [str(getattr(r, "why", "")) for r in caplog.records if r.getMessage() == "poll failed"]
    assert reasons
    assert all(why == "token request: HTTP 401" or why.startswith("not sent, ") for why in reasons)
