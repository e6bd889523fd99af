"""What watches share: a search if they ask the same question, a selection if they have the same filters."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.fakes import listing, listings, usd
from tests.trips import QUERY, Trip
from watcher.core.comps import Buying, Filters
from watcher.core.listing import Condition
from watcher.core.receipts import Replay, replay
from watcher.core.rejections import reject_items
from watcher.core.sellers import hash_of_seller
from watcher.core.times import HOUR, MINUTE
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Question

EIGHT = listings([50, 52, 55, 58, 60, 61, 63, 64], start=10)
CHEAP = 45.0

# A filter, and a listing that it drops and a watch without it alerts about.
FILTERS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "exclude": ({"exclude": "strap"}, {"title": "Zenitar Mk2 rangefinder camera with strap"}),
    "buying fixed": ({"buying": "fixed"}, {"auction": True, "bid": usd(1), "bid_count": 1, "fixed": False}),
    "buying auction": ({"buying": "auction"}, {"fixed": True}),
    "min-feedback": ({"min_feedback": "500"}, {"feedback": 499}),
    "sellers": ({"sellers": "cards-4u"}, {"seller": hash_of_seller("other")}),
    "from-country": ({"from_country": "US"}, {"country": "DE"}),
}
# What a watch has besides its filters, and a listing that one of two watches alerts about.
OTHERS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, Any]]] = {
    "unknown-shipping": ({}, {"unknown_shipping": "skip"}, {"shipping": None}),
    "unknown-shipping amount": ({}, {"unknown_shipping": "20"}, {"shipping": None}),
    "below": ({}, {"below": "40"}, {}),
}


async def alerted(trip: Trip, *watches: int) -> list[list[str]]:
    """Return the ids of the items in the alerts of each watch, after one poll."""
    alerts = await trip.poll(HOUR)
    return [sorted(i.item_id for a in alerts if a.watch_id == w for i in a.items) for w in watches]


@pytest.mark.parametrize("order", ["filter first", "filter last"])
@pytest.mark.parametrize("name", [n for n in FILTERS if n != "buying fixed"])
async def test_watches_that_differ_in_one_filter_get_different_alerts(
    trip: Trip, name: str, order: str
) -> None:
    draft, dropped = FILTERS[name]
    trip.market.offers(*EIGHT, listing(1, CHEAP, **dropped))
    drafts = [draft, {}] if order == "filter first" else [{}, draft]
    watches = [await trip.watch(below="46", **d) for d in drafts]
    found = await alerted(trip, *watches)
    assert found == ([[], ["v1|1|0"]] if order == "filter first" else [["v1|1|0"], []])
    assert len(trip.market.asked) == 1, "they share one search"


async def test_a_watch_for_auctions_and_one_for_fixed_prices_differ(trip: Trip) -> None:
    both = {"auction": True, "fixed": False, "bid": usd(9), "bid_count": 1}
    ends = trip.clock.now() + 2 * HOUR
    trip.market.offers(*EIGHT, listing(1, None, **both, ends_at=ends))
    watches = [await trip.watch(rule="ending 90m 46", buying=b) for b in ("fixed", "auction", "any")]
    assert await alerted(trip, *watches) == [[], ["v1|1|0"], ["v1|1|0"]]


@pytest.mark.parametrize("name", OTHERS)
async def test_watches_that_differ_in_what_they_pay_get_different_alerts(trip: Trip, name: str) -> None:
    one, other, dropped = OTHERS[name]
    trip.market.offers(*EIGHT, listing(1, CHEAP, **dropped))
    watches = [await trip.watch(**{"below": "46"} | d) for d in (one, other)]
    assert await alerted(trip, *watches) == [["v1|1|0"], []]
    assert len(trip.market.asked) == 1


async def test_a_rejected_item_is_missing_for_its_watch_alone(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, CHEAP))
    rejecting, other = [await trip.watch(below="46") for _ in range(2)]
    watch = reject_items(trip.registry.get(rejecting), ["v1|1|0"])
    assert await trip.stores.watches.change(watch, trip.clock.now())
    assert await alerted(trip, rejecting, other) == [[], ["v1|1|0"]]


@pytest.mark.parametrize("name", ["exclude", "min-feedback", "from-country"])
async def test_the_receipts_of_watches_with_other_filters_differ(trip: Trip, name: str) -> None:
    draft, dropped = FILTERS[name]
    trip.market.offers(*EIGHT, listing(1, CHEAP, **dropped), listing(2, CHEAP))
    await trip.watch(below="46", **draft)
    await trip.watch(below="46")
    kept = []
    for alert in await trip.poll():
        receipt = trip.stores.alerts.receipt(alert.id)
        assert receipt is not None
        kept.append((len(alert.items), len(receipt.evidence.kept)))
    assert sorted(kept) == [(1, 9), (2, 10)]


async def test_receipt_of_a_followed_seller_replays_without_any_name(trip: Trip) -> None:
    followed, other = hash_of_seller("cards-4u"), hash_of_seller("other-shop")
    trip.market.offers(*EIGHT, listing(1, CHEAP, seller=followed), listing(2, CHEAP, seller=other))
    await trip.watch(below="46", sellers="Cards-4U")
    (alert,) = await trip.poll()
    assert [item.item_id for item in alert.items] == ["v1|1|0"]
    receipt = trip.stores.alerts.receipt(alert.id)
    assert receipt is not None
    assert replay(alert, receipt.grounds, receipt.evidence) == Replay((), True)
    assert "cards-4u" not in repr(receipt).casefold()
    assert {d.reason for d in receipt.evidence.dropped} == {Reason.SELLER}


@pytest.mark.parametrize(
    "other",
    [{"condition": "new"}, {"marketplace": "EBAY_GB"}, {"category": "183454"}, {"query": f"{QUERY} body"}],
    ids=lambda d: next(iter(d)),
)
async def test_watches_with_another_question_have_their_own_search(trip: Trip, other: dict[str, str]) -> None:
    trip.market.complete = False  # so that neither answer contains the other
    await trip.watch(rule="new")
    await trip.watch(**{"rule": "new"} | other)
    await trip.poll()
    assert len(trip.market.asked) == 2
    assert trip.stores.searches.active_searches() == 2


async def test_watches_of_one_question_in_other_spellings_share_its_search(trip: Trip) -> None:
    for query in ("Zenitar MK2 camera", "  zenitar   mk2 camera "):
        await trip.registry.add({"query": query, "below": "1"}, trip.clock.now())
    await trip.poll()
    assert len(trip.market.asked) == 1


SETS = (
    Filters(),
    Filters(exclude=("strap",)),
    Filters(exclude=("box",)),
    Filters(exclude=("strap", "box")),
    Filters(exclude=("strap box",)),
    Filters(buying=Buying.FIXED),
    Filters(buying=Buying.AUCTION),
    Filters(min_feedback=5),
    Filters(min_feedback=50),
    Filters(from_country="US"),
    Filters(from_country="DE"),
    Filters(exclude=("us",)),
    Filters(exclude=("5",), min_feedback=5),
    Filters(min_feedback=5, from_country="US"),
    Filters(buying=Buying.FIXED, from_country="US"),
)


def test_no_two_sets_of_filters_share_a_key() -> None:
    assert [pair for pair in combinations(SETS, 2) if pair[0].key == pair[1].key] == []


def test_the_order_and_case_of_excluded_words_do_not_matter() -> None:
    assert Filters(exclude=("Strap", "box  only")).key == Filters(exclude=("box only", "strap")).key


def test_no_two_questions_share_a_key() -> None:
    base = Question("camera", Condition.ANY, "625", "EBAY_US")
    others = (
        Question("lens", Condition.ANY, "625", "EBAY_US"),
        Question("camera", Condition.NEW, "625", "EBAY_US"),
        Question("camera", Condition.ANY, "220", "EBAY_US"),
        Question("camera", Condition.ANY, "625", "EBAY_DE"),
    )
    assert len({q.key for q in (base, *others)}) == 5


@pytest.mark.parametrize("cadences", [("10m", "6h"), ("6h", "10m")])
async def test_the_most_impatient_watch_decides_when_its_search_is_due(
    trip: Trip, cadences: tuple[str, ...]
) -> None:
    for every in cadences:
        await trip.watch(below="1", every=every)
    await trip.poll()
    assert trip.stores.searches.next_due() == trip.clock.now() + HOUR / 6


@pytest.mark.parametrize("cadences", [("6h", "10m", ""), ("", "10m")])
async def test_a_wish_does_not_delay_a_watch_that_asks_for_no_interval(
    trip: Trip, cadences: tuple[str, ...]
) -> None:
    for every in cadences:
        await trip.watch(below="1", every=every)
    await trip.poll()
    assert trip.stores.searches.next_due() == trip.clock.now() + MINUTE, "the calls suffice for that"


async def test_a_paused_watch_does_not_decide_when_its_search_is_due(trip: Trip) -> None:
    await trip.watch(below="1", every="6h")
    impatient = await trip.watch(below="1", every="10m")
    await trip.registry.set_paused(impatient, trip.clock.now(), paused=True)
    await trip.poll()
    assert trip.stores.searches.next_due() == trip.clock.now() + 6 * HOUR
