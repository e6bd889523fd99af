"""Market profiles over polls: a verdict does not flip because of the listing's neighbours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, update

from tests.conftest import AGES
from tests.fakes import listing
from tests.trips import QUERY, Trip, trip_over
from watcher.core.background import Background
from watcher.core.comps import Filters
from watcher.core.errors import Api
from watcher.core.listing import Condition
from watcher.core.market_profile import MarketProfile
from watcher.core.receipts import replay
from watcher.core.times import HOUR, MINUTE
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Inquiry, Question, WatchId
from watcher.db import schema
from watcher.db.stores import Stores
from watcher.polling.search_memory import SearchMemory
from watcher.watches.explain import explain_watch

QUESTION = Question(QUERY, Condition.ANY, "", "EBAY_US")
HOME = tuple(listing(n, 50.0 + n, categories=("100",)) for n in range(1, 11))
# In a category of a tenth of the rows: too few to be the item's, unless most of the others leave.
STRANGER = listing(50, 44.0, categories=("200",))
FEW = (*HOME[:5], STRANGER)


def profile(trip: Trip) -> MarketProfile | None:
    return trip.stores.searches.profile(QUESTION)


def dropped(trip: Trip, *, known: bool = True) -> dict[str, Reason]:
    """Return why listings of the cached answer are dropped, for a search that is or is not known."""
    answer = trip.fetcher.cache.get(Inquiry(QUESTION))
    assert answer is not None
    background = Background(profile(trip)) if known else Background()
    selection = answer.comps(QUESTION, Filters(), background).selection
    return {d.listing.item_id: d.reason for d in selection.dropped}


@pytest.fixture
def others(database_url: str, trip: Trip) -> Iterator[Trip]:
    """Another daemon on the same database, with the same market."""
    opened = Stores.opened(database_url, AGES)
    other = trip_over(opened, trip.clock)
    other.market = trip.market
    other.fetcher._market = trip.market
    yield other
    opened.close()


async def test_a_listing_does_not_flip_because_its_neighbours_leave(trip: Trip) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME, STRANGER)
    assert await trip.poll() == []
    first = profile(trip)
    assert first is not None
    assert first.leaves == ("100",)
    trip.market.offers(*FEW)
    for _ in range(3):
        assert await trip.poll(HOUR) == []
    assert dropped(trip) == {STRANGER.item_id: Reason.CATEGORY}
    assert dropped(trip, known=False) == {}, "without what was known it would be kept"


async def test_two_daemons_judge_a_listing_alike(trip: Trip, others: Trip) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME, STRANGER)
    await trip.poll()
    trip.market.offers(*FEW)
    for _ in range(2):
        assert await others.poll(HOUR) == []
        assert await trip.poll(HOUR) == []
    assert profile(trip) == profile(others)


async def test_a_restart_forgets_nothing_of_the_market(trip: Trip, database_url: str) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME, STRANGER)
    await trip.poll()
    before = profile(trip)
    trip.stores.close()
    reopened = Stores.opened(database_url, AGES)
    again = trip_over(reopened, trip.clock)
    again.market.offers(*FEW)
    assert profile(again) == before
    assert await again.poll(HOUR) == []
    reopened.close()


async def test_a_profile_is_written_only_when_it_changes(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    record = trip.stores.searches.record

    async def recorded(polled: object, *rest: object) -> object:
        written.append(polled.profile)  # type: ignore[attr-defined]  # of a PollResult
        return await record(polled, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(trip.stores.searches), "record", lambda _self, *given: recorded(*given))
    await trip.watch(below="45")
    trip.market.offers(*HOME)
    for _ in range(3):
        await trip.poll(HOUR)
    assert [p is not None for p in written] == [True, False, False]
    await trip.poll(HOUR)
    assert profile(trip) == written[0]


async def test_the_backup_does_not_change_what_is_known(trip: Trip) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME, STRANGER)
    await trip.poll()
    before = profile(trip)
    trip.market.api = Api.SERPAPI
    trip.market.offers(*(x._replace(categories=()) for x in HOME))
    await trip.poll(HOUR)
    assert profile(trip) == before


@pytest.mark.parametrize("damage", ["no json", "{}", "[[1], []]", '[["100"], [], "many"]'])
async def test_a_damaged_profile_is_ignored_and_replaced(
    trip: Trip, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME)
    await trip.poll()
    before = profile(trip)

    def spoil(conn: Connection) -> None:
        conn.execute(update(schema.searches).values(profile=damage))

    await trip.stores.database.write(spoil)
    with caplog.at_level(logging.WARNING):
        assert profile(trip) is None
        await trip.poll(HOUR)
    assert profile(trip) == before
    assert "the market profile of a search cannot be read" in {r.message for r in caplog.records}


async def test_every_door_judges_as_the_poll_did(trip: Trip) -> None:
    number = await trip.watch(below="45")
    trip.market.offers(*HOME, STRANGER)
    await trip.poll()
    trip.market.offers(*FEW)
    await trip.poll(HOUR)
    _, comps = await trip.fetcher.fetch_comps(Inquiry(QUESTION))
    assert STRANGER.item_id not in {x.item_id for x in comps.selection.kept}
    found = explain_watch(
        trip.registry.get(WatchId(number)),
        STRANGER.item_id,
        trip.clock.now(),
        stores=trip.stores,
        cache=trip.fetcher.cache,
        destination_known=True,
    )
    assert "it is dropped (category)" in found.verdict


async def test_a_receipt_is_recomputed_with_what_was_known_then(trip: Trip) -> None:
    await trip.watch(below="56")
    trip.market.offers(*HOME, STRANGER)
    await trip.poll()
    trip.market.offers(*FEW[1:], listing(60, 43.0, categories=("100",)))
    (alert,) = await trip.poll(HOUR)
    receipt = trip.stores.alerts.receipt(alert.id)
    assert receipt is not None
    again = replay(alert, *receipt)
    assert (again.differences, again.selection_agrees) == ((), True)
    grounds, evidence = receipt
    assert evidence.profile == profile(trip)
    assert replay(alert, grounds, replace(evidence, profile=None)).selection_agrees is False


async def test_a_page_of_a_wider_market_is_judged_among_the_cached_comps(trip: Trip) -> None:
    await trip.watch(below="45")
    trip.market.offers(*HOME)
    trip.market.complete = False
    await trip.poll()
    await trip.poll(HOUR)
    before = profile(trip)
    assert before is not None
    newest = listing(60, 43.0, categories=("100",))
    trip.market.offers(STRANGER, newest)
    (alert,) = await trip.poll(MINUTE)
    assert [i.item_id for i in alert.items] == [newest.item_id]
    found = profile(trip)
    assert found is not None
    assert (found.leaves, found.typical) == (before.leaves, before.typical)


def test_a_profile_is_computed_again_after_a_quarter_has_changed() -> None:
    memory = SearchMemory({}, None, partial=False)
    due = [memory.is_profile_due(changes, 40) for changes in (0, 0, 4, 5, 1, 0, 9, 30)]
    assert due == [True, False, False, False, True, False, False, True]
    assert SearchMemory({}, None, partial=False).is_profile_due(0, 0), "after a restart"
