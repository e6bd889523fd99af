"""One call for concurrent callers; stale answers and the backup while the market fails."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import WAIT_LIMITS, FakeClock, FakeMarket, RecordingMeter, inquiry_of, listing, listings
from tests.polling.fetchers import CARD, DOWN, fetcher_with
from watcher.core.categories import TTLS
from watcher.core.comps import Basis
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Condition, Snapshot
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR, MINUTE
from watcher.core.watch import Inquiry
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher

EMPTY = Snapshot((), FakeClock().now())
QUOTA = CallFailed(Api.SERPAPI, Kind.QUOTA, "250 of 250 searches")


@pytest.fixture
def fetcher(stores: Stores, market: FakeMarket, meter: RecordingMeter) -> Fetcher:
    return fetcher_with(stores, market, meter)


@pytest.fixture
def backup(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([55, 65, 75]), api=Api.SERPAPI)


async def test_an_answer_is_cached_until_its_category_ttl_ends(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    first = await fetcher.fetch(CARD)
    clock.move(DAY - 1)
    second = await fetcher.fetch(CARD)
    assert (first.source, second.source, second.stale) == ("fresh", "cached", False)
    assert second.snapshot == first.snapshot
    assert second.expires_at - second.fetched_at == DAY
    clock.move(1)
    assert (await fetcher.fetch(CARD)).source == "fresh"
    assert len(market.asked) == 2


OTHER_QUESTIONS = (
    inquiry_of("zenitar mk2", Condition.NEW, "cards", "EBAY_US"),
    inquiry_of("zenitar mk2", Condition.ANY, "15709", "EBAY_US"),
    inquiry_of("zenitar mk2", Condition.ANY, "cards", "EBAY_GB"),
    inquiry_of("zenitar mk3", Condition.ANY, "cards", "EBAY_US"),
)


@pytest.mark.parametrize("other", OTHER_QUESTIONS)
async def test_a_different_question_has_its_own_entry(
    fetcher: Fetcher, market: FakeMarket, other: Inquiry
) -> None:
    await fetcher.fetch(CARD)
    assert (await fetcher.fetch(other)).source == "fresh"


async def test_case_and_spacing_do_not_change_the_entry(fetcher: Fetcher, market: FakeMarket) -> None:
    await fetcher.fetch(CARD)
    same = inquiry_of("  Zenitar   MK2 ", Condition.ANY, "cards", "EBAY_US")
    assert (await fetcher.fetch(same)).source == "cached"


async def test_concurrent_callers_cost_one_call(fetcher: Fetcher, market: FakeMarket) -> None:
    answers = await asyncio.gather(*(fetcher.fetch(CARD) for _ in range(1000)))
    assert len(market.asked) == 1
    assert len({id(a) for a in answers}) == 1


@pytest.mark.parametrize("other", OTHER_QUESTIONS)
async def test_concurrent_callers_with_different_questions_share_no_call(
    fetcher: Fetcher, market: FakeMarket, other: Inquiry
) -> None:
    market.later = [listings([50, 60]), listings([500, 600])]
    first, second = await asyncio.gather(fetcher.fetch(CARD), fetcher.fetch(other))
    assert len(market.asked) == 2
    assert first.snapshot.listings != second.snapshot.listings


async def test_cancelling_one_caller_does_not_affect_the_others(fetcher: Fetcher, market: FakeMarket) -> None:
    waiting = [asyncio.create_task(fetcher.fetch(CARD)) for _ in range(3)]
    await asyncio.sleep(0)  # they have asked, and none has an answer
    waiting[0].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [a.source for a in answers[1:]] == ["fresh", "fresh"]
    assert len(market.asked) == 1


async def test_a_failure_is_shared_by_waiting_callers_and_not_cached(
    fetcher: Fetcher, market: FakeMarket
) -> None:
    market.failures = [DOWN]
    failed = await asyncio.gather(*(fetcher.fetch(CARD) for _ in range(3)), return_exceptions=True)
    assert failed == [DOWN] * 3
    assert (await fetcher.fetch(CARD)).source == "fresh"


async def test_a_stale_answer_is_served_with_its_age_while_the_market_fails(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    first = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    stale = await fetcher.fetch(CARD)
    assert (stale.source, stale.stale, stale.error) == ("cached", True, DOWN)
    assert stale.fetched_at == first.fetched_at
    assert meter.counts["cache.stale"] == 1


async def test_an_answer_beyond_max_stale_is_not_served(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    await fetcher.fetch(CARD)
    clock.move(31 * DAY)
    market.failures = [DOWN]
    with pytest.raises(CallFailed):
        await fetcher.fetch(CARD)


async def test_a_refused_question_is_not_answered_from_the_cache(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [CallFailed(Api.EBAY, Kind.REFUSED, "409", caller_caused=True)]
    with pytest.raises(CallFailed) as caught:
        await fetcher.fetch(CARD)
    assert caught.value.caller_caused


async def test_a_stale_empty_answer_is_not_served_during_an_outage(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    market.offers()
    await fetcher.fetch(CARD)
    clock.move(10 * MINUTE)
    market.failures = [DOWN]
    with pytest.raises(CallFailed):
        await fetcher.fetch(CARD)


async def test_a_failure_never_replaces_a_good_answer(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    good = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    assert (await fetcher.fetch(CARD)).snapshot == good.snapshot


async def test_an_empty_answer_is_cached_for_ten_minutes(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    market.offers()
    assert (await fetcher.fetch(CARD)).snapshot.listings == ()
    clock.move(599)
    assert (await fetcher.fetch(CARD)).source == "cached"
    clock.move(1)
    assert (await fetcher.fetch(CARD)).source == "fresh"


async def test_an_unexpected_empty_answer_is_read_a_second_time(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.offers()
    assert (await fetcher.fetch(CARD)).snapshot.listings == ()
    assert len(market.asked) == 3


async def test_answers_survive_a_restart(
    fetcher: Fetcher, stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    market.offers(listing(1, 49.99, None, ends_at=clock.now(), categories=("1", "2")))
    first = await fetcher.fetch(CARD)
    again = Fetcher(
        CompsCache(stores.cache, Freshness(TTLS, MINUTE, DAY), clock), market, meter, limits=WAIT_LIMITS
    )
    assert (await again.fetch(CARD)).snapshot == first.snapshot


async def test_the_backup_answers_if_ebay_fails_and_nothing_is_cached(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures = [DOWN, DOWN]
    first = await fetcher.fetch(CARD)
    assert (first.api, first.basis, first.source, first.stale) == (Api.SERPAPI, Basis.ASK, "fresh", False)
    assert (first.snapshot.listings, first.error) == (backup.listings, DOWN)
    again = await fetcher.fetch(CARD)
    assert (again.api, again.source, again.stale, again.error) == (Api.SERPAPI, "cached", False, DOWN)
    assert (len(market.asked), len(backup.asked), meter.counts["fallback"]) == (2, 1, 1)


async def test_each_market_has_its_own_entry_and_ebay_is_asked_first(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await fetcher.fetch(CARD)
    found = await fetcher.fetch(CARD)
    assert (found.api, found.source, found.snapshot.listings) == (Api.EBAY, "fresh", market.listings)
    stored = [fetcher.cache.get(CARD, api) for api in (Api.EBAY, Api.SERPAPI)]
    assert [a and a.snapshot.listings for a in stored] == [market.listings, backup.listings]


async def test_a_stale_answer_is_preferred_to_the_backup(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    await fetcher.fetch(CARD)
    clock.move(20 * DAY)
    market.failures = [DOWN, DOWN]
    stale = await fetcher.fetch(CARD)
    assert (stale.api, stale.stale, backup.asked) == (Api.EBAY, True, [])
    clock.move(11 * DAY)
    assert (await fetcher.fetch(CARD)).api is Api.SERPAPI


async def test_the_newest_cached_answer_is_served(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await fetcher.fetch(CARD)
    clock.move(HOUR)
    await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.failures = [DOWN]
    assert (await fetcher.fetch(CARD)).api is Api.EBAY


async def test_an_old_answer_with_listings_is_preferred_to_a_new_empty_one(
    stores: Stores, market: FakeMarket, backup: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    good = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    await fetcher.cache.set(CARD, EMPTY._replace(fetched_at=clock.now()), Api.SERPAPI)
    market.failures = [DOWN]
    assert (await fetcher.fetch(CARD)).snapshot == good.snapshot


async def test_a_refused_question_costs_no_backup_search(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    market.failures = [CallFailed(Api.EBAY, Kind.REFUSED, "400", caller_caused=True)]
    with pytest.raises(CallFailed):
        await fetcher_with(stores, market, meter, backup=backup).fetch(CARD)
    assert backup.asked == []


async def test_the_backup_gets_the_rest_of_the_waiting_time(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures = [DOWN]
    await fetcher.fetch(CARD)
    assert (market.within, backup.within) == ([pytest.approx(20, abs=1)], [pytest.approx(30, abs=1)])
    market.failures = [DOWN]
    await fetcher.fetch(CARD)
    assert market.within[-1] == pytest.approx(30, abs=1), "a cached answer needs no spare time"


async def test_ebays_error_is_raised_if_both_fail(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures, backup.failures = [DOWN], [QUOTA]
    with pytest.raises(CallFailed) as caught:
        await fetcher.fetch(CARD)
    assert caught.value is DOWN
    assert fetcher.cache.stats()["totalEntries"] == 0


async def test_a_thousand_callers_cost_one_backup_search(
    stores: Stores, market: FakeMarket, backup: FakeMarket, meter: RecordingMeter
) -> None:
    fetcher = fetcher_with(stores, market, meter, backup=backup)
    market.failures = [DOWN] * 5
    await asyncio.gather(*(fetcher.fetch(CARD) for _ in range(1000)))
    assert (len(market.asked), len(backup.asked)) == (1, 1)


async def test_prices_at_a_hundredth_of_the_known_ones_are_not_cached(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    good = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    right = market.listings
    market.later = [listings([0.5, 0.6, 0.7, 0.8, 0.9]), right]
    assert (await fetcher.fetch(CARD)).snapshot.listings == good.snapshot.listings
    assert (meter.counts["suspicious.prices"], len(market.asked)) == (1, 3)


async def test_an_answer_in_another_currency_is_never_believed(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    good = await fetcher.fetch(CARD)
    clock.move(2 * DAY)
    market.offers(*(x._replace(price=Money(5000, "GBP")) for x in market.listings))
    found = await fetcher.fetch(CARD)
    assert (found.stale, found.snapshot.listings) == (True, good.snapshot.listings)
    assert found.error
    assert (found.error.kind, meter.counts["suspicious.currency"]) == (Kind.MALFORMED, 2)
    stored = fetcher.cache.get(CARD)
    assert stored
    assert stored.snapshot == good.snapshot
