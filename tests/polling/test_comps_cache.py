"""Comps through the cache: fresh, cached, stale, and one call however many ask."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeClock, FakeMarket, FakeSales, Ledger, listing, listings, usd
from watcher.core.categories import TTLS
from watcher.core.comps import Basis, Comps, select, summarize
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Snapshot
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR, MINUTE, Seconds
from watcher.core.watch import Question
from watcher.db.stores import Stores
from watcher.polling.comps_cache import Answer, CompsCache, Freshness, key_of, keys_of

CARD = Question("zenitar mk2", Condition.ANY, "cards", "EBAY_US")
DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([50, 60, 70, 80, 90]))


@pytest.fixture
def meter() -> Ledger:
    return Ledger()


@pytest.fixture
def cache(stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger) -> CompsCache:
    freshness = Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY))
    return CompsCache(stores.cache, market, freshness, clock=clock, meter=meter)


async def test_a_first_answer_is_fresh_and_the_next_is_cached_until_its_category_expires(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
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
async def test_another_question_is_another_entry(
    cache: CompsCache, market: FakeMarket, other: Question
) -> None:
    await cache.get_or_fetch(CARD)
    assert (await cache.get_or_fetch(other)).source == "fresh"


async def test_spelling_is_not_another_question(cache: CompsCache, market: FakeMarket) -> None:
    await cache.get_or_fetch(CARD)
    same = Question("  Zenitar   MK2 ", Condition.ANY, "cards", "EBAY_US")
    assert (await cache.get_or_fetch(same)).source == "cached"


async def test_many_who_ask_at_once_cost_one_call(cache: CompsCache, market: FakeMarket) -> None:
    answers = await asyncio.gather(*(cache.get_or_fetch(CARD) for _ in range(1000)))
    assert len(market.asked) == 1
    assert len({id(a) for a in answers}) == 1


async def test_who_stops_waiting_ends_nothing_for_the_others(cache: CompsCache, market: FakeMarket) -> None:
    waiting = [asyncio.create_task(cache.get_or_fetch(CARD)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [a.source for a in answers[1:]] == ["fresh", "fresh"]
    assert len(market.asked) == 1


async def test_a_failure_is_shared_by_those_who_wait_and_not_kept(
    cache: CompsCache, market: FakeMarket
) -> None:
    market.failures = [DOWN]
    failed = await asyncio.gather(*(cache.get_or_fetch(CARD) for _ in range(3)), return_exceptions=True)
    assert failed == [DOWN] * 3
    assert (await cache.get_or_fetch(CARD)).source == "fresh"


async def test_an_expired_answer_is_served_stale_with_its_age_while_the_market_fails(
    cache: CompsCache, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    first = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    stale = await cache.get_or_fetch(CARD)
    assert (stale.source, stale.stale, stale.error) == ("cached", True, DOWN)
    assert stale.fetched_at == first.fetched_at
    assert meter.counts["cache.stale"] == 1


async def test_beyond_max_stale_the_failure_is_the_answer(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(31 * DAY)
    market.failures = [DOWN]
    with pytest.raises(CallFailed):
        await cache.get_or_fetch(CARD)


async def test_a_question_that_the_market_refuses_is_not_answered_from_the_past(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [CallFailed(Api.EBAY, Kind.REFUSED, "409", caller_caused=True)]
    with pytest.raises(CallFailed) as caught:
        await cache.get_or_fetch(CARD)
    assert caught.value.caller_caused


async def test_that_there_was_nothing_is_no_answer_to_an_outage(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    market.offers()
    await cache.get_or_fetch(CARD)
    clock.move(10 * MINUTE)
    market.failures = [DOWN]
    with pytest.raises(CallFailed):
        await cache.get_or_fetch(CARD)


async def test_a_failure_never_replaces_a_good_answer(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    good = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    assert (await cache.get_or_fetch(CARD)).snapshot == good.snapshot


async def test_nothing_found_is_an_answer_that_is_kept_for_a_short_time(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    market.offers()
    assert (await cache.get_or_fetch(CARD)).snapshot.listings == ()
    clock.move(599)
    assert (await cache.get_or_fetch(CARD)).source == "cached"
    clock.move(1)
    assert (await cache.get_or_fetch(CARD)).source == "fresh"


async def test_an_empty_answer_where_a_market_was_is_asked_again_before_it_is_believed(
    cache: CompsCache, market: FakeMarket, clock: FakeClock
) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.offers()
    assert (await cache.get_or_fetch(CARD)).snapshot.listings == ()
    assert len(market.asked) == 3


async def test_answers_survive_a_restart(
    cache: CompsCache, stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    market.offers(listing(1, 49.99, None, ends_at=clock.now(), categories=("1", "2")))
    first = await cache.get_or_fetch(CARD)
    again = CompsCache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    assert (await again.get_or_fetch(CARD)).snapshot == first.snapshot


# The backup

EMPTY = Snapshot((), FakeClock().now())
QUOTA = CallFailed(Api.SERPAPI, Kind.QUOTA, "250 of 250 searches")


@pytest.fixture
def backup(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([55, 65, 75]))


@pytest.fixture
def sales(clock: FakeClock) -> FakeSales:
    return FakeSales(clock, Api.SERPAPI, *listings([40, 42, 44, 46, 48]))


def cache_with(
    stores: Stores, market: FakeMarket, meter: Ledger, *sold: FakeSales, backup: FakeMarket | None = None
) -> CompsCache:
    freshness = Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY))
    clock = market.clock
    return CompsCache(stores.cache, market, freshness, clock=clock, meter=meter, backup=backup, sold=sold)


async def test_the_backup_answers_where_ebay_fails_and_nothing_is_kept(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures = [DOWN, DOWN]
    first = await cache.get_or_fetch(CARD)
    assert (first.api, first.basis, first.source, first.stale) == (Api.SERPAPI, Basis.ASK, "fresh", False)
    assert (first.snapshot.listings, first.error) == (backup.listings, DOWN)
    again = await cache.get_or_fetch(CARD)
    assert (again.api, again.source, again.stale, again.error) == (Api.SERPAPI, "cached", False, DOWN)
    assert (len(market.asked), len(backup.asked), meter.counts["fallback"]) == (2, 1, 1)


async def test_each_markets_answers_are_kept_apart_and_ebay_comes_first_again(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await cache.get_or_fetch(CARD)
    found = await cache.get_or_fetch(CARD)
    assert (found.api, found.source, found.snapshot.listings) == (Api.EBAY, "fresh", market.listings)
    kept = [cache.get(CARD, api) for api in (Api.EBAY, Api.SERPAPI)]
    assert [a and a.snapshot.listings for a in kept] == [market.listings, backup.listings]


async def test_a_stale_answer_is_free_and_better_than_a_search(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    await cache.get_or_fetch(CARD)
    clock.move(20 * DAY)
    market.failures = [DOWN, DOWN]
    stale = await cache.get_or_fetch(CARD)
    assert (stale.api, stale.stale, backup.asked) == (Api.EBAY, True, [])
    clock.move(11 * DAY)
    assert (await cache.get_or_fetch(CARD)).api is Api.SERPAPI


async def test_the_newest_of_what_is_kept_is_served(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await cache.get_or_fetch(CARD)
    clock.move(HOUR)
    await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    assert (await cache.get_or_fetch(CARD)).api is Api.EBAY


async def test_an_old_answer_that_shows_something_is_better_than_a_newer_one_that_shows_nothing(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    good = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    await cache.set(CARD, EMPTY._replace(fetched_at=clock.now()), Api.SERPAPI)
    market.failures = [DOWN]
    assert (await cache.get_or_fetch(CARD)).snapshot == good.snapshot


async def test_the_backup_is_asked_within_the_time_that_somebody_waits(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await cache.get_or_fetch(CARD)
    assert (market.within, backup.within) == ([pytest.approx(20, abs=1)], [pytest.approx(30, abs=1)])
    market.failures = [DOWN]
    await cache.get_or_fetch(CARD)
    assert market.within[-1] == pytest.approx(30, abs=1), "what is kept needs no time"


async def test_when_both_fail_the_error_is_ebays_and_nothing_is_kept(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures, backup.failures = [DOWN], [QUOTA]
    with pytest.raises(CallFailed) as caught:
        await cache.get_or_fetch(CARD)
    assert caught.value is DOWN
    assert cache.stats()["totalEntries"] == 0


async def test_a_thousand_who_ask_while_ebay_is_down_cost_one_search(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, backup=backup)
    market.failures = [DOWN] * 5
    await asyncio.gather(*(cache.get_or_fetch(CARD) for _ in range(1000)))
    assert (len(market.asked), len(backup.asked)) == (1, 1)


# Doubt


async def test_prices_a_hundredth_of_what_they_were_poison_nothing(
    cache: CompsCache, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    good = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    right = market.listings
    market.later = [listings([0.5, 0.6, 0.7, 0.8, 0.9]), right]
    assert (await cache.get_or_fetch(CARD)).snapshot.listings == good.snapshot.listings
    assert (meter.counts["suspicious.prices"], len(market.asked)) == (1, 3)


async def test_another_currency_is_never_believed_and_the_stale_answer_stands(
    cache: CompsCache, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    good = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    market.offers(*(x._replace(price=Money(5000, "GBP")) for x in market.listings))
    found = await cache.get_or_fetch(CARD)
    assert (found.stale, found.snapshot.listings) == (True, good.snapshot.listings)
    assert found.error
    assert (found.error.kind, meter.counts["suspicious.currency"]) == (Kind.MALFORMED, 2)
    kept = cache.get(CARD)
    assert kept
    assert kept.snapshot == good.snapshot


# Sales


def price(answer: Answer) -> Comps:
    chosen = select(CARD.query, CARD.condition, answer.snapshot.listings, currency="USD")
    return Comps(chosen, summarize(chosen.kept, "USD", answer.basis))


async def test_comps_rest_on_sales_where_there_are_enough(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    answer, comps = await cache_with(stores, market, meter, sales).priced(CARD, price)
    assert (answer.api, answer.basis, answer.source) == (Api.SERPAPI, Basis.SOLD, "fresh")
    assert (comps.statistics.basis, comps.statistics.n, comps.statistics.median) == (Basis.SOLD, 5, usd(44))
    again, _ = await cache_with(stores, market, meter, sales).priced(CARD, price)
    assert (again.basis, again.source, len(sales.asked), len(market.asked)) == (Basis.SOLD, "cached", 1, 1)


async def test_too_few_sales_leave_it_to_the_asks_and_are_never_mixed_in(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    sales.listings = sales.listings[:4]
    answer, comps = await cache_with(stores, market, meter, sales).priced(CARD, price)
    assert (answer.basis, comps.statistics.basis, comps.statistics.n) == (Basis.ASK, Basis.ASK, 5)
    assert comps.statistics.low == usd(50)


async def test_no_sales_are_an_answer_that_is_kept_for_a_day(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: Ledger
) -> None:
    sales.listings = ()
    cache = cache_with(stores, market, meter, sales)
    found = await cache.sold(CARD)
    assert (found.negative, found.basis, found.error) == (True, Basis.SOLD, None)
    clock.move(DAY - 1)
    await cache.sold(CARD)
    assert len(sales.asked) == 1
    clock.move(1)
    await cache.sold(CARD)
    assert len(sales.asked) == 2


async def test_nobody_who_tells_of_sales_is_an_answer_too(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    assert (await cache_with(stores, market, meter).sold(CARD)).negative
    sales.silent = True
    assert (await cache_with(stores, market, meter, sales).sold(CARD)).error is None
    assert sales.asked == []
    assert (await cache_with(stores, market, meter).priced(CARD, price))[0].basis is Basis.ASK


async def test_sales_that_fail_are_no_failure_and_are_not_kept(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, sales)
    sales.failures = [QUOTA]
    found = await cache.sold(CARD)
    assert (found.negative, found.error, found.basis) == (True, QUOTA, Basis.SOLD)
    assert cache.stats()["totalEntries"] == 0
    assert len((await cache.sold(CARD)).snapshot.listings) == 5
    clock.move(2 * DAY)
    sales.failures = [QUOTA]
    stale = await cache.sold(CARD)
    assert (stale.stale, stale.error, len(stale.snapshot.listings)) == (True, QUOTA, 5)


async def test_the_first_who_tells_of_enough_sales_is_the_only_one_asked(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: Ledger
) -> None:
    insights = FakeSales(clock, Api.EBAY, *listings([30] * 5))
    cache = cache_with(stores, market, meter, insights, sales)
    assert ((await cache.sold(CARD)).api, sales.asked) == (Api.EBAY, [])
    other = Question("zenitar mk3", Condition.ANY, "cards", "EBAY_US")
    insights.listings = insights.listings[:1]
    assert (await cache.sold(other)).api is Api.SERPAPI
    third = Question("zenitar mk4", Condition.ANY, "cards", "EBAY_US")
    sales.listings = ()
    assert ((await cache.sold(third)).api, len(sales.asked)) == (Api.EBAY, 2)


async def test_a_sale_without_shipping_has_that_of_its_listing_on_offer(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    sold = FakeSales(clock, Api.EBAY, *(listing(n, 40, None) for n in range(1, 8)))
    market.offers(*(listing(n, 50, 5) for n in range(1, 7)))
    answer, comps = await cache_with(stores, market, meter, sold).priced(CARD, price)
    assert (answer.basis, comps.statistics.n, comps.statistics.median) == (Basis.SOLD, 6, usd(45))
    assert comps.selection.kept[-1].total is None


async def test_sales_answer_while_ebay_fails(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, sales)
    market.failures = [DOWN]
    assert (await cache.priced(CARD, price))[0].basis is Basis.SOLD
    sales.listings = ()
    other = Question("zenitar mk3", Condition.ANY, "cards", "EBAY_US")
    market.failures = [DOWN]
    with pytest.raises(CallFailed) as caught:
        await cache.priced(other, price)
    assert caught.value is DOWN


async def test_slow_sales_keep_nobody_waiting_and_are_there_for_the_next(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, sales)
    sales.gate = asyncio.Event()
    answer, _ = await cache.priced(CARD, price, patience=Seconds(0.01))
    assert answer.basis is Basis.ASK
    sales.gate.set()
    answer, _ = await cache.priced(CARD, price)
    assert (answer.basis, len(sales.asked)) == (Basis.SOLD, 1)


async def test_calls_that_nobody_waits_for_end_with_the_cache(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: Ledger
) -> None:
    cache = cache_with(stores, market, meter, sales)
    sales.gate = asyncio.Event()
    await cache.priced(CARD, price, patience=Seconds(0.01))
    await cache.aclose()
    await cache.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# Get, set, delete, clear, stats


async def test_an_answer_is_set_got_and_deleted_with_all_its_kin(cache: CompsCache, clock: FakeClock) -> None:
    snapshot = Snapshot(listings([50]), clock.now())
    assert cache.get(CARD) is None
    fresh = await cache.set(CARD, snapshot)
    await cache.set(CARD, snapshot, Api.SERPAPI, Basis.SOLD)
    await cache.set(CARD, EMPTY._replace(fetched_at=clock.now()), Api.SERPAPI)
    kept = cache.get(CARD)
    assert kept
    assert (fresh.source, kept.source, kept.snapshot, kept.negative) == ("fresh", "cached", snapshot, False)
    negative = cache.get(CARD, Api.SERPAPI)
    assert negative
    assert (negative.negative, negative.expires_at - negative.fetched_at) == (True, 10 * MINUTE)
    assert await cache.delete(CARD) == 3
    assert cache.get(CARD) is None


async def test_statistics_tell_how_many_are_expired(cache: CompsCache, clock: FakeClock) -> None:
    assert cache.stats() == {
        "totalEntries": 0,
        "expiredEntries": 0,
        "activeEntries": 0,
        "percentExpired": 0.0,
    }
    for n, market in enumerate(("EBAY_US", "EBAY_GB", "EBAY_DE")):
        question = Question("zenitar", Condition.ANY, "cards", market)
        await cache.set(question, Snapshot(listings([50]) if n else (), clock.now()))
    clock.move(HOUR)
    assert cache.stats() == {
        "totalEntries": 3,
        "expiredEntries": 1,
        "activeEntries": 2,
        "percentExpired": 33.3,
    }
    assert await cache.clear() == 3
    assert cache.stats()["totalEntries"] == 0


def test_markets_and_bases_never_share_a_key() -> None:
    assert len({str(key) for key in keys_of(CARD)}) == 4
    assert key_of(CARD) == keys_of(CARD)[0]


# Forgetting


class Slow(FakeMarket):
    """A market that answers when it is let; the answer is that of the moment it was asked."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, *listings([50, 60, 70, 80, 90]))
        self.gate = asyncio.Event()

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        snapshot = await super().search(ask, interactive=interactive)
        await self.gate.wait()
        return snapshot


