"""A row that is spoiled in any field costs neither its neighbours nor, if its id is intact, itself."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.scripted_ebay import row
from tests.adapters.serpapi_rows import answer, result
from tests.fakes import NOON
from tests.labelled import EBAY
from watcher.adapters.ebay.responses import parse_sales, parse_search_page
from watcher.adapters.serpapi.responses import EbaySite, parse_results_page
from watcher.core.comps import Comps, select, summarize
from watcher.core.listing import MAX_TITLE_LENGTH, Condition, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.rules import RuleContext, assumed_shipping
from watcher.core.rules.below import Below
from watcher.db.codec import pack_snapshot, unpack_snapshot

CONTRACT = EBAY / "buy_browse_v1_oas3.json"
# An extract of ItemSummary in eBay's Browse contract v1.20.4: its fields besides the id.
FIELDS = (
    "additionalImages", "adultOnly", "availableCoupons", "bidCount", "buyingOptions", "categories",
    "compatibilityMatch", "condition", "conditionId", "currentBidPrice",
    "distanceFromPickupLocation", "epid", "image", "itemAffiliateWebUrl", "itemCreationDate",
    "itemEndDate", "itemGroupHref", "itemGroupType", "itemHref", "itemLocation", "itemOriginDate",
    "itemWebUrl", "leafCategoryIds", "legacyItemId", "listingMarketplaceId", "marketingPrice",
    "pickupOptions", "price", "priorityListing", "qualifiedPrograms", "seller", "shippingOptions",
    "shortDescription", "thumbnailImages", "title", "topRatedBuyingExperience", "unitPrice",
    "watchCount",
)  # fmt: skip
# What the alert of a row needs; a row without them is a listing that cannot alert.
NEEDED = ("title", "price", "buyingOptions", "currentBidPrice", "itemEndDate", "condition", "conditionId")

JSON_TEXTS = st.sampled_from((
    '"\\ud83d"', '"\\udc00x"', '"\\u0000"', '"\\u202e"', "1e999", "-1e999", "9" * 25, "9" * 5000,
    "-1", "NaN",
    "[" * 40 + "]" * 40, "[" * 3000 + "]" * 3000, '{"a":' * 2000 + "1" + "}" * 2000, '"\x01"',
    '"' + "x" * 40_000 + '"', "null", "true", "0", "[]", "{}", '""', "[null]",
    '{"value": [], "currency": {}}', '"2026-13-45T99:99:99Z"',
)) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
).map(json.dumps)  # fmt: skip


def page(*rows: str, name: str = "itemSummaries") -> bytes:
    return f'{{"total": {len(rows)}, "{name}": [{", ".join(rows)}]}}'.encode()


def spoiled(fields: dict[str, str], number: int = 2, **more: Any) -> str:
    """Return a row with these fields in place of its own."""
    whole = row(number, **more) | {name: f"@{name}@" for name in fields}
    text = json.dumps(whole)
    for name, odd in fields.items():
        text = text.replace(f'"@{name}@"', odd)
    return text


def alerts_of(listings: list[Listing] | tuple[Listing, ...], query: str) -> dict[str, tuple[str, str]]:
    """Return what a watch would be alerted to: total and link by item id."""
    chosen = select(query, Condition.ANY, listings, currency="USD")
    context = RuleContext(
        Comps(chosen, summarize(chosen.kept, "USD")), NOON, assumed_shipping(listings, "USD")
    )
    matches = Below(Money(10**9, "USD")).evaluate(context).matches
    return {m.listing.item_id: (str(m.total), m.listing.link) for m in matches}


def check_listings(listings: tuple[Listing, ...]) -> None:
    """Assert that what was read can be stored and shown."""
    snapshot = Snapshot(listings, NOON)
    assert unpack_snapshot(pack_snapshot(snapshot)) == snapshot
    for x in listings:
        assert x.link.startswith("https://www.ebay.")
        assert len(x.title) <= MAX_TITLE_LENGTH
        assert x.title.isprintable() or any(ord(c) > 127 for c in x.title)
        assert not any(c < " " for text in (x.item_id, x.title, x.condition, x.link) for c in text)
        for number in (x.bid_count, x.feedback, x.condition_id):
            assert number is None or abs(number) < 2**31
        assert x.price is None or 0 < x.price.minor < 10**14


@cache
def contract_fields() -> tuple[str, ...]:
    if not CONTRACT.is_file():
        return FIELDS
    schemas = json.loads(CONTRACT.read_text("utf-8"))["components"]["schemas"]
    return tuple(sorted({*schemas["ItemSummary"]["properties"], *FIELDS} - {"itemId"}))


@pytest.mark.skipif(not CONTRACT.is_file(), reason="eBay's contract lies beside the repository")
def test_extract_names_fields_of_ebays_contract() -> None:
    schemas = json.loads(CONTRACT.read_text("utf-8"))["components"]["schemas"]
    assert set(FIELDS) <= set(schemas["ItemSummary"]["properties"])


fields = st.deferred(lambda: st.dictionaries(st.sampled_from(contract_fields()), JSON_TEXTS, max_size=6))


@given(fields)
def test_spoiled_fields_cost_neither_their_row_nor_others(odd: dict[str, str]) -> None:
    plain = parse_search_page(page(json.dumps(row(1)), json.dumps(row(3))), NOON)
    found = parse_search_page(page(json.dumps(row(1)), spoiled(odd), json.dumps(row(3))), NOON)
    assert [x.item_id for x in found.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert found.listings[::2] == plain.listings
    assert found.unreadable == 0 or {"title", "price"} & odd.keys()
    check_listings(tuple(found.listings))
    alerts, expected = (alerts_of(x.listings, "nike dunk low") for x in (found, plain))
    assert expected.items() <= alerts.items()
    if not odd.keys() & {*NEEDED, "itemGroupHref", "itemGroupType", "shippingOptions"}:
        assert "v1|2|0" in alerts


@given(JSON_TEXTS, st.integers(0, 2))
def test_any_json_in_place_of_a_row_leaves_the_others(odd: str, place: int) -> None:
    rows = [json.dumps(row(1)), json.dumps(row(3))]
    plain = parse_search_page(page(*rows), NOON)
    rows.insert(place, odd)
    found = parse_search_page(page(*rows), NOON)
    assert found.listings == plain.listings
    assert (found.rows, found.unreadable) == (3, 1)


@given(fields)
def test_spoiled_fields_of_a_sale_do_not_cost_other_sales(odd: dict[str, str]) -> None:
    sold = {
        "lastSoldPrice": {"value": "89.90", "currency": "USD"},
        "lastSoldDate": "2025-06-01T07:00:00.000Z",
    }
    plain = [json.dumps(row(n, **sold)) for n in (1, 3)]
    found = parse_sales(page(plain[0], spoiled(odd, **sold), plain[1], name="itemSales"), NOON)
    assert [x.item_id for x in found.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert found.listings[::2] == parse_sales(page(*plain, name="itemSales"), NOON).listings
    check_listings(found.listings)


RESULT_FIELDS = (
    *result(),
    "bids",
    "sold_date",
    "old_price",
    "extensions",
    "subtitle",
    "epid",
    "reviews",
    "returns",
)


@given(
    st.dictionaries(st.sampled_from([f for f in RESULT_FIELDS if f != "product_id"]), JSON_TEXTS, max_size=6)
)
def test_spoiled_fields_of_a_result_cost_neither_it_nor_others(odd: dict[str, str]) -> None:
    text = json.dumps(answer(result(1), result(2) | {name: f"@{name}@" for name in odd}, result(3)))
    for name, value in odd.items():
        text = text.replace(f'"@{name}@"', value)
    site = EbaySite("ebay.com", "USD")
    found = parse_results_page(text.encode(), site, NOON, sold=False)
    plain = parse_results_page(json.dumps(answer(result(1), result(3))).encode(), site, NOON, sold=False)
    assert [x.item_id for x in found.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert found.listings[::2] == plain.listings
    check_listings(found.listings)
    alerts, expected = (alerts_of(x.listings, "zenitar mk2") for x in (found, plain))
    assert expected.items() <= alerts.items()
