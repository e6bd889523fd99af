"""The simulated market: its contents, its changes, and that it depends only on seed and time."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.market.observed import ObservedMarket
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.demo.catalogue import PRODUCTS, Product
from watcher.demo.listings import DemoKind
from watcher.demo.market import DemoMarket
from watcher.demo.source import DemoRow, query_words, read_terms
from watcher.demo.summary import total_of

START = Instant(1_782_907_200.0)
CONTRACT = Path(__file__).resolve().parents[2] / ".." / "shared" / "ebay" / "buy_browse_v1_oas3.json"


@pytest.fixture(scope="module")
def market() -> ObservedMarket:
    return ObservedMarket(7, START)


@pytest.fixture(scope="module")
def month(market: ObservedMarket) -> list[tuple[Product, Any, DemoRow]]:
    """Return all listings of three days, auctions included."""
    days = [Instant(START + day * DAY) for day in (0, 11, 22)]
    return [
        (product, listing, listing.at(day))
        for day in days
        for product in PRODUCTS
        for listing in market.inventory(product).at(day)
    ]


def share(of: int, among: int) -> float:
    return of / among


def test_the_same_seed_and_time_give_the_same_market() -> None:
    one, other = ObservedMarket(3, START), ObservedMarket(3, START)
    query, later = PRODUCTS[0].query, Instant(START + 4 * DAY)
    for hours in range(0, 150, 15):
        other.search(query, Instant(START + hours * HOUR))
        other.bargains(START, Instant(START + hours * HOUR))
    assert one.search(query, later) == other.search(query, later)
    assert one.search(query, START) == other.search(query, START)
    assert one.bargains(START, later) == other.bargains(START, later)
    assert one.sold(query, later) == other.sold(query, later)


def test_another_seed_gives_another_market(market: ObservedMarket) -> None:
    query = PRODUCTS[0].query
    here = {row["itemId"] for row in market.search(query, START)}
    there = {row["itemId"] for row in DemoMarket(8, START).search(query, START)}
    assert not here & there


def test_every_product_name_contains_all_words_of_the_query() -> None:
    wrong = [(p.query, n) for p in PRODUCTS for n in p.names if not read_terms(p.query).find(query_words(n))]
    assert not wrong


def test_there_are_many_categories_and_the_first_five_differ() -> None:
    assert len(PRODUCTS) == 14
    assert len({product.category for product in PRODUCTS}) >= 9
    assert len({product.category for product in PRODUCTS[:5]}) == 5


def test_a_search_fills_more_than_one_page(market: ObservedMarket) -> None:
    sizes = [len(market.search(product.query, START)) for product in PRODUCTS]
    assert min(sizes) >= 30
    assert max(sizes) > 100


def test_kinds_of_listings_have_the_proportions_of_real_searches(month) -> None:
    kinds = Counter(listing.kind for _, listing, _ in month)
    n = len(month)
    assert 0.55 < share(kinds[DemoKind.GENUINE], n) < 0.75
    for kind in DemoKind:
        assert kinds[kind] > 0, kind
    rows = [row for _, _, row in month]
    auctions = [r for r in rows if "AUCTION" in r["buyingOptions"]]
    assert 0.05 < share(len(auctions), n) < 0.11
    assert {("price" in r, "FIXED_PRICE" in r["buyingOptions"]) for r in auctions} == {
        (True, True),
        (False, False),
    }
    assert all({"bidCount", "currentBidPrice", "itemEndDate"} <= r.keys() for r in auctions)
    assert any(r["bidCount"] == 0 for r in auctions)
    unknown = [r for r in rows if "shippingCost" not in r.get("shippingOptions", [{}])[0]]
    assert 0.12 < share(len(unknown), n) < 0.28
    assert 0.02 < share(sum("shippingOptions" not in r for r in rows), n) < 0.08
    assert 0.02 < share(sum("itemGroupType" in r for r in rows), n) < 0.06
    assert 0.01 < share(sum("convertedFromValue" in r.get("price", {}) for r in rows), n) < 0.05
    for lacking in ("image", "conditionId", "listingMarketplaceId", "epid"):
        assert 0 < sum(lacking not in r for r in rows) < n, lacking
    assert {len(r["title"]) <= 80 for r in rows} == {True}


def test_some_rows_are_duplicated_mostly_far_apart(market: ObservedMarket) -> None:
    rows = [row["itemId"] for row in market.search(PRODUCTS[1].query, START)]
    twice = [item for item, n in Counter(rows).items() if n == 2]
    assert 0.02 < len(twice) / len(rows) < 0.15
    assert any(len(rows) - rows[::-1].index(item) - rows.index(item) > 20 for item in twice)


def test_item_ids_are_unique_to_a_listing(market: ObservedMarket) -> None:
    titles: dict[str, str] = {}
    for hours in (0, 36, 72):
        for product in PRODUCTS[:6]:
            for row in market.search(product.query, Instant(START + hours * HOUR)):
                assert titles.setdefault(row["itemId"], row["title"]) == row["title"]
    assert len(titles) > 600


def test_listings_start_and_end_and_some_prices_are_lowered(market: ObservedMarket) -> None:
    query = PRODUCTS[1].query
    today = {row["itemId"]: row for row in market.search(query, START)}
    later = {row["itemId"]: row for row in market.search(query, Instant(START + DAY))}
    assert today.keys() - later.keys()
    assert later.keys() - today.keys()
    both = today.keys() & later.keys()
    assert any(total_of(later[item]) < total_of(today[item]) for item in both if "price" in today[item])


def test_bids_only_rise(market: ObservedMarket) -> None:
    for product in PRODUCTS:
        for listing in market.inventory(product).at(START):
            if "AUCTION" in listing.rows[0]["buyingOptions"]:
                bids = [float(row["currentBidPrice"]["value"]) for row in listing.rows]
                assert bids == sorted(bids)
                assert [row["bidCount"] for row in listing.rows] == list(range(len(bids)))


def test_the_true_price_drifts_slowly(market: ObservedMarket) -> None:
    product = PRODUCTS[0]
    prices = [market.inventory(product).true_price(Instant(START + hour * HOUR)) for hour in range(24 * 60)]
    assert 0.03 < max(prices) / min(prices) - 1 < 0.25
    assert max(abs(b / a - 1) for a, b in pairwise(prices)) < 0.01


def test_bargains_appear_early_and_several_times_a_day(market: ObservedMarket) -> None:
    early = market.bargains(Instant(START - HOUR), Instant(START + 10 * MINUTE))
    assert {bargain.query for bargain in early} >= {product.query for product in PRODUCTS[:5]}
    at_start = {product.query for product in PRODUCTS[:2]}
    assert at_start <= {b.query for b in early if b.since <= START < b.until}
    day = Counter(b.query for b in market.bargains(START, Instant(START + DAY)))
    assert all(3 <= day[product.query] <= 7 for product in PRODUCTS)


def test_a_bargain_is_genuine_at_55_to_75_percent_of_the_true_price(market: ObservedMarket) -> None:
    by_query = {product.query: product for product in PRODUCTS}
    bargains = market.bargains(START, Instant(START + DAY))
    dearer_before = 0
    for bargain in bargains:
        product = by_query[bargain.query]
        truth = market.inventory(product).true_price(bargain.since)
        assert 0.55 <= bargain.total / truth <= 0.75
        rows = {row["itemId"]: row for row in market.search(bargain.query, bargain.since)}
        row = rows[bargain.item_id]
        assert total_of(row) == pytest.approx(bargain.total)
        assert read_terms(bargain.query).find(query_words(row["title"]))
        assert "FIXED_PRICE" in row["buyingOptions"]
        assert row["shippingOptions"][0]["shippingCostType"] == "FIXED"
        before = {r["itemId"]: r for r in market.search(bargain.query, Instant(bargain.since - 1))}
        if bargain.item_id in before:
            dearer_before += total_of(before[bargain.item_id]) > bargain.total
        after = {r["itemId"] for r in market.search(bargain.query, bargain.until)}
        assert bargain.item_id not in after
    assert 0 < dearer_before < len(bargains) / 2


def test_no_other_genuine_listing_is_nearly_as_cheap(month, market: ObservedMarket) -> None:
    for product, listing, row in month:
        if listing.kind is DemoKind.GENUINE and "price" in row:
            truth = market.inventory(product).true_price(listing.starts_at)
            assert total_of(row) >= 0.76 * truth, row["title"]


def test_another_marketplace_has_its_own_listings_in_its_own_currency(market: ObservedMarket) -> None:
    rows = market.search(PRODUCTS[0].query, START, "EBAY_GB")
    assert {row["price"]["currency"] for row in rows if "price" in row} == {"GBP"}
    assert {row["itemWebUrl"].split("/itm/")[0] for row in rows} == {"https://www.ebay.co.uk"}
    assert not {r["itemId"] for r in rows} & {r["itemId"] for r in market.search(PRODUCTS[0].query, START)}


def test_a_query_finds_other_products_by_title(market: ObservedMarket) -> None:
    rows = market.search("sony headphones", START)
    assert rows
    assert all({"sony", "headphones"} <= query_words(row["title"]) for row in rows)
    assert market.search("unobtainium", START) == []


def test_a_broader_query_finds_more_listings(market: ObservedMarket) -> None:
    titles = {row["title"] for row in market.search("omega speedmaster", START)}
    assert titles >= {row["title"] for row in market.search("omega speedmaster 3570.50", START)}


def test_listings_with_unwanted_words_are_left_out(market: ObservedMarket) -> None:
    query = PRODUCTS[1].query
    assert any("white" in query_words(row["title"]) for row in market.search(query, START))
    left = market.search(f"{query} -white", START)
    assert left
    assert not any("white" in query_words(row["title"]) for row in left)


def test_sold_items_have_ended() -> None:
    rows = ObservedMarket(7, START).sold(PRODUCTS[1].query, START)
    ends = [row["itemEndDate"] for row in rows]
    assert len(rows) > 20
    assert ends == sorted(ends, reverse=True)
    assert max(ends) < "2026-07-01T12:00:00.000Z"


def test_every_row_fits_ebays_contract(month, market: ObservedMarket) -> None:
    if not CONTRACT.exists():
        pytest.skip("eBay's contract is not in ../shared")
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    rows = [row for _, _, row in month[::2]]
    rows += market.search(PRODUCTS[3].query, START, "EBAY_DE")
    for row in rows:
        deviations = list(misfits(row, {"$ref": "#/components/schemas/ItemSummary"}, schemas, "row"))
        assert not deviations, deviations


TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def misfits(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str):
    """Yield the deviations of a value from eBay's schema; enumerations are strings."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        if value not in schema["enum"]:
            yield f"{where}: {value!r} is not in the enumeration"
        return
    if type(value) is not TYPES[schema["type"]]:
        yield f"{where}: {value!r} is not of type {schema['type']}"
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from misfits(item, schema["items"], schemas, f"{where}[{place}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in schema["properties"]:
                yield from misfits(item, schema["properties"][name], schemas, f"{where}.{name}")
            else:
                yield f"{where}.{name} is not a field of the contract"
