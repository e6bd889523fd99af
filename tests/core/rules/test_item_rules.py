"""Rules about single listings: which ones match, and the reasons they give."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.contexts import WEEK_AGO, auction, context_of, matching_totals, prices
from tests.fakes import NOON, listing, listings, usd
from watcher.core.comps import Basis, Comps, Selection, summarize
from watcher.core.money import Money
from watcher.core.rules import History, RuleContext, assumed_shipping
from watcher.core.rules.below import Below
from watcher.core.rules.deal import Deal
from watcher.core.rules.ending import Ending
from watcher.core.rules.low import Low
from watcher.core.rules.new_listing import NewListing
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

EUR = Money(5000, "EUR")
BELOW_50 = Below(usd(50))
DEAL_70 = Deal(Decimal(70))


def test_below_includes_the_limit_and_sorts_the_cheapest_first() -> None:
    assert matching_totals(BELOW_50, prices(60, 50, 49.99, 50.01)) == ["49.99", "50.00"]


def test_below_states_total_and_limit() -> None:
    (match,) = BELOW_50.evaluate(prices(48)).matches
    assert match.reason == "$48.00 in total is at most your $50.00"


def test_shipping_is_part_of_the_total() -> None:
    assert matching_totals(BELOW_50, context_of(listing(1, 45, 5.01), listing(2, 45, 5))) == ["50.00"]


def test_different_currencies_never_match() -> None:
    assert matching_totals(Below(EUR), prices(1)) == []
    bid = listing(2, None, bid=usd(1), auction=True, ends_at=Instant(NOON + 60))
    assert matching_totals(Ending(EUR, Seconds(HOUR)), context_of(listing(1, 10), auctions=[bid])) == []


def test_assumed_shipping_is_part_of_the_total_and_recorded() -> None:
    context = context_of(listing(1, 45, None), assumed=usd(4))
    (match,) = BELOW_50.evaluate(context).matches
    assert (match.total, match.assumed, match.price) == (usd(49), usd(4), usd(45))


def test_no_shipping_is_assumed_for_an_item_that_is_picked_up() -> None:
    titled = listing(1, 45, None)._replace(title="Zenitar mk2 LOCAL PICKUP ONLY")
    marked = listing(2, 45, None)._replace(pickup_only=True)
    context = context_of(titled, marked, assumed=usd(4))
    assert matching_totals(BELOW_50, context) == []
    for x in (titled, marked):
        assert "for pickup only" in BELOW_50.why_not(x, context)
    sent = titled._replace(shipping=usd(3))
    assert matching_totals(BELOW_50, context_of(sent, assumed=usd(4))) == ["48.00"]


def test_listing_without_shipping_is_skipped_if_none_may_be_assumed() -> None:
    unknown = listing(1, 1, None)
    assert matching_totals(BELOW_50, context_of(unknown)) == []
    assert matching_totals(BELOW_50, context_of(unknown, assumed=usd(1), skips_unknown_shipping=True)) == []
    assert matching_totals(BELOW_50, context_of(unknown, assumed=EUR)) == []


def test_shipping_in_another_currency_counts_as_unknown() -> None:
    mixed = listing(1, 45)._replace(shipping=Money(100, "EUR"))
    assert matching_totals(BELOW_50, context_of(mixed)) == []
    assert matching_totals(BELOW_50, context_of(mixed, assumed=usd(3))) == ["48.00"]


@given(st.lists(st.integers(0, 5000) | st.none(), max_size=40))
def test_assumed_shipping_covers_nine_of_ten_known_costs(costs: list[int | None]) -> None:
    offers = [listing(i, 10, None if c is None else c / 100) for i, c in enumerate(costs)]
    assumed = assumed_shipping(offers, "USD")
    known = sorted(c for c in costs if c is not None)
    if not known:
        assert assumed is None
        return
    assert assumed is not None
    assert assumed.minor in known
    assert sum(c <= assumed.minor for c in known) * 10 >= 9 * len(known)
    assert sum(c < assumed.minor for c in known) * 10 < 9 * len(known)


def test_new_matches_only_new_items() -> None:
    context = prices(50, 60, new_items=frozenset({"v1|2|0"}))
    (match,) = NewListing().evaluate(context).matches
    assert (match.total, match.reason) == (usd(60), "a new listing, not there at the first look")


def test_deal_needs_five_totals_and_includes_the_exact_share() -> None:
    assert matching_totals(DEAL_70, prices(70, 100, 100, 100)) == []
    assert matching_totals(DEAL_70, prices(70, 100, 100, 100, 100)) == ["70.00"]
    assert matching_totals(DEAL_70, prices(70.01, 100, 100, 100, 100)) == []


def test_deal_states_its_share_of_the_median() -> None:
    (match,) = DEAL_70.evaluate(prices(60, 100, 100, 100, 100)).matches
    assert match.reason == "$60.00 in total is 60 % of the median $100.00 of 5 asks"


def test_sold_comps_are_called_sales() -> None:
    kept = listings([60, 100, 100, 100, 100])
    context = RuleContext(Comps(Selection(kept, ()), summarize(kept, "USD", Basis.SOLD)), NOON)
    assert DEAL_70.evaluate(context).matches[0].reason.endswith("of 5 sales")


def test_low_needs_a_week_of_history_and_a_lower_total() -> None:
    low = Low(Seconds(90 * DAY))
    history = History(since=WEEK_AGO, lowest=usd(50))
    assert matching_totals(low, prices(49.99, 50, history=history)) == ["49.99"]
    assert matching_totals(low, prices(1, history=history._replace(since=Instant(WEEK_AGO + 1)))) == []
    assert matching_totals(low, prices(1)) == []
    assert matching_totals(low, prices(1, history=History(since=WEEK_AGO))) == []
    assert matching_totals(low, prices(1, history=history._replace(lowest=EUR))) == []


def test_low_states_the_previous_lowest_total() -> None:
    context = prices(49, history=History(since=WEEK_AGO, lowest=usd(50)))
    (match,) = Low(Seconds(90 * DAY)).evaluate(context).matches
    assert match.reason == "$49.00 in total is below every total of the last 90 d (the lowest was $50.00)"


def test_ending_matches_cheap_auctions_that_end_in_time() -> None:
    auctions = [
        auction(1, 45, 15 * MINUTE, 5),
        auction(2, 45, 15 * MINUTE + 1),
        auction(3, 45, 0),  # over
        auction(4, 50.01, 60),
        auction(5, 1, None),
    ]
    (match,) = Ending(usd(50), Seconds(15 * MINUTE)).evaluate(context_of(auctions=auctions)).matches
    assert match.listing.item_id == "v1|1|0"
    assert match.reason == "the auction ends in 15 min, and bid plus shipping, $50.00, is at most your $50.00"


def test_ending_requests_a_poll_when_an_auction_enters_its_window() -> None:
    ending = Ending(usd(50), Seconds(15 * MINUTE))
    selection = Selection((), (), (auction(1, 45, HOUR), auction(2, 45, None)))
    assert ending.poll_times(selection) == [NOON + HOUR - 15 * MINUTE]
    assert list(BELOW_50.poll_times(selection)) == []


def test_bid_satisfies_only_the_ending_rule() -> None:
    bid = auction(1, 1, 60)
    for rule in (BELOW_50, NewListing(), Deal(Decimal(99)), Low(Seconds(DAY))):
        context = context_of(bid, new_items=frozenset({bid.item_id}), history=History(WEEK_AGO, usd(99)))
        assert matching_totals(rule, context) == []
