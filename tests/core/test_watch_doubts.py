"""Settings of a watch that are valid but probably a mistake."""

from __future__ import annotations

import pytest

from tests.core.test_watch_input import watch_of
from watcher.core.cadence.plan import PollingPlan, SearchGroup, plan_polls
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.core.watch_doubts import watch_doubts


def test_ordinary_watch_has_no_warning() -> None:
    assert watch_doubts(watch_of(below="50", category="watches", unknown_shipping="5")) == ()


@pytest.mark.parametrize("rule", ["below 50 EUR", "median-below 50 EUR", "ending 15m EUR 50"])
def test_rule_in_another_currency_gets_a_warning(rule: str) -> None:
    (warning,) = watch_doubts(watch_of(rule=rule))
    assert warning == "EBAY_US prices in USD, so a rule in EUR can never alert; write the amount in USD."


def test_assumed_shipping_in_another_currency_gets_a_warning() -> None:
    assert "shipping in EUR is never assumed" in watch_doubts(watch_of(unknown_shipping="5 EUR"))[0]


def test_unknown_category_and_excluded_auctions_get_warnings() -> None:
    warnings = watch_doubts(watch_of(category="wathces", rule="ending 15m 50", buying="fixed"))
    assert 'Did you mean "watches"?' in warnings[0]
    assert "can never alert" in warnings[1]


def plan(*groups: SearchGroup) -> PollingPlan:
    return plan_polls(groups, daily_quota=5000, min_interval=MINUTE)


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (
            {"below": "$50", "marketplace": "EBAY_CA"},
            "EBAY_CA prices in CAD, so a rule in USD can never alert; write the amount in CAD.",
        ),
        (
            {"below": "50 EUR", "marketplace": "EBAY_GB"},
            "EBAY_GB prices in GBP, so a rule in EUR can never alert; write the amount in GBP.",
        ),
    ],
)
def test_amount_in_a_foreign_currency_is_doubted(draft: dict[str, str], sentence: str) -> None:
    assert watch_doubts(watch_of(**draft)) == (sentence,)


def test_searches_that_need_more_than_the_quota_are_doubted() -> None:
    full = plan(SearchGroup(MINUTE, DAY, 22))
    assert watch_doubts(watch_of(every="1m"), plan=full) == (full.shortage,)
    assert "31,680 calls a day" in full.shortage


def test_an_interval_below_the_minimum_is_doubted() -> None:
    (doubt,) = watch_doubts(watch_of(every="5s"), plan=plan(SearchGroup(Seconds(5.0), DAY)))
    assert doubt == "No search is polled more often than every 1 min ([polling] min_interval)."


def test_duplicates_are_doubted_by_their_numbers() -> None:
    assert watch_doubts(watch_of(), duplicates=["watch 3"]) == (
        "It asks for the same as watch 3: what they find in one poll comes in one message.",
    )
    (doubt,) = watch_doubts(watch_of(), duplicates=[f"watch {n}" for n in range(1, 9)])
    assert doubt.startswith("It asks for the same as watch 1, watch 2, watch 3, watch 4, watch 5 and 3 more:")


def test_a_rule_for_what_is_only_likely_contradicts_the_certainty_sure() -> None:
    (doubt,) = watch_doubts(watch_of(rule="deal 60%", certainty="sure"))
    assert doubt == (
        "A listing below 60 % of what others ask is only likely to be the item, so with the "
        'certainty "sure" this rule hardly ever alerts; use "likely".'
    )
    assert watch_doubts(watch_of(rule="deal 61%", certainty="sure")) == ()
    assert watch_doubts(watch_of(rule="deal 60%")) == ()
