"""The vision model's calls of one user: booked before, settled after, given back if nothing was sent."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import NOON
from watcher.core.apis import Api
from watcher.core.errors import CallFailed, Kind, NotSent
from watcher.core.resilience.quota import quota_window
from watcher.core.times import DAY, Instant
from watcher.db.api_usage import Usage
from watcher.db.stores import Stores
from watcher.scans.allowance import AiAllowance


async def test_a_call_is_counted_before_it_is_made_and_paid_after(stores: Stores) -> None:
    allowance = AiAllowance(stores.api_usage, 5)
    async with allowance.booked("collector", NOON) as settle:
        assert allowance.used("collector", NOON) == 1
        settle(1_250)
    start = quota_window(Api.OPENAI, NOON).start
    assert stores.api_usage.of_user("collector", Api.OPENAI, start) == Usage(1, 1_250)
    assert stores.api_usage.of_all(Api.OPENAI, start) == Usage(1, 1_250)
    assert allowance.used("owner", NOON) == 0


async def test_a_user_without_calls_left_learns_the_wait(stores: Stores) -> None:
    allowance = AiAllowance(stores.api_usage, 1)
    async with allowance.booked("collector", NOON):
        pass
    with pytest.raises(NotSent) as refused:
        async with allowance.booked("collector", NOON):
            pytest.fail("the call was made")
    assert (refused.value.kind, refused.value.code) == (Kind.QUOTA, "OPENAI_RATE_LIMIT")
    assert refused.value.retry_after == quota_window(Api.OPENAI, NOON).end - NOON
    async with allowance.booked("owner", NOON), allowance.booked("collector", Instant(NOON + DAY)):
        pass


async def test_calls_at_once_do_not_exceed_the_allowance(stores: Stores) -> None:
    allowance = AiAllowance(stores.api_usage, 3)

    async def call() -> None:
        async with allowance.booked("collector", NOON):
            await asyncio.sleep(0)

    results = await asyncio.gather(*(call() for _ in range(10)), return_exceptions=True)
    assert sum(result is None for result in results) == 3
    assert allowance.used("collector", NOON) == 3


@pytest.mark.parametrize(
    ("failure", "used"),
    [
        (NotSent(Api.OPENAI, Kind.QUOTA, "no call is left"), 0),
        (CallFailed(Api.OPENAI, Kind.TIMEOUT, "no answer"), 1),
    ],
)
async def test_only_a_call_that_was_not_sent_is_given_back(
    stores: Stores, failure: CallFailed, used: int
) -> None:
    allowance = AiAllowance(stores.api_usage, 5)
    with pytest.raises(CallFailed):
        async with allowance.booked("collector", NOON):
            raise failure
    assert allowance.used("collector", NOON) == used


async def test_an_allowance_of_nothing_allows_nothing(stores: Stores) -> None:
    with pytest.raises(NotSent):
        async with AiAllowance(stores.api_usage, 0).booked("collector", NOON):
            pytest.fail("the call was made")
