"""One item summary in the shape of eBay's Browse contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from watcher.core.money import exponent
from watcher.core.times import Instant

if TYPE_CHECKING:
    from watcher.demo.source import DemoRow

CONDITION_NAMES = {
    "1000": "New",
    "1500": "Open box",
    "1750": "New with defects",
    "2000": "Certified - Refurbished",
    "2010": "Excellent - Refurbished",
    "2020": "Very Good - Refurbished",
    "2030": "Good - Refurbished",
    "2500": "Seller refurbished",
    "2750": "Graded",
    "2990": "Pre-owned - Excellent",
    "3000": "Used",
    "3010": "Pre-owned - Fair",
    "4000": "Ungraded",
    "5000": "Good",
    "6000": "Acceptable",
    "7000": "For parts or not working",
}
_LONG_AGO = Instant(1_735_689_600.0)


def wire_date(at: float) -> str:
    """An instant as eBay writes it: `2025-10-16T07:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def wire_money(value: float, currency: str) -> dict[str, str]:
    """An amount as eBay writes it, rounded to the currency's own places."""
    return {"value": f"{value:.{exponent(currency)}f}", "currency": currency}


def total_of(row: DemoRow) -> float:
    """Price, else bid, plus what shipping is told, as a number to sort by."""
    return price_of(row) + float(shipping_of(row).get("shippingCost", {}).get("value", 0.0))


def shipping_of(row: DemoRow) -> DemoRow:
    """The first shipping option, empty where none is told."""
    options: list[DemoRow] = row.get("shippingOptions", [])
    return options[0] if options else {}


def price_of(row: DemoRow) -> float:
    """Price, else the present bid, as a number; 0 for a row with neither."""
    return float((row.get("price") or row.get("currentBidPrice") or {}).get("value", 0.0))


def summary(
    item_id: str,
    title: str,
    price: str | None = "100.00",
    shipping: str | None = "0.00",
    *,
    currency: str = "USD",
    condition_id: str = "3000",
    bid: str | None = None,
    ends: Instant | None = None,
    **more: Any,
) -> DemoRow:
    """An item summary for a script.

    `price` None is an auction without Buy-It-Now, `bid` makes it an auction that ends at `ends`,
    `shipping` None is calculated by the buyer's address. `more` are fields of the contract that are put
    over the others; None takes a field away.
    """
    cost = None if shipping is None else {"value": shipping, "currency": currency}
    legacy = item_id.split("|")[1] if item_id.startswith("v1|") else item_id
    row: DemoRow = {
        "itemId": item_id if item_id.startswith("v1|") else f"v1|{item_id}|0",
        "title": title,
        "leafCategoryIds": ["1"],
        "categories": [{"categoryId": "1", "categoryName": "Collectibles"}],
        "image": {"imageUrl": f"https://i.ebayimg.com/images/g/{legacy}/s-l225.jpg"},
        "price": None if price is None else {"value": price, "currency": currency},
        "itemHref": f"https://api.ebay.com/buy/browse/v1/item/v1%7C{legacy}%7C0",
        "seller": {"username": "a-seller", "feedbackPercentage": "99.5", "feedbackScore": 1234},
        "condition": CONDITION_NAMES.get(condition_id, "Used"),
        "conditionId": condition_id,
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": cost}
            if cost
            else {"shippingCostType": "CALCULATED"}
        ],
        "buyingOptions": [*(["FIXED_PRICE"] if price else []), *(["AUCTION"] if bid else [])],
        "currentBidPrice": {"value": bid, "currency": currency} if bid else None,
        "bidCount": 1 if bid else None,
        "itemEndDate": None if ends is None else wire_date(ends),
        "itemWebUrl": f"https://www.ebay.com/itm/{legacy}",
        "itemLocation": {"postalCode": "194**", "country": "US"},
        "adultOnly": False,
        "legacyItemId": legacy,
        "availableCoupons": False,
        "itemOriginDate": wire_date(_LONG_AGO),
        "itemCreationDate": wire_date(_LONG_AGO),
        "topRatedBuyingExperience": False,
        "priorityListing": False,
        "listingMarketplaceId": "EBAY_US",
    }
    return {name: value for name, value in (row | more).items() if value is not None}
