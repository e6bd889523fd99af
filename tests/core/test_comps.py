from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.comps import Basis, Buying, Filters, describe_counts, percentile, select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.sellers import hash_of_seller, hashes_of_sellers
from watcher.core.titles.verdict import Reason

CARD = Listing("1", "Acme 900", Money(10_000, "USD"), Money(500, "USD"), 3000, "Used", feedback=40)


def usd(cents: int) -> Money:
    return Money(cents, "USD")


def asking(*cents: int) -> list[Listing]:
    return [CARD._replace(item_id=str(i), price=usd(c), shipping=usd(0)) for i, c in enumerate(cents)]


_PRICES = st.integers(1, 10**7)
_OPTIONAL = st.none() | st.builds(Money, st.integers(0, 10**5), st.sampled_from(("USD", "EUR")))
_LISTINGS = st.builds(
    lambda price, shipping: CARD._replace(price=price, shipping=shipping),
    st.none() | st.builds(Money, _PRICES, st.sampled_from(("USD", "EUR"))),
    _OPTIONAL,
)


def test_statistics_are_over_totals() -> None:
    stats = summarize([CARD, CARD._replace(price=usd(20_000))], "USD", Basis.SOLD)
    assert (stats.n, stats.low, stats.median, stats.high) == (2, usd(10_500), usd(15_500), usd(20_500))
    assert (stats.p25, stats.p75) == (usd(13_000), usd(18_000))
    assert (stats.basis, stats.currency) == (Basis.SOLD, "USD")


def test_statistics_without_totals_are_empty() -> None:
    stats = summarize([CARD._replace(shipping=None), CARD._replace(price=None)], "USD")
    assert stats.n == 0
    assert (stats.low, stats.p25, stats.median, stats.p75, stats.high, stats.interval) == (None,) * 6


@given(st.lists(_LISTINGS, max_size=12), st.randoms(use_true_random=False))
def test_statistics_do_not_depend_on_the_order(listings: list[Listing], dice: object) -> None:
    shuffled = listings.copy()
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summarize(shuffled, "USD") == summarize(listings, "USD")


@given(st.lists(_LISTINGS, max_size=12), st.lists(_PRICES, max_size=5))
def test_unknown_shipping_and_other_currencies_do_not_count(
    listings: list[Listing], prices: list[int]
) -> None:
    unknown = [CARD._replace(price=usd(p), shipping=None) for p in prices]
    foreign = [CARD._replace(price=Money(p, "EUR"), shipping=Money(0, "EUR")) for p in prices]
    mixed = [CARD._replace(price=usd(p), shipping=Money(0, "EUR")) for p in prices]
    assert summarize([*listings, *unknown, *foreign, *mixed], "USD") == summarize(listings, "USD")


@given(st.lists(_PRICES, min_size=1, max_size=40))
def test_figures_are_ordered_and_within_the_range(prices: list[int]) -> None:
    stats = summarize(asking(*prices), "USD")
    assert stats.n == len(prices)
    figures = [stats.low, stats.p25, stats.median, stats.p75, stats.high]
    cents = [m.minor for m in figures if m]
    assert len(cents) == 5
    assert cents == sorted(cents)
    assert (cents[0], cents[-1]) == (min(prices), max(prices))
    if stats.interval:
        assert stats.interval[0].minor <= cents[2] <= stats.interval[1].minor


@given(st.lists(_PRICES, min_size=6, max_size=30), st.integers(10**8, 10**12))
def test_one_absurd_price_moves_the_median_within_its_interval(prices: list[int], absurd: int) -> None:
    before, after = summarize(asking(*prices), "USD"), summarize(asking(*prices, absurd), "USD")
    assert before.interval
    assert after.median
    assert before.interval[0] <= after.median <= before.interval[1]


