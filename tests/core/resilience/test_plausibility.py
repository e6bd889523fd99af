"""Which answers are suspicious, and which are only unusual."""

from __future__ import annotations

import pytest

from tests.fakes import NOON, listing, listings, usd
from watcher.core.listing import Listing, Snapshot
from watcher.core.money import Money
from watcher.core.resilience.plausibility import Suspicion, find_slips, find_suspicion, known_prices

BEFORE = listings([50 + i for i in range(50)])
FEW = BEFORE[:4]


def suspicion_of(
    before: tuple[Listing, ...], now: tuple[Listing, ...], currency: str = "USD"
) -> Suspicion | None:
    return find_suspicion(known_prices(before), Snapshot(now, NOON), currency)


def priced(times: float, rows: tuple[Listing, ...] = BEFORE) -> tuple[Listing, ...]:
    return tuple(x._replace(price=Money(round(x.price.minor * times), "USD")) for x in rows if x.price)


def in_pounds(rows: tuple[Listing, ...]) -> tuple[Listing, ...]:
    return tuple(x._replace(price=Money(x.price.minor, "GBP")) for x in rows if x.price)


@pytest.mark.parametrize("before", [*Suspicion, None])
@pytest.mark.parametrize("now", list(Suspicion))
def test_a_suspicion_is_confirmed_by_its_own_kind(now: Suspicion, before: Suspicion | None) -> None:
    shrunk = {Suspicion.EMPTY, Suspicion.COLLAPSED}  # of these each confirms the other
    alike = now is before or (now in shrunk and before in shrunk)
    assert now.is_confirmed_by(before) is (alike and now is not Suspicion.CURRENCY)


def test_an_empty_answer_from_a_known_market_is_suspicious() -> None:
    assert suspicion_of(BEFORE, ()) is Suspicion.EMPTY
    assert suspicion_of(BEFORE[:5], ()) is Suspicion.EMPTY


def test_a_small_market_and_a_first_answer_are_not_suspicious() -> None:
    assert suspicion_of(FEW, ()) is None
    assert suspicion_of((), ()) is None
    assert suspicion_of((), BEFORE) is None


@pytest.mark.parametrize(
    ("left", "found"), [(9, Suspicion.COLLAPSED), (10, None), (50, None), (1, Suspicion.COLLAPSED)]
)
def test_less_than_a_fifth_of_the_known_listings_is_suspicious(left: int, found: Suspicion | None) -> None:
    assert suspicion_of(BEFORE, BEFORE[:left]) is found


def test_a_full_page_is_not_suspicious_in_a_larger_market() -> None:
    known = {f"v1|{n}|0": usd(50) for n in range(5000)}
    page = listings([50.0] * 200)
    assert find_suspicion(known, Snapshot(page, NOON), "USD") is None
    assert find_suspicion(known, Snapshot(page[:39], NOON), "USD") is Suspicion.COLLAPSED


@pytest.mark.parametrize(
    ("times", "found"), [(0.01, Suspicion.PRICES), (0.1, Suspicion.PRICES), (100, Suspicion.PRICES)]
)
def test_prices_that_changed_tenfold_are_suspicious(times: float, found: Suspicion) -> None:
    assert suspicion_of(BEFORE, priced(times)) is found


@pytest.mark.parametrize("times", [0.2, 0.5, 1, 5])
def test_prices_that_changed_less_are_not_suspicious(times: float) -> None:
    assert suspicion_of(BEFORE, priced(times)) is None


@pytest.mark.parametrize(("known", "found"), [(4, None), (5, Suspicion.PRICES)])
def test_prices_jump_only_if_five_are_known(known: int, found: Suspicion | None) -> None:
    assert suspicion_of(BEFORE[:known], priced(10, BEFORE[:known])) is found


def test_half_of_the_prices_must_jump() -> None:
    assert suspicion_of(BEFORE, priced(0.01, BEFORE[:25]) + BEFORE[25:]) is Suspicion.PRICES
    assert suspicion_of(BEFORE, priced(0.01, BEFORE[:24]) + BEFORE[24:]) is None


def test_only_listings_in_both_answers_are_compared() -> None:
    assert suspicion_of(BEFORE, listings([0.5] * 50, start=1000)) is None
    assert suspicion_of(BEFORE, priced(0.01, BEFORE[:4]) + listings([0.5] * 46, start=1000)) is None


def test_the_bid_of_an_auction_counts_as_its_price() -> None:
    bids = tuple(x._replace(price=None, bid=x.price) for x in BEFORE)
    assert suspicion_of(bids, priced(0.01)) is Suspicion.PRICES
    unknown = tuple(x._replace(price=None) for x in BEFORE)
    assert suspicion_of(unknown, BEFORE) is None
    assert suspicion_of(BEFORE, unknown) is None


def test_an_answer_in_another_currency_is_suspicious_and_never_true() -> None:
    found = suspicion_of(BEFORE, in_pounds(BEFORE))
    assert found is Suspicion.CURRENCY
    assert not found.can_be_true
    assert Suspicion.EMPTY.can_be_true


def test_some_prices_in_another_currency_are_not_suspicious() -> None:
    assert suspicion_of(BEFORE, in_pounds(BEFORE[:49]) + BEFORE[49:]) is None
    assert suspicion_of(in_pounds(BEFORE), BEFORE) is None
    assert suspicion_of(in_pounds(BEFORE), in_pounds(BEFORE)) is None
    assert suspicion_of(FEW, in_pounds(FEW)) is None


def test_a_kept_listing_at_a_hundredth_of_the_median_is_a_slip() -> None:
    cheap = listing(99, 0.70)
    kept = (*BEFORE, cheap)
    known = known_prices(BEFORE)
    assert find_slips(known, kept, usd(75)) == (cheap,)
    assert find_slips({**known, cheap.item_id: usd(60)}, kept, usd(75)) == (cheap,)


def test_a_listing_already_known_at_that_price_is_not_a_slip() -> None:
    cheap = listing(99, 0.70)
    assert find_slips(known_prices((*BEFORE, cheap)), (*BEFORE, cheap), usd(75)) == ()


def test_a_bargain_is_not_a_slip() -> None:
    kept = (*BEFORE, listing(99, 1.00), listing(98, None), listing(97, 0.5)._replace(price=Money(50, "GBP")))
    assert find_slips({}, kept, usd(75)) == ()
    assert find_slips({}, (listing(99, 0.01), *FEW[:3]), usd(75)) == ()
    assert find_slips({}, (listing(99, 0.01), *BEFORE), None) == ()


def test_a_price_with_unknown_shipping_can_be_a_slip() -> None:
    cheap = listing(99, 0.70, None)
    assert find_slips({}, (*BEFORE, cheap), usd(75)) == (cheap,)


def test_a_slip_needs_five_kept_listings_and_includes_shipping() -> None:
    cheap, dear_to_send = listing(99, 0.70), listing(98, 0.70, 60.0)
    assert find_slips({}, (*FEW, cheap), usd(75)) == (cheap,)
    assert find_slips({}, (*FEW, dear_to_send), usd(75)) == ()
