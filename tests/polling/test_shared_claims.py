"""A claim shares the commit of the polls that made room for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from tests.fakes import FakeClock
from tests.trips import Trip, trip_over
from tests.waiting import let_tasks_run
from watcher.core.times import HOUR, Seconds
from watcher.db.stores import Stores
from watcher.polling import poller

QUERIES = ("one", "two", "three", "four", "five", "six")


async def rounds(trip: Trip) -> None:
    """Claim and poll until nothing is due, as the daemon does."""
    room = asyncio.Event()
    trip.poller.on_room = room.set
    while await trip.poller.tick(trip.clock.now()):
        if trip.poller.more_due:
            await room.wait()
            room.clear()
    await settle(trip)


async def settle(trip: Trip) -> None:
    """Wait for the polls under way, whose wait for others ends when all have come to it."""
    settling = asyncio.create_task(trip.poller.settle())
    while not settling.done():
        await let_tasks_run()
        trip.stores.database._writer._flush()
        await asyncio.sleep(0.001)


async def registered(stores: Stores, clock: FakeClock) -> Trip:
    trip = trip_over(stores, clock, concurrency=2)
    for query in QUERIES:
        await trip.registry.add({"query": f"zenitar {query}", "new": "true"}, clock.now())
    await rounds(trip)
    clock.move(24 * HOUR)
    await trip.poller.tick(clock.now())  # it stores a new plan, too
    await settle(trip)
    return trip


async def test_a_claim_shares_the_commit_of_the_polls_before_it(
    stores: Stores, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "SHARED_COMMIT_WAIT", Seconds(60.0))  # a busy machine must not end the wait
    trip, commits = await registered(stores, clock), list[str]()

    def note(_conn: Any) -> None:
        commits.append("commit")

    event.listen(stores.database.engine, "commit", note)
    await rounds(trip)
    event.remove(stores.database.engine, "commit", note)
    assert all(polled_at == clock.now() for _, _, polled_at, _, _ in stores.searches.last_polls(9))
    assert len(commits) == 3, "a claim; polls and a claim; polls"


async def test_no_more_searches_are_fetched_at_once_than_allowed(stores: Stores, clock: FakeClock) -> None:
    trip = await registered(stores, clock)
    search, most, under_way = trip.market.search, 0, 0
    is_full = asyncio.Event()

    async def counted(*of: Any, **more: Any) -> Any:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            is_full.set()
        await is_full.wait()
        try:
            return await search(*of, **more)
        finally:
            under_way -= 1

    trip.market.search = counted  # type: ignore[method-assign]
    await rounds(trip)
    assert most == 2
