"""When an item that has alerted alerts again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import listing, usd
from watcher.core.money import Money
from watcher.core.rules import LastAlerted, Match, matches_worth_alert

ITEM = "v1|1|0"


def match(total: float, *, price: float | None = None, assumed: float | None = None) -> Match:
    cost = usd(total if price is None else price)
    return Match(listing(1, total), cost, usd(total), None if assumed is None else usd(assumed), "")


def last(total: float, *, price: float | None = None, estimated: bool = False) -> dict[str, LastAlerted]:
    return {ITEM: LastAlerted(usd(total), usd(total if price is None else price), estimated)}


def test_item_that_never_alerted_alerts() -> None:
    assert matches_worth_alert([match(50)], {}) == (match(50),)
    assert matches_worth_alert([match(50)], {"another": LastAlerted(usd(1), usd(1), estimated=False)})


def test_item_alerts_again_only_five_percent_lower() -> None:
    assert matches_worth_alert([match(95)], last(100))
    assert not matches_worth_alert([match(95.01)], last(100))
    assert not matches_worth_alert([match(120)], last(100))


def test_changed_assumption_of_the_shipping_does_not_alert_again() -> None:
    before = last(60, price=50, estimated=True)
    assert not matches_worth_alert([match(52, price=50, assumed=2)], before)
    assert not matches_worth_alert([match(50, price=50)], before)
    assert matches_worth_alert([match(49.5, price=47.5, assumed=2)], before)


def test_changed_currency_does_not_alert_again() -> None:
    euros = Money(5000, "EUR")
    assert not matches_worth_alert([match(1)], {ITEM: LastAlerted(euros, euros, estimated=False)})


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_five_percent_is_exact_for_every_amount(now: int, before: int) -> None:
    new = Match(listing(1), Money(now, "USD"), Money(now, "USD"), None, "")
    old = {ITEM: LastAlerted(Money(before, "USD"), Money(before, "USD"), estimated=False)}
    assert bool(matches_worth_alert([new], old)) == (now * 100 <= before * 95)
