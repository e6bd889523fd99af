"""Leases when the database fails within a tick: whatever fails once, the search is polled soon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text

from tests.fakes import listing
from tests.trips import Trip
from watcher.core.errors import Code, WatcherError
from watcher.core.times import HOUR

# A poll that could not be recorded has spent its call and waits 2 to 4 s; any other search does not wait.
BACKOFF = 5.0
GONE = WatcherError(Code.DATABASE_CONNECTION_FAILED, "the database is out of reach")


class Failing:
    """Wraps a method of the database so that `times` calls fail, beginning with the n-th."""

    def __init__(self, method: Callable[..., Any], n: int, times: int = 1) -> None:
        self.method, self.left, self.times = method, n, times

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if -self.times < self.left <= 0:
            raise GONE
        return self.method(*args, **kwargs)


async def prepare(trip: Trip) -> None:
    """Register watches whose poll reads all there is to read: history, alerted and first-seen items."""
    await trip.watch(rule="low 10d")
    await trip.watch(rule="new")
    await trip.watch(below="55")
    await trip.poll()
    trip.market.offers(*trip.market.listings, listing(99, 49.0))


async def failed(trip: Trip, monkeypatch: pytest.MonkeyPatch, name: str, n: int, times: int) -> bool:
    """Let calls of a database method fail in a tick; return whether there were as many as `n`."""
    trip.poller._memories.forget(trip.registry.get(1).search_id)
    failing = Failing(getattr(trip.stores.database, name), n, times)
    with monkeypatch.context() as patched:
        patched.setattr(trip.stores.database, name, failing)
        with suppress(WatcherError):
            await trip.poller.tick(trip.clock.move(HOUR))
        await trip.poller.settle()
    return failing.left <= 0


@pytest.mark.parametrize(
    ("method", "times", "at_least"),
    [("rows", 1, 6), ("write", 1, 1), ("write_batched", 1, 2), ("write_batched", 2, 2)],
)
async def test_a_search_is_polled_soon_after_any_failed_call(
    trip: Trip, monkeypatch: pytest.MonkeyPatch, method: str, times: int, at_least: int
) -> None:
    await prepare(trip)
    n = 1
    polls = trip.meter.counts["poll.ok"]
    while await failed(trip, monkeypatch, method, n, times):
        await trip.poller.tick(trip.clock.move(BACKOFF))
        await trip.poller.settle()
        polls += 1
        assert trip.meter.counts["poll.ok"] == polls, f"call {n} of {method}"
        (row,) = trip.stores.database.rows(text("SELECT lease, due_at FROM searches"))
        assert row.lease == ""
        assert row.due_at > trip.clock.now()
        n += 1
    assert n > at_least


async def test_several_searches_are_all_polled_after_a_failed_read(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await trip.registry.add({"query": f"camera {number}", "below": "1"}, trip.clock.now())
    failing = Failing(trip.stores.database.rows, 2)
    with monkeypatch.context() as patched:
        patched.setattr(trip.stores.database, "rows", failing)
        with pytest.raises(WatcherError):
            await trip.poller.tick(trip.clock.now())
    assert trip.stores.searches.next_due() == trip.clock.now()
    assert await trip.poller.tick(trip.clock.move(1.0)) == 4
    await trip.poller.settle()
    assert trip.meter.counts["poll.ok"] == 4
