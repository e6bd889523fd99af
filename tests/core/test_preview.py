"""Previews: what the first poll will find, and the verdict of present offers if history is short."""

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
def test_present_offers_show_a_target_that_always_or_never_matches(rule: str, verdict: str) -> None:
    found = build_preview(watch(rule), COMPS, GOODS, UNKNOWN, NOON)
    assert found.backtest.verdict == verdict
    assert ("Try" in found.backtest.sentence) == (verdict != "unknown")


def test_four_offers_are_too_few_for_a_verdict() -> None:
    found = build_preview(
        watch("below 120"), Comps(Selection(GOODS[:4], ()), COMPS.statistics), GOODS, UNKNOWN, NOON
    )
    assert found.backtest == UNKNOWN


def test_verdict_of_the_history_outranks_that_of_present_offers() -> None:
    tested = Backtest("sometimes", sentence="twice")
    assert build_preview(watch("below 500"), COMPS, GOODS, tested, NOON).backtest is tested
    assert build_preview(watch("new"), COMPS, GOODS, tested, NOON).outlook.startswith(
        "Listings found at the first poll"
    )


def test_outlook_names_the_assumed_shipping_of_the_best_match() -> None:
    goods = (GOODS[0]._replace(shipping=None), *(x._replace(shipping=usd(5)) for x in GOODS[1:]))
    comps = Comps(Selection(goods, ()), summarize(goods, "USD"))
    assert build_preview(watch("below 110"), comps, goods, UNKNOWN, NOON).outlook == (
        "1 of them satisfies the watch already, the best at $105.00, with $5.00 assumed for its unknown "
        "shipping: the first poll alerts at once."
    )


def test_median_that_already_satisfies_the_rule_alerts_at_once() -> None:
    found = build_preview(watch("median-below 500"), COMPS, GOODS, UNKNOWN, NOON)
    assert (found.matches, found.outlook) == (
        (),
        "The median satisfies the rule already: the first poll alerts at once.",
    )
