"""A mutated answer is a failure or credible listings, never a crash or a price of zero."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.mutations import mutated
from tests.adapters.scripted_ebay import row
from tests.adapters.serpapi_rows import answer, auction, empty, group, result
from tests.fakes import NOON
from watcher.adapters.ebay.insights import parse_sales
from watcher.adapters.ebay.responses import parse_errors, parse_quota, parse_search_page
from watcher.adapters.serpapi.responses import EbaySite, parse_account, parse_results_page
from watcher.core.comps import Comps, select, summarize
from watcher.core.errors import CallFailed
from watcher.core.listing import Condition, Listing, Snapshot
from watcher.core.money import Money, is_currency
from watcher.core.resilience.plausibility import find_suspicion, known_prices
from watcher.core.rules import Match, Rule, RuleContext, assumed_shipping
from watcher.core.rules.below import Below
from watcher.core.rules.deal import Deal
from watcher.core.rules.ending import Ending
from watcher.core.times import DAY, Seconds


class Shape(NamedTuple):
    """An intact body, its parser, the only currency of its prices, if any, and its query."""

    body: Any
    read: Callable[[bytes], Sequence[Listing]]
    currency: str = ""
    query: str = "zenitar"


def _ebay_page() -> dict[str, Any]:
    bid = {
        "buyingOptions": ["AUCTION"],
        "price": None,
        "bidCount": 3,
        "itemEndDate": "2025-07-01T00:00:00.000Z",
    }
    rows = [
        row(1),
        row(2, currentBidPrice={"value": "7.00", "currency": "USD"}, **bid),
        row(
            3, itemGroupType="SELLER_DEFINED_VARIATIONS", shippingOptions=[{"shippingCostType": "CALCULATED"}]
        ),
        row(4, price={"value": "5.00", "currency": "USD", "convertedFromCurrency": "GBP"}),
    ]
    warnings = [{"errorId": 12002, "message": "no", "parameters": [{"name": "filter", "value": "x"}]}]
    return {
        "total": 4,
        "limit": 200,
        "offset": 0,
        "next": "https://x/",
        "itemSummaries": rows,
        "warnings": warnings,
    }


def _ebay_sales() -> dict[str, Any]:
    sold = {
        "lastSoldPrice": {"value": "89.90", "currency": "USD"},
        "lastSoldDate": "2025-06-01T07:00:00.000Z",
    }
    return {"total": 2, "itemSales": [row(1, price=None, **sold), row(2, buyingOptions=["AUCTION"], **sold)]}


def _serp(site: EbaySite, *, sold: bool) -> Callable[[bytes], Sequence[Listing]]:
    return lambda body: parse_results_page(body, site, NOON, sold=sold).listings


def _none_of(read: Callable[[bytes], object]) -> Callable[[bytes], Sequence[Listing]]:
    def nothing(body: bytes) -> Sequence[Listing]:
        read(body)
        return ()

    return nothing


SOLD = {"sold_date": "Jul 16, 2026"}
SHAPES = (
    Shape(_ebay_page(), lambda body: parse_search_page(body, NOON).listings, query="nike dunk"),
    Shape(_ebay_sales(), lambda body: parse_sales(body, NOON).listings, query="nike dunk"),
    Shape(answer(result(1), auction(2), group(3)), _serp(EbaySite("ebay.com", "USD"), sold=False), "USD"),
    Shape(
        answer(result(1, **SOLD), auction(2, **SOLD)), _serp(EbaySite("ebay.com", "USD"), sold=True), "USD"
    ),
    Shape(answer(result(1), group(3)), _serp(EbaySite("ebay.co.uk", "GBP"), sold=False), "GBP"),
    Shape(empty(), _serp(EbaySite("ebay.de", "EUR"), sold=False), "EUR"),
    Shape({"errors": [{"errorId": 2001, "message": "no", "parameters": []}]}, _none_of(parse_errors)),
    Shape(
        {"rateLimits": [{"resources": [{"name": "buy.browse", "rates": [{"limit": 5000, "remaining": 1}]}]}]},
        _none_of(lambda body: parse_quota(body, "buy.browse")),
    ),
    Shape({"total_searches_left": 5, "searches_per_month": 250}, _none_of(parse_account)),
)
BEFORE = known_prices(parse_search_page(json.dumps(_ebay_page()).encode(), NOON).listings)
RECORDED = Path(__file__).resolve().parents[2] / ".." / "shared" / "ebay" / "recorded"


def decoded(body: bytes) -> Any:
    """Decode a body with another JSON library, as leniently as the product does."""
    return json.loads(body.decode("utf-8", "replace"), strict=False)


def is_believable(money: Money | None, currency: str, least: int) -> bool:
    if money is None:
        return True
    fits = money.currency == currency if currency else is_currency(money.currency)
    return type(money.minor) is int and least <= money.minor < 10**14 and fits


def items_in_foreign_currency(body: bytes) -> set[str]:
    """Return the items of SerpAPI whose price shows a currency sign other than the dollar."""
    rows = [row for row in decoded(body)["organic_results"] if isinstance(row, dict)]
    told = [(row.get("product_id"), row["price"]) for row in rows if isinstance(row.get("price"), dict)]
    many = Counter(f"v1|{row.get('product_id')}|0" for row in rows)
    signs = ("£", "EUR")
    odd = {f"v1|{number}|0" for number, price in told if any(s in str(price.get("raw")) for s in signs)}
    return {item for item in odd if many[item] == 1}


def check(shape: Shape, seed: int) -> int:
    """Return the number of alerts that a mutated body causes.

    Raises any exception that must not occur, and AssertionError for an incredible listing or alert.
    """
    body = mutated(shape.body, Random(seed))
    try:
        listings = tuple(shape.read(body))
    except CallFailed:
        return 0
    for x in listings:
        whole = is_believable(x.price, shape.currency, 1) and is_believable(x.bid, shape.currency, 1)
        assert whole, (x, body)
        assert is_believable(x.shipping, shape.currency, 0), (x, body)
        assert x.item_id, body
        assert (x.title + x.url + x.condition).encode() is not None  # the database gets no lone surrogates
    if shape.currency == "USD":
        assert not {x.item_id for x in listings if x.price or x.bid} & items_in_foreign_currency(body), body
    find_suspicion(BEFORE, Snapshot(listings, NOON), "USD")
    return judged(shape, listings, body)


def judged(shape: Shape, listings: tuple[Listing, ...], body: bytes) -> int:
    """Evaluate rules that almost everything satisfies: the body must contain every match."""
    currency = shape.currency or "USD"
    comps = comps_of(shape.query, listings, currency)
    market = RuleContext(comps, NOON, assumed_shipping(listings, currency))
    matches = [m for rule in rules(currency) for m in rule.evaluate(market).matches]
    rows = rows_of(body) if matches else {}
    for match in matches:
        assert (match.total.currency, match.total.minor > 0) == (currency, True), (match, body)
        assert any(is_in_row(match, row) for row in rows.get(match.listing.item_id, ())), (match, body)
    return len(matches)


def comps_of(query: str, listings: tuple[Listing, ...], currency: str) -> Comps:
    chosen = select(query, Condition.ANY, listings, currency=currency)
    statistics = summarize(chosen.kept, currency)
    assert statistics.low is None or statistics.low.minor > 0
    return Comps(chosen, statistics)


@cache
def rules(currency: str) -> tuple[Rule, ...]:
    all_the_money = Money(10**14, currency)
    return Below(all_the_money), Ending(all_the_money, Seconds(100 * 365 * DAY)), Deal(Decimal(99))


def rows_of(body: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of an answer by item, decoded by another JSON library."""
    whole, found = decoded(body), defaultdict[str, list[dict[str, Any]]](list)
    for name in ("itemSummaries", "itemSales", "organic_results"):
        rows = whole.get(name)
        for told in rows if isinstance(rows, list) else ():
            if isinstance(told, dict):
                found[str(told.get("itemId", f"v1|{told.get('product_id')}|0"))].append(told)
    return found


