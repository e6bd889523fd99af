"""Quota blocks over a real ledger: every call is charged before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from tests.fakes import NOON
from tests.waiting import let_tasks_run, until
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.resilience.quota import MAX_BLOCK_CALLS, quota_window
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db.quota_ledger import CallCounts, QuotaLedger
from watcher.db.stores import Stores
from watcher.polling.quota_blocks import BLOCK_LIFETIME, QuotaBlocks

TODAY = quota_window(Api.EBAY, NOON)
MORNING = TODAY.start  # nothing of the reserve is released yet


class RecordingLedger:
    """A real ledger that records the blocks it granted, and fails on demand."""

    def __init__(self, ledger: QuotaLedger) -> None:
        self.ledger, self.taken = ledger, list[int]()
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None

    def used(self, api: Api, start: Instant) -> int:
        return self.ledger.used(api, start)

    def counts(self, api: Api, start: Instant) -> CallCounts:
        return self.ledger.counts(api, start)

    def granted(self, api: Api) -> int | None:
        return self.ledger.granted(api)

    async def record_grant(self, api: Api, start: Instant, limit: int) -> None:
        await self.ledger.record_grant(api, start, limit)

    async def reserve(
        self, api: Api, start: Instant, calls: int, bound: int, *, interactive: bool = False
    ) -> int:
        if self.gate:
            await self.gate.wait()
        if self.failure:
            raise self.failure
        self.taken.append(calls)
        return await self.ledger.reserve(api, start, calls, bound, interactive=interactive)

    async def give_back(self, api: Api, start: Instant, calls: int, *, interactive: bool = False) -> None:
        if self.failure:
            raise self.failure
        await self.ledger.give_back(api, start, calls, interactive=interactive)

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        await self.ledger.keep_within(api, start, least, most)


class MakeBlocks(Protocol):
    def __call__(self, limit: int = ..., api: Api = ..., lifetime: Seconds = ...) -> QuotaBlocks: ...


@pytest.fixture
def store(stores: Stores) -> RecordingLedger:
    return RecordingLedger(stores.quota_ledger)


@pytest.fixture
async def make(store: RecordingLedger) -> AsyncIterator[MakeBlocks]:
    made: list[QuotaBlocks] = []

    def one(limit: int = 5000, api: Api = Api.EBAY, lifetime: Seconds = BLOCK_LIFETIME) -> QuotaBlocks:
        made.append(QuotaBlocks(api, limit, store, lifetime=lifetime))
        return made[-1]

    yield one
    store.failure = None
    for blocks in made:
        await blocks.close()


async def spend(
    blocks: QuotaBlocks, calls: int = 1, *, now: Instant = MORNING, interactive: bool = False
) -> None:
    for _ in range(calls):
        if interactive or not blocks.spend(now):
            await blocks.take(now, interactive=interactive)


async def refusal(blocks: QuotaBlocks, *, now: Instant = MORNING, interactive: bool = False) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await spend(blocks, now=now, interactive=interactive)
    return caught.value


def expire(blocks: QuotaBlocks) -> None:
    """Let the lifetime of a block end."""
    timer = blocks._end_of_block
    assert timer is not None
    assert 0 < timer.when() - asyncio.get_running_loop().time() <= blocks._lifetime
    timer.cancel()
    blocks._expire()


async def test_every_call_is_in_the_ledger_before_it_is_sent(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks = make()
    for sent in range(1, 200):
        await spend(blocks)
        assert store.used(Api.EBAY, TODAY.start) >= sent == blocks.used(MORNING)


async def test_blocks_grow_with_the_calls_up_to_the_maximum(make: MakeBlocks, store: RecordingLedger) -> None:
    await spend(make(10**6), 400)
    assert store.taken == [1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64]
    assert max(store.taken) == MAX_BLOCK_CALLS


async def test_a_crash_wastes_one_block_at_most(make: MakeBlocks, store: RecordingLedger) -> None:
    await spend(make(10**6), 200)
    assert 200 <= store.used(Api.EBAY, TODAY.start) <= 200 + MAX_BLOCK_CALLS


async def test_unsent_calls_are_given_back_after_the_blocks_lifetime(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks = make()
    await spend(blocks, 9)
    assert store.used(Api.EBAY, TODAY.start) == 15
    expire(blocks)
    await until(lambda: store.used(Api.EBAY, TODAY.start) == 9)
    await spend(blocks)
    assert store.taken[-1] == 2, "as many as the last block's lifetime needed"
    expire(blocks)
    await until(lambda: store.used(Api.EBAY, TODAY.start) == 10)
    await spend(blocks)
    assert store.taken[-1] == 1


async def test_closing_gives_back_unsent_calls(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make()
    await spend(blocks, 9)
    await blocks.close()
    assert store.used(Api.EBAY, TODAY.start) == 9


async def test_closing_waits_for_a_block_under_way(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks, store.gate = make(), asyncio.Event()
    taking = asyncio.create_task(spend(blocks))
    await let_tasks_run()
    taking.cancel()
    closing = asyncio.create_task(blocks.close())
    await let_tasks_run()
    assert not closing.done()
    store.gate.set()
    await closing
    assert store.taken == [1]
    assert store.used(Api.EBAY, TODAY.start) == 0


async def test_concurrent_callers_share_a_block(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make(10**6)
    await asyncio.gather(*(spend(blocks) for _ in range(40)))
    assert store.taken == [40]
    assert store.used(Api.EBAY, TODAY.start) == blocks.used(MORNING) == 40


async def test_cancelling_one_caller_does_not_affect_the_others(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks, store.gate = make(), asyncio.Event()
    first, second = (asyncio.create_task(spend(blocks)) for _ in range(2))
    await let_tasks_run()
    first.cancel()
    await let_tasks_run()
    store.gate.set()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert blocks.used(MORNING) == 1


async def test_only_interactive_calls_may_use_the_reserve(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make(40)
    await spend(blocks, 36)
    failure = await refusal(blocks)
    assert (failure.kind, failure.code) == (Kind.QUOTA, Code.EBAY_RATE_LIMIT)
    assert failure.retry_after == 10 * MINUTE, "the others are released bit by bit"
    await spend(blocks, 4, interactive=True)
    failure = await refusal(blocks, interactive=True)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, TODAY.end - MORNING)
    assert blocks.used(MORNING) == store.used(Api.EBAY, TODAY.start) == 40


async def test_polls_may_use_a_reserve_that_interactive_calls_have_spent(make: MakeBlocks) -> None:
    blocks = make(40)
    await spend(blocks, 3, interactive=True)
    assert blocks.left(MORNING) == 36
    await spend(blocks, 3, interactive=True)
    assert blocks.left(MORNING) == 34
    await spend(blocks, 34)
    await refusal(blocks)


async def test_interactive_calls_leave_half_of_the_calls_to_polls(make: MakeBlocks) -> None:
    blocks, start = make(100), TODAY.start
    await spend(blocks, 50, now=start, interactive=True)
    failure = await refusal(blocks, now=start, interactive=True)
    assert failure.detail == "50 of 100 calls are used, the others are kept for polls"
    assert failure.retry_after == pytest.approx((TODAY.end - start) / 50)
    await spend(blocks, 50, now=start)
    assert (await refusal(blocks, now=start)).detail == "100 of 100 calls are used"


async def test_unused_calls_of_polls_are_released_to_interactive_calls(make: MakeBlocks) -> None:
    blocks, start = make(100), TODAY.start
    await spend(blocks, 50, now=start, interactive=True)
    later = Instant(start + (TODAY.end - start) / 2)
    await spend(blocks, 25, now=later, interactive=True)
    await refusal(blocks, now=later, interactive=True)
    await spend(blocks, 24, now=Instant(TODAY.end - 1), interactive=True)


async def test_the_calls_kept_for_polls_are_counted_by_all_processes(make: MakeBlocks) -> None:
    await spend(make(100), 50, now=TODAY.start, interactive=True)
    await refusal(make(100), now=TODAY.start, interactive=True)


async def test_without_polls_people_may_use_the_whole_quota(store: RecordingLedger) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, store, has_polls=lambda: False)
    await spend(blocks, 100, now=TODAY.start, interactive=True)
    await refusal(blocks, now=TODAY.start, interactive=True)
    await blocks.close()


async def test_a_refunded_interactive_call_is_not_counted_for_people(make: MakeBlocks) -> None:
    blocks = make(100)
    await spend(blocks, 1, interactive=True)
    blocks.refund(MORNING, interactive=True)
    await blocks.close()
    assert blocks.counts(MORNING) == (0, 0)


async def test_an_exhausted_quota_is_refused_without_a_write(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks = make(10)
    await spend(blocks, 9)
    written = len(store.taken)
    for _ in range(50):
        await refusal(blocks)
    assert len(store.taken) == written
    await spend(blocks, interactive=True)
    written = len(store.taken)
    await refusal(blocks, interactive=True)
    assert len(store.taken) == written


async def test_calls_left_for_polls_exclude_the_reserve_and_are_never_negative(make: MakeBlocks) -> None:
    blocks = make(40)
    assert blocks.left(MORNING) == 36
    await spend(blocks, 30)
    assert blocks.left(MORNING) == 6
    await spend(blocks, 10, interactive=True)
    assert blocks.left(MORNING) == 0


async def test_two_processes_together_use_the_whole_quota(make: MakeBlocks, store: RecordingLedger) -> None:
    one, other = make(500), make(500)
    for sent in range(449):
        await spend(one if sent % 3 else other)
    await spend(one if one.used(MORNING) < 450 else other)  # the last one may be held by either
    for blocks in (one, other):
        await refusal(blocks)
    assert store.used(Api.EBAY, TODAY.start) == 450


async def test_a_refunded_call_is_not_charged(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make()
    await spend(blocks)
    blocks.refund(MORNING, interactive=False)
    assert blocks.used(MORNING) == 0
    await blocks.close()
    assert store.used(Api.EBAY, TODAY.start) == 0


async def test_a_refund_of_yesterdays_call_does_not_change_today(make: MakeBlocks) -> None:
    blocks = make()
    await spend(blocks, now=TODAY.end)
    blocks.refund(MORNING, interactive=False)
    assert blocks.used(TODAY.end) == 1


async def test_a_new_day_starts_a_new_block_and_gives_back_the_old_one(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks = make(50)
    await spend(blocks, 45)
    await refusal(blocks)
    await spend(blocks, 3, now=TODAY.end)
    assert blocks.used(TODAY.end) == 3
    blocks.refund(TODAY.end, interactive=False)
    late = Instant(TODAY.end + DAY)
    await spend(blocks, now=late)
    await until(lambda: store.used(Api.EBAY, TODAY.end) == 2)
    assert (blocks.used(late), blocks.resets_at(late)) == (1, TODAY.end + 2 * DAY)


async def test_nothing_is_sent_once_the_provider_reports_an_exhausted_quota(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks = make(50)
    await spend(blocks, 5)
    blocks.exhausted(MORNING, MORNING)
    for interactive in (False, True):
        failure = await refusal(blocks, interactive=interactive)
        assert failure.retry_after == TODAY.end - MORNING
    await spend(blocks, now=TODAY.end)


async def test_a_block_granted_after_exhaustion_is_not_spent(
    make: MakeBlocks, store: RecordingLedger
) -> None:
    blocks, store.gate = make(50), asyncio.Event()
    waiting = asyncio.create_task(spend(blocks))
    await let_tasks_run()
    blocks.exhausted(MORNING, MORNING)
    store.gate.set()
    with pytest.raises(NotSent):
        await waiting
    assert store.used(Api.EBAY, TODAY.start) >= 50


async def test_a_failure_without_callers_is_dropped(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks, store.gate = make(), asyncio.Event()
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    waiting = asyncio.create_task(spend(blocks))
    await let_tasks_run()
    waiting.cancel()
    await let_tasks_run()
    store.gate.set()
    await blocks.close()
    assert waiting.cancelled()


async def test_exhaustion_of_yesterdays_quota_does_not_affect_today(make: MakeBlocks) -> None:
    blocks = make(50)
    blocks.exhausted(MORNING, Instant(TODAY.end + 1))
    await spend(blocks, now=Instant(TODAY.end + 1))


async def test_a_higher_count_of_the_provider_raises_ours(make: MakeBlocks) -> None:
    blocks = make(100)
    await spend(blocks, 5)
    await blocks.reconcile(12, 100, None, MORNING)
    assert blocks.used(MORNING) == 88
    await spend(blocks, 2)
    await refusal(blocks)


async def test_a_lower_count_of_the_provider_frees_calls(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make(100)
    await spend(blocks, 5)
    blocks.exhausted(MORNING, MORNING)
    await refusal(blocks)
    await blocks.reconcile(97, 100, TODAY.end, MORNING)
    assert blocks.used(MORNING) == 3 + 2
    await spend(blocks)


async def test_a_report_on_an_ended_window_changes_nothing(make: MakeBlocks) -> None:
    blocks = make(100)
    await blocks.reconcile(0, 100, Instant(MORNING - HOUR), MORNING)
    assert blocks.used(MORNING) == 0


async def test_nothing_is_sent_without_the_ledger(make: MakeBlocks, store: RecordingLedger) -> None:
    blocks = make()
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    with pytest.raises(WatcherError) as failed:
        await spend(blocks)
    assert failed.value.code is Code.DATABASE_CONNECTION_FAILED
    store.failure = None
    await spend(blocks)


async def test_calls_that_cannot_be_given_back_are_logged_and_stay_counted(
    make: MakeBlocks, store: RecordingLedger, caplog: pytest.LogCaptureFixture
) -> None:
    blocks = make()
    await spend(blocks, 2)
    store.failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    await blocks.close()
    assert "the quota ledger of ebay could not be written" in caplog.text
    assert store.used(Api.EBAY, TODAY.start) == 3


async def test_serpapis_window_is_a_month(make: MakeBlocks) -> None:
    blocks = make(10, Api.SERPAPI)
    await spend(blocks, 9)
    failure = await refusal(blocks)
    assert failure.code is Code.SERPAPI_RATE_LIMIT
    assert failure.retry_after == 10 * MINUTE


# --- what the provider grants --------------------------------------------------------------------


async def report(blocks: QuotaBlocks, remaining: int, allowed: int | None) -> None:
    await blocks.reconcile(remaining, allowed, TODAY.end, MORNING)


async def test_a_smaller_grant_limits_the_calls_of_every_process(make: MakeBlocks) -> None:
    blocks = make(50_000)
    await spend(blocks, 6)
    await report(blocks, 34, 40)
    assert (blocks.limit, blocks.used(MORNING), blocks.left(MORNING)) == (40, 6, 30)
    await spend(blocks, 30)
    assert (await refusal(blocks)).detail == "36 of 40 calls are used, the others are kept for people"
    assert make(50_000).limit == 40


async def test_a_larger_grant_leaves_the_configured_limit(make: MakeBlocks) -> None:
    blocks = make(40)
    await report(blocks, 4994, 5000)
    assert (blocks.limit, blocks.granted, blocks.left(MORNING)) == (40, 5000, 36)


async def test_a_grant_that_is_raised_counts_at_once(make: MakeBlocks) -> None:
    blocks = make(50_000)
    await report(blocks, 0, 5000)
    assert blocks.left(MORNING) == 0
    await report(blocks, 5000, 10_000)
    assert blocks.left(MORNING) == 4000


async def test_the_grant_is_remembered_on_the_next_day(make: MakeBlocks) -> None:
    blocks = make(50_000)
    await report(blocks, 5000, 5000)
    assert make(50_000).left(Instant(TODAY.end + 60)) == 4500


@pytest.mark.parametrize(("remaining", "allowed"), [(-1, 5000), (5, -5), (2**70, 5000), (5, 2**70)])
async def test_an_impossible_report_changes_nothing(make: MakeBlocks, remaining: int, allowed: int) -> None:
    blocks = make(40)
    await report(blocks, remaining, allowed)
    assert (blocks.granted, blocks.used(MORNING)) == (None, 0)


async def test_a_provider_that_reports_no_limit_leaves_the_configured_one(make: MakeBlocks) -> None:
    blocks = make(250, Api.SERPAPI)
    await report(blocks, 100, None)
    assert (blocks.limit, blocks.granted, blocks.used(MORNING)) == (250, None, 150)


async def test_a_smaller_grant_is_logged_once(make: MakeBlocks, caplog: pytest.LogCaptureFixture) -> None:
    blocks = make(50_000)
    for _ in range(3):
        await report(blocks, 5000, 5000)
    logged = [r.getMessage() for r in caplog.records]
    assert logged == ["eBay grants 5000 calls, fewer than the 50000 that are configured; 5000 are used"]


# --- refused calls -------------------------------------------------------------------------------


class Provider:
    """A provider that reports how many calls are left, or fails."""

    def __init__(self, blocks: QuotaBlocks, left: int | CallFailed | None) -> None:
        self.left, self.asked = left, 0
        blocks.ask_provider = self.ask

    async def ask(self, _now: Instant) -> int | None:
        self.asked += 1
        if isinstance(self.left, CallFailed):
            raise self.left
        return self.left


def no_quota(retry_after: float | None = None) -> CallFailed:
    return CallFailed(Api.EBAY, Kind.QUOTA, "HTTP 429, errorId 2001", retry_after=retry_after, status=429)


DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "HTTP 500")


@pytest.mark.parametrize(
    ("left", "retry_after", "kind", "wait"),
    [
        (0, None, Kind.QUOTA, TODAY.end - MORNING),
        (0, 5.0, Kind.QUOTA, TODAY.end - MORNING),
        (None, None, Kind.QUOTA, TODAY.end - MORNING),
        (DOWN, None, Kind.QUOTA, TODAY.end - MORNING),
        (None, 5.0, Kind.RATE_LIMIT, 5.0),
        (DOWN, 5.0, Kind.RATE_LIMIT, 5.0),
        (4000, 5.0, Kind.RATE_LIMIT, 5.0),
        (4000, None, Kind.RATE_LIMIT, 60.0),
    ],
)
async def test_the_providers_count_decides_whether_the_quota_is_used_up(
    make: MakeBlocks, left: int | CallFailed | None, retry_after: float | None, kind: Kind, wait: float | None
) -> None:
    blocks = make()
    provider = Provider(blocks, left)
    judged = await blocks.judge_refusal(no_quota(retry_after), MORNING, MORNING)
    assert (judged.kind, judged.retry_after, judged.status, provider.asked) == (kind, wait, 429, 1)
    await blocks.close()
    assert blocks.left(MORNING) == (0 if kind is Kind.QUOTA else 4500)


async def test_a_prepaid_account_without_credit_pauses_and_keeps_our_count(store: RecordingLedger) -> None:
    """Its owner may top it up at any time; until midnight would be too long."""
    blocks = QuotaBlocks(Api.OPENAI, 500, store, has_polls=lambda: False)  # type: ignore[arg-type]
    refusal = CallFailed(Api.OPENAI, Kind.QUOTA, "HTTP 429, insufficient_quota", status=429)
    await blocks.take(MORNING, interactive=True)
    judged = await blocks.judge_refusal(refusal, MORNING, MORNING)
    assert (judged.kind, judged.code, judged.retry_after) == (Kind.RATE_LIMIT, refusal.code, 60.0)
    await blocks.close()
    assert blocks.used(MORNING) == 1


async def test_the_provider_is_asked_once_a_minute(make: MakeBlocks) -> None:
    blocks = make()
    provider = Provider(blocks, 4000)
    for seconds in (0, 1, 59, 60, 61):
        await blocks.judge_refusal(no_quota(), MORNING, Instant(MORNING + seconds))
    assert provider.asked == 2
