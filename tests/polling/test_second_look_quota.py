"""The share of the day's calls that may read single items: booked by all daemons together."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import NOON
from watcher.core.errors import Api, Kind, NotSent
from watcher.core.resilience.quota import quota_window
from watcher.core.times import DAY, HOUR, Instant
from watcher.db.stores import Stores
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look_quota import SecondLookQuota


def quota(stores: Stores, calls: int = 100, share: float = 0.05) -> SecondLookQuota:
    return SecondLookQuota(QuotaBlocks(Api.EBAY, calls, stores.quota_ledger), share)


async def take(one: SecondLookQuota, calls: int, now: Instant = NOON) -> int:
    """Take calls at the same time; return how many were allowed."""
    tries = (one.take(now, interactive=False) for _ in range(calls))
    results = await asyncio.gather(*tries, return_exceptions=True)
    refused = [r for r in results if r is not None]
    assert all(isinstance(r, NotSent) and r.kind is Kind.QUOTA for r in refused), refused
    return calls - len(refused)


async def test_second_looks_are_a_share_of_the_days_calls(stores: Stores) -> None:
    one = quota(stores)
    assert (one.limit, one.left(NOON)) == (5, 5)
    assert await take(one, 20) == 5
    assert (one.used(NOON), one.left(NOON)) == (5, 0)


async def test_second_looks_are_ordinary_calls_too(stores: Stores) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, stores.quota_ledger)
    assert await take(SecondLookQuota(blocks, 0.05), 3) == 3
    assert blocks.counts(NOON) == (3, 0)


async def test_daemons_share_the_second_looks(stores: Stores) -> None:
    daemons = [quota(stores), quota(stores)]
    assert sum(await asyncio.gather(*(take(one, 4) for one in daemons))) == 5
    assert [one.used(NOON) for one in daemons] == [5, 5]


async def test_an_unsent_second_look_is_given_back_with_its_call(stores: Stores) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, stores.quota_ledger)
    one = SecondLookQuota(blocks, 0.05)
    await take(one, 5)
    one.refund(NOON, interactive=False)
    await blocks.close()
    assert (one.used(NOON), stores.quota_ledger.used(Api.EBAY, quota_window(Api.EBAY, NOON).start)) == (4, 4)
    assert await take(one, 5) == 1


async def test_no_second_look_is_made_when_polls_have_no_call_left(stores: Stores) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, stores.quota_ledger)
    start = quota_window(Api.EBAY, NOON).start
    await stores.quota_ledger.reserve(Api.EBAY, start, 90, 90)  # the other ten are kept for people
    one = SecondLookQuota(blocks, 0.05)
    assert one.left(start) == 0
    assert await take(one, 3, start) == 0
    await blocks.close()
    assert (one.used(start), blocks.counts(start)) == (0, (90, 0))


async def test_polls_leave_second_looks_their_share_until_the_last_hour(stores: Stores) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, stores.quota_ledger, detail_share=0.05)
    one, (start, end) = SecondLookQuota(blocks, 0.05), quota_window(Api.EBAY, NOON)
    assert (blocks.left(start), blocks.left_for_second_looks(start)) == (85, 90)
    await stores.quota_ledger.reserve(Api.EBAY, start, 85, 85)
    assert (blocks.left(start), await take(one, 2, start)) == (0, 2)
    assert blocks.left(Instant(end - HOUR)) == blocks.unspent(Instant(end - HOUR)) == 13


@pytest.mark.parametrize(("share", "calls"), [(0.0, 5000), (0.05, 0), (0.05, 19)])
async def test_without_a_share_there_are_no_second_looks(stores: Stores, share: float, calls: int) -> None:
    one = quota(stores, calls, share)
    assert (one.limit, one.left(NOON)) == (0, 0)
    assert await take(one, 2) == 0


async def test_each_day_has_its_own_second_looks(stores: Stores) -> None:
    one = quota(stores)
    assert await take(one, 9) == 5
    assert await take(one, 9, Instant(NOON + DAY)) == 5


async def test_a_cancelled_booking_is_given_back(stores: Stores) -> None:
    blocks = QuotaBlocks(Api.EBAY, 100, stores.quota_ledger)
    one = SecondLookQuota(blocks, 0.05)
    taking = asyncio.create_task(one.take(NOON, interactive=False))
    await asyncio.sleep(0)  # the booking is with the writer now
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    await blocks.close()
    assert (one.used(NOON), blocks.counts(NOON)) == (0, (0, 0))
