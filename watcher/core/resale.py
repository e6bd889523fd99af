"""Whether an item is worth its price: what it is expected to sell for, less fee, shipping and margin."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from watcher.core.comps import Basis, Statistics
from watcher.core.money import Money, exponent
from watcher.core.plurals import count_of

_PRICES = {Basis.ASK: "ask", Basis.SOLD: "sale", Basis.SOLD_PRICE: "sale", Basis.OBSERVED: "last price"}


@dataclass(frozen=True, slots=True)
class ResaleTerms:
    """What reselling costs: `fee` and `margin` as shares of 1, `shipping` in units of the currency."""

    fee: Decimal = Decimal("0.13")
    shipping: Decimal = Decimal(0)
    margin: Decimal = Decimal("0.20")


@dataclass(frozen=True, slots=True)
class ResaleVerdict:
    """What to pay for an item at most, by the median of `n` comps.

    `buy` is None if no price was given. `interval`: of the median, None below six comps.
    """

    buy: bool | None
    expected: Money
    max_price: Money
    basis: Basis
    n: int
    interval: tuple[Money, Money] | None
    why: str


def judge(statistics: Statistics, terms: ResaleTerms, price: Money | None) -> ResaleVerdict | None:
    """Return the verdict on a price; None without comps. Raises CurrencyMismatch."""
    median = statistics.median
    if median is None:
        return None
    limit = max_price(median, terms)
    buy = None if price is None else price <= limit
    why = _reason(statistics, median, terms, limit, price)
    return ResaleVerdict(buy, median, limit, statistics.basis, statistics.n, statistics.interval, why)


def max_price(expected: Money, terms: ResaleTerms) -> Money:
    """Return (expected * (1 - fee) - shipping) * (1 - margin), rounded down to a minor unit, at least 0."""
    currency = expected.currency
    proceeds = expected.minor * (1 - terms.fee) - terms.shipping.scaleb(exponent(currency))
    limit = (proceeds * (1 - terms.margin)).to_integral_value(rounding=ROUND_FLOOR)
    return Money(max(0, int(limit)), currency)


def _reason(
    statistics: Statistics, median: Money, terms: ResaleTerms, limit: Money, price: Money | None
) -> str:
    basis = f"the median of {count_of(statistics.n, _PRICES[statistics.basis])} is {median}"
    shipping = Money(int(terms.shipping.scaleb(exponent(median.currency))), median.currency)
    less = [f"{_percent(terms.fee)} fee", *([f"{shipping} shipping"] if terms.shipping else [])]
    costs = f"{', '.join(less)} and {_percent(terms.margin)} margin"
    if not limit.minor:
        return f"Nothing is left to pay: {basis}, and {costs} take all of it."
    worth = f"pay at most {limit}: {basis}, less {costs}"
    if price is None:
        return f"{worth[:1].upper()}{worth[1:]}."
    how = "not more than" if price <= limit else "more than"
    return f"{price} is {how} {limit}: {basis}, less {costs}."


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
