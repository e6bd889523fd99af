"""Auctions on offer are described to a watch that waits for them."""

from __future__ import annotations

from tests.core.rules.test_why_not import SIX, context
from tests.fakes import NOON, listing, usd
from watcher.core.listing import Listing
from watcher.core.rules import parse_rule
from watcher.core.times import HOUR, MINUTE, Instant

ENDING = parse_rule("ending 15m 50", "USD")


def auction(number: int, bid: float, ends_in: float, shipping: float | None = 5.0) -> Listing:
    return listing(
        number, None, shipping, auction=True, fixed=False, bid=usd(bid), ends_at=Instant(NOON + ends_in)
    )


def offers(*auctions: Listing) -> str:
    return ENDING.describe_offers(context(*SIX, *auctions))


def test_auctions_on_offer_are_named_in_the_order_of_their_end() -> None:
    assert offers(auction(21, 30.0, 2 * HOUR), auction(22, 40.0, 5 * MINUTE)) == (
        "2 auctions are on offer: v1|22|0 ends in 5 min, now at $45.00 with shipping; "
        "v1|21|0 ends in 2 h, now at $35.00 with shipping"
    )


def test_many_auctions_are_counted() -> None:
    assert offers(*(auction(n, 30.0, n * HOUR) for n in range(21, 28))).endswith("; 4 more end later")


def test_auction_with_unknown_shipping_is_described_as_such() -> None:
    assert offers(auction(21, 30.0, HOUR, None)).endswith("now at $30.00 and unknown shipping")


def test_market_without_auctions_is_described_as_such() -> None:
    assert offers() == offers(auction(21, 30.0, -HOUR)) == "no auction is on offer now"
    assert ENDING.why_nothing_matches(context(*SIX)) == (
        "no auction is on offer, and the rule applies only to auctions"
    )


def test_rules_about_fixed_prices_do_not_describe_auctions() -> None:
    assert parse_rule("below 50", "USD").describe_offers(context(*SIX, auction(21, 1.0, HOUR))) == ""
