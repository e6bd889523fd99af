"""The gauge of active watches costs the same however many there are, and follows every change."""

from __future__ import annotations

import pytest

from tests.trips import Trip
from watcher.db import watch_count


async def register(trip: Trip, count: int) -> list[int]:
    drafts = [trip.registry.parse({"query": f"camera {n}", "below": "1"}) for n in range(count)]
    return [int(n) for n in await trip.registry.add_all(drafts, trip.clock.now())]


async def test_a_small_number_of_watches_is_exact_at_once(trip: Trip) -> None:
    assert trip.stores.watch_count.value() == 0
    one, other, _ = await register(trip, 3)
    assert trip.stores.watch_count.value() == 3
    await trip.registry.set_paused(trip.registry.watch_id(one), trip.clock.now(), paused=True)
    assert trip.stores.watch_count.value() == 2
    await trip.registry.remove(other, trip.clock.now())
    assert trip.stores.watch_count.value() == 1


async def test_new_watches_count_at_once_among_many_and_others_in_turn(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_count, "IDS_PER_SLICE", 100)
    count = trip.stores.watch_count
    numbers = await register(trip, 250)
    assert count.value() == 250
    await register(trip, 1)
    assert count.value() == 251
    paused = trip.registry.watch_id(numbers[0])
    await trip.registry.set_paused(paused, trip.clock.now(), paused=True)
    assert {count.value() for _ in range(3)} <= {251, 250}
    assert count.value() == trip.stores.watches.count() == 250
