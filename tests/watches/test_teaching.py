"""Teaching a watch: questions, answers, what they change, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.test_taught import BARE, CASE, ODD, SURE
from tests.fakes import NOON, listing
from tests.trips import QUERY, DailyCalls, Trip
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id
from watcher.core.receipts import replay
from watcher.core.teaching import Teaching, change_sentence
from watcher.core.titles.verdict import Reason
from watcher.core.watch import WatchId
from watcher.core.watch_input import Defaults, edit_watch
from watcher.polling.demand_scan import PlanTerms
from watcher.watches.queries import WatchQueries
from watcher.watches.rejecting import Rejection, reject_listing
from watcher.watches.teaching import questions_view, teach

ROWS = (*SURE, *ODD, *BARE, CASE)


@pytest.fixture
def queries(trip: Trip) -> WatchQueries:
    return WatchQueries(
        stores=trip.stores,
        cache=trip.fetcher.cache,
        open_fetcher=lambda: trip.fetcher,
        clock=trip.clock,
        day_calls=DailyCalls(),
        terms=PlanTerms(),
        is_destination=lambda _: True,
    )


async def polled(trip: Trip, **draft: str) -> WatchId:
    trip.market.offers(*ROWS)
    number = await trip.watch(**draft)
    await trip.poll()
    return WatchId(number)


async def test_answers_change_the_comps_of_their_watch_alone(trip: Trip, queries: WatchQueries) -> None:
    mine, other = await polled(trip), WatchId(await trip.watch())
    asked = questions_view(queries, trip.registry.get(mine))
    assert (len(asked["questions"]), asked["taught"], asked["note"]) == (2, [], None)
    odd, bare = ODD[0].item_id, BARE[0].item_id
    view = await teach(trip.registry, queries, mine, Teaching(same=[bare], different=[odd]))
    assert (view["kept"], view["added"], view["removed"], view["changed"]) == (63, 3, 3, True)
    assert change_sentence(view) == (
        "63 listings are kept: 3 came in, 3 went. The median is 128.00 USD, as before."
    )
    assert [answer["answer"] for answer in view["taught"]] == ["same", "different"]
    cached = queries.cached_comps(trip.registry.get(mine))
    assert cached
    assert {x.item_id for x in BARE} <= {x.item_id for x in cached.selection.kept}
    assert queries.cached_comps(trip.registry.get(other)) == queries.cached_comps(
        trip.registry.parse({"query": QUERY})
    )
    assert trip.stores.history.price_points(trip.registry.get(mine).search_id, "", NOON)
    assert trip.registry.get(mine).purpose != trip.registry.get(other).purpose


async def test_an_answer_is_taken_back_by_any_name_of_the_item(trip: Trip, queries: WatchQueries) -> None:
    number = await polled(trip)
    item = ODD[0].item_id
    before = trip.registry.get(number)
    for name in (item, "20", "https://www.ebay.com/itm/20", hashed_id(item), "all"):
        await teach(trip.registry, queries, number, Teaching(different=["20"]))
        view = await teach(trip.registry, queries, number, Teaching(forget=[name]))
        assert (view["taught"], view["kept"]) == ([], 63)
    assert trip.registry.get(number).taught == before.taught == ()


@pytest.mark.parametrize(
    ("teaching", "why"),
    [
        (Teaching(), "Name an item that is the same or different"),
        (Teaching(same=["camera"]), '"camera" is not an item'),
        (Teaching(same=["12345"]), 'Item "12345" is not in the last answer of watch 1'),
        (Teaching(same=["20"], different=["v1|20|0"]), "An item is named twice"),
        (Teaching(forget=["20"]), 'Watch 1 has no answer about item "20" to take back.'),
        (Teaching(forget=["#x"]), '"#x" is not an item'),
    ],
)
async def test_wrong_answers_get_a_sentence_and_change_nothing(
    trip: Trip, queries: WatchQueries, teaching: Teaching, why: str
) -> None:
    number = await polled(trip)
    before = trip.registry.get(number)
    with pytest.raises(InvalidInput, match=why):
        await teach(trip.registry, queries, number, teaching)
    assert trip.registry.get(number) == before


async def test_without_a_stored_answer_there_is_nothing_to_ask(trip: Trip, queries: WatchQueries) -> None:
    number = WatchId(await trip.watch())
    asked = questions_view(queries, trip.registry.get(number))
    assert (asked["questions"], asked["note"]) == (
        [],
        "No answer of the market is stored for watch 1 yet; ask again after its first poll.",
    )
    with pytest.raises(InvalidInput, match="No answer of the market"):
        await teach(trip.registry, queries, number, Teaching(same=["20"]))


async def test_a_taught_watch_alerts_by_what_it_learned_and_replays_exactly(
    trip: Trip, queries: WatchQueries
) -> None:
    cheap = listing(500, 95, title="Zenitar Mk2")
    trip.market.offers(*ROWS, cheap)
    taught, plain = WatchId(await trip.watch(below="96")), WatchId(await trip.watch(below="96"))
    assert await trip.poll() == []
    await teach(trip.registry, queries, taught, Teaching(same=[BARE[0].item_id]))
    (alert,) = await trip.poll(86_400)
    assert (alert.watch_id, [item.item_id for item in alert.items]) == (taught, [cheap.item_id])
    assert plain != taught
    receipt = trip.stores.alerts.receipt(alert.id)
    assert receipt
    assert receipt[1].taught == trip.registry.get(taught).taught
    assert replay(alert, *receipt) == ((), True)
    explained = queries.explain(trip.registry.get(plain), "500")
    assert "it is dropped" in explained.verdict


async def test_a_rejection_teaches_and_its_withdrawal_forgets(trip: Trip, queries: WatchQueries) -> None:
    number = await polled(trip)
    view = await reject_listing(trip.registry, queries, number, Rejection(ODD[0].item_id))
    assert {x["itemId"] for x in view["alsoRemoved"]} == {x.item_id for x in ODD[1:]}
    comps = queries.cached_comps(trip.registry.get(number))
    assert comps
    reasons = {d.listing.item_id: d.reason for d in comps.selection.dropped}
    assert [reasons[x.item_id] for x in ODD] == [Reason.REJECTED, Reason.TAUGHT, Reason.TAUGHT]
    await reject_listing(trip.registry, queries, number, Rejection(ODD[0].item_id, undo=True))
    assert trip.registry.get(number).taught == ()


async def test_this_is_it_withdraws_a_rejection(trip: Trip, queries: WatchQueries) -> None:
    number = await polled(trip)
    await reject_listing(trip.registry, queries, number, Rejection(ODD[0].item_id))
    await teach(trip.registry, queries, number, Teaching(same=[ODD[0].item_id]))
    watch = trip.registry.get(number)
    assert (watch.rejected, [a.same for a in watch.taught]) == ((), [True])


async def test_another_query_forgets_the_answers_and_other_edits_keep_them(
    trip: Trip, queries: WatchQueries
) -> None:
    number = await polled(trip)
    await teach(trip.registry, queries, number, Teaching(same=["20"]))
    watch, defaults = trip.registry.get(number), Defaults("EBAY_US")
    kept: list[dict[str, str]] = [{"rule": "deal 70%"}, {"query": QUERY.upper()}, {"condition": "used"}]
    for change in kept:
        assert edit_watch(watch, change, defaults).taught == watch.taught
    lost: list[dict[str, Any]] = [{"query": "zenitar mk3"}, {"marketplace": "EBAY_GB"}]
    for change in lost:
        assert edit_watch(watch, change, defaults).taught == ()
