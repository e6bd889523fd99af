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
from watcher.adapters.ebay.responses import MAX_PAGE_ROWS, EbayPage, parse_errors, parse_search_page
from watcher.core.errors import CallFailed, Kind
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.sellers import hash_of_seller
from watcher.core.times import from_iso


def parse(reply: Reply) -> EbayPage:
    return parse_search_page(reply.bytes(), NOON)


def listing_from(fields: dict[str, Any]) -> Listing:
    answer = parse(page_reply(fields))
    assert answer.unreadable == 0
    return answer.listings[0]


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def shipping(kind: str | None, value: object = None, currency: str = "USD") -> list[dict[str, Any]]:
    option: dict[str, Any] = {"shippingCostType": kind}
    if value is not None:
        option["shippingCost"] = {"value": value, "currency": currency}
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
        seller=hash_of_seller("u"),
    )


def test_row_with_only_an_id_is_a_listing_with_unknown_fields() -> None:
    bare = Listing("v1|9|0", "", None, None, url="https://www.ebay.com/itm/9")
    assert listing_from({"itemId": "v1|9|0"}) == bare
    nulls = dict.fromkeys(row(), None) | {"itemId": "v1|9|0"}
    assert listing_from(nulls) == bare


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
        ([*shipping("FIXED", "90.00", "GBP"), *shipping("FIXED", "7.00")], usd(700)),
        ([*shipping("FIXED", "3.00", "GBP"), *shipping("CALCULATED", "7.00")], None),
        ([*shipping("FIXED", "9.00"), *shipping("FIXED", "x"), *shipping("FIXED", "8.00")], usd(800)),
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
    assert (listing_from(row(conditionId=given, condition=None))).condition_id == known


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("For parts or not working", 7000),
        ("Used", 3000),
        ("Neu", 1000),
        ("Gut - Refurbished", 2030),
        ("?", None),
    ],
)
def test_condition_in_words_counts_like_its_id(words: str, known: int | None) -> None:
    listing = listing_from(row(conditionId=None, condition=words))
    assert (listing.condition_id, listing.condition) == (known, words)
    assert listing_from(row(conditionId="3000", condition=words)).condition_id == 3000


def test_condition_without_words_is_named_by_its_id() -> None:
    assert listing_from(row(conditionId="1500", condition=None)).condition == "New other or open box"


@pytest.mark.parametrize("options", [["FIXED_PRICE"], ["AUCTION"], ["FIXED_PRICE", "AUCTION"]])
def test_listing_whose_end_is_past_has_ended(options: list[str]) -> None:
    past, future = "2025-06-15T15:06:39.000Z", "2025-06-15T15:06:41.000Z"
    assert listing_from(row(buyingOptions=options, itemEndDate=past)).ended
    assert not listing_from(row(buyingOptions=options, itemEndDate=future)).ended
    assert not listing_from(row(buyingOptions=options)).ended


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "soon", 5, [], "x" * 9999]
)
def test_odd_date_is_unknown(date: Any) -> None:
    listing = listing_from(row(itemEndDate=date, itemCreationDate=date, buyingOptions=["AUCTION"]))
    assert (listing.ends_at, listing.created_at, listing.ended) == (None, None, False)


def test_titles_are_unescaped_cleaned_and_bounded() -> None:
    assert listing_from(row(title="Tom &amp; Jerry &#39;90\u202e\n")).title == "Tom & Jerry '90"
    assert listing_from(row(title="x" * 30_000)).title == "x" * 249 + "…"
    assert listing_from(row(condition="Used\x1b[31m" + "x" * 99)).condition == "Used [31m" + "x" * 50 + "…"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.ebay.com/itm/1?hash=a:b", "https://www.ebay.com/itm/1?hash=a:b"),
        ("https://www.ebay.com/itm/1?amdata=" + "x" * 700, "https://www.ebay.com/itm/1"),
        *((odd, "https://www.ebay.com/itm/1") for odd in
          (None, "", 5, {}, "javascript:alert(1)", "//ebay.com/itm/1", "https://", "https://a b/", "https://a/\x00",
           "https://ebay.com@evil.example/", "https://a/<b>", "ftp://a/b", "x" * 9999, "https://a/\u202e")),
    ],
)  # fmt: skip
def test_listing_always_has_a_link(url: Any, link: str) -> None:
    assert listing_from(row(itemWebUrl=url)).link == link