def is_in_row(match: Match, row: dict[str, Any]) -> bool:
    """Return whether a row literally contains what an alert would report of it."""
    bid = match.price == match.listing.bid
    prices = [row.get(name) for name in ("price", "lastSoldPrice", *(("currentBidPrice",) if bid else ()))]
    prices += [price.get("from") for price in prices if isinstance(price, dict)]
    if not any(is_amount(price, match.price) for price in prices):
        return False
    return match.assumed is not None or any(
        is_amount(cost, match.total - match.price) for cost in costs_of(row)
    )


def costs_of(row: dict[str, Any]) -> Iterator[Any]:
    options = row.get("shippingOptions")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict) and option.get("shippingCostType") == "FIXED":
            yield option.get("shippingCost")
    yield row.get("shipping")


def is_amount(amount: Any, money: Money) -> bool:
    if isinstance(amount, str):
        return not money.minor and amount.casefold().startswith("free")
    if not isinstance(amount, dict):
        return False
    if not money.minor and str(amount.get("raw")).casefold().startswith("free"):
        return True
    value = str(amount.get("value", amount.get("extracted"))).replace(",", "").strip()
    if amount.get("currency", money.currency) != money.currency:
        return False
    try:
        return round(Decimal(value) * 100) == money.minor
    except (InvalidOperation, OverflowError, ValueError):
        return False


@pytest.mark.parametrize("shape", SHAPES)
def test_intact_body_is_parsed(shape: Shape) -> None:
    rows = next((v for v in shape.body.values() if isinstance(v, list) and len(v) > 1), ())
    assert len(shape.read(json.dumps(shape.body).encode())) == len(rows)


@settings(max_examples=15 * settings.default.max_examples, derandomize=True)
@given(st.sampled_from(range(len(SHAPES))), st.integers(0, 2**32))
def test_mutated_body_breaks_nothing(shape: int, seed: int) -> None:
    check(SHAPES[shape], seed)


def test_alert_without_a_matching_row_is_detected() -> None:
    shape = SHAPES[0]
    body = json.dumps(shape.body).encode()
    listings = tuple(shape.read(body))
    assert judged(shape, listings, body) == 3
    half = tuple(x._replace(price=x.price.share(Decimal("0.5")) if x.price else None) for x in listings)
    with pytest.raises(AssertionError):
        judged(shape, half, body)


def recorded() -> Iterator[Shape]:
    """Yield two rows of each recorded search."""
    for file in sorted(RECORDED.glob("*.json")):
        rows = json.loads(file.read_text("utf-8"))[:2]
        yield Shape({"total": 2, "itemSummaries": rows}, lambda body: parse_search_page(body, NOON).listings)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded searches lie beside the repository")
def test_mutated_recorded_body_breaks_nothing() -> None:
    shapes = list(recorded())
    for seed in range(1_000):
        check(shapes[seed % len(shapes)], seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_million_mutated_bodies_break_nothing(part: int) -> None:
    for seed in range(part * 100_000, (part + 1) * 100_000):
        check(SHAPES[seed % len(SHAPES)], seed)
