"""An interactive call ends within its time limit whatever both markets do; in simulated time."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.adapters.outbound.test_deadlines import LATE, Market
from tests.fakes import RecordingMeter, inquiry_of, listings
from tests.virtual import LoopClock, VirtualLoop
from watcher.adapters.outbound.guard import Guard
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition, Listing, Snapshot
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher, WaitLimits

ATTEMPT = 10.0
CARD = inquiry_of("zenitar mk2", Condition.ANY, "cards", "EBAY_US")
GOOD = listings([50, 60, 70, 80, 90, 100])
BAD: tuple[tuple[Listing, ...], ...] = ((), GOOD[:1], listings([0.5, 0.6, 0.7, 0.8, 0.9, 1]))


class MemoryStore:
    """A store of cache entries in memory."""

    def __init__(self) -> None:
        self.entries: dict[CacheKey, CacheEntry] = {}

    def get(self, key: CacheKey) -> CacheEntry | None:
        return self.entries.get(key)

    async def put(self, key: CacheKey, entry: CacheEntry) -> None:
        self.entries[key] = entry

    async def delete(self, key: CacheKey | str) -> int:
        raise AssertionError

    async def clear(self) -> int:
        raise AssertionError

    def counts(self, now: Instant) -> tuple[int, int]:
        raise AssertionError


class FaultyMarket:
    """A market behind a guard that fails at random and sometimes returns a suspicious answer."""

    def __init__(self, api: Api, dice: random.Random, total: float) -> None:
        self.dice, self.api = dice, api
        self.markets: list[Market] = []
        self.guard = Guard(
            api,
            RetryPolicy(5, Seconds(2.0), Seconds(60.0)),
            attempt_timeout=Seconds(ATTEMPT),
            deadline=Seconds(total),
            clock=LoopClock(),
            monotonic=lambda: asyncio.get_running_loop().time(),
            jitter=dice.uniform,
            meter=RecordingMeter(),
        )

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        market = Market(self.dice)
        self.markets.append(market)
        await self.guard.call(market, interactive=interactive, within=within)
        found = self.dice.choice([GOOD, *BAD])
        return Snapshot(found, LoopClock().now(), len(found), True, len(found))


async def overrun_of(seed: int) -> float:
    """Fetch once, check 100 ms later that nothing is left running; return the seconds beyond the limit."""
    dice = random.Random(seed)
    total = dice.choice([10.0, 15.0, 30.0])
    ebay, serpapi = FaultyMarket(Api.EBAY, dice, total), FaultyMarket(Api.SERPAPI, dice, total)
    cache = CompsCache(MemoryStore(), Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY)), LoopClock())
    fetcher = Fetcher(
        cache,
        ebay,
        RecordingMeter(),
        backup=dice.choice([None, serpapi]),
        limits=WaitLimits(Seconds(total), Seconds(ATTEMPT)),
    )
    if dice.random() < 0.5:
        past = Instant(LoopClock().now() - dice.choice([2, 40]) * DAY)
        await cache.set(CARD, Snapshot(GOOD, past, len(GOOD), True, len(GOOD)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await asyncio.wait([asking])
    took = loop.time() - began
    if (failure := asking.exception()) is not None:
        assert isinstance(failure, (CallFailed, TypeError, BaseExceptionGroup)), failure
    await asyncio.sleep(0.1)
    assert all(market.sockets == 0 for market in (*ebay.markets, *serpapi.markets))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return took - total


def latest_of(seeds: range) -> float:
    loop = VirtualLoop()
    try:
        return max(loop.run_until_complete(overrun_of(seed)) for seed in seeds)
    finally:
        loop.close()


def test_a_call_never_exceeds_its_time_limit() -> None:
    latest = latest_of(range(500))
    assert 0 <= latest <= LATE, "the runs were not adversarial enough"


@pytest.mark.slow
def test_none_of_ten_thousand_calls_exceeds_its_time_limit() -> None:
    assert latest_of(range(10_000)) <= LATE
