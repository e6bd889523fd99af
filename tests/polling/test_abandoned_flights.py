"""A call whose callers have all left is given up."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeClock, FakeMarket, FakeSales, RecordingMeter, listing
from tests.polling.fetchers import CARD, fetcher_with
from tests.waiting import PATIENCE, let_tasks_run, until
from watcher.core.errors import Api
from watcher.db.stores import Stores
from watcher.polling.single_flight import SingleFlight


class Call:
    """A call that ends when it is allowed to, and counts how often it began and was cancelled."""

    def __init__(self) -> None:
        self.began = self.cancelled = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> str:
        self.began += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "answer"


async def callers(flights: SingleFlight[str, str], call: Call, many: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(flights.join("key", call)) for _ in range(many)]
    await let_tasks_run()
    return tasks


async def test_a_flight_ends_when_its_last_caller_has_left() -> None:
    flights, call = SingleFlight[str, str](abandons=True), Call()
    first, second = await callers(flights, call, 2)
    first.cancel()
    await let_tasks_run()
    assert (call.cancelled, flights.is_running("key")) == (0, True)
    second.cancel()
    await let_tasks_run()
    assert (call.began, call.cancelled, flights.is_running("key")) == (1, 1, False)


async def test_a_later_caller_does_not_join_an_abandoned_flight() -> None:
    flights, call = SingleFlight[str, str](abandons=True), Call()
    (first,) = await callers(flights, call, 1)
    first.cancel()
    await asyncio.sleep(0)
    (second,) = await callers(flights, call, 1)
    call.gate.set()
    assert await second == "answer"
    assert (call.began, call.cancelled) == (2, 1)


async def test_a_flight_that_is_kept_goes_on_without_callers() -> None:
    flights, call = SingleFlight[str, str](), Call()
    (only,) = await callers(flights, call, 1)
    only.cancel()
    await let_tasks_run()
    assert flights.is_running("key")
    call.gate.set()
    await flights.wait()
    assert call.cancelled == 0


async def test_leaving_comps_gives_up_sales_and_asks(
    stores: Stores, market: FakeMarket, clock: FakeClock, meter: RecordingMeter
) -> None:
    sales = FakeSales(clock, Api.SERPAPI, listing(1))
    sales.gate = asyncio.Event()
    fetcher = fetcher_with(stores, market, meter, sales)
    asking = asyncio.create_task(fetcher.fetch_comps(CARD))
    await until(lambda: sales.asked)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(PATIENCE):
        await fetcher.cache.flights.wait()
