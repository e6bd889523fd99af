"""Names of categories decide when an answer is stale for each caller, and never what a market is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from tests.fakes import FakeClock, FakeMarket, RecordingMeter, inquiry_of, listing
from tests.polling.fetchers import CARD, DOWN, fetcher_with
from tests.trips import DailyCalls, Trip
from tests.watches.test_accuracy_job import job_of, live
from watcher.core.background import Background
from watcher.core.errors import CallFailed
from watcher.core.listing import Condition, Listing, Sort
from watcher.core.times import DAY, HOUR, Seconds
from watcher.core.watch import Question, WatchId
from watcher.db.stores import Stores
from watcher.polling.demand_scan import PlanTerms
from watcher.polling.fetch import Fetcher
from watcher.polling.second_look import LookRequest, SecondLook
from watcher.watches.comps_answers import CompsAnswers
from watcher.watches.queries import WatchQueries

SHOES = inquiry_of("Zenitar  mk2", Condition.ANY, "shoes", "EBAY_US")


@pytest.fixture
def fetcher(stores: Stores, market: FakeMarket, meter: RecordingMeter) -> Fetcher:
    return fetcher_with(stores, market, meter)


async def test_an_answer_is_as_fresh_as_the_category_of_each_caller_allows(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock
) -> None:
    first = await fetcher.fetch(SHOES)
    for inquiry, ttl in ((CARD, DAY), (SHOES, 28 * DAY)):
        cached = await fetcher.fetch(inquiry)
        assert (cached.source, cached.expires_at - first.fetched_at) == ("cached", ttl)
    clock.move(2 * DAY)
    assert (await fetcher.fetch(SHOES)).source == "cached"
    assert len(market.asked) == 1
    assert (await fetcher.fetch(CARD)).source == "fresh"
    assert (await fetcher.fetch(SHOES)).fetched_at == clock.now(), "both are served from the newer answer"
    assert len(market.asked) == 2


async def test_callers_with_different_categories_share_one_fetch(
    fetcher: Fetcher, market: FakeMarket
) -> None:
    found = await asyncio.gather(fetcher.fetch(CARD), fetcher.fetch(SHOES), fetcher.fetch(CARD))
    assert len(market.asked) == 1
    assert [(a.source, (a.expires_at - a.fetched_at) / DAY) for a in found] == [
        ("fresh", 1),
        ("fresh", 28),
        ("fresh", 1),
    ]


@pytest.mark.parametrize(("days", "cards", "shoes"), [(2, True, False), (29, True, True), (32, None, True)])
async def test_a_stored_answer_ages_by_the_category_of_the_caller(
    fetcher: Fetcher, market: FakeMarket, clock: FakeClock, days: int, *, cards: bool | None, shoes: bool
) -> None:
    await fetcher.fetch(CARD)
    clock.move(days * DAY)
    market.failures = [DOWN] * 2
    assert (await fetcher.fetch(SHOES)).stale is shoes
    if cards is None:
        with pytest.raises(CallFailed):
            await fetcher.fetch(CARD)
    else:
        assert (await fetcher.fetch(CARD)).stale is cards


async def test_an_encoded_answer_is_kept_for_each_category(trip: Trip) -> None:
    queries = WatchQueries(
        stores=trip.stores,
        cache=trip.fetcher.cache,
        open_fetcher=lambda: trip.fetcher,
        clock=trip.clock,
        day_calls=DailyCalls(),
        terms=PlanTerms(),
        is_destination=lambda _: True,
    )
    answers = CompsAnswers(queries, HOUR)
    for _ in range(2):
        for inquiry in (CARD, SHOES):
            view = json.loads(await answers.body(inquiry))
            assert view["comps"]["category"] == inquiry.category
    assert len(trip.market.asked) == 1


async def test_watches_that_differ_in_a_named_category_share_their_search(trip: Trip) -> None:
    for category in ("Card", "toys", ""):
        await trip.watch(below="51", category=category, exclude=category or "strap")
    alerts = await trip.poll()
    assert (len(trip.market.asked), trip.stores.searches.active_searches()) == (1, 1)
    assert sorted(alert.category for alert in alerts) == ["", "cards", "toys"]
    assert [row.watch.category for row in trip.stores.watches.listed()] == ["cards", "toys", ""]


async def test_watches_that_differ_in_nothing_else_are_duplicates(trip: Trip) -> None:
    one, other = await trip.watch(below="51", category="cards"), await trip.watch(below="51", category="toys")
    alerts = await trip.poll()
    assert sorted((a.watch_id, a.also) for a in alerts) == [(one, (other,)), (other, (one,))]


@pytest.mark.parametrize(("category", "restarts"), [("toys", False), ("", False), ("183454", True)])
async def test_only_a_number_starts_a_watch_again(trip: Trip, category: str, *, restarts: bool) -> None:
    number = await trip.watch(below="51", category="cards")
    await trip.poll()
    due = trip.stores.searches.next_due()
    await trip.registry.edit(number, {"category": category}, trip.clock.move(60))
    found = trip.stores.watches.row(WatchId(number))
    assert found is not None
    assert (found.watch.category, found.watch.baseline_at is None) == (category, restarts)
    assert found.due_at == (trip.clock.now() if restarts else due)
    assert len(await trip.poll(HOUR)) == restarts


async def test_the_shortest_ttl_of_its_watches_decides_when_comps_are_read(trip: Trip) -> None:
    trip.market.complete = False  # a market that is larger than one page
    await trip.watch(below="1", category="shoes", every="12h")
    for _ in range(5):
        await trip.poll(DAY / 2)
    await trip.watch(below="2", category="cards", every="12h")
    for _ in range(4):
        await trip.poll(DAY / 2)
    sorts = "".join("b" if ask.sort is Sort.BEST_MATCH else "n" for ask in trip.market.asked)
    assert sorts == "bnnnn" + "bnbn", "a new watch needs comps, then each day"


async def test_delistings_count_for_every_category_that_the_watches_name(trip: Trip) -> None:
    for category in ("cards", "Toy", "612"):
        await trip.watch(below="1", category=category)
    await live(trip)
    await job_of(trip).run_whole(trip.clock.now())
    found = {one.category: one.plain.n for one in trip.stores.accuracy.all()}
    assert found.keys() == {"cards", "toys", "612"}
    assert found["cards"] == found["toys"]


async def test_a_removed_watch_comes_back_with_its_category(trip: Trip) -> None:
    number = await trip.watch(below="51", category="cards")
    await trip.poll()
    removed = await trip.stores.removed_watches.remove([number], "local", trip.clock.now())
    assert await trip.stores.removed_watches.restore(removed, trip.clock.now()) == 1
    found = trip.stores.watches.get(WatchId(number))
    assert found is not None
    assert (found.category, found.baseline_at) == ("cards", trip.clock.now())


async def test_an_item_of_another_categorys_watch_is_not_new(trip: Trip) -> None:
    await trip.watch(rule="new", category="cards")
    await trip.poll()
    trip.market.offers(*trip.market.listings, listing(99, 70))
    await trip.watch(rule="new", category="toys")
    alerts = await trip.poll(HOUR)
    assert [(a.category, [i.item_id for i in a.items]) for a in alerts] == [("cards", ["v1|99|0"])]


class NotingLooker:
    """A looker that records the category of each request, and finds nothing."""

    def __init__(self) -> None:
        self.categories: list[str] = []

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        del question, listings
        return background

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        del within
        self.categories.append(request.inquiry.category)
        return background


async def test_a_second_look_gets_the_category_that_all_watches_name(trip: Trip) -> None:
    looker = NotingLooker()
    trip.poller._second_look = SecondLook([looker])
    for below, category in (("51", "electronics"), ("53", "electronic"), ("56", "vintage")):
        await trip.watch(below=below, category=category)
        await trip.poll(HOUR)
    assert looker.categories == ["electronics", "electronics", ""]
