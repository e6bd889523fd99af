"""Flights that callers share, and their end."""

from __future__ import annotations

import asyncio

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
