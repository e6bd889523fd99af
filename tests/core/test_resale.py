"""What to pay at most: the median less fee, shipping and margin, rounded down."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.comps import Basis, Statistics
from watcher.core.money import CurrencyMismatch, Money
from watcher.core.resale import ResaleTerms, ResaleVerdict, judge, max_price


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def statistics(median: Money | None, n: int = 8) -> Statistics:
    return Statistics(Basis.ASK, "USD", n, median=median)


@pytest.mark.parametrize(
    ("median", "terms", "limit"),
    [
        (usd(10_000), ResaleTerms(), usd(6_960)),
        (usd(10_000), ResaleTerms(shipping=Decimal("4.50")), usd(6_600)),
        (usd(9_999), ResaleTerms(), usd(6_959)),  # 69.59304 is rounded down
        (usd(400), ResaleTerms(shipping=Decimal(10)), usd(0)),  # never below 0
        (Money(10_000, "JPY"), ResaleTerms(shipping=Decimal(500)), Money(6_560, "JPY")),
        (usd(10_000), ResaleTerms(Decimal(0), Decimal(0), Decimal(0)), usd(10_000)),
    ],
)
def test_the_bound_is_the_median_less_fee_shipping_and_margin(
    median: Money, terms: ResaleTerms, limit: Money
) -> None:
    assert max_price(median, terms) == limit


@pytest.mark.parametrize(
    ("price", "buy"), [(usd(6_960), True), (usd(6_961), False), (usd(1), True), (None, None)]
)
def test_an_item_is_bought_up_to_the_bound(price: Money | None, *, buy: bool | None) -> None:
    verdict = judge(statistics(usd(10_000)), ResaleTerms(), price)
    assert isinstance(verdict, ResaleVerdict)
    assert (verdict.buy, verdict.expected, verdict.max_price) == (buy, usd(10_000), usd(6_960))
    assert (verdict.basis, verdict.n) == (Basis.ASK, 8)


def test_no_comps_give_no_verdict() -> None:
    assert judge(statistics(None, 0), ResaleTerms(), usd(1)) is None


def test_a_price_in_another_currency_is_not_judged() -> None:
    with pytest.raises(CurrencyMismatch):
        judge(statistics(usd(10_000)), ResaleTerms(), Money(1, "EUR"))


@pytest.mark.parametrize(
    ("price", "terms", "why"),
    [
        (
            usd(5_000),
            ResaleTerms(),
            "$50.00 is not more than $69.60: the median of 8 asks is $100.00, less 13 % fee and 20 % margin.",
        ),
        (
            usd(7_000),
            ResaleTerms(shipping=Decimal(5)),
            (
                "$70.00 is more than $65.60: the median of 8 asks is $100.00, less 13 % fee, $5.00 shipping "
                "and 20 % margin."
            ),
        ),
        (
            None,
            ResaleTerms(),
            "Pay at most $69.60: the median of 8 asks is $100.00, less 13 % fee and 20 % margin.",
        ),
        (
            usd(1),
            ResaleTerms(shipping=Decimal(200)),
            (
                "Nothing is left to pay: the median of 8 asks is $100.00, and 13 % fee, $200.00 shipping and "
                "20 % margin take all of it."
            ),
        ),
    ],
)
def test_a_verdict_says_why(price: Money | None, terms: ResaleTerms, why: str) -> None:
    verdict = judge(statistics(usd(10_000)), terms, price)
    assert verdict
    assert verdict.why == why


@given(st.integers(0, 10**9), st.integers(0, 10**5), st.integers(0, 99), st.integers(0, 99))
def test_a_bound_never_exceeds_the_median(median: int, shipping: int, fee: int, margin: int) -> None:
    terms = ResaleTerms(Decimal(fee) / 100, Decimal(shipping) / 100, Decimal(margin) / 100)
    assert 0 <= max_price(usd(median), terms).minor <= median
