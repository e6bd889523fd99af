"""The rule that a preview or a back-test suggests instead of one that always or never matches."""

from __future__ import annotations

import pytest

from tests.fakes import usd
from watcher.core.money import Money
from watcher.core.rules import parse_rule

TOTALS = [usd(100.0 + i) for i in range(20)]
MEDIANS = [usd(110)] * 40


def suggestion(rule: str, totals: list[Money] = TOTALS, medians: list[Money] = MEDIANS) -> str:
    return str(parse_rule(rule, "USD").suggest(totals, medians) or "")


@pytest.mark.parametrize(
    ("rule", "suggested"),
    [
        ("below 50", "below 101.90 USD"),
        ("deal 1%", "deal 93%"),
        ("median-below 50", "median-below 110.00 USD"),
        ("below EUR 50", ""),
        ("new", ""),
        ("low 30d", ""),
        ("drop 30%", ""),
        ("ending 15m 50", ""),
    ],
)
def test_suggestion_matches_the_cheapest_tenth(rule: str, suggested: str) -> None:
    assert suggestion(rule) == suggested


def test_suggestion_needs_amounts() -> None:
    assert suggestion("below 50", []) == ""
    assert suggestion("deal 50%", [Money(0, "USD")]) == ""
    assert suggestion("median-below 50", medians=[]) == ""