@pytest.mark.parametrize("n", [6, 8, 9, 10, 11, 25, 60, 200, 501])
def test_interval_is_the_shortest_with_95_percent_confidence(n: int) -> None:
    stats = summarize(asking(*range(1, n + 1)), "USD")
    assert stats.interval is not None
    low, high = (bound.minor for bound in stats.interval)
    assert low + high in (n, n + 1)  # symmetrical, or shorter above

    def coverage(first: int, last: int) -> float:
        return sum(comb(n, i) for i in range(first, last)) / 2**n

    assert coverage(low, high) >= 0.95
    assert coverage(low, high - 1) < 0.95
    assert coverage(low + 1, high) < 0.95


@pytest.mark.parametrize("n", range(6))
def test_fewer_than_six_totals_have_no_interval(n: int) -> None:
    assert summarize(asking(*range(1, n + 1)), "USD").interval is None


def test_six_totals_have_their_whole_range_as_interval() -> None:
    assert summarize(asking(100, 900, 200, 300, 800, 500), "USD").interval == (usd(100), usd(900))


def test_counts_of_reasons_agree_with_their_nouns() -> None:
    counts = {"query": 2, "lot": 1, "accessory": 3, "reprint": 2, "stand-in": 1, "parts": 2, "auction": 1_200}
    assert describe_counts(counts) == (
        "2 something else, 1 lot, 3 accessories, 2 reprints, 1 stand-in, 2 for parts, 1,200 auctions"
    )


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(1, 3))
def test_percentile_is_interpolated_and_rounded_half_up(values: list[int], quarter: int) -> None:
    ordered = sorted(values)
    place = (len(ordered) - 1) * quarter / 4
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    exact_times_4 = low * 4 + (high - low) * ((len(ordered) - 1) * quarter % 4)
    assert percentile(ordered, quarter, 4) == (exact_times_4 + 2) // 4


def test_percentiles_0_and_100_are_the_ends() -> None:
    assert percentile([3], 1, 2) == 3
    assert percentile([1, 2], 0, 4) == 1
    assert percentile([1, 2], 4, 4) == 2
    assert percentile([1, 2], 1, 2) == 2


@pytest.mark.parametrize(
    ("condition_id", "conditions"),
    [
        (1000, {"new"}),
        (1500, {"new"}),
        (1750, set()),
        (2010, {"refurbished"}),
        (3000, {"used"}),
        (2750, {"used"}),
    ],
)
def test_new_means_new_or_open_box_without_defects(condition_id: int, conditions: set[str]) -> None:
    offer = [Listing("1", "acme 900", usd(4500), usd(500), condition_id=condition_id)]
    wanted = (Condition.NEW, Condition.REFURBISHED, Condition.USED)
    found = {c for c in wanted if select("acme 900", c, offer, currency="USD").kept}
    assert found == conditions
    assert select("acme 900", Condition.ANY, offer, currency="USD").kept


def drop_of(
    listing: Listing, condition: Condition = Condition.ANY, **filters: object
) -> tuple[str, str] | None:
    chosen = select("acme 900", condition, [listing], currency="USD", filters=Filters(**filters))  # type: ignore[arg-type]
    return (chosen.dropped[0].reason, chosen.dropped[0].detail) if chosen.dropped else None


