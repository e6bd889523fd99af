"""Parsing of eBay's rows and bodies, without a socket; test_ebay_client.py fetches them over one."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.scripted_ebay import page_reply, row
from tests.adapters.scripted_server import Reply
from tests.fakes import NOON
from watcher.adapters.ebay.responses import EbayPage, parse_errors, parse_search_page
from watcher.core.errors import CallFailed, Kind
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.times import from_iso


def parse(reply: Reply) -> EbayPage:
    return parse_search_page(reply.bytes())


def listing_from(fields: dict[str, Any]) -> Listing:
    answer = parse(page_reply(fields))
    assert answer.unreadable == 0
    return answer.listings[0]


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def shipping(kind: str | None, value: object = None) -> list[dict[str, Any]]:
    option: dict[str, Any] = {"shippingCostType": kind}
    if value is not None:
        option["shippingCost"] = {"value": value, "currency": "USD"}
    return [option]


# Rows


def test_complete_row_is_parsed_completely() -> None:
    assert listing_from(row()) == Listing(
        item_id="v1|1|0",
        title="Nike Dunk Low Panda, size 10",
        price=usd(8990),
        shipping=usd(750),
        condition_id=1000,
        condition="Brand New",
        url="https://www.ebay.com/itm/1",
        image="https://i.ebayimg.com/1.jpg",
        country="US",
        feedback=1042,
        created_at=from_iso("2025-06-15T07:00:00Z"),
        categories=("15709", "93427"),
    )


def test_row_with_only_an_id_is_a_listing_with_unknown_fields() -> None:
    assert listing_from({"itemId": "v1|9|0"}) == Listing("v1|9|0", "", None, None)
    nulls = dict.fromkeys(row(), None) | {"itemId": "v1|9|0"}
    assert listing_from(nulls) == Listing("v1|9|0", "", None, None)


@pytest.mark.parametrize(
    ("options", "known"),
    [
        (shipping("FIXED", "0.00"), usd(0)),
        (shipping("FIXED", "7.5"), usd(750)),
        (shipping("FIXED", 7.5), usd(750)),
        (shipping("FIXED"), None),
        (shipping("FIXED", "-1.00"), None),
        (shipping("FIXED", "free"), None),
        (shipping("CALCULATED"), None),
        (shipping("CALCULATED", "0.00"), None),
        (shipping("CALCULATED", "61.70"), None),
        (shipping("SOMETHING_NEW", "5.00"), None),
        (shipping(None, "5.00"), None),
        ([], None),
        (None, None),
        (shipping("CALCULATED") + shipping("FIXED", "9.00") + shipping("FIXED", "4.00"), usd(400)),
        ([{"shippingCostType": "FIXED", "shippingCost": {"value": "5.00"}}], None),
    ],
)
def test_only_a_fixed_shipping_cost_is_known(options: Any, known: Money | None) -> None:
    listing = listing_from(row(shippingOptions=options))
    assert listing.shipping == known
    assert (listing.total is None) is (known is None)


@pytest.mark.parametrize(
    "price",
    [
        None,
        {},
        {"value": "0.00", "currency": "USD"},
        {"value": "0", "currency": "USD"},
        {"value": 0, "currency": "USD"},
        {"value": "-5.00", "currency": "USD"},
        {"value": "NaN", "currency": "USD"},
        {"value": "1e3", "currency": "USD"},
        {"value": "1,000.00", "currency": "USD"},
        {"value": "", "currency": "USD"},
        {"value": "10.00"},
        {"value": "10.00", "currency": "usd"},
        {"currency": "USD"},
    ],
)
def test_invalid_price_is_unknown_and_never_zero(price: Any) -> None:
    listing = listing_from(row(price=price))
    assert (listing.price, listing.total) == (None, None)


def test_auction_without_a_price_has_a_bid_and_an_end() -> None:
    listing = listing_from(
        row(
            price=None,
            buyingOptions=["AUCTION"],
            currentBidPrice={"value": "12.50", "currency": "USD"},
            bidCount=0,
            itemEndDate="2025-06-15T15:06:40.000Z",
        )
    )
    assert (listing.price, listing.bid, listing.bid_count) == (None, usd(1250), 0)
    assert (listing.fixed, listing.auction, listing.ends_at) == (False, True, NOON)


def test_price_of_an_auction_repeats_its_bid() -> None:
    listing = listing_from(row(buyingOptions=["AUCTION", "BEST_OFFER"]))
    assert (listing.price, listing.bid) == (None, usd(8990))


def test_auction_with_buy_it_now_has_both() -> None:
    listing = listing_from(
        row(
            buyingOptions=["FIXED_PRICE", "AUCTION"],
            currentBidPrice={"value": "1.00", "currency": "USD"},
            bidCount=3,
        )
    )
    assert (listing.price, listing.bid, listing.bid_count) == (usd(8990), usd(100), 3)
    assert (listing.fixed, listing.auction, listing.ends_at) == (True, True, None)


def test_end_date_of_a_fixed_price_listing_is_ignored() -> None:
    listing = listing_from(row(itemEndDate="2025-06-15T15:06:40.000Z", bidCount=0))
    assert (listing.ends_at, listing.bid, listing.bid_count) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "fixed", "auction"),
    [
        ({}, True, False),
        ({"currentBidPrice": {"value": "1.00", "currency": "USD"}}, False, True),
    ],
)
def test_bid_without_buying_options_means_an_auction(
    fields: dict[str, Any], *, fixed: bool, auction: bool
) -> None:
    listing = listing_from(row(buyingOptions=None, **fields))
    assert (listing.fixed, listing.auction) == (fixed, auction)


def test_advertisement_is_neither_fixed_price_nor_auction() -> None:
    listing = listing_from(row(buyingOptions=["CLASSIFIED_AD"]))
    assert (listing.fixed, listing.auction, listing.price) == (False, False, usd(8990))


def test_group_of_variations_is_marked() -> None:
    href = "https://api.ebay.com/buy/browse/v1/item/get_items_by_item_group?item_group_id=2853&x=1"
    both = listing_from(row(itemGroupHref=href, itemGroupType="SELLER_DEFINED_VARIATIONS"))
    assert (both.is_group, both.group_id) == (True, "2853")
    assert (listing_from(row(itemGroupHref=href))).is_group
    assert (listing_from(row(itemGroupType="SELLER_DEFINED_VARIATIONS")))[13:15] == (True, "")
    assert not (listing_from(row())).is_group


def test_ebays_currency_conversion_is_used_and_recorded() -> None:
    price = {"value": "61.70", "currency": "USD", "convertedFromValue": "94", "convertedFromCurrency": "AUD"}
    listing = listing_from(row(price=price))
    assert (listing.price, listing.converted_from) == (usd(6170), "AUD")
    auction = listing_from(row(price=None, buyingOptions=["AUCTION"], currentBidPrice=price))
    assert (auction.bid, auction.converted_from) == (usd(6170), "AUD")


@pytest.mark.parametrize(
    ("given", "known"),
    [("3000", 3000), (3000, 3000), (None, None), ("", None), ("Used", None), ("٣", None), ("1" * 30, None)],
)
def test_missing_condition_is_unknown(given: Any, known: int | None) -> None:
    assert (listing_from(row(conditionId=given))).condition_id == known


def test_missing_image_is_an_empty_url() -> None:
    assert (listing_from(row(image=None))).image == ""
    assert (listing_from(row(image={}))).image == ""


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        [],
        "row",
        {"title": "no id"},
        {"itemId": 7},
        {"itemId": ""},
        {"itemId": "v1|7|0", "title": 5},
        {"itemId": "v1|7|0", "price": "12.00"},
        {"itemId": "v1|7|0", "bidCount": "many"},
        {"itemId": "v1|7|0", "buyingOptions": "FIXED_PRICE"},
        {"itemId": "v1|7|0", "shippingOptions": [None]},
    ],
)
def test_unreadable_row_does_not_affect_the_others(odd: Any) -> None:
    answer = parse(page_reply(row(1), odd, row(2)))
    assert [x.item_id for x in answer.listings] == ["v1|1|0", "v1|2|0"]
    assert answer.unreadable == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Please sign in</body></html>",
        b'{"total": 5, "itemSummaries": [{"itemId": "v1|1|0"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        {},
        [],
        None,
        "ok",
        {"total": None},
        {"total": "many"},
        {"itemSummaries": []},
        {"total": 1, "itemSummaries": {}},
        {"total": 1, "next": 5},
        {"errors": [{"errorId": 12000}]},
    ],
)
def test_body_that_is_not_an_answer_is_malformed(body: Any) -> None:
    with pytest.raises(CallFailed) as caught:
        parse(Reply(body))
    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "body", [{"total": 0}, {"total": 0, "itemSummaries": []}, {"total": 0, "itemSummaries": None}]
)
def test_no_results_is_an_answer(body: Any) -> None:
    assert parse(Reply(body)) == EbayPage([], 0, 0, "", [])


def test_rows_without_an_id_are_unreadable_even_among_odd_rows() -> None:
    answer = parse(page_reply({"itemId": ""}, 5, row(1)))
    assert (len(answer.listings), answer.unreadable) == (1, 2)


def test_invalid_utf8_spoils_only_its_own_row() -> None:
    body = b'{"total": 2, "itemSummaries": [{"itemId": "a", "title": "\xff"}, {"itemId": "b"}]}'
    assert [x.item_id for x in parse_search_page(body).listings] == ["b"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"errors": null}', b'{"errors": [5]}', b"\xff"]
)
def test_refusal_may_have_no_errors(body: bytes) -> None:
    assert parse_errors(body) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ODD_AMOUNT = st.fixed_dictionaries(
    {},
    optional={
        "value": JSON | st.sampled_from(["0.00", "-1", "NaN", "inf", "1e5", "12.345", " 5"]),
        "currency": JSON | st.just("USD"),
    },
)


@given(
    st.dictionaries(st.sampled_from(sorted(row())), JSON | ODD_AMOUNT, max_size=6),
    st.dictionaries(st.sampled_from(["total", "next", "warnings", "itemSummaries"]), JSON, max_size=2),
)
def test_odd_fields_never_become_a_free_item_or_an_exception(
    fields: dict[str, Any], envelope: dict[str, Any]
) -> None:
    try:
        listings = parse(page_reply(row(1), row(2) | fields, **envelope)).listings
    except CallFailed:
        listings = []
    for listing in listings:
        assert listing.item_id
        assert listing.price is None or listing.price.minor > 0
        assert listing.bid is None or listing.bid.minor > 0
        assert listing.shipping is None or listing.shipping.minor >= 0


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_malformed(body: bytes) -> None:
    with contextlib.suppress(CallFailed):
        parse_search_page(body)
