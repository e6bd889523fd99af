"""When a listing or a market is worth an alert, and why in words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOON, listing, listings, usd
from watcher.core.comps import Basis, Comps, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import (
    Below,
    Deal,
    Drop,
    Ending,
    History,
    Hit,
    LastAlerted,
    Low,
    MedianBelow,
    NewListing,
    Rule,
    RuleContext,
    RuleOutcome,
    assumed_shipping,
    evaluate_rule,
    needs_history,
    parse_rule,
    speaks_of_items,
    worth_telling,
)
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

EUR = Money(5000, "EUR")


def market(*kept: Listing, auctions: Sequence[Listing] = (), **more: Any) -> RuleContext:
    selection = Selection(tuple(kept), (), tuple(auctions))
    return RuleContext(Comps(selection, summarize(kept, "USD")), NOON, **more)


def prices(*amounts: float, **more: Any) -> RuleContext:
    return market(*listings(amounts), **more)


def hits(rule: Rule, seen: RuleContext, **more: Any) -> list[str]:
    return [h.total.amount for h in evaluate_rule(rule, seen, armed=True, **more).hits]


# --- the grammar ------------------------------------------------------------------------------------


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
        ("ending 15m 50", Ending(Seconds(900.0), Money(5000, "USD"))),
        ("ending 2h 50 USD", Ending(Seconds(2 * HOUR), Money(5000, "USD"))),
    ],
)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
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
def test_what_is_no_rule_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        parse_rule(text, "USD")


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
    st.builds(Ending, _seconds, _money),
)


@given(RULES)
def test_a_rule_that_is_printed_is_read_back(rule: Rule) -> None:
    assert parse_rule(str(rule), "CHF") == rule


@given(st.text())
def test_any_text_is_a_rule_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert str(parse_rule(text, "USD"))


def test_only_low_and_drop_look_back_and_only_the_medians_speak_of_no_item() -> None:
    assert needs_history(Low(Seconds(90 * DAY))) == 90 * DAY
    assert needs_history(Drop(Decimal(15))) == 30 * DAY
    assert needs_history(NewListing()) is None
    assert [speaks_of_items(r) for r in (Drop(Decimal(5)), MedianBelow(EUR), NewListing())] == [
        False,
        False,
        True,
    ]


# --- rules about items ------------------------------------------------------------------------------


def test_below_takes_what_costs_exactly_the_limit_cheapest_first() -> None:
    assert hits(Below(usd(50)), prices(60, 50, 49.99, 50.01)) == ["49.99", "50.00"]


def test_below_says_why() -> None:
    (hit,) = evaluate_rule(Below(usd(50)), prices(48), armed=True).hits
    assert hit.why == "$48.00 in total is at most your $50.00"


def test_shipping_is_part_of_the_total() -> None:
    assert hits(Below(usd(50)), market(listing(1, 45, 5.01), listing(2, 45, 5))) == ["50.00"]


def test_currencies_never_compare() -> None:
    assert hits(Below(EUR), prices(1)) == []
    assert not evaluate_rule(MedianBelow(EUR), prices(1), armed=True).market
    dear = market(listing(1, 10), auctions=[listing(2, None, bid=usd(1), auction=True, ends_at=NOON + 60)])
    assert hits(Ending(Seconds(HOUR), EUR), dear) == []


def test_unknown_shipping_is_assumed_and_said_so() -> None:
    seen = market(listing(1, 45, None), assumed=usd(4))
    (hit,) = evaluate_rule(Below(usd(50)), seen, armed=True).hits
    assert (hit.total, hit.assumed, hit.price) == (usd(49), usd(4), usd(45))


def test_without_anything_to_assume_or_where_it_is_to_be_skipped_such_an_item_is_skipped() -> None:
    assert hits(Below(usd(50)), market(listing(1, 1, None))) == []
    assert hits(Below(usd(50)), market(listing(1, 1, None), assumed=usd(1)), skip_unknown=True) == []
    assert hits(Below(usd(50)), market(listing(1, 1, None), assumed=EUR)) == []


def test_shipping_in_another_currency_is_unknown() -> None:
    odd = listing(1, 45)._replace(shipping=Money(100, "EUR"))
    assert hits(Below(usd(50)), market(odd)) == []
    assert hits(Below(usd(50)), market(odd, assumed=usd(3))) == ["48.00"]


@given(st.lists(st.integers(0, 5000) | st.none(), max_size=40))
def test_what_is_assumed_covers_nine_of_ten_known_costs(costs: list[int | None]) -> None:
    seen = [listing(i, 10, None if c is None else c / 100) for i, c in enumerate(costs)]
    assumed = assumed_shipping(seen, "USD")
    known = sorted(c for c in costs if c is not None)
    if not known:
        assert assumed is None
        return
    assert assumed is not None
    assert assumed.minor in known
    assert sum(c <= assumed.minor for c in known) * 10 >= 9 * len(known)
    assert sum(c < assumed.minor for c in known) * 10 < 9 * len(known)


def test_new_is_what_was_not_there() -> None:
    seen = prices(50, 60, new_items=frozenset({"v1|2|0"}))
    (hit,) = evaluate_rule(NewListing(), seen, armed=True).hits
    assert (hit.total, hit.why) == (usd(60), "a new listing, not there at the first look")


def test_a_deal_needs_five_totals_and_takes_the_very_share() -> None:
    assert hits(Deal(Decimal(70)), prices(70, 100, 100, 100)) == []
    assert hits(Deal(Decimal(70)), prices(70, 100, 100, 100, 100)) == ["70.00"]
    assert hits(Deal(Decimal(70)), prices(70.01, 100, 100, 100, 100)) == []


def test_a_deal_says_its_share_and_what_of() -> None:
    (hit,) = evaluate_rule(Deal(Decimal(70)), prices(60, 100, 100, 100, 100), armed=True).hits
    assert hit.why == "$60.00 in total is 60 % of the median $100.00 of 5 asks"


def test_sold_prices_are_called_sales() -> None:
    kept = listings([60, 100, 100, 100, 100])
    seen = RuleContext(Comps(Selection(kept, ()), summarize(kept, "USD", Basis.SOLD)), NOON)
    assert evaluate_rule(Deal(Decimal(70)), seen, armed=True).hits[0].why.endswith("of 5 sales")


WEEK = Instant(NOON - 7 * DAY)


def test_a_low_needs_a_week_of_history_and_beats_every_total() -> None:
    low = Low(Seconds(90 * DAY))
    past = History(since=WEEK, lowest=usd(50))
    assert hits(low, prices(49.99, 50, history=past)) == ["49.99"]
    assert hits(low, prices(1, history=past._replace(since=Instant(WEEK + 1)))) == []
    assert hits(low, prices(1)) == []
    assert hits(low, prices(1, history=History(since=WEEK))) == []
    assert hits(low, prices(1, history=past._replace(lowest=EUR))) == []


def test_a_low_says_what_the_lowest_was() -> None:
    seen = prices(49, history=History(since=WEEK, lowest=usd(50)))
    (hit,) = evaluate_rule(Low(Seconds(90 * DAY)), seen, armed=True).hits
    assert hit.why == "$49.00 in total is below every total of the last 90 d (the lowest was $50.00)"


def auction(number: int, bid: float, ends: float | None, shipping: float | None = 0.0) -> Listing:
    end = None if ends is None else NOON + ends
    return listing(number, None, shipping, bid=usd(bid), auction=True, fixed=False, ends_at=end)


def test_ending_takes_auctions_that_end_in_time_and_are_cheap_enough() -> None:
    rule = Ending(Seconds(15 * MINUTE), usd(50))
    there = [
        auction(1, 45, 15 * MINUTE, 5),
        auction(2, 45, 15 * MINUTE + 1),
        auction(3, 45, 0),  # over
        auction(4, 50.01, 60),
        auction(5, 1, None),
    ]
    (hit,) = evaluate_rule(rule, market(auctions=there), armed=True).hits
    assert hit.listing.item_id == "v1|1|0"
    assert hit.why == "the auction ends in 15 min, and bid plus shipping, $50.00, is at most your $50.00"


def test_a_bid_satisfies_no_other_rule() -> None:
    cheap = auction(1, 1, 60)
    for rule in (Below(usd(50)), NewListing(), Deal(Decimal(99)), Low(Seconds(DAY))):
        seen = market(cheap, new_items=frozenset({cheap.item_id}), history=History(WEEK, usd(99)))
        assert hits(rule, seen) == []


# --- rules about the median -------------------------------------------------------------------------


def test_a_median_rule_speaks_once_and_rearms_3_percent_beyond() -> None:
    rule = MedianBelow(usd(100))
    first = evaluate_rule(rule, prices(90, 100, 110), armed=True)
    assert first == RuleOutcome(market="the median of 3 asks is $100.00, at most your $100.00", armed=False)
    assert evaluate_rule(rule, prices(100), armed=False) == RuleOutcome(armed=False)
    assert evaluate_rule(rule, prices(102.99), armed=False) == RuleOutcome(armed=False)
    assert evaluate_rule(rule, prices(103), armed=False) == RuleOutcome(armed=True)


def test_without_a_median_nothing_is_said_and_nothing_forgotten() -> None:
    for armed in (True, False):
        assert evaluate_rule(MedianBelow(usd(100)), market(), armed=armed) == RuleOutcome(armed=armed)


def days(*medians: float, currency: str = "USD") -> History:
    return History(WEEK, None, tuple(Money(round(100 * m), currency) for m in medians))


def test_a_drop_is_measured_against_the_median_of_the_daily_medians() -> None:
    rule = Drop(Decimal(15))
    past = days(*[100] * 6, 900)
    assert evaluate_rule(rule, prices(85, history=past), armed=True).market == (
        "the median of 1 ask is $85.00, 15 % under its usual $100.00 of 7 days"
    )
    assert not evaluate_rule(rule, prices(85.01, history=past), armed=True).market
    assert evaluate_rule(rule, prices(85, history=past), armed=False) == RuleOutcome(armed=False)


def test_a_drop_needs_seven_days_in_the_same_currency() -> None:
    rule = Drop(Decimal(15))
    assert not evaluate_rule(rule, prices(1, history=days(*[100] * 6)), armed=True).market
    assert not evaluate_rule(rule, prices(1, history=days(*[100] * 7, currency="EUR")), armed=True).market


# --- what is news -----------------------------------------------------------------------------------


def hit(total: float, *, price: float | None = None, assumed: float | None = None) -> Hit:
    cost = usd(total if price is None else price)
    return Hit(listing(1, total), cost, usd(total), None if assumed is None else usd(assumed), "")


def told(total: float, *, price: float | None = None, estimated: bool = False) -> dict[str, LastAlerted]:
    return {"v1|1|0": LastAlerted(usd(total), usd(total if price is None else price), estimated)}


def test_what_was_never_told_is_news() -> None:
    assert worth_telling([hit(50)], {}) == (hit(50),)
    assert worth_telling([hit(50)], {"another": LastAlerted(usd(1), usd(1), estimated=False)})


def test_an_item_is_news_again_only_five_percent_lower() -> None:
    assert worth_telling([hit(95)], told(100))
    assert not worth_telling([hit(95.01)], told(100))
    assert not worth_telling([hit(120)], told(100))


def test_a_guess_of_the_shipping_that_moved_is_no_news() -> None:
    assert not worth_telling([hit(52, price=50, assumed=2)], told(60, price=50, estimated=True))
    assert not worth_telling([hit(50, price=50)], told(60, price=50, estimated=True))
    assert worth_telling([hit(49.5, price=47.5, assumed=2)], told(60, price=50, estimated=True))


def test_another_currency_is_no_news() -> None:
    before = {"v1|1|0": LastAlerted(EUR, EUR, estimated=False)}
    assert not worth_telling([hit(1)], before)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_five_percent_is_exact_whatever_the_amount(now: int, before: int) -> None:
    new = Hit(listing(1), Money(now, "USD"), Money(now, "USD"), None, "")
    old = {"v1|1|0": LastAlerted(Money(before, "USD"), Money(before, "USD"), estimated=False)}
    assert bool(worth_telling([new], old)) == (now * 100 <= before * 95)