@pytest.mark.parametrize("way", ["clear", "delete", "forget"])
async def test_what_is_forgotten_while_it_is_fetched_is_not_kept_by_that_fetch(
    stores: Stores, clock: FakeClock, meter: Ledger, way: str
) -> None:
    market = Slow(clock)
    cache = CompsCache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    asking = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    await {
        "clear": cache.clear,
        "delete": lambda: cache.delete(CARD),
        "forget": lambda: cache.forget(str(key_of(CARD))),
    }[way]()
    market.offers(*listings([500, 600, 700, 800, 900]))
    later = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    market.gate.set()
    first, second = await asking, await later
    assert first.snapshot.listings[0].price == usd(50), "who asked before is still answered"
    assert second.snapshot.listings[0].price == usd(500), "who asks after does not share that answer"
    kept = cache.get(CARD)
    assert kept is not None
    assert kept.snapshot == second.snapshot


async def test_a_fetch_that_was_forgotten_and_ends_last_keeps_nothing(
    stores: Stores, clock: FakeClock, meter: Ledger
) -> None:
    market = Slow(clock)
    cache = CompsCache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    asking = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    await cache.clear()
    market.gate.set()
    assert (await asking).source == "fresh"
    assert cache.stats()["totalEntries"] == 0


async def test_forgetting_another_answer_leaves_a_fetch_alone(
    stores: Stores, clock: FakeClock, meter: Ledger
) -> None:
    market = Slow(clock)
    cache = CompsCache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    asking = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    await cache.forget("another key")
    market.gate.set()
    await asking
    assert cache.stats()["totalEntries"] == 1


