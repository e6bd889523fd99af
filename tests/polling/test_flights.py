"""Flights that callers share, and their end."""

from __future__ import annotations

import asyncio

import pytest

from tests.waiting import let_tasks_run
from watcher.polling.single_flight import SingleFlight


async def test_closing_waits_until_every_flight_has_ended() -> None:
    flights: SingleFlight[str, None] = SingleFlight()
    begun: list[int] = []
    ended: list[int] = []

    async def fly() -> None:
        begun.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(1)

    waiting = [asyncio.create_task(flights.join(key, fly)) for key in "ab"]
    while len(begun) < 2:
        await asyncio.sleep(0)
    await flights.close()
    assert ended == [1, 1]
    assert await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("abandons", [True, False])
async def test_a_flight_without_callers_goes_on_unless_it_abandons(*, abandons: bool) -> None:
    flights: SingleFlight[str, int] = SingleFlight(abandons=abandons)
    land = asyncio.Event()
    outcomes = []

    async def fly() -> int:
        try:
            await land.wait()
        except asyncio.CancelledError:
            outcomes.append("cancelled")
            raise
        outcomes.append("landed")
        return 1

    callers = [asyncio.create_task(flights.join("a", fly)) for _ in range(2)]
    await let_tasks_run()
    callers[0].cancel()
    await let_tasks_run()
    assert flights.is_running("a"), "one caller still waits"
    callers[1].cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert flights.is_running("a") is not abandons
    land.set()
    await flights.wait()
    assert outcomes == ["cancelled" if abandons else "landed"]


async def test_the_end_of_a_forgotten_flight_leaves_the_next_one_alone() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    first, second = asyncio.Event(), asyncio.Event()

    async def fly(land: asyncio.Event, answer: int) -> int:
        await land.wait()
        return answer

    old = asyncio.create_task(flights.join("a", lambda: fly(first, 1)))
    await let_tasks_run()
    flights.forget()
    new = asyncio.create_task(flights.join("a", lambda: fly(second, 2)))
    await let_tasks_run()
    first.set()
    assert await old == 1
    await let_tasks_run()
    assert flights.is_running("a")
    late = asyncio.create_task(flights.join("a", lambda: fly(second, 3)))
    await let_tasks_run()
    second.set()
    assert (await new, await late) == (2, 2)
