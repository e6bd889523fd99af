"""Why a listing or a median does not satisfy a rule, for every rule, with the numbers."""

from __future__ import annotations

import pytest

from tests.core.rules.contexts import auction, context_of
from tests.fakes import NOON, listing, usd
from watcher.core.comps import Comps, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import History, RuleContext, parse_rule
from watcher.core.times import DAY, HOUR, Instant

AUCTION = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), ends_at=Instant(NOON + HOUR))
SIX = tuple(listing(i, 100.0) for i in range(6))
MONTH_AGO = Instant(NOON - 30 * DAY)


def context(*kept: Listing, **fields: object) -> RuleContext:
    selection = Selection(kept, (), tuple(x for x in kept if x.auction))
    empty = RuleContext(Comps(selection, summarize(kept, "USD")), NOON)
    return empty._replace(**fields)


def why_not(rule: str, item: Listing, found: RuleContext) -> str:
    return parse_rule(rule, "USD").why_not(item, found)


@pytest.mark.parametrize(
    ("rule", "item", "sentence"),
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
        ("new", listing(1, 60.0), "the first poll only records what is there"),
        ("deal 70%", listing(1, 80.0), "its total $80.00 is $10.00 above $70.00, 70 % of the median $100.00"),
        ("low 90d", listing(1, 80.0), "the rule needs 7 d of history; there is none yet"),
        ("ending 15m 30", listing(1, 20.0), "it is not an auction, and the rule applies only to auctions"),
        ("ending 15m 30", AUCTION, "the auction ends in 1 h; the rule applies to the last 15 min"),
        ("ending 2h 10", AUCTION, "its total $25.00 is $15.00 above $10.00"),
        (
            "ending 2h 30",
            AUCTION._replace(ends_at=Instant(NOON - 1)),
            "the auction ended 2025-06-15T15:06:39Z",
        ),
        ("median-below 50", listing(1, 60.0), "the median $100.00 is $50.00 above $50.00"),
    ],
)
def test_reason_names_what_an_item_misses(rule: str, item: Listing, sentence: str) -> None:
    found = context(*SIX)
    assert why_not(rule, item, found) == sentence
    assert item not in [m.listing for m in parse_rule(rule, "USD").evaluate(found).matches]


def test_skipped_unknown_shipping_is_a_reason() -> None:
    skipping = context(*SIX, assumed=usd(5), skips_unknown_shipping=True)
    assert why_not("below 50", listing(1, 40.0, None), skipping) == (
        "its shipping is unknown, and the watch skips such items"
    )


def test_deal_reports_too_few_totals() -> None:
    sentence = "only 2 comps have a total; the rule needs 5"
    assert why_not("deal 70%", listing(1, 1.0), context(*SIX[:2])) == sentence
    assert why_not("deal 70%", listing(1, 1.0), context()) == sentence.replace("2", "0", 1)


def test_new_reports_the_first_poll() -> None:
    found = why_not("new", listing(1), context(*SIX, baseline_at=NOON))
    assert found.startswith("it was there at the first poll, 2025-06-15T")


def test_low_reports_short_history_and_the_lowest_total() -> None:
    young = History(since=Instant(NOON - DAY), lowest=usd(70))
    assert why_not("low 90d", SIX[0], context(*SIX, history=young)) == (
        "the rule needs 7 d of history; it begins 2025-06-14T15:06:40Z"
    )
    old = History(since=MONTH_AGO, lowest=usd(70))
    assert why_not("low 90d", SIX[0], context(*SIX, history=old)) == (
        "its total $100.00 is not below the lowest seen, $70.00"
    )
    foreign = old._replace(lowest=Money(7000, "EUR"))
    assert why_not("low 90d", SIX[0], context(*SIX, history=foreign)) == (
        "its total is in USD, the rule in EUR; they never compare"
    )


def test_low_reports_a_history_without_any_total() -> None:
    empty = History(since=MONTH_AGO)
    assert why_not("low 90d", SIX[0], context(*SIX, history=empty)) == (
        "the rule needs 7 d of history; it begins 2025-05-16T15:06:40Z"
    )


@pytest.mark.parametrize(
    ("rule", "days", "sentence"),
    [
        ("median-below 100", 0, ""),
        ("median-below EUR 100", 0, "the median is in USD, the rule in EUR; they never compare"),
        ("drop 15%", 6, "the rule needs the medians of 7 days; there are 6"),
        ("drop 15%", 7, "the median $100.00 is $7.75 above $92.25"),
    ],
)
def test_reason_names_what_a_median_misses(rule: str, days: int, sentence: str) -> None:
    history = History(daily_medians=(Money(10853, "USD"),) * days)
    assert parse_rule(rule, "USD").why_nothing_matches(context(*SIX, history=history)) == sentence


def test_missing_median_is_a_reason() -> None:
    assert parse_rule("median-below 100", "USD").why_nothing_matches(context()) == (
        "no comparable listing has a total"
    )


def test_nearest_auction_is_named_if_nothing_else_is_there() -> None:
    rule = parse_rule("ending 15m 50", "USD")
    auctions = [auction(1, 90.0, 60.0), auction(2, 80.0, 60.0)]
    found = rule.why_nothing_matches(context_of(auctions=auctions))
    assert found.startswith("no listing matches; the cheapest is v1|2|0: ")


def test_nearest_item_is_named_if_nothing_matches() -> None:
    rule = parse_rule("below 50", "USD")
    assert rule.why_nothing_matches(context(listing(1, 90.0), listing(2, 80.0))) == (
        "no listing matches; the cheapest is v1|2|0: its total $80.00 is $30.00 above $50.00"
    )
    assert rule.why_nothing_matches(context()) == "no listing is kept that the rule could apply to"
