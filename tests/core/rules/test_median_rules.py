"""Rules about the comps' median: when they alert, and when they re-arm."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.core.rules.contexts import WEEK_AGO, context_of, prices
from tests.fakes import usd
from watcher.core.money import Money
from watcher.core.rules import History, RuleOutcome
from watcher.core.rules.drop import Drop
from watcher.core.rules.median_below import MedianBelow
from watcher.core.rules.wording import percent_of

BELOW_100 = MedianBelow(usd(100))
DROP_15 = Drop(Decimal(15))


def days(*medians: float, currency: str = "USD") -> History:
    return History(WEEK_AGO, None, tuple(Money(round(100 * m), currency) for m in medians))


def test_median_rule_alerts_once_and_rearms_3_percent_above_its_threshold() -> None:
    assert BELOW_100.evaluate(prices(90, 100, 110)) == RuleOutcome(
        median_reason="the median of 3 asks is $100.00, at most your $100.00", armed=False
    )
    assert BELOW_100.evaluate(prices(100), armed=False) == RuleOutcome(armed=False)
    assert BELOW_100.evaluate(prices(102.99), armed=False) == RuleOutcome(armed=False)
    assert BELOW_100.evaluate(prices(103), armed=False) == RuleOutcome(armed=True)


def test_missing_median_changes_nothing() -> None:
    for armed in (True, False):
        assert BELOW_100.evaluate(context_of(), armed=armed) == RuleOutcome(armed=armed)


def test_median_in_another_currency_never_matches() -> None:
    assert not MedianBelow(Money(5000, "EUR")).evaluate(prices(1)).median_reason


def test_drop_is_measured_against_the_median_of_the_daily_medians() -> None:
    history = days(*[100] * 6, 900)
    assert DROP_15.evaluate(prices(85, history=history)).median_reason == (
        "the median of 1 ask is $85.00, 15 % under its usual $100.00 of 7 days"
    )
    assert not DROP_15.evaluate(prices(85.01, history=history)).median_reason
    assert DROP_15.evaluate(prices(85, history=history), armed=False) == RuleOutcome(armed=False)


def test_drop_below_its_percentage_by_half_a_cent_is_not_enough() -> None:
    history = days(*[329.5] * 7)  # 15 % less is $280.075
    assert [bool(DROP_15.evaluate(prices(p, history=history)).median_reason) for p in (280.07, 280.08)] == [
        True,
        False,
    ]


def test_drop_needs_seven_days_in_the_same_currency() -> None:
    assert not DROP_15.evaluate(prices(1, history=days(*[100] * 6))).median_reason
    assert not DROP_15.evaluate(prices(1, history=days(*[100] * 7, currency="EUR"))).median_reason


@pytest.mark.parametrize(("part", "whole", "percent"), [(50, 200, 25), (1, 3, 33), (2, 3, 67), (5, 0, 0)])
def test_a_share_is_a_whole_percentage_and_of_nothing_it_is_zero(part: int, whole: int, percent: int) -> None:
    assert percent_of(usd(part), usd(whole)) == percent
