"""Why an item or a market does not satisfy a rule, for every rule, with the numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import NOON, listing, usd
from watcher.core.comps import Comps, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import History, RuleContext, evaluate_rule
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, KnownDestinations, watch_from
from watcher.core.why_not import why_market_not, why_not

AUCTION = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), ends_at=Instant(NOON + HOUR))
SIX = tuple(listing(i, 100.0) for i in range(6))


def watch(rule: str, **fields: str) -> Watch:
    return watch_from({"query": "zenitar", "rule": rule, **fields}, Defaults("EBAY_US", KnownDestinations()))


def market(*kept: Listing, history: History = History(), assumed: Money | None = None) -> RuleContext:
    selection = Selection(kept, (), tuple(x for x in kept if x.auction))
    return RuleContext(Comps(selection, summarize(kept, "USD")), NOON, assumed, history=history)


@pytest.mark.parametrize(
    ("rule", "item", "said"),
    [
        ("below 50", listing(1, 60.0), "its total $60.00 is $10.00 above $50.00"),
        (
            "below EUR 50",
            listing(1, 60.0),
            "its total is in USD, the rule in EUR; they never compare",
        ),
        (
            "below 50",
            listing(1, 40.0, None),
            "its shipping is unknown, and no shipping cost of this search is known that could be assumed",
        ),
        ("below 50", listing(1, None, None), "it shows no price"),
        ("new", listing(1, 60.0), "the first look only notes what is there"),
        ("deal 70%", listing(1, 80.0), "its total $80.00 is $10.00 above $70.00, 70 % of the median $100.00"),
        ("low 90d", listing(1, 80.0), "the rule needs 7 d of history; there is none yet"),
        ("ending 15m 30", listing(1, 20.0), "it is no auction, and the rule is about those"),
        ("ending 15m 30", AUCTION, "the auction ends in 1 h; the rule looks at the last 15 min"),
        ("ending 2h 10", AUCTION, "its total $25.00 is $15.00 above $10.00"),
        (
            "ending 2h 30",
            AUCTION._replace(ends_at=Instant(NOON - 1)),
            "the auction ended 2025-06-15T15:06:39Z",
        ),
        ("median-below 50", listing(1, 60.0), "the median $100.00 is $50.00 above $50.00"),
    ],
)
def test_an_item_and_what_it_misses(rule: str, item: Listing, said: str) -> None:
    found = market(*SIX)
    assert why_not(watch(rule), item, found) == said
    assert item not in [h.listing for h in evaluate_rule(watch(rule).rule, found, armed=True).hits]


def test_a_watch_that_skips_unknown_shipping_says_so() -> None:
    skipping = watch("below 50", unknown_shipping="skip")
    assert why_not(skipping, listing(1, 40.0, None), market(*SIX, assumed=usd(5))) == (
        "its shipping is unknown, and the watch skips such items"
    )


def test_a_deal_needs_five_totals() -> None:
    said = "only 2 comps have a total; the rule needs 5"
    assert why_not(watch("deal 70%"), listing(1, 1.0), market(*SIX[:2])) == said
    assert why_not(watch("deal 70%"), listing(1, 1.0), market()) == said.replace("2", "0", 1)


def test_an_old_listing_is_not_new() -> None:
    seen = replace(watch("new"), baseline_at=NOON)
    assert why_not(seen, listing(1), market(*SIX)).startswith("it was there at the first look, 2025-06-15T")


def test_a_low_needs_history_and_to_be_lower() -> None:
    young = History(since=Instant(NOON - DAY), lowest=usd(70))
    assert why_not(watch("low 90d"), SIX[0], market(*SIX, history=young)) == (
        "the rule needs 7 d of history; it begins 2025-06-14T15:06:40Z"
    )
    old = History(since=Instant(NOON - 30 * DAY), lowest=usd(70))
    assert why_not(watch("low 90d"), SIX[0], market(*SIX, history=old)) == (
        "its total $100.00 is not below the lowest seen, $70.00"
    )
    foreign = old._replace(lowest=Money(7000, "EUR"))
    assert why_not(watch("low 90d"), SIX[0], market(*SIX, history=foreign)) == (
        "its total is in USD, the rule in EUR; they never compare"
    )


@pytest.mark.parametrize(
    ("rule", "days", "said"),
    [
        ("median-below 100", 0, ""),
        ("median-below EUR 100", 0, "the median is in USD, the rule in EUR; they never compare"),
        ("drop 15%", 6, "the rule needs the medians of 7 days; there are 6"),
        ("drop 15%", 7, "the median $100.00 is $7.75 above $92.25"),
    ],
)
def test_a_market_and_what_it_misses(rule: str, days: int, said: str) -> None:
    history = History(daily_medians=(Money(10853, "USD"),) * days)
    assert why_market_not(watch(rule).rule, market(*SIX, history=history)) == said


def test_a_rule_about_items_is_no_rule_about_the_market() -> None:
    with pytest.raises(TypeError):
        why_market_not(watch("new").rule, market(*SIX))


def test_a_market_without_totals_has_no_median() -> None:
    assert why_market_not(watch("median-below 100").rule, market()) == "no comparable listing has a total"
