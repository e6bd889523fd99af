"""Comps through the cache: fresh, cached, stale, and one call however many ask."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeClock, FakeMarket, Ledger, listing, listings
from watcher.adapters.db.stores import Stores
from watcher.cache import Cache, Freshness
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Condition
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.core.watch import Question

CARD = Question("zenitar mk2", Condition.ANY, "cards", "EBAY_US")
DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([50, 60, 70, 80, 90]))


@pytest.fixture
def meter() -> Ledger:
    return Ledger()


@pytest.fixture
def cache(stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger) -> Cache:
    freshness = Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY))
    return Cache(stores.cache, market, freshness, clock=clock, meter=meter)


async def test_a_first_answer_is_fresh_and_the_next_is_cached_until_its_category_expires(
    cache: Cache, market: FakeMarket, clock: FakeClock
) -> None:
    first = await cache.get_or_fetch(CARD)
    clock.move(DAY - 1)
    second = await cache.get_or_fetch(CARD)
    assert (first.source, second.source, second.stale) == ("fresh", "cached", False)
    assert second.snapshot == first.snapshot
    assert second.expires_at - second.fetched_at == DAY
    clock.move(1)
    assert (await cache.get_or_fetch(CARD)).source == "fresh"
    assert len(market.asked) == 2


@pytest.mark.parametrize(
    "other",
    [
        Question("zenitar mk2", Condition.NEW, "cards", "EBAY_US"),
        Question("zenitar mk2", Condition.ANY, "shoes", "EBAY_US"),
        Question("zenitar mk2", Condition.ANY, "cards", "EBAY_GB"),
        Question("zenitar mk3", Condition.ANY, "cards", "EBAY_US"),
    ],
)
async def test_another_question_is_another_entry(cache: Cache, market: FakeMarket, other: Question) -> None:
    await cache.get_or_fetch(CARD)
    assert (await cache.get_or_fetch(other)).source == "fresh"


async def test_spelling_is_not_another_question(cache: Cache, market: FakeMarket) -> None:
    await cache.get_or_fetch(CARD)
    same = Question("  Zenitar   MK2 ", Condition.ANY, "cards", "EBAY_US")
    assert (await cache.get_or_fetch(same)).source == "cached"


async def test_many_who_ask_at_once_cost_one_call(cache: Cache, market: FakeMarket) -> None:
    answers = await asyncio.gather(*(cache.get_or_fetch(CARD) for _ in range(1000)))
    assert len(market.asked) == 1
    assert len({id(a) for a in answers}) == 1


async def test_who_stops_waiting_ends_nothing_for_the_others(cache: Cache, market: FakeMarket) -> None:
    waiting = [asyncio.create_task(cache.get_or_fetch(CARD)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [a.source for a in answers[1:]] == ["fresh", "fresh"]
    assert len(market.asked) == 1


async def test_a_failure_is_shared_by_those_who_wait_and_not_kept(cache: Cache, market: FakeMarket) -> None:
    market.failures = [DOWN]
    failed = await asyncio.gather(*(cache.get_or_fetch(CARD) for _ in range(3)), return_exceptions=True)
    assert failed == [DOWN] * 3
    assert (await cache.get_or_fetch(CARD)).source == "fresh"


async def test_an_expired_answer_is_served_stale_with_its_age_while_the_market_fails(
    cache: Cache, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    first = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    stale = await cache.get_or_fetch(CARD)
    assert (stale.source, stale.stale, stale.error) == ("cached", True, DOWN)
    assert stale.fetched_at == first.fetched_at
    assert meter.counts["cache.stale"] == 1


async def test_beyond_max_stale_the_failure_is_the_answer(
    cache: Cache, market: FakeMarket, clock: FakeClock
) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(31 * DAY)
    market.failures = [DOWN]
    with pytest.raises(CallFailed):
        await cache.get_or_fetch(CARD)


async def test_a_failure_never_replaces_a_good_answer(
    cache: Cache, market: FakeMarket, clock: FakeClock
) -> None:
    good = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    assert (await cache.get_or_fetch(CARD)).snapshot == good.snapshot


async def test_nothing_found_is_an_answer_that_is_kept_for_a_short_time(
    cache: Cache, market: FakeMarket, clock: FakeClock
) -> None:
    market.offers()
    assert (await cache.get_or_fetch(CARD)).snapshot.listings == ()
    clock.move(599)
    assert (await cache.get_or_fetch(CARD)).source == "cached"
    clock.move(1)
    assert (await cache.get_or_fetch(CARD)).source == "fresh"


async def test_an_empty_answer_where_a_market_was_is_asked_again_before_it_is_believed(
    cache: Cache, market: FakeMarket, clock: FakeClock
) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.offers()
    assert (await cache.get_or_fetch(CARD)).snapshot.listings == ()
    assert len(market.asked) == 3


async def test_answers_survive_a_restart(
    cache: Cache, stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    market.offers(listing(1, 49.99, None, ends_at=clock.now(), categories=("1", "2")))
    first = await cache.get_or_fetch(CARD)
    again = Cache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    assert (await again.get_or_fetch(CARD)).snapshot == first.snapshot