async def test_the_backups_answer_is_not_kept_either_when_it_was_forgotten(
    stores: Stores, clock: FakeClock, meter: Ledger
) -> None:
    market, backup = FakeMarket(clock), Slow(clock)
    market.failures = [DOWN]
    cache = CompsCache(
        stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter, backup=backup
    )
    asking = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await cache.clear()
    backup.gate.set()
    assert (await asking).api is Api.SERPAPI
    assert cache.stats()["totalEntries"] == 0


async def test_sales_that_were_cleared_do_not_come_back_when_their_renewal_fails(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: Ledger
) -> None:
    sales = FakeSales(clock, Api.EBAY, *listings([10, 11, 12, 13, 14]))
    cache = CompsCache(
        stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter, sold=[sales]
    )
    assert not (await cache.sold(CARD)).negative
    clock.move(DAY + HOUR)
    sales.gate, sales.failures = asyncio.Event(), [DOWN]
    asking = asyncio.create_task(cache.sold(CARD))
    await asyncio.sleep(0)
    await cache.clear()
    sales.gate.set()
    assert (await asking).negative


async def test_a_fetch_that_was_forgotten_ends_with_the_cache(
    stores: Stores, clock: FakeClock, meter: Ledger
) -> None:
    market = Slow(clock)
    cache = CompsCache(stores.cache, market, Freshness(TTLS, MINUTE, DAY), clock=clock, meter=meter)
    asking = asyncio.create_task(cache.get_or_fetch(CARD))
    await asyncio.sleep(0)
    await cache.clear()
    await cache.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_neither_a_look_nor_tidying_takes_away_what_may_still_be_served_stale(
    cache: CompsCache, stores: Stores, market: FakeMarket, clock: FakeClock
) -> None:
    """Flaw 1."""
    first = await cache.get_or_fetch(CARD)
    clock.move(2 * DAY)
    for _ in range(3):
        looked = cache.get(CARD)
        assert looked is not None
        assert looked.stale
        await stores.housekeeping.prune(clock.now())
        await stores.cache.trim()
    market.failures = [DOWN]
    assert (await cache.get_or_fetch(CARD)).snapshot == first.snapshot
    clock.move(30 * DAY)
    await stores.housekeeping.prune(clock.now())
    assert cache.stats()["totalEntries"] == 0, "beyond max_stale it is of no use"


async def test_max_stale_ends_to_the_second(cache: CompsCache, clock: FakeClock) -> None:
    await cache.get_or_fetch(CARD)
    clock.move(31 * DAY - 1)
    assert cache.get(CARD) is not None
    clock.move(1)
    assert cache.get(CARD) is None
