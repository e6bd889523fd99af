"""Item specifics as a second look: stored ones are free, eBay's cost calls of the day's share."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.fakes import NOON, RecordingMeter, listing
from tests.polling.fetchers import CARD
from watcher.core.background import Background
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.listing import Listing
from watcher.core.specifics import Specifics
from watcher.core.times import Seconds
from watcher.db.stores import Stores
from watcher.polling.item_details import MAX_DETAILS, ItemDetails, KnownSpecifics
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look import LookCandidate, LookRequest
from watcher.polling.second_look_quota import SecondLookQuota

IN_TIME = Seconds(10.0)


def graded(grade: object) -> Specifics:
    return Specifics((("Grade", str(grade)),))


class World:
    """A counter of items read, and what reads them within a share of the calls of a day."""

    def __init__(self, stores: Stores, calls: int = 400) -> None:
        self.stores = stores
        self.asked: Counter[str] = Counter()
        self.failures: dict[str, WatcherError] = {}
        self.meter = RecordingMeter()
        self.quota = SecondLookQuota(QuotaBlocks(Api.EBAY, calls, stores.quota_ledger), 0.05)
        self.restart()

    def restart(self) -> None:
        self.known = KnownSpecifics(self.stores.item_specifics)
        self.details = ItemDetails(self.read, self.known, self.quota, self.meter)

    async def read(self, item_id: str, marketplace: str, within: Seconds) -> Specifics:
        assert (marketplace, within) == ("EBAY_US", 5.0)
        await self.quota.take(NOON, interactive=False)
        self.asked[item_id] += 1
        if item_id in self.failures:
            raise self.failures[item_id]
        return graded(item_id)

    async def look(self, *rows: Listing, alerts: bool = True, known: Background = Background()) -> Background:
        request = LookRequest(CARD, tuple(LookCandidate(x, alerts) for x in rows), NOON)
        for looker in (self.known, self.details):
            known = await looker.look(request, known, IN_TIME)
        return known


@pytest.fixture
def world(stores: Stores) -> World:
    return World(stores)


async def test_specifics_are_read_once_and_then_stored(world: World) -> None:
    found = {"v1|1|0": graded("v1|1|0")}
    for _ in range(2):
        assert (await world.look(listing(1))).specifics == found
    world.restart()
    assert (await world.look(listing(1))).specifics == found
    assert world.asked == {"v1|1|0": 1}
    assert world.meter.counts == {"details.calls": 1}


async def test_an_item_without_specifics_is_not_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(item_id: str, _marketplace: str, _within: Seconds) -> Specifics:
        world.asked[item_id] += 1
        return Specifics()

    monkeypatch.setattr(world, "read", nothing)
    for _ in range(3):
        world.restart()
        assert (await world.look(listing(1))).specifics == {"v1|1|0": Specifics()}
    assert world.asked == {"v1|1|0": 1}


@pytest.mark.parametrize(
    "change", [{"title": "Zenitar Mk3"}, {"condition_id": 7000}, {"categories": ("625", "293")}]
)
async def test_a_changed_row_is_read_again(world: World, change: dict[str, object]) -> None:
    await world.look(listing(1))
    await world.look(listing(1, **change))
    assert world.asked == {"v1|1|0": 2}


async def test_another_price_does_not_make_specifics_stale(world: World) -> None:
    await world.look(listing(1, 50))
    await world.look(listing(1, 40, image="", bid_count=3))
    assert world.asked == {"v1|1|0": 1}


async def test_specifics_that_another_daemon_read_are_used(world: World) -> None:
    other = World(world.stores)
    await world.look(listing(1))
    await other.look(listing(1, title="Zenitar Mk3"))
    assert (await world.look(listing(1, title="Zenitar Mk3"))).specifics
    assert (world.asked["v1|1|0"], other.asked["v1|1|0"]) == (1, 1)


async def test_listings_with_known_specifics_are_not_looked_at(world: World) -> None:
    known = Background(specifics={"v1|1|0": graded(1)})
    assert await world.look(listing(1), known=known) is known
    assert not world.asked


async def test_a_look_reads_at_most_five_items(world: World) -> None:
    rows = [listing(n) for n in range(9)]
    assert len((await world.look(*rows)).specifics) == MAX_DETAILS
    assert list(world.asked) == [x.item_id for x in rows[:MAX_DETAILS]]


async def test_both_rounds_of_a_look_read_at_most_five_items(world: World) -> None:
    rows = tuple(LookCandidate(listing(n), alerts=True) for n in range(9))
    known = await world.details.look(LookRequest(CARD, rows, NOON, found=3), Background(), IN_TIME)
    assert len(known.specifics) == 2


async def test_doubtful_items_leave_half_of_the_share_to_alerts(world: World) -> None:
    for first in range(0, 40, 5):
        await world.look(*(listing(n) for n in range(first, first + 5)), alerts=False)
    assert (len(world.asked), world.quota.used(NOON)) == (10, 10)
    for first in range(100, 140, 5):
        await world.look(*(listing(n) for n in range(first, first + 5)))
    assert (len(world.asked), world.quota.used(NOON)) == (20, 20)


async def test_a_spent_share_still_allows_stored_specifics(stores: Stores) -> None:
    world = World(stores, calls=20)
    await world.look(listing(1))
    assert (await world.look(listing(1), listing(2))).specifics.keys() == {"v1|1|0"}
    assert world.asked == {"v1|1|0": 1}


async def test_items_of_another_source_are_not_asked_for(world: World) -> None:
    await world.look(listing(1, item_id="256123456789"))
    assert not world.asked


async def test_a_failure_costs_only_its_own_item(world: World) -> None:
    world.failures["v1|1|0"] = CallFailed(Api.EBAY, Kind.TIMEOUT, "no answer")
    assert (await world.look(listing(1), listing(2))).specifics.keys() == {"v1|2|0"}
    assert world.meter.counts == {"details.calls": 2, "details.failed": 1}
    world.failures.clear()
    assert (await world.look(listing(1))).specifics.keys() == {"v1|1|0"}


async def test_a_refused_item_is_not_asked_for_again(world: World) -> None:
    world.failures["v1|1|0"] = CallFailed(Api.EBAY, Kind.REFUSED, "400", caller_caused=True)
    for _ in range(3):
        assert not (await world.look(listing(1))).specifics
    assert world.asked == {"v1|1|0": 1}


async def test_an_unsent_call_counts_as_neither_call_nor_failure(world: World) -> None:
    world.failures["v1|1|0"] = NotSent(Api.EBAY, Kind.UNAVAILABLE, "not sent: ebay failed too often")
    assert not (await world.look(listing(1))).specifics
    assert world.meter.counts == {}


async def test_a_failing_ledger_costs_only_the_item_whose_call_it_refused(world: World) -> None:
    world.failures["v1|1|0"] = WatcherError(Code.DATABASE_CONNECTION_FAILED)
    found = await world.look(listing(1), listing(2))
    assert (found.specifics.keys(), found.unread) == ({"v1|2|0"}, {"v1|1|0"})
    assert world.meter.counts == {"details.calls": 1}


async def test_specifics_that_cannot_be_stored_are_used_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        await asyncio.sleep(0)
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    monkeypatch.setattr(world.stores.item_specifics, "put", fail)
    assert (await world.look(listing(1))).specifics == {"v1|1|0": graded("v1|1|0")}
