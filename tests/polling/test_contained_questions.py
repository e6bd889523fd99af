"""Questions in one condition, which a poll of the same words in any condition answers without a call."""

from __future__ import annotations

import pytest

from tests.fakes import FakeClock, FakeMarket, listing, listings
from tests.trips import Trip, trip_over
from watcher.core.alerts import Alert
from watcher.core.contained import can_be_divided, part_of
from watcher.core.listing import CONDITION_IDS, Ask, Condition, Snapshot
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Inquiry
from watcher.db.stores import Stores

USED = listings([50, 52, 55, 58, 60, 61, 63])
NEW = tuple(listing(20 + n, 70.0 + n, condition_id=1000, condition="New") for n in range(6))


class SortedMarket(FakeMarket):
    """A market that honours the condition that it is asked for, as eBay does."""

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        answer = await super().search(ask, interactive=interactive, within=within)
        wanted = CONDITION_IDS.get(ask.condition)
        shown = tuple(x for x in answer.listings if wanted is None or x.condition_id in (None, *wanted))
        return answer._replace(listings=shown, total=len(shown), rows=len(shown))


@pytest.fixture
def trip(stores: Stores, clock: FakeClock) -> Trip:
    return trip_over(stores, clock, SortedMarket(clock, *USED, *NEW))


async def polled(trip: Trip, after: float) -> list[Alert]:
    """Poll what is due after some seconds, and a second later what that made due."""
    return [*await trip.poll(after), *await trip.poll(1.0)]


async def watched(trip: Trip, *, every: str = "10m") -> int:
    """Watch the words in any condition, and used ones, whose watch is returned; poll both once."""
    await trip.watch(rule="new", every=every)
    used = await trip.watch(below="49", condition="used", every="3h")
    await polled(trip, 0.0)
    trip.market.asked.clear()
    return used


async def test_poll_in_any_condition_answers_the_one_of_used_items(trip: Trip) -> None:
    used = await watched(trip)
    trip.market.offers(*USED, *NEW, listing(1_000, 48.0))
    (alert,) = [a for a in await polled(trip, 10 * MINUTE) if a.watch_id == used]
    assert [item.item_id for item in alert.items] == ["v1|1000|0"]
    assert alert.n == len(USED) + 1, "new ones are not among its comps"
    assert [ask.condition for ask in trip.market.asked] == [Condition.ANY]


async def test_contained_question_costs_no_calls_while_the_wider_is_polled(trip: Trip) -> None:
    await watched(trip)
    for _ in range(60):
        await polled(trip, 5 * MINUTE)
    assert {ask.condition for ask in trip.market.asked} == {Condition.ANY}
    question = trip.registry.get(2).question
    stored = trip.fetcher.cache.get(Inquiry(question))
    assert stored is not None
    assert {x.condition_id for x in stored.snapshot.listings} == {3000}
    assert stored.fetched_at > trip.clock.now() - 20 * MINUTE


async def test_wider_question_that_is_polled_less_saves_only_its_own_share(trip: Trip) -> None:
    await watched(trip, every="6h")
    for _ in range(24):
        await polled(trip, HOUR / 2)
    asked = [ask.condition for ask in trip.market.asked]
    assert asked.count(Condition.ANY) == 2
    assert asked.count(Condition.USED) == 2, "instead of four"


@pytest.mark.parametrize("spoiled", ["condition", "page"])
async def test_answer_that_does_not_contain_the_other_exactly_saves_no_call(trip: Trip, spoiled: str) -> None:
    await watched(trip)
    if spoiled == "condition":
        trip.market.offers(*USED, *NEW, listing(1_000, 90.0, condition_id=None, condition=""))
    trip.market.complete = spoiled != "page"
    for _ in range(19):
        await polled(trip, 10 * MINUTE)
    assert [ask.condition for ask in trip.market.asked].count(Condition.USED) == 1


def test_parts_are_what_the_markets_filter_leaves() -> None:
    found = tuple(
        listing(number, 50.0, condition_id=number)
        for number in sorted(set().union(*CONDITION_IDS.values(), (1750, 7000)))
    )
    answer = Snapshot(found, Instant(0.0), len(found), complete=True, rows=len(found))
    assert can_be_divided(answer)
    for condition, ids in CONDITION_IDS.items():
        part = part_of(answer, condition)
        assert {x.condition_id for x in part.listings} == ids
        assert (part.total, part.rows, part.is_exhaustive) == (len(ids), len(ids), True)
    for spoiled in (
        answer._replace(unreadable=1),
        answer._replace(complete=False),
        answer._replace(rows=99),
        answer._replace(ignored_filters=("buyingOptions",)),
        answer._replace(listings=(*found, listing(1, 50.0, condition_id=None))),
    ):
        assert not can_be_divided(spoiled)
