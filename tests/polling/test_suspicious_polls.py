"""Suspicious answers to polls: no alert, no cache entry, and a second read by the next poll."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock, RecordingMeter
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import opened_app
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.core.cache_entry import CacheEntry
from watcher.core.listing import Condition
from watcher.core.times import HOUR, Seconds
from watcher.core.watch import Question
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.polling.comps_cache import cache_key
from watcher.runtime import App

QUERY = "zenitar mk2"
ROWS = [summary(str(n), f"Zenitar mk2 camera {n}", f"{500 + n}.00", "0.00") for n in range(50)]
RULES = ("below 91", "new", "deal 70%", "median-below 91", "low 90d")
SECOND_READ = Seconds(2.0)


class World:
    """An app on a scripted market, with what a test needs to observe."""

    def __init__(self, app: App, goods: Scripted, market: MarketServer, clock: FakeClock) -> None:
        self.app, self.goods, self.market, self.clock, self.counted = (
            app,
            goods,
            market,
            clock,
            RecordingMeter(),
        )
        app.meter = MeterFanOut(self.counted)
        app.meter.observers.append(app.health.observe)

    async def poll(self, after: float = 0.0) -> int:
        """Move the clock, poll what is due, and return how many alerts this made."""
        before = self.alerts()
        await self.app.poller.tick(self.clock.move(after))
        await self.app.poller.settle()
        return self.alerts() - before

    def alerts(self) -> int:
        return len(self.app.stores.alerts.latest(1000))

    def cached(self) -> CacheEntry | None:
        return self.app.stores.cache.get(cache_key(Question(QUERY, Condition.ANY, "", "EBAY_US")))

    def prices(self, value: Callable[[int], dict[str, Any]]) -> None:
        """Change every listing from now on."""
        for n, row in enumerate(ROWS):
            self.goods.alter(row["itemId"], value(n), self.clock.now())

    def status(self) -> tuple[list[Any], str]:
        found = self.app.status.read(self.clock.now())
        return found["doubted"], "\n".join(found["lines"])


@pytest.fixture
async def world(tmp_path: Path, database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    goods = Scripted()
    goods.put(QUERY, *ROWS)
    async with MarketServer(goods, clock=clock.now) as market:
        config = tmp_path / "config.toml"
        config.write_text(
            f'state_dir = "{tmp_path}"\n[database]\nurl = "{database_url}"\n'
            f'[ebay]\nbase_url = "{market.url}"\n'
            f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        )
        async with opened_app(config, clock) as app:
            for rule in RULES:
                await app.registry.add({"query": QUERY, "rule": rule, "every": "1h"}, clock.now())
            made = World(app, goods, market, clock)
            assert await made.poll() == 0
            yield made


def money(value: str, currency: str = "USD") -> dict[str, Any]:
    return {"price": {"value": value, "currency": currency}}


def empty(world: World) -> None:
    world.market.faults.append(Fault(FaultKind.EMPTY, path=SEARCH))


def collapsed(world: World) -> None:
    for row in ROWS[1:]:
        world.goods.remove(row["itemId"], world.clock.now())
    world.goods.alter(ROWS[0]["itemId"], money("90.00"), world.clock.now())


def cents(world: World) -> None:
    world.prices(lambda n: money(f"{5 + n / 100:.2f}"))


def pounds(world: World) -> None:
    world.prices(lambda n: money(f"{5 + n}.00", "GBP"))


def slip(world: World) -> None:
    """Add a listing at a hundredth of the median, in a market with prices so far apart that it is kept."""
    world.goods.put(QUERY, summary("999", "Zenitar mk2 camera", "0.15", "0.00"), at=world.clock.now())


def mend(world: World) -> None:
    world.market.faults.clear()
    world.goods.put(QUERY, *ROWS, at=world.clock.now())
    if any(row["itemId"] == "v1|999|0" for row in world.goods.search(QUERY, world.clock.now())):
        world.goods.remove("v1|999|0", world.clock.now())


SUSPICIOUS = [
    (empty, "empty"),
    (collapsed, "collapsed"),
    (cents, "prices"),
    (pounds, "currency"),
]


@pytest.mark.parametrize(("spoil", "why"), SUSPICIOUS)
async def test_a_suspicious_answer_is_neither_alerted_nor_cached(
    world: World, spoil: Callable[[World], None], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = world.cached()
    world.clock.move(HOUR)
    spoil(world)
    with caplog.at_level(logging.WARNING):
        assert await world.poll() == 0
    assert world.cached() == good
    assert world.counted.counts[f"suspicious.{why}"] == 1
    assert world.counted.counts["poll.failed"] == 1
    assert any(why in str(vars(r).get("why")) for r in caplog.records if r.message == "poll failed")
    doubted, lines = world.status()
    assert doubted == [{"query": QUERY, "why": why}]
    assert f"Suspicious answer, to be checked by the next poll: {QUERY} ({why})" in lines
    assert world.app.stores.searches.next_due() == world.clock.now() + SECOND_READ
    mend(world)
    assert await world.poll(SECOND_READ) == 0, "nothing has changed"
    cached = world.cached()
    assert cached is not None
    assert (len(cached.snapshot.listings), cached.fetched_at) == (50, world.clock.now())
    assert world.status()[0] == []


@pytest.mark.parametrize(("spoil", "why"), [d for d in SUSPICIOUS if d[1] != "currency"])
async def test_a_second_similar_answer_is_believed(
    world: World, spoil: Callable[[World], None], why: str
) -> None:
    world.clock.move(HOUR)
    spoil(world)
    assert await world.poll() == 0
    alerts = await world.poll(SECOND_READ)
    assert alerts == 0 if why == "empty" else alerts > 0
    cached = world.cached()
    assert cached is not None
    assert cached.fetched_at == world.clock.now()
    assert world.status()[0] == []


async def test_a_listing_at_a_hundredth_of_the_median_never_alerts(
    world: World,
) -> None:
    row = summary("999", "Zenitar mk2 camera", "4.99", "0.00")
    world.goods.put(QUERY, row, at=world.clock.move(HOUR))
    for _ in range(3):
        assert await world.poll(HOUR) == 0
    assert world.counted.counts["poll.ok"] == 4
    assert world.status()[0] == []


async def test_a_slip_among_widely_spread_prices_is_read_a_second_time(world: World) -> None:
    world.prices(lambda n: money(f"{2 ** (n % 11)}.00"))
    for _ in range(3):
        await world.poll(HOUR)  # such a jump in price is suspicious until the new prices are known
    assert world.status()[0] == []
    slip(world)
    before = world.counted.counts["poll.failed"]
    assert await world.poll(HOUR) == 0
    assert world.counted.counts["suspicious.slips"] == 1
    assert world.counted.counts["poll.failed"] == before + 1
    assert world.status()[0] == [{"query": QUERY, "why": "slips"}]
    assert await world.poll(SECOND_READ) > 0, "a second similar answer is believed"
    assert world.status()[0] == []


async def test_an_answer_in_another_currency_is_never_believed(world: World) -> None:
    good = world.cached()
    world.clock.move(HOUR)
    pounds(world)
    for reads in range(1, 8):
        assert await world.poll() == 0
        assert (world.cached(), world.counted.counts["suspicious.currency"]) == (good, reads)
        due = world.app.stores.searches.next_due()
        assert due is not None
        world.clock.at = due


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.CUT, FaultKind.MALFORMED])
async def test_a_broken_body_is_a_failed_poll_and_is_read_again(
    world: World, kind: FaultKind, caplog: pytest.LogCaptureFixture
) -> None:
    good = world.cached()
    fault = Fault(kind, path=SEARCH)
    world.market.faults.append(fault)
    with caplog.at_level(logging.WARNING):
        assert await world.poll(HOUR) == 0
    assert world.cached() == good
    assert [r.message for r in caplog.records if r.levelno == logging.WARNING] == ["poll failed"]
    assert world.app.status.read(world.clock.now())["apis"]["ebay"]["failureCount"] == 1
    assert world.app.stores.searches.next_due() == world.clock.now() + SECOND_READ
    mend(world)
    assert await world.poll(SECOND_READ) == 0
    cached = world.cached()
    assert cached is not None
    assert cached.fetched_at == world.clock.now()
