"""An API's quota as one process sees it: charged before it is sent, in blocks, over a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest

from tests.fakes import NOON
from watcher.core.errors import Api, Code, Kind, NotSent, WatcherError
from watcher.core.resilience.quota import MOST_AT_ONCE, window_of
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.quota_ledger import QuotaLedger
from watcher.db.stores import Stores
from watcher.polling.quota_blocks import LIFE, QuotaBlocks

DAY_OF = window_of(Api.EBAY, NOON)


class Counted:
    """A real ledger that counts what is asked of it, and fails on demand."""

    def __init__(self, ledger: QuotaLedger) -> None:
        self.ledger, self.blocks = ledger, list[int]()
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None

    def used(self, api: Api, start: Instant) -> int:
        return self.ledger.used(api, start)

    async def reserve(self, api: Api, start: Instant, calls: int, bound: int) -> int:
        if self.gate:
            await self.gate.wait()
        if self.failure:
            raise self.failure
        self.blocks.append(calls)
        return await self.ledger.reserve(api, start, calls, bound)

    async def give_back(self, api: Api, start: Instant, calls: int) -> None:
        if self.failure:
            raise self.failure
        await self.ledger.give_back(api, start, calls)

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        await self.ledger.keep_within(api, start, least, most)


class Make(Protocol):
    def __call__(self, limit: int = ..., api: Api = ..., life: Seconds = ...) -> QuotaBlocks: ...


@pytest.fixture
def store(stores: Stores) -> Counted:
    return Counted(stores.quota_ledger)


@pytest.fixture
async def make(store: Counted) -> AsyncIterator[Make]:
    made: list[QuotaBlocks] = []

    def one(limit: int = 5000, api: Api = Api.EBAY, life: Seconds = LIFE) -> QuotaBlocks:
        made.append(QuotaBlocks(api, limit, store, life=life))
        return made[-1]

    yield one
    store.failure = None
    for allowance in made:
        await allowance.close()


async def spend(
    allowance: QuotaBlocks, calls: int = 1, *, now: Instant = NOON, interactive: bool = False
) -> None:
    for _ in range(calls):
        if not allowance.spend(now):
            await allowance.take(now, interactive=interactive)


async def refusal(allowance: QuotaBlocks, *, now: Instant = NOON, interactive: bool = False) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await spend(allowance, now=now, interactive=interactive)
    return caught.value


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.002)


async def test_every_call_is_in_the_ledger_before_it_is_sent(make: Make, store: Counted) -> None:
    allowance = make()
    for sent in range(1, 200):
        await spend(allowance)
        assert store.used(Api.EBAY, DAY_OF.start) >= sent == allowance.used(NOON)


async def test_a_block_grows_with_the_calls_and_never_beyond_its_bound(make: Make, store: Counted) -> None:
    await spend(make(10**6), 400)
    assert store.blocks == [1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64]
    assert max(store.blocks) == MOST_AT_ONCE


async def test_a_crash_wastes_one_block_at_most(make: Make, store: Counted) -> None:
    await spend(make(10**6), 200)
    assert 200 <= store.used(Api.EBAY, DAY_OF.start) <= 200 + MOST_AT_ONCE


async def test_what_was_not_sent_within_the_life_of_its_block_goes_back(make: Make, store: Counted) -> None:
    allowance = make(life=Seconds(0.05))
    await spend(allowance, 9)
    assert store.used(Api.EBAY, DAY_OF.start) == 15
    await until(lambda: store.used(Api.EBAY, DAY_OF.start) == 9)
    await spend(allowance)
    assert store.blocks[-1] == 2, "as many as the last block's life needed"
    await until(lambda: store.used(Api.EBAY, DAY_OF.start) == 10)
    await spend(allowance)
    assert store.blocks[-1] == 1


async def test_closing_gives_back_what_was_not_sent(make: Make, store: Counted) -> None:
    allowance = make()
    await spend(allowance, 9)
    await allowance.close()
    assert store.used(Api.EBAY, DAY_OF.start) == 9


async def test_closing_waits_for_a_block_under_way(make: Make, store: Counted) -> None:
    allowance = make()
    taking = asyncio.create_task(spend(allowance))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    taking.cancel()
    await allowance.close()
    assert store.blocks == [1]
    assert store.used(Api.EBAY, DAY_OF.start) == 0


async def test_many_that_ask_at_once_share_a_block(make: Make, store: Counted) -> None:
    allowance = make(10**6)
    await asyncio.gather(*(spend(allowance) for _ in range(40)))
    assert store.blocks == [40]
    assert store.used(Api.EBAY, DAY_OF.start) == allowance.used(NOON) == 40


async def test_who_stops_waiting_harms_no_other(make: Make, store: Counted) -> None:
    allowance, store.gate = make(), asyncio.Event()
    first, second = (asyncio.create_task(spend(allowance)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    store.gate.set()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert allowance.used(NOON) == 1


async def test_polls_may_use_all_but_the_reserve_and_people_all(make: Make, store: Counted) -> None:
    allowance = make(40)
    await spend(allowance, 36)
    failure = await refusal(allowance)
    assert (failure.kind, failure.code) == (Kind.QUOTA, Code.EBAY_RATE_LIMIT)
    assert failure.retry_after == DAY_OF.end - NOON
    await spend(allowance, 4, interactive=True)
    failure = await refusal(allowance, interactive=True)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, DAY_OF.end - NOON)
    assert allowance.used(NOON) == store.used(Api.EBAY, DAY_OF.start) == 40


async def test_people_take_from_the_common_part_first(make: Make) -> None:
    allowance = make(40)
    await spend(allowance, 36, interactive=True)
    await refusal(allowance)


async def test_an_exhausted_quota_is_told_without_a_write(make: Make, store: Counted) -> None:
    allowance = make(10)
    await spend(allowance, 9)
    written = len(store.blocks)
    for _ in range(50):
        await refusal(allowance)
    assert len(store.blocks) == written
    await spend(allowance, interactive=True)
    written = len(store.blocks)
    await refusal(allowance, interactive=True)
    assert len(store.blocks) == written


async def test_what_is_left_for_polls_is_all_but_the_reserve_and_never_less_than_nothing(make: Make) -> None:
    allowance = make(40)
    assert allowance.left(NOON) == 36
    await spend(allowance, 30)
    assert allowance.left(NOON) == 6
    await spend(allowance, 10, interactive=True)
    assert allowance.left(NOON) == 0


async def test_two_processes_use_the_whole_quota_between_them(make: Make, store: Counted) -> None:
    one, other = make(500), make(500)
    for sent in range(449):
        await spend(one if sent % 3 else other)
    await spend(one if one.used(NOON) < 450 else other)  # the last one may be held by either
    for allowance in (one, other):
        await refusal(allowance)
    assert store.used(Api.EBAY, DAY_OF.start) == 450


async def test_a_call_that_was_not_sent_after_all_is_not_charged(make: Make, store: Counted) -> None:
    allowance = make()
    await spend(allowance)
    allowance.refund(NOON)
    assert allowance.used(NOON) == 0
    await allowance.close()
    assert store.used(Api.EBAY, DAY_OF.start) == 0


async def test_a_refund_of_yesterdays_call_is_not_todays(make: Make) -> None:
    allowance = make()
    await spend(allowance, now=DAY_OF.end)
    allowance.refund(NOON)
    assert allowance.used(DAY_OF.end) == 1


async def test_a_new_day_begins_with_a_new_block_and_the_old_one_goes_back(
    make: Make, store: Counted
) -> None:
    allowance = make(50)
    await spend(allowance, 45)
    await refusal(allowance)
    await spend(allowance, 3, now=DAY_OF.end)
    assert allowance.used(DAY_OF.end) == 3
    allowance.refund(DAY_OF.end)
    late = Instant(DAY_OF.end + DAY)
    await spend(allowance, now=late)
    await until(lambda: store.used(Api.EBAY, DAY_OF.end) == 2)
    assert (allowance.used(late), allowance.resets_at(late)) == (1, DAY_OF.end + 2 * DAY)


async def test_when_the_provider_says_that_nothing_is_left_nothing_is_sent(
    make: Make, store: Counted
) -> None:
    allowance = make(50)
    await spend(allowance, 5)
    allowance.exhausted(NOON, NOON)
    for interactive in (False, True):
        failure = await refusal(allowance, interactive=interactive)
        assert failure.retry_after == DAY_OF.end - NOON
    await spend(allowance, now=DAY_OF.end)


async def test_a_block_that_comes_after_the_provider_said_so_is_not_spent(make: Make, store: Counted) -> None:
    allowance, store.gate = make(50), asyncio.Event()
    waiting = asyncio.create_task(spend(allowance))
    await asyncio.sleep(0)
    allowance.exhausted(NOON, NOON)
    store.gate.set()
    with pytest.raises(NotSent):
        await waiting
    assert store.used(Api.EBAY, DAY_OF.start) >= 50


async def test_a_failure_that_nobody_waits_for_any_more_is_nobodys(make: Make, store: Counted) -> None:
    allowance, store.gate = make(), asyncio.Event()
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    waiting = asyncio.create_task(spend(allowance))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    store.gate.set()
    await allowance.close()
    assert waiting.cancelled()


async def test_what_the_provider_says_of_yesterday_does_not_close_today(make: Make) -> None:
    allowance = make(50)
    allowance.exhausted(NOON, Instant(DAY_OF.end + 1))
    await spend(allowance, now=Instant(DAY_OF.end + 1))


async def test_the_providers_count_raises_ours(make: Make) -> None:
    allowance = make(100)
    await spend(allowance, 5)
    await allowance.reconcile(12, 100, None, NOON)
    assert allowance.used(NOON) == 88
    await spend(allowance, 2)
    await refusal(allowance)


async def test_the_providers_lower_count_frees_what_never_arrived(make: Make, store: Counted) -> None:
    allowance = make(100)
    await spend(allowance, 5)
    allowance.exhausted(NOON, NOON)
    await refusal(allowance)
    await allowance.reconcile(97, 100, DAY_OF.end, NOON)
    assert allowance.used(NOON) == 3 + 2
    await spend(allowance)


async def test_a_word_on_a_window_that_is_over_changes_nothing(make: Make) -> None:
    allowance = make(100)
    await allowance.reconcile(0, 100, Instant(NOON - HOUR), NOON)
    assert allowance.used(NOON) == 0


async def test_without_the_ledger_nothing_is_sent(make: Make, store: Counted) -> None:
    allowance = make()
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    with pytest.raises(WatcherError) as failed:
        await spend(allowance)
    assert failed.value.code is Code.DATABASE_CONNECTION_FAILED
    store.failure = None
    await spend(allowance)


async def test_what_cannot_be_given_back_is_logged_and_stays_counted(
    make: Make, store: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    allowance = make()
    await spend(allowance, 2)
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    await allowance.close()
    assert "the quota ledger of ebay could not be written" in caplog.text
    assert store.used(Api.EBAY, DAY_OF.start) == 3


async def test_serpapis_month_is_a_window_of_its_own(make: Make) -> None:
    allowance = make(10, Api.SERPAPI)
    await spend(allowance, 9)
    failure = await refusal(allowance)
    assert failure.code is Code.SERPAPI_RATE_LIMIT
    assert failure.retry_after == window_of(Api.SERPAPI, NOON).end - NOON
