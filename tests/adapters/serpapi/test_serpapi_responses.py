"""Parsing of SerpAPI's results, without a socket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.adapters.serpapi_rows import answer, auction, empty, group, result
from tests.fakes import NOON
from watcher.adapters.serpapi.responses import (
    EbaySite,
    SearchesLeft,
    parse_account,
    parse_results_page,
)
from watcher.core.comps import Filters, select
from watcher.core.errors import CallFailed, Code, Kind
from watcher.core.listing import Condition, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.sellers import hash_of_seller
from watcher.core.times import DAY, HOUR, from_iso

US, UK, DE = EbaySite("ebay.com", "USD"), EbaySite("ebay.co.uk", "GBP"), EbaySite("ebay.de", "EUR")


def parse(body: Any, site: EbaySite = US, *, sold: bool = False) -> Snapshot:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return parse_results_page(raw, site, NOON, sold=sold)


def listing_from(row: dict[str, Any], site: EbaySite = US, *, sold: bool = False) -> Listing:
    return parse(answer(row), site, sold=sold).listings[0]


def price(value: Any, site: EbaySite = US) -> Money | None:
    return listing_from(result(price=value), site).price


def shipping(value: Any, site: EbaySite = US) -> Money | None:
    return listing_from(result(shipping=value), site).shipping


def test_result_is_a_listing_with_ebays_item_number() -> None:
    page = parse(answer(result("115599123456")))
    assert page.unreadable == 0
    assert page.listings[0] == Listing(
        item_id="v1|115599123456|0",
        title="Zenitar Mk2 rangefinder camera",
        price=Money(120499, "USD"),
        shipping=Money(1250, "USD"),
        condition_id=3000,
        condition="Pre-Owned",
        url="https://www.ebay.com/itm/115599123456",
        image="https://i.ebayimg.com/1.jpg",
        feedback=1042,
        seller=hash_of_seller("u"),
    )


def test_link_of_a_result_is_not_used() -> None:
    row = result(7, link="https://www.ebay.com/itm/8?_skw=other")
    assert listing_from(row).url == "https://www.ebay.com/itm/7"
    assert listing_from(row, UK).url == "https://www.ebay.co.uk/itm/7"


@pytest.mark.parametrize("number", [115599123456, "115599123456"])
def test_item_number_may_be_a_string_or_an_integer(number: Any) -> None:
    assert listing_from(result(product_id=number)).item_id == "v1|115599123456|0"


@pytest.mark.parametrize(
    "number", [None, "", "x", 0, -1, 1.5, True, "12a", "0123", "1" * 30, 10**30, {"id": 1}, [1]]
)
def test_result_without_an_item_number_is_unreadable(number: Any) -> None:
    page = parse(answer(result(product_id=number), result(2)))
    assert ([x.item_id for x in page.listings], page.unreadable) == (["v1|2|0"], 1)


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        ({"raw": "$1,204.99", "extracted": 1204.99}, 120499),
        ({"raw": "$1,204.99", "extracted": "1204.99"}, 120499),
        ({"raw": "$1,204.99", "extracted": "1,204.99"}, 120499),
        ({"raw": "US $45", "extracted": 45}, 4500),
        ({"raw": "USD 45.5", "extracted": 45.5}, 4550),
        ({"raw": "45.00", "extracted": 45.0}, 4500),
        ({"extracted": 45.0}, 4500),
    ],
)
def test_price_is_accepted_if_its_text_agrees(value: Any, minor: int) -> None:
    assert price(value) == Money(minor, "USD")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "$45.00",
        45.0,
        [],
        {},
        {"raw": "$45.00"},
        {"raw": "$45.00", "extracted": None},
        {"raw": "$0.00", "extracted": 0},
        {"raw": "$45.00", "extracted": -45.0},
        {"raw": "$45.00", "extracted": "NaN"},
        {"raw": "$45.00", "extracted": "1e3"},
        {"raw": "$45.00", "extracted": 4.5},
        {"raw": "$45.00", "extracted": True},
        {"raw": "$45.00 to $60.00", "extracted": 45.0},
        {"raw": "See price", "extracted": 45.0},
        {"raw": 45, "extracted": 45.0},
        {"raw": "$45.00" + " " * 200, "extracted": 45.0},
        {"raw": "12 watchers", "extracted": 12},
        {"raw": "3 bids", "extracted": 3.0},
    ],
)
def test_uncertain_price_is_unknown(value: Any) -> None:
    assert price(value) is None


@pytest.mark.parametrize(
    "raw", ["£45.00", "EUR 45.00", "45.00 €", "C $45.00", "AU $45.00", "₹45.00", "45.00 GBP"]
)
def test_price_with_another_currency_sign_is_unknown(raw: str) -> None:
    assert price({"raw": raw, "extracted": 45.0}) is None


@pytest.mark.parametrize(
    ("site", "raw"),
    [
        (UK, "£45.00"),
        (DE, "EUR 45.00"),
        (DE, "45.00 EUR"),
        (DE, "45.00\xa0€"),
        (DE, "45,00 €"),
        (EbaySite("ebay.ca", "CAD"), "C $45.00"),
        (EbaySite("ebay.com.au", "AUD"), "AU $45.00"),
        (EbaySite("ebay.pl", "PLN"), "45.00 zł"),
        (EbaySite("ebay.ch", "CHF"), "CHF 45.00"),
    ],
)
def test_price_is_in_the_currency_of_its_site(site: EbaySite, raw: str) -> None:
    assert price({"raw": raw, "extracted": 45.0}, site) == Money(4500, site.currency)


def test_plain_dollar_sign_is_only_a_us_dollar() -> None:
    assert price({"raw": "$45.00", "extracted": 45.0}, EbaySite("ebay.ca", "CAD")) is None


def test_comma_misread_as_a_point_is_detected() -> None:
    assert price({"raw": "EUR 1.204,99", "extracted": 1.2}, DE) is None
    assert price({"raw": "EUR 1.204,99", "extracted": 1.204}, DE) is None
    assert price({"raw": "EUR 1.204,99", "extracted": 1204.99}, DE) == Money(120499, "EUR")


def test_cents_without_their_separator_are_read_from_the_text() -> None:
    assert price({"raw": "EUR 179,95", "extracted": 17995.0}, DE) == Money(17995, "EUR")
    assert price({"raw": "1.204,99 €", "extracted": 120499}, DE) == Money(120499, "EUR")
    assert price({"raw": "£1,204.99", "extracted": 120499.0}, UK) == Money(120499, "GBP")
    assert price({"raw": "EUR 1.204", "extracted": 1.204}, DE) is None
    assert price({"raw": "EUR 1.204", "extracted": 1204}, DE) == Money(120400, "EUR")
    assert price({"raw": "EUR 179,95", "extracted": 179950}, DE) is None
    assert shipping({"raw": "+EUR 5,99 Versand", "extracted": 599}, DE) == Money(599, "EUR")


@pytest.mark.parametrize(
    ("raw", "number"),
    [("3 bids", 3), ("12 watchers", 12), ("2 Gebote", 2), ("4.5 stars", 4.5), ("5 sold", 5), ("10% off", 10),
     ("2 offres", 2), ("12.50", 12.5), ("Versand in 3 Tagen", 3), ("PLUS 5", 5), ("$5 off, $3 delivery", 5)],
)  # fmt: skip
def test_number_whose_text_names_no_money_gives_no_shipping_cost(raw: str, number: float) -> None:
    for site in (US, DE, UK):
        assert shipping({"raw": raw, "extracted": number}, site) is None


@pytest.mark.parametrize(
    "text", ["Local pickup", "Free local pickup", "Nur Abholung", "Collection in person"]
)
def test_pickup_in_place_of_a_shipping_cost_is_kept(text: str) -> None:
    assert listing_from(result(shipping=text)).pickup_only
    assert not listing_from(result(shipping="Shipping not specified")).pickup_only


def test_sold_item_among_offers_has_ended() -> None:
    assert listing_from(result(sold_date="Jul 16, 2026")).ended
    assert not listing_from(result()).ended
    assert not listing_from(result(sold_date="Jul 16, 2026"), sold=True).ended


def test_title_or_price_of_another_type_counts_as_unreadable() -> None:
    page = parse(answer(result(1, title={"a": 1}), result(2, price="$45.00"), result(3)))
    assert (len(page.listings), page.rows, page.unreadable) == (3, 3, 2)


def test_texts_are_cleaned_and_bounded() -> None:
    found = listing_from(result(title="Tom &amp; \u202eJerry\n" + "x" * 5000, condition="New\x1b" * 99))
    assert found.title.startswith("Tom & Jerry xxx")
    assert (len(found.title), len(found.condition)) == (250, 60)


@pytest.mark.parametrize("odd", ['"\\ud83d"', "1e999", "9" * 400, "[" * 5000 + "]" * 5000, "NaN", '"\x01"'])
@pytest.mark.parametrize("name", ["title", "price", "extensions", "seller"])
def test_odd_json_in_a_result_does_not_affect_the_others(name: str, odd: str) -> None:
    body = msgspec.json.encode(answer(result(1), result(2, **{name: "@"}), result(3))).decode()
    found = parse(body.replace('"@"', odd).encode())
    assert found.listings[::2] == parse(answer(result(1), result(3))).listings
    assert [x.item_id for x in found.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]


def test_price_range_is_a_group_of_variations() -> None:
    found = listing_from(group())
    assert (found.price, found.is_group) == (Money(1000, "USD"), True)
    assert listing_from(group(price={"from": {"raw": "$10.00", "extracted": 10.0}})).is_group
    assert listing_from(group(price={"to": {"raw": "$10.00", "extracted": 10.0}})).price is None
    same = {"raw": "$10.00", "extracted": 10.0}
    assert not listing_from(group(price={"from": same, "to": same})).is_group


@pytest.mark.parametrize(
    "words",
    ["Free postage", "Free shipping", "FREE  delivery", "Free International Shipping", "Free 3 day shipping",
     "Free delivery in 2-4 days", "Kostenloser Versand"],
)  # fmt: skip
def test_free_shipping_is_zero(words: str) -> None:
    assert shipping(words) == Money(0, "USD")
    assert shipping({"raw": words, "extracted": 0}) == Money(0, "USD")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Free returns",
        "Free shipping on orders over $35",
        "Shipping not specified",
        "Local pickup",
        "+$12.50 delivery",
        {"extracted": 0},
        {"extracted": 12.5},
        {"raw": "+£12.50 delivery", "extracted": 12.5},
        {"raw": "+$12.50 delivery", "extracted": 1.25},
        {"raw": "delivery", "extracted": 0},
        0,
        [],
    ],
)
def test_any_other_shipping_text_is_unknown_and_never_zero(value: Any) -> None:
    assert shipping(value) is None


def test_explicit_shipping_of_zero_is_zero() -> None:
    assert shipping({"raw": "+$0.00 delivery", "extracted": 0.0}) == Money(0, "USD")
    assert shipping({"raw": "+$12.50 delivery in 2-4 days", "extracted": 12.5}) == Money(1250, "USD")
    assert shipping({"raw": "EUR 5,00 Versand", "extracted": 5}, DE) == Money(500, "EUR")


def test_amount_of_an_auction_is_a_bid() -> None:
    found = listing_from(auction())
    assert (found.price, found.bid, found.bid_count) == (None, Money(700, "USD"), 7)
    assert (found.auction, found.fixed, found.ends_at) == (True, False, NOON + DAY + 2 * HOUR)


@pytest.mark.parametrize("left", [None, "", "soon", 5, "Ended"])
def test_unreadable_end_is_unknown(left: Any) -> None:
    assert listing_from(auction(bids={"count": 0, "time_left": left})).ends_at is None


def test_sold_auction_has_a_price_and_a_date() -> None:
    found = listing_from(auction(sold_date="Sold  Jul 16, 2026"), sold=True)
    assert (found.price, found.bid, found.ends_at) == (
        Money(700, "USD"),
        None,
        from_iso("2026-07-16T00:00:00Z"),
    )
    assert select("zenitar mk2", Condition.ANY, [found], currency="USD", filters=Filters()).kept == (found,)


@pytest.mark.parametrize("said", ["16. Jul 2026", "Feb 31, 2026", "Xyz 1, 2026", "yesterday"])
def test_sale_date_in_another_language_is_unknown(said: str) -> None:
    assert listing_from(result(sold_date=said), sold=True).ends_at is None


def test_result_without_a_sale_date_is_not_a_sale() -> None:
    page = parse(answer(result(1, sold_date="Jul 16, 2026"), result(2)), sold=True)
    assert ([x.item_id for x in page.listings], page.unreadable) == (["v1|1|0"], 1)


@pytest.mark.parametrize(
    ("said", "found"),
    [("Brand New", 1000), ("Open Box", 1500), ("Certified - Refurbished", 2000), ("Parts Only", 7000),
     ("Nuevo", 1000), ("Gebraucht", 3000), ("$45.00", None), (None, None), (3000, None)],
)  # fmt: skip
def test_condition_in_ebays_words_has_its_id(said: Any, found: int | None) -> None:
    assert listing_from(result(condition=said)).condition_id == found


def test_placeholder_of_the_page_is_not_a_listing() -> None:
    page = parse(answer(result(123456, title="Shop on eBay"), result(2)))
    assert ([x.item_id for x in page.listings], page.unreadable) == (["v1|2|0"], 0)


def test_odd_fields_are_unknown() -> None:
    row = result(title=5, seller=None, thumbnail="javascript:1", bids="3", condition=[])
    found = listing_from(row)
    assert (found.title, found.feedback, found.image, found.auction, found.condition) == (
        "",
        None,
        "",
        False,
        "",
    )
    assert listing_from(result(seller={"reviews": "many"})).feedback is None
    assert listing_from(result(seller={"reviews": 2**40})).feedback is None
    assert listing_from(result(seller={"reviews": "1042"})).feedback == 1042


def test_no_results_is_an_answer_and_not_a_failure() -> None:
    assert parse(empty()) == Snapshot((), NOON, complete=False)
    assert parse(answer()) == Snapshot((), NOON, 321, complete=False)


@pytest.mark.parametrize("status", ["Error", "Processing", "Queued"])
def test_unfinished_search_is_a_failure(status: str) -> None:
    with pytest.raises(CallFailed) as caught:
        parse(empty() | {"search_metadata": {"status": status}})
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, Code.SEARCH_FAILED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b'{"search_metadata": {"status": "Succ',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"null",
        b"{}",
        b'{"error": "nothing"}',
        b'{"search_metadata": {"status": "Success"}}',
        b'{"search_metadata": {"status": "Success"}, "organic_results": {}}',
        b'{"search_metadata": {"status": "Success"}, "organic_results": null, "error": "nothing"}',
        b'{"search_metadata": {"status": "success"}, "organic_results": []}',
        b'{"search_metadata": "Success", "organic_results": []}',
    ],
)
def test_body_that_is_not_a_search_response_is_malformed(body: bytes) -> None:
    with pytest.raises(CallFailed) as caught:
        parse(body)
    assert caught.value.kind is Kind.MALFORMED


def test_account_reports_the_searches_left() -> None:
    body = {"total_searches_left": 5958, "searches_per_month": 15000}
    assert parse_account(msgspec.json.encode(body)) == SearchesLeft(5958, 15000)
    assert parse_account(b'{"total_searches_left": 0}') == SearchesLeft(0, None)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"total_searches_left": "7"}', b'{"total_searches_left": -1}', b"x"]
)
def test_account_without_its_searches_is_malformed(body: bytes) -> None:
    with pytest.raises(CallFailed):
        parse_account(body)


def test_a_page_longer_than_any_of_serpapi_is_cut() -> None:
    assert len(parse(answer(*(result(n) for n in range(1, 5_001)))).listings) == 500