def test_link_made_from_the_id_is_that_of_the_marketplaces_site() -> None:
    body = page_reply(row(7, itemWebUrl=None), {"itemId": "v1|8|99"}, {"itemId": "odd id"}).bytes()
    links = [x.link for x in parse_search_page(body, NOON, "ebay.de").listings]
    assert links == [
        "https://www.ebay.de/itm/7",
        "https://www.ebay.de/itm/8?var=99",
        "https://www.ebay.de/itm/odd%20id",
    ]


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
        {"itemId": None},
        {"itemId": "v1|7|\x00"},
        {"itemId": "v1|\u0667|0"},
        {"itemId": "7" * 99},
    ],
)
def test_unreadable_row_does_not_affect_the_others(odd: Any) -> None:
    answer = parse(page_reply(row(1), odd, row(2)))
    assert [x.item_id for x in answer.listings] == ["v1|1|0", "v1|2|0"]
    assert (answer.unreadable, answer.rows) == (1, 3)


@pytest.mark.parametrize(
    ("odd", "unknown"),
    [
        ({"bidCount": "many"}, {}),
        ({"bidCount": 2**70}, {}),
        ({"seller": {"feedbackScore": 2**63}}, {"feedback": None, "seller": ""}),
        ({"seller": {"feedbackScore": "many"}}, {"feedback": None, "seller": ""}),
        ({"seller": {"feedbackScore": "500"}}, {"feedback": 500, "seller": ""}),
        ({"seller": {"feedbackScore": 5, "username": 7}}, {"feedback": 5, "seller": ""}),
        ({"seller": {"feedbackScore": 5, "username": "ü"}}, {"feedback": 5, "seller": ""}),
        ({"seller": {"feedbackScore": 5, "username": " U "}}, {"feedback": 5}),
        ({"seller": {"feedbackScore": 5, "username": "u" * 201}}, {"feedback": 5, "seller": ""}),
        ({"seller": "u"}, {"feedback": None, "seller": ""}),
        ({"buyingOptions": "FIXED_PRICE"}, {}),
        ({"buyingOptions": [5, "FIXED_PRICE", None]}, {}),
        ({"shippingOptions": {"shippingCostType": "FIXED"}}, {"shipping": None}),
        ({"shippingOptions": [None, *shipping("FIXED", "7.50")]}, {}),
        ({"shippingOptions": [{"shippingCostType": "FIXED", "shippingCost": "7.50"}]}, {"shipping": None}),
        ({"itemLocation": {"country": "United States"}}, {"country": ""}),
        ({"itemGroupHref": {}, "itemGroupType": 5}, {}),
        ({"currentBidPrice": "1.00"}, {}),
        ({"image": []}, {"image": ""}),
        ({"categories": [{"categoryId": 15709}, 5, {"categoryId": "93427"}]}, {"categories": ("93427",)}),
        ({"price": {"value": "89.90", "currency": "USD", "convertedFromCurrency": 7}}, {}),
        ({"conditionId": {"id": 1000}}, {}),
    ],
)
def test_odd_field_is_unknown_and_does_not_cost_its_row(odd: Any, unknown: dict[str, Any]) -> None:
    answer = parse(page_reply(row(1), row(2) | odd, row(3)))
    plain = parse(page_reply(row(1), row(2), row(3)))
    assert answer.listings == [plain.listings[0], plain.listings[1]._replace(**unknown), plain.listings[2]]
    assert (answer.unreadable, answer.rows) == (0, 3)


