"""Stored answers: get, set, delete, forget, clear and statistics."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import (
    WAIT_LIMITS,
    FakeClock,
    FakeMarket,
    FakeSales,
    RecordingMeter,
    inquiry_of,
    listings,
    usd,
)
from tests.polling.fetchers import CARD, DOWN, fetcher_with
from tests.waiting import let_tasks_run
from watcher.core.categories import TTLS
from watcher.core.comps import Basis
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition, Snapshot
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache, Freshness, cache_key, cache_keys
from watcher.polling.fetch import Fetcher

EMPTY = Snapshot((), FakeClock().now())


@pytest.fixture
def fetcher(stores: Stores, market: FakeMarket, meter: RecordingMeter) -> Fetcher:
    return fetcher_with(stores, market, meter)


class GatedMarket(FakeMarket):
    """A market that answers once `gate` is set, with its listings at the time of the call."""

    def __init__(self, clock: FakeClock, api: Api = Api.EBAY) -> None:
        super().__init__(clock, *listings([50, 60, 70, 80, 90]), api=api)
        self.gate = asyncio.Event()

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        snapshot = await super().search(ask, interactive=interactive)
        await self.gate.wait()
        return snapshot


async def test_deleting_a_question_deletes_all_its_answers(fetcher: Fetcher, clock: FakeClock) -> None:
    snapshot = Snapshot(listings([50]), clock.now())
    assert fetcher.cache.get(CARD) is None
    fresh = await fetcher.cache.set(CARD, snapshot)
    await fetcher.cache.set(CARD, snapshot, Api.SERPAPI, Basis.SOLD)
    await fetcher.cache.set(CARD, EMPTY._replace(fetched_at=clock.now()), Api.SERPAPI)
    stored = fetcher.cache.get(CARD)
    assert stored
    assert (fresh.source, stored.source, stored.snapshot, stored.negative) == (
        "fresh",
        "cached",
        snapshot,
        False,
    )
    negative = fetcher.cache.get(CARD, Api.SERPAPI)
    assert negative
    assert (negative.negative, negative.expires_at - negative.fetched_at) == (True, 10 * MINUTE)
    assert await fetcher.cache.delete(CARD.question) == 3
    assert fetcher.cache.get(CARD) is None


async def test_statistics_report_the_expired_entries(fetcher: Fetcher, clock: FakeClock) -> None:
    assert fetcher.cache.stats() == {
        "totalEntries": 0,
        "expiredEntries": 0,
        "activeEntries": 0,
        "percentExpired": 0.0,
    }
    for n, market in enumerate(("EBAY_US", "EBAY_GB", "EBAY_DE")):
        question = inquiry_of("zenitar", Condition.ANY, "cards", market)
        await fetcher.cache.set(question, Snapshot(listings([50]) if n else (), clock.now()))
    clock.move(HOUR)
    assert fetcher.cache.stats() == {
        "totalEntries": 3,
        "expiredEntries": 1,
        "activeEntries": 2,
        "percentExpired": 33.3,
    }
    assert await fetcher.cache.clear() == 3
    assert fetcher.cache.stats()["totalEntries"] == 0


def test_markets_and_bases_never_share_a_key() -> None:
    assert len({str(key) for key in cache_keys(CARD.question)}) == 4
    assert cache_key(CARD.question) == cache_keys(CARD.question)[0]


@pytest.mark.parametrize("way", ["clear", "delete", "forget"])
async def test_an_answer_forgotten_during_its_fetch_is_not_stored(
    stores: Stores, clock: FakeClock, meter: RecordingMeter, way: str
) -> None:
    market = GatedMarket(clock)
    fetcher = Fetcher(
        CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock), market, meter, limits=WAIT_LIMITS
    )
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    await {
        "clear": fetcher.cache.clear,
        "delete": lambda: fetcher.cache.delete(CARD.question),
        "forget": lambda: fetcher.cache.forget(str(cache_key(CARD.question))),
    }[way]()
    market.offers(*listings([500, 600, 700, 800, 900]))
    later = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    market.gate.set()
    first, second = await asking, await later
    assert first.snapshot.listings[0].price == usd(50), "the earlier caller is still answered"
    assert second.snapshot.listings[0].price == usd(500), "the later caller does not share that answer"
    stored = fetcher.cache.get(CARD)
    assert stored is not None
    assert stored.snapshot == second.snapshot


async def test_a_forgotten_fetch_that_ends_last_stores_nothing(
    stores: Stores, clock: FakeClock, meter: RecordingMeter
) -> None:
    market = GatedMarket(clock)
    fetcher = Fetcher(
        CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock), market, meter, limits=WAIT_LIMITS
    )
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    await fetcher.cache.clear()
    market.gate.set()
    assert (await asking).source == "fresh"
    assert fetcher.cache.stats()["totalEntries"] == 0


async def test_forgetting_another_key_does_not_affect_a_fetch(
    stores: Stores, clock: FakeClock, meter: RecordingMeter
) -> None:
    market = GatedMarket(clock)
    fetcher = Fetcher(
        CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock), market, meter, limits=WAIT_LIMITS
    )
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    await fetcher.cache.forget("another key")
    market.gate.set()
    await asking
    assert fetcher.cache.stats()["totalEntries"] == 1


async def test_a_forgotten_answer_of_the_backup_is_not_stored(
    stores: Stores, clock: FakeClock, meter: RecordingMeter
) -> None:
    market, backup = FakeMarket(clock), GatedMarket(clock, Api.SERPAPI)
    market.failures = [DOWN]
    cache = CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock)
    fetcher = Fetcher(cache, market, meter, backup=backup, limits=WAIT_LIMITS)
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    await fetcher.cache.clear()
    backup.gate.set()
    assert (await asking).api is Api.SERPAPI
    assert fetcher.cache.stats()["totalEntries"] == 0


async def test_cleared_sales_are_not_served_when_their_refresh_fails(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    sales = FakeSales(clock, Api.EBAY, *listings([10, 11, 12, 13, 14]))
    cache = CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock)
    fetcher = Fetcher(cache, market, meter, sales=[sales], limits=WAIT_LIMITS)
    assert not (await fetcher.fetch_sales(CARD)).negative
    clock.move(DAY + HOUR)
    sales.gate, sales.failures = asyncio.Event(), [DOWN]
    asking = asyncio.create_task(fetcher.fetch_sales(CARD))
    await let_tasks_run()
    await fetcher.cache.clear()
    sales.gate.set()
    assert (await asking).negative


async def test_closing_ends_forgotten_fetches(
    stores: Stores, clock: FakeClock, meter: RecordingMeter
) -> None:
    market = GatedMarket(clock)
    fetcher = Fetcher(
        CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock), market, meter, limits=WAIT_LIMITS
    )
    asking = asyncio.create_task(fetcher.fetch(CARD))
    await let_tasks_run()
    await fetcher.cache.clear()
    await fetcher.cache.flights.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_reading_and_pruning_keep_answers_that_may_be_served_stale(
    fetcher: Fetcher, stores: Stores, market: FakeMarket, clock: FakeClock
) -> None:
    """Flaw 1."""
    first = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    for _ in range(3):
        stored = fetcher.cache.get(CARD)
        assert stored is not None
        assert stored.stale
        await stores.housekeeping.prune(clock.now())
        await stores.cache.trim()
    market.failures = [DOWN]
    assert (await fetcher.fetch(CARD)).snapshot == first.snapshot
    clock.move(57 * DAY)
    await stores.housekeeping.prune(clock.now())
    assert fetcher.cache.stats()["totalEntries"] == 0, "it is useless beyond max_stale for any category"


async def test_max_stale_is_exact_to_the_second(fetcher: Fetcher, clock: FakeClock) -> None:
    await fetcher.fetch(CARD)
    clock.move(31 * DAY - 1)
    assert fetcher.cache.get(CARD) is not None
    clock.move(1)
    assert fetcher.cache.get(CARD) is None


@pytest.mark.parametrize(
    ("category", "days", "is_served"),
    [("electronics", 36, True), ("electronics", 38, False), ("cards", 30.9, True), ("cards", 31.1, False)],
)
async def test_max_stale_counts_from_the_expiry(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock, category: str, days: float, *, is_served: bool
) -> None:
    question = inquiry_of("zenitar mk2", Condition.ANY, category, "EBAY_US")
    await fetcher.fetch(question)
    clock.move(days * DAY)
    market.failures = [DOWN]
    if is_served:
        assert (await fetcher.fetch(question)).stale
    else:
        with pytest.raises(CallFailed):
            await fetcher.fetch(question)


async def test_an_answer_is_judged_at_the_given_time(fetcher: Fetcher, clock: FakeClock) -> None:
    question = inquiry_of("zenitar mk2", Condition.ANY, "electronics", "EBAY_US")
    await fetcher.fetch(question)
    for days, stale in ((6, False), (8, True)):
        later = Instant(clock.now() + days * DAY)
        stored, usable = fetcher.cache.get(question, now=later), fetcher.cache.usable_asks(question, later)
        assert stored is not None
        assert usable is not None
        assert (stored.stale, usable.stale) == (stale, stale)
    beyond = Instant(clock.now() + 38 * DAY)
    assert fetcher.cache.get(question, now=beyond) is None
    assert fetcher.cache.usable_asks(question, beyond) is None


async def test_pruning_keeps_an_answer_until_it_may_not_be_served(
    fetcher: Fetcher, stores: Stores, clock: FakeClock
) -> None:
    question = inquiry_of("zenitar mk2", Condition.ANY, "electronics", "EBAY_US")
    await fetcher.fetch(question)
    for days, left in ((36, 1), (21, 1), (0.99, 1), (0.02, 0)):
        await stores.housekeeping.prune(clock.move(days * DAY))
        assert stores.cache.counts(clock.now())[0] == left
