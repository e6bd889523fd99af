"""Comps are based on sales if there are enough, else on asks."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeClock, FakeMarket, FakeSales, RecordingMeter, inquiry_of, listing, listings, usd
from tests.polling.fetchers import CARD, DOWN, fetcher_with
from watcher.core.comps import Basis
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition
from watcher.core.times import DAY, Seconds
from watcher.db.stores import Stores

QUOTA = CallFailed(Api.SERPAPI, Kind.QUOTA, "250 of 250 searches")


@pytest.fixture
def sales(clock: FakeClock) -> FakeSales:
    return FakeSales(clock, Api.SERPAPI, *listings([40, 42, 44, 46, 48]))


async def test_comps_are_based_on_sales_if_there_are_enough(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    answer, comps = await fetcher_with(stores, market, meter, sales).fetch_comps(CARD)
    assert (answer.api, answer.basis, answer.source) == (Api.SERPAPI, Basis.SOLD, "fresh")
    assert (comps.statistics.basis, comps.statistics.n, comps.statistics.median) == (Basis.SOLD, 5, usd(44))
    again, _ = await fetcher_with(stores, market, meter, sales).fetch_comps(CARD)
    assert (again.basis, again.source, len(sales.asked), len(market.asked)) == (Basis.SOLD, "cached", 1, 1)


async def test_comps_are_based_on_asks_alone_if_sales_are_too_few(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    sales.listings = sales.listings[:4]
    answer, comps = await fetcher_with(stores, market, meter, sales).fetch_comps(CARD)
    assert (answer.basis, comps.statistics.basis, comps.statistics.n) == (Basis.ASK, Basis.ASK, 5)
    assert comps.statistics.low == usd(50)


async def test_an_empty_sales_answer_is_cached_for_a_day(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: RecordingMeter
) -> None:
    sales.listings = ()
    fetcher = fetcher_with(stores, market, meter, sales)
    found = await fetcher.fetch_sales(CARD)
    assert (found.negative, found.basis, found.error) == (True, Basis.SOLD, None)
    clock.move(DAY - 1)
    await fetcher.fetch_sales(CARD)
    assert len(sales.asked) == 1
    clock.move(1)
    await fetcher.fetch_sales(CARD)
    assert len(sales.asked) == 2


async def test_missing_sales_sources_give_an_empty_answer(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    assert (await fetcher_with(stores, market, meter).fetch_sales(CARD)).negative
    sales.silent = True
    assert (await fetcher_with(stores, market, meter, sales).fetch_sales(CARD)).error is None
    assert sales.asked == []
    assert (await fetcher_with(stores, market, meter).fetch_comps(CARD))[0].basis is Basis.ASK


async def test_a_failed_sales_source_gives_an_answer_with_its_error(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, sales)
    sales.failures = [QUOTA]
    found = await fetcher.fetch_sales(CARD)
    assert (found.negative, found.error, found.basis) == (True, QUOTA, Basis.SOLD)
    assert fetcher.cache.stats()["totalEntries"] == 0
    assert len((await fetcher.fetch_sales(CARD)).snapshot.listings) == 5
    clock.move(2 * DAY)
    sales.failures = [QUOTA]
    stale = await fetcher.fetch_sales(CARD)
    assert (stale.stale, stale.error, len(stale.snapshot.listings)) == (True, QUOTA, 5)


async def test_the_first_source_with_enough_sales_is_the_only_one_asked(
    stores: Stores, market: FakeMarket, sales: FakeSales, clock: FakeClock, meter: RecordingMeter
) -> None:
    insights = FakeSales(clock, Api.EBAY, *listings([30] * 5))
    fetcher = fetcher_with(stores, market, meter, insights, sales)
    assert ((await fetcher.fetch_sales(CARD)).api, sales.asked) == (Api.EBAY, [])
    other = inquiry_of("zenitar mk3", Condition.ANY, "cards", "EBAY_US")
    insights.listings = insights.listings[:1]
    assert (await fetcher.fetch_sales(other)).api is Api.SERPAPI
    third = inquiry_of("zenitar mk4", Condition.ANY, "cards", "EBAY_US")
    sales.listings = ()
    assert ((await fetcher.fetch_sales(third)).api, len(sales.asked)) == (Api.EBAY, 2)


async def test_a_sale_without_shipping_gets_that_of_its_listing(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    sold = FakeSales(clock, Api.EBAY, *(listing(n, 40, None) for n in range(1, 8)))
    market.offers(*(listing(n, 50, 5) for n in range(1, 7)))
    answer, comps = await fetcher_with(stores, market, meter, sold).fetch_comps(CARD)
    assert (answer.basis, comps.statistics.n, comps.statistics.median) == (Basis.SOLD, 6, usd(45))
    assert comps.selection.kept[-1].total is None


async def test_comps_are_based_on_sales_while_ebay_fails(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, sales)
    market.failures = [DOWN]
    assert (await fetcher.fetch_comps(CARD))[0].basis is Basis.SOLD
    sales.listings = ()
    other = inquiry_of("zenitar mk3", Condition.ANY, "cards", "EBAY_US")
    market.failures = [DOWN]
    with pytest.raises(CallFailed) as caught:
        await fetcher.fetch_comps(other)
    assert caught.value is DOWN


async def test_slow_sales_are_not_waited_for_and_are_cached_later(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, sales)
    sales.gate = asyncio.Event()
    answer, _ = await fetcher.fetch_comps(CARD, sales_wait=Seconds(0.01))
    assert answer.basis is Basis.ASK
    sales.gate.set()
    answer, _ = await fetcher.fetch_comps(CARD)
    assert (answer.basis, len(sales.asked)) == (Basis.SOLD, 1)


async def test_closing_ends_calls_without_callers(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, sales)
    sales.gate = asyncio.Event()
    await fetcher.fetch_comps(CARD, sales_wait=Seconds(0.01))
    await fetcher.cache.flights.close()
    await fetcher.cache.flights.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


class NeedsCategory(FakeSales):
    """A source like Marketplace Insights: sold prices without shipping, for one of eBay's categories."""

    def answers(self, ask: Ask) -> bool:
        return bool(ask.category_id)


