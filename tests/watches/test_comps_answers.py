"""Cached comps are encoded once, and never served after they have changed."""

from __future__ import annotations

import json

import pytest

from tests.fakes import FakeClock, FakeMarket, RecordingMeter, listings
from tests.polling.fetchers import CARD, DOWN, fetcher_with
from tests.trips import DailyCalls
from watcher.core.listing import Snapshot
from watcher.core.times import DAY, Seconds
from watcher.db.stores import Stores
from watcher.polling.demand_scan import PlanTerms
from watcher.watches import comps_answers
from watcher.watches.comps_answers import CompsAnswers
from watcher.watches.queries import WatchQueries


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([50, 60, 70]))


@pytest.fixture
def meter() -> RecordingMeter:
    return RecordingMeter()


@pytest.fixture
def queries(stores: Stores, market: FakeMarket, meter: RecordingMeter, clock: FakeClock) -> WatchQueries:
    fetcher = fetcher_with(stores, market, meter)
    return WatchQueries(
        stores=stores,
        cache=fetcher.cache,
        open_fetcher=lambda: fetcher,
        clock=clock,
        day_calls=DailyCalls(),
        terms=PlanTerms(),
        is_destination=lambda _: True,
    )


class Encoded:
    """Counts how often an answer is encoded."""

    def __init__(self, queries: WatchQueries, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times, self.moment = 0, 0.0
        self.answers = CompsAnswers(queries, Seconds(1.0), lambda: self.moment)
        dumps = json.dumps

        def counted(*args: object, **options: object) -> str:
            self.times += 1
            return dumps(*args, **options)  # type: ignore[arg-type]  # passed on

        monkeypatch.setattr(comps_answers.json, "dumps", counted)

    async def read(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(await self.answers.body(CARD))
        return found


@pytest.fixture
def encoded(queries: WatchQueries, monkeypatch: pytest.MonkeyPatch) -> Encoded:
    return Encoded(queries, monkeypatch)


async def test_a_cached_answer_is_encoded_once_and_counted_each_time(
    encoded: Encoded, meter: RecordingMeter
) -> None:
    assert (await encoded.read())["source"] == "fresh"
    first = await encoded.read()
    assert (first["source"], encoded.times) == ("cached", 2)
    assert [await encoded.read() for _ in range(5)] == [first] * 5
    assert encoded.times == 2
    assert meter.counts["cache.hit"] == 6


async def test_the_age_of_a_kept_answer_grows(encoded: Encoded, clock: FakeClock) -> None:
    for age in (0, 1, 2):
        for _ in range(2):
            assert (await encoded.read())["ageSeconds"] == age
        clock.move(1)


async def test_a_kept_answer_ends_after_its_time(encoded: Encoded) -> None:
    for _ in range(2):
        await encoded.read()
    encoded.moment = 0.9
    await encoded.read()
    assert encoded.times == 2
    encoded.moment = 1.0
    await encoded.read()
    assert encoded.times == 3


async def test_a_new_stored_answer_is_served_at_once(
    encoded: Encoded, queries: WatchQueries, clock: FakeClock
) -> None:
    for _ in range(2):
        await encoded.read()
    newer = Snapshot(listings([10, 20]), clock.now() + 0.1)  # type: ignore[arg-type]  # an instant
    await queries.cache.set(CARD, newer)
    assert (await encoded.read())["comps"]["n"] == 2  # type: ignore[index]  # JSON
    await queries.cache.clear()
    assert (await encoded.read())["source"] == "fresh"


async def test_a_stale_answer_is_never_kept(encoded: Encoded, market: FakeMarket, clock: FakeClock) -> None:
    await encoded.read()
    clock.move(2 * DAY)
    market.failures = [DOWN, DOWN]
    assert [(await encoded.read())["stale"] for _ in range(2)] == [True, True]
    assert (await encoded.read())["source"] == "fresh"