@pytest.mark.parametrize(
    ("changes", "filters", "expected"),
    [
        ({"is_group": True}, {}, (Reason.GROUP, "a group of variations; its price is that of one variation")),
        ({"ended": True}, {}, (Reason.ENDED, "its end was in the past when it was fetched")),
        ({"condition_id": 7000}, {}, (Reason.PARTS, "its condition is for parts or not working")),
        ({}, {"condition": Condition.NEW}, (Reason.CONDITION, 'its condition is "Used", not new')),
        ({}, {"from_country": "US"}, (Reason.COUNTRY, "it ships from an unknown country")),
        ({"country": "CN"}, {"from_country": "US"}, (Reason.COUNTRY, "it ships from CN")),
        ({}, {"min_feedback": 50}, (Reason.FEEDBACK, "the seller's feedback score is 40, not 50")),
        (
            {"feedback": None},
            {"min_feedback": 50},
            (Reason.FEEDBACK, "the seller's feedback score is unknown, not 50"),
        ),
        (
            {},
            {"sellers": hashes_of_sellers(["one"])},
            (Reason.SELLER, "its seller is unknown, and the watch follows some"),
        ),
        (
            {"seller": hash_of_seller("other")},
            {"sellers": hashes_of_sellers(["one"])},
            (Reason.SELLER, "its seller is none of those that the watch follows"),
        ),
        (
            {"fixed": False, "auction": True},
            {"buying": Buying.FIXED},
            (Reason.BUYING, "it has no fixed price, and the watch asks for one"),
        ),
        ({}, {"buying": Buying.AUCTION}, (Reason.BUYING, "it is not an auction, and the watch asks for one")),
        ({"price": None}, {}, (Reason.NO_PRICE, "it shows no price")),
        ({"price": Money(9, "EUR")}, {}, (Reason.CURRENCY, "priced in EUR, not in USD")),
        (
            {"price": None, "bid": Money(1200, "USD"), "auction": True, "fixed": False},
            {},
            (Reason.AUCTION, "an auction at $12.00; a bid is not a price"),
        ),
    ],
)
def test_dropped_listing_has_a_reason(
    changes: dict[str, object], filters: dict[str, object], expected: tuple[str, str]
) -> None:
    assert drop_of(CARD._replace(**changes), **filters) == expected  # type: ignore[arg-type]


def test_filters_that_a_listing_passes_keep_it() -> None:
    assert drop_of(CARD) is None
    assert drop_of(CARD._replace(feedback=None), min_feedback=0) is None
    assert drop_of(CARD, Condition.USED, buying=Buying.FIXED, min_feedback=40) is None
    assert drop_of(CARD._replace(shipping=None)) is None
    assert (
        drop_of(CARD._replace(seller=hash_of_seller("ONE")), sellers=hashes_of_sellers(["other", "one"]))
        is None
    )


def test_missing_condition_is_accepted_if_the_market_applied_the_filter() -> None:
    unknown = CARD._replace(condition_id=None, condition="")

    def kept(*, trust: bool) -> bool:
        return bool(select("acme 900", Condition.NEW, [unknown], currency="USD", trust_condition=trust).kept)

    assert kept(trust=True)
    assert not kept(trust=False)


def test_auctions_are_listed_apart_because_a_bid_is_not_a_price() -> None:
    bids_only = CARD._replace(item_id="bid", price=None, bid=usd(900), auction=True, fixed=False)
    hybrid = CARD._replace(item_id="both", bid=usd(900), auction=True)
    foreign = bids_only._replace(item_id="foreign", bid=Money(900, "EUR"))
    noise = bids_only._replace(item_id="noise", title="Acme 900 lot")
    chosen = select("acme 900", Condition.ANY, [CARD, bids_only, hybrid, foreign, noise], currency="USD")
    assert [x.item_id for x in chosen.kept] == ["1", "both"]
    assert [x.item_id for x in chosen.auctions] == ["bid", "both"]
    assert {d.listing.item_id for d in chosen.dropped} == {"bid", "foreign", "noise"}


def test_equivalent_filters_have_the_same_key() -> None:
    assert Filters().key == Filters(exclude=("", " "), min_feedback=0).key == ""
    assert Filters(exclude=("Red", "big  box")).key == Filters(exclude=("big box", "red", "RED")).key
    assert Filters(exclude=("red",)).key != Filters(exclude=("blue",)).key
    assert Filters(buying=Buying.FIXED).key != Filters().key
    assert (
        Filters(sellers=hashes_of_sellers(["a", "B"])).key
        == Filters(sellers=hashes_of_sellers(["b", "A", "b"])).key
    )
    assert Filters(sellers=hashes_of_sellers(["a"])).key not in (
        Filters().key,
        Filters(sellers=hashes_of_sellers("b")).key,
    )