async def test_comps_are_based_on_sold_prices_without_shipping(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    sold = (listing(100 + n, 40 + 2 * n, None) for n in range(5))
    with_shipping = listing(105, 60, 100)
    source = FakeSales(clock, Api.EBAY, *sold, with_shipping)
    answer, comps = await fetcher_with(stores, market, meter, source).fetch_comps(CARD)
    assert (answer.basis, comps.statistics.basis) == (Basis.SOLD_PRICE, Basis.SOLD_PRICE)
    assert (comps.statistics.n, comps.statistics.median, comps.statistics.high) == (6, usd(45), usd(60))


async def test_sold_prices_are_asked_for_in_the_category_of_the_asks(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    source = NeedsCategory(clock, Api.EBAY, *(listing(100 + n, 40, None) for n in range(5)))
    places = (("15230", "625"), ("15230", "625"), ("3323", "625"), ())
    market.offers(*(listing(n, 50, categories=place) for n, place in enumerate(places)))
    answer, _ = await fetcher_with(stores, market, meter, source).fetch_comps(CARD)
    assert answer.basis is Basis.SOLD_PRICE
    assert [ask.category_id for ask in source.asked] == ["15230"]


async def test_a_category_that_is_a_number_is_not_replaced(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    source = NeedsCategory(clock, Api.EBAY, *(listing(100 + n, 40, None) for n in range(5)))
    market.offers(*(listing(n, 50, categories=("15230",)) for n in range(5)))
    question = inquiry_of("zenitar mk2", Condition.ANY, "625", "EBAY_US")
    await fetcher_with(stores, market, meter, source).fetch_comps(question)
    assert [ask.category_id for ask in source.asked] == ["625"]


async def test_a_source_that_needs_a_category_is_not_asked_without_one(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    source = NeedsCategory(clock, Api.EBAY, *(listing(100 + n, 40, None) for n in range(5)))
    answer, _ = await fetcher_with(stores, market, meter, source).fetch_comps(CARD)
    assert (answer.basis, answer.sales_error, source.asked) == (Basis.ASK, None, [])
    clock.move(30 * DAY)
    market.failures = [DOWN] * 9
    with pytest.raises(CallFailed):
        await fetcher_with(stores, market, meter, source).fetch_comps(
            inquiry_of("zenitar mk9", Condition.ANY, "cards", "EBAY_US")
        )


async def test_asks_say_why_there_are_no_sold_prices(
    stores: Stores, market: FakeMarket, sales: FakeSales, meter: RecordingMeter
) -> None:
    sales.failures = [QUOTA]
    answer, _ = await fetcher_with(stores, market, meter, sales).fetch_comps(CARD)
    assert (answer.basis, answer.sales_error) == (Basis.ASK, QUOTA)
