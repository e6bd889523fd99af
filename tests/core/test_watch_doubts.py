"""Settings of a watch that are valid but probably a mistake."""

from __future__ import annotations

import pytest

from tests.core.test_watch_input import watch_of
from tests.fakes import NOON
from watcher.core.cadence.call_plan import CallPlan, plan_calls
from watcher.core.cadence.demand import Demand
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
    assert "without a Buy-It-Now price" in warnings[1]


def plan(searches: int, every: Seconds | None = None, user: str = "local") -> CallPlan:
    demand = Demand()
    for _ in range(searches):
        demand.add_search("", 1.0, None, shortest=every, longest=every)
        if every is not None:
            demand.add_asked(user, every, MINUTE)
    return plan_calls(demand, now=NOON, budget=4275.0, min_interval=MINUTE, floor=DAY)


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


def test_intervals_that_need_more_than_the_quota_are_doubted() -> None:
    (doubt,) = watch_doubts(watch_of(every="1m"), plan=plan(22, MINUTE))
    assert doubt == (
        "Your watches ask for 31,680 calls a day; 2,992 are yours: every 1 min becomes every 10 min 35 s. "
        "Ask for fewer or longer intervals with --every, pause watches, or get a larger quota."
    )
    assert watch_doubts(watch_of(every="1m"), plan=plan(22, MINUTE, "another")) == ()
    assert watch_doubts(watch_of(every="1m"), plan=plan(2, MINUTE)) == ()
    assert watch_doubts(watch_of(), plan=plan(22, MINUTE)) == ()


def test_a_longest_wait_beyond_the_configured_one_is_doubted() -> None:
    (doubt,) = watch_doubts(watch_of(), plan=plan(2565))
    assert doubt == (
        "2,565 searches are too many to look at each of them every 1 d with 30 % of the calls: the "
        "longest wait is 2 d instead. Pause watches, or get a larger quota."
    )
    assert watch_doubts(watch_of(), plan=plan(1282)) == ()


def test_an_interval_below_the_minimum_is_doubted() -> None:
    (doubt,) = watch_doubts(watch_of(every="5s"), plan=plan(1, Seconds(5.0)))
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


@pytest.mark.parametrize(
    ("rule", "kept", "end"),
    [
        ("low 400d", 365, 'so "low 400d" looks back no further than that.'),
        ("drop 15%", 14, 'so "drop 15%" looks back no further than that.'),
        ("low 2d", 1, 'so "low 2d", which needs 7 d of it, never alerts.'),
    ],
)
def test_rule_that_looks_beyond_the_kept_history_is_doubted(rule: str, kept: int, end: str) -> None:
    (doubt,) = watch_doubts(watch_of(rule=rule), history=Seconds(kept * DAY))
    assert doubt == f"Price history is kept for {kept} d ([retention] history), {end}"


@pytest.mark.parametrize("rule", ["low 365d", "drop 15%", "below 50"])
def test_rule_within_the_kept_history_is_not_doubted(rule: str) -> None:
    assert watch_doubts(watch_of(rule=rule), history=Seconds(365 * DAY)) == ()