@pytest.mark.parametrize(
    "odd", [{"title": 5}, {"price": "12.00"}, {"price": {"value": {}, "currency": "USD"}}]
)
def test_row_without_a_readable_title_or_price_is_counted(odd: Any) -> None:
    answer = parse(page_reply(row(1), row(2) | odd))
    assert [x.item_id for x in answer.listings] == ["v1|1|0", "v1|2|0"]
    assert answer.unreadable == 1


def test_bid_of_unknown_height_gives_no_fixed_price() -> None:
    answer = parse(page_reply(row(1, buyingOptions=5, currentBidPrice={"value": []})))
    assert (answer.listings[0].price, answer.listings[0].auction) == (None, True)


ODD_JSON = [
    '"\\ud83d"',
    '"Teal \\udc00 \\\\ud83d"',
    "1e999",
    "9" * 5000,
    "-1",
    "NaN",
    '"\x01"',
    "[" * 5000 + "]" * 5000,
]


@pytest.mark.parametrize("odd", ODD_JSON)
@pytest.mark.parametrize("name", ["title", "price", "bidCount", "unused", "shippingOptions"])
def test_odd_json_in_a_row_does_not_affect_the_others(name: str, odd: str) -> None:
    body = page_reply(row(1), row(2, **{name: "@"}), row(3)).bytes().decode().replace('"@"', odd)
    answer = parse_search_page(body.encode(), NOON)
    assert [x.item_id for x in answer.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert answer.listings[::2] == parse(page_reply(row(1), row(3))).listings


def test_lone_surrogate_in_a_title_is_replaced() -> None:
    body = page_reply(row(1, title="@")).bytes().decode()
    for escaped, title in ((r"Teal \ud83d", "Teal \ufffd"), (r"\ude00 x \ud83d\ude00", "\ufffd x 😀")):
        answer = parse_search_page(body.replace("@", escaped).encode(), NOON)
        assert (answer.listings[0].title, answer.unreadable) == (title, 0)


@pytest.mark.parametrize("odd", [None, "8", -1, 2**70, [], 1.5])
def test_odd_total_or_next_page_does_not_cost_the_rows(odd: Any) -> None:
    answer = parse(page_reply(row(1), total=odd, next=odd or 5))
    assert ([x.item_id for x in answer.listings], answer.total) == (["v1|1|0"], None)
    assert answer.next == ("8" if odd == "8" else None)


def test_rows_beyond_the_bound_of_a_page_are_counted() -> None:
    answer = parse(page_reply(*(row(n) for n in range(1, 601))))
    assert (len(answer.listings), answer.unreadable, answer.rows) == (500, 100, 600)


@pytest.mark.parametrize("odd", [5, "no", {"errorId": 1}, [5], [{"errorId": "x"}], [{"parameters": 5}]])
def test_odd_warnings_do_not_cost_the_rows(odd: Any) -> None:
    answer = parse(page_reply(row(1), warnings=odd))
    assert len(answer.listings) == 1
    assert answer.warnings != []


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
    assert parse(Reply(body)) == EbayPage([], 0, 0, "", [], 0)


def test_rows_without_an_id_are_unreadable_even_among_odd_rows() -> None:
    answer = parse(page_reply({"itemId": ""}, 5, row(1)))
    assert (len(answer.listings), answer.unreadable) == (1, 2)


def test_invalid_utf8_is_replaced() -> None:
    body = b'{"total": 2, "itemSummaries": [{"itemId": "a", "title": "x\xff"}, {"itemId": "b"}]}'
    assert [(x.item_id, x.title) for x in parse_search_page(body, NOON).listings] == [
        ("a", "x\ufffd"),
        ("b", ""),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"errors": null}', b'{"errors": [5]}', b'{"errors": 5}', b"\xff"]
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
        parse_search_page(body, NOON)


def test_a_page_longer_than_any_of_ebay_is_cut_and_the_rest_counted() -> None:
    answer = parse(page_reply(*(row(n) for n in range(1, 5_001))))
    assert (len(answer.listings), answer.unreadable) == (MAX_PAGE_ROWS, 5_000 - MAX_PAGE_ROWS)
