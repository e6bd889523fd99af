"""A preview: what the first look finds, and by the offers of now where no history tells."""

from __future__ import annotations

import pytest

from tests.core.test_backtest import watch
from tests.fakes import NOON, listings, usd
from watcher.core.backtest import Backtest
from watcher.core.comps import Comps, Selection, summarize
from watcher.core.preview import build_preview

GOODS = listings([100, 110, 120, 130, 140, 150])
COMPS = Comps(Selection(GOODS, ()), summarize(GOODS, "USD"))
UNKNOWN = Backtest("unknown", sentence="none is stored.")


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("below 40", "never"),
        ("below 60", "unknown"),
        ("below EUR 40", "unknown"),
        ("below 110", "unknown"),
        ("below 120", "always"),
        ("ending 15m 500", "unknown"),
        ("median-below 50", "unknown"),
    ],
)
def test_the_offers_of_now_tell_a_target_that_is_none(rule: str, verdict: str) -> None:
    found = build_preview(watch(rule), COMPS, GOODS, UNKNOWN, NOON)
    assert found.backtest.verdict == verdict
    assert ("Try" in found.backtest.sentence) == (verdict != "unknown")


def test_a_rule_with_no_better_target_gets_no_suggestion() -> None:
    found = build_preview(
        watch("below 120"), Comps(Selection(GOODS[:4], ()), COMPS.statistics), GOODS, UNKNOWN, NOON
    )
    assert found.backtest == UNKNOWN, "four offers prove nothing"


def test_what_history_says_is_not_overruled_by_the_offers_of_now() -> None:
    told = Backtest("sometimes", sentence="twice")
    assert build_preview(watch("below 500"), COMPS, GOODS, told, NOON).backtest is told
    assert build_preview(watch("new"), COMPS, GOODS, told, NOON).outlook.startswith(
        "What is there at the first look"
    )


def test_the_best_of_unknown_shipping_says_what_is_assumed_for_it() -> None:
    goods = (GOODS[0]._replace(shipping=None), *(x._replace(shipping=usd(5)) for x in GOODS[1:]))
    comps = Comps(Selection(goods, ()), summarize(goods, "USD"))
    assert build_preview(watch("below 110"), comps, goods, UNKNOWN, NOON).outlook == (
        "1 of them satisfies the watch already, the best at $105.00, with $5.00 assumed for its unknown "
        "shipping: the first look alerts at once."
    )


def test_a_median_that_is_low_enough_already_alerts_at_once() -> None:
    found = build_preview(watch("median-below 500"), COMPS, GOODS, UNKNOWN, NOON)
    assert (found.hits, found.outlook) == ((), "That is so already: the first look alerts at once.")
