"""Which answers are doubted, and which are only news."""

from __future__ import annotations

import pytest

from tests.fakes import NOON, listing, listings, usd
from watcher.core.listing import Listing, Snapshot
from watcher.core.money import Money
from watcher.core.resilience.plausibility import Doubt, far_below, find_doubt, known_of

BEFORE = listings([50 + i for i in range(50)])
FEW = BEFORE[:4]


def judge(before: tuple[Listing, ...], now: tuple[Listing, ...], currency: str = "USD") -> Doubt | None:
    return find_doubt(known_of(before), Snapshot(now, NOON), currency)


def priced(times: float, rows: tuple[Listing, ...] = BEFORE) -> tuple[Listing, ...]:
    return tuple(x._replace(price=Money(round(x.price.minor * times), "USD")) for x in rows if x.price)


def in_pounds(rows: tuple[Listing, ...]) -> tuple[Listing, ...]:
    return tuple(x._replace(price=Money(x.price.minor, "GBP")) for x in rows if x.price)


def test_nothing_where_a_market_was_is_doubted() -> None:
    assert judge(BEFORE, ()) is Doubt.EMPTY
    assert judge(BEFORE[:5], ()) is Doubt.EMPTY


def test_a_small_market_may_be_empty_and_a_first_look_is_believed() -> None:
    assert judge(FEW, ()) is None
    assert judge((), ()) is None
    assert judge((), BEFORE) is None


@pytest.mark.parametrize(
    ("left", "found"), [(9, Doubt.COLLAPSED), (10, None), (50, None), (1, Doubt.COLLAPSED)]
)
def test_less_than_a_fifth_of_what_was_there_is_doubted(left: int, found: Doubt | None) -> None:
    assert judge(BEFORE, BEFORE[:left]) is found


def test_a_page_is_not_doubted_for_being_smaller_than_all_that_was_ever_seen() -> None:
    known = {f"v1|{n}|0": usd(50) for n in range(5000)}
    page = listings([50.0] * 200)
    assert find_doubt(known, Snapshot(page, NOON), "USD") is None
    assert find_doubt(known, Snapshot(page[:39], NOON), "USD") is Doubt.COLLAPSED


@pytest.mark.parametrize(("times", "found"), [(0.01, Doubt.PRICES), (0.1, Doubt.PRICES), (100, Doubt.PRICES)])
def test_prices_that_moved_by_a_power_of_ten_are_doubted(times: float, found: Doubt) -> None:
    assert judge(BEFORE, priced(times)) is found


@pytest.mark.parametrize("times", [0.2, 0.5, 1, 5])
def test_a_sale_is_news(times: float) -> None:
    assert judge(BEFORE, priced(times)) is None


def test_half_of_the_prices_are_many_and_fewer_are_not() -> None:
    assert judge(BEFORE, priced(0.01, BEFORE[:25]) + BEFORE[25:]) is Doubt.PRICES
    assert judge(BEFORE, priced(0.01, BEFORE[:24]) + BEFORE[24:]) is None


def test_other_listings_are_not_compared() -> None:
    assert judge(BEFORE, listings([0.5] * 50, start=1000)) is None
    assert judge(BEFORE, priced(0.01, BEFORE[:4]) + listings([0.5] * 46, start=1000)) is None


def test_an_auctions_bid_stands_for_its_price() -> None:
    bids = tuple(x._replace(price=None, bid=x.price) for x in BEFORE)
    assert judge(bids, priced(0.01)) is Doubt.PRICES
    unknown = tuple(x._replace(price=None) for x in BEFORE)
    assert judge(unknown, BEFORE) is None
    assert judge(BEFORE, unknown) is None


def test_another_currency_throughout_is_doubted_and_never_true() -> None:
    found = judge(BEFORE, in_pounds(BEFORE))
    assert found is Doubt.CURRENCY
    assert not found.can_be_true
    assert Doubt.EMPTY.can_be_true


def test_some_of_another_currency_or_the_markets_own_are_not() -> None:
    assert judge(BEFORE, in_pounds(BEFORE[:49]) + BEFORE[49:]) is None
    assert judge(in_pounds(BEFORE), BEFORE) is None
    assert judge(in_pounds(BEFORE), in_pounds(BEFORE)) is None
    assert judge(FEW, in_pounds(FEW)) is None


def test_a_kept_listing_at_a_hundredth_of_the_median_wants_a_second_look() -> None:
    cheap = listing(99, 0.70)
    kept = (*BEFORE, cheap)
    known = known_of(BEFORE)
    assert far_below(known, kept, usd(75)) == (cheap,)
    assert far_below({**known, cheap.item_id: usd(60)}, kept, usd(75)) == (cheap,)


def test_what_was_seen_at_that_price_is_not_looked_at_twice() -> None:
    cheap = listing(99, 0.70)
    assert far_below(known_of((*BEFORE, cheap)), (*BEFORE, cheap), usd(75)) == ()


def test_a_bargain_is_no_slip() -> None:
    kept = (*BEFORE, listing(99, 1.00), listing(98, None), listing(97, 0.5)._replace(price=Money(50, "GBP")))
    assert far_below({}, kept, usd(75)) == ()
    assert far_below({}, (listing(99, 0.01), *FEW[:3]), usd(75)) == ()
    assert far_below({}, (listing(99, 0.01), *BEFORE), None) == ()


def test_a_price_without_shipping_is_judged_by_itself() -> None:
    cheap = listing(99, 0.70, None)
    assert far_below({}, (*BEFORE, cheap), usd(75)) == (cheap,)


def test_five_kept_listings_are_enough_for_a_slip_and_shipping_belongs_to_the_price() -> None:
    cheap, dear_to_send = listing(99, 0.70), listing(98, 0.70, 60.0)
    assert far_below({}, (*FEW, cheap), usd(75)) == (cheap,)
    assert far_below({}, (*FEW, dear_to_send), usd(75)) == ()
