"""What users type as a rule: `parse_rule` and the registry behind it."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.money import Money
from watcher.core.rules import Rule, parse_rule, register_rule, registered_rules
from watcher.core.rules.below import Below
from watcher.core.rules.deal import Deal
from watcher.core.rules.drop import Drop
from watcher.core.rules.ending import Ending
from watcher.core.rules.low import Low
from watcher.core.rules.median_below import MedianBelow
from watcher.core.rules.new_listing import NewListing
from watcher.core.times import DAY, HOUR, Seconds


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("below 50", Below(Money(5000, "USD"))),
        ("BELOW  EUR\t49.90", Below(Money(4990, "EUR"))),
        ("new", NewListing()),
        (" New ", NewListing()),
        ("deal 70%", Deal(Decimal(70))),
        ("deal 12.5%", Deal(Decimal("12.5"))),
        ("low 90d", Low(Seconds(90 * DAY))),
        ("drop 15%", Drop(Decimal(15))),
        ("median-below 50 GBP", MedianBelow(Money(5000, "GBP"))),
        ("ending 15m 50", Ending(Money(5000, "USD"), Seconds(900.0))),
        ("ending 2h 50 USD", Ending(Money(5000, "USD"), Seconds(2 * HOUR))),
    ],
)
def test_rule_is_parsed(text: str, rule: Rule) -> None:
    assert parse_rule(text, "USD") == rule


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a rule"),
        ("below", "is not a rule"),
        ("new 5", "is not a rule"),
        ("belo 5", "is not a rule"),
        ("below 5 6", "is not an amount of money"),
        ("below -5", "is not an amount of money"),
        ("deal 70", "needs a share between 0% and 100%, like deal 70%"),
        ("deal 0%", "needs a share"),
        ("deal 100%", "needs a share"),
        ("deal 7e1%", "needs a share"),
        ("deal \u0667\u0660%", "needs a share"),
        ("drop 200%", "like drop 15%"),
        ("low 90", "is not a duration"),
        ("low 23h", "looks back less than a day"),
        ("ending 15m", "has no amount; write ending 15m 50"),
        ("ending 0m 50", "needs a time above 0"),
        ("ending 50 15m", "is not a duration"),
        ("median-below", "is not a rule"),
    ],
)
def test_invalid_rule_is_refused_with_a_message(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        parse_rule(text, "USD")


def test_refusal_lists_every_rule() -> None:
    with pytest.raises(ValueError, match="is not a rule") as refused:
        parse_rule("cheap", "USD")
    assert str(refused.value) == (
        '"cheap" is not a rule; a rule is "below 50", "new", "deal 70%", "low 90d", "drop 15%", '
        '"median-below 50" or "ending 15m 50"'
    )


_money = st.builds(Money, st.integers(1, 10**11), st.sampled_from(["USD", "JPY", "KWD"]))
_seconds = st.integers(1, 10**7).map(lambda n: Seconds(float(n)))
_percent = st.decimals("0.01", "99.99", places=2)
RULES: st.SearchStrategy[Rule] = st.one_of(
    st.just(NewListing()),
    st.builds(Below, _money),
    st.builds(MedianBelow, _money),
    st.builds(Deal, _percent),
    st.builds(Drop, _percent),
    st.builds(Low, st.integers(1, 10_000).map(lambda n: Seconds(n * DAY))),
    st.builds(Ending, _money, _seconds),
)


@given(RULES)
def test_printed_rule_parses_back(rule: Rule) -> None:
    assert parse_rule(str(rule), "CHF") == rule


@given(st.text())
def test_any_text_is_parsed_or_raises_value_error(text: str) -> None:
    with suppress(ValueError):
        assert str(parse_rule(text, "USD"))


def test_keyword_cannot_be_registered_twice() -> None:
    before = registered_rules()
    with pytest.raises(ValueError, match='"below" is taken by Below'):
        register_rule(Below)
    assert registered_rules() == before


def test_only_low_and_drop_look_back() -> None:
    windows = {r.keyword: parse_rule(r.example, "USD").history_window for r in registered_rules()}
    assert {k: w for k, w in windows.items() if w is not None} == {"low": 90 * DAY, "drop": 30 * DAY}


def test_only_drop_and_median_below_are_about_the_median() -> None:
    assert [r.keyword for r in registered_rules() if r.about_median] == ["drop", "median-below"]
