"""Amounts, dates and conditions of an item summary, in the format of eBay's Browse API."""

from __future__ import annotations

from datetime import UTC, datetime

from watcher.core.money import exponent
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

# The fields of an item that eBay's small form has, as far as rows here have them.
_COMPACT = (
    *("itemId", "legacyItemId", "price", "bidCount", "currentBidPrice", "itemCreationDate", "itemWebUrl"),
    *("itemAffiliateWebUrl", "priorityListing", "topRatedBuyingExperience", "sellerItemRevision"),
)


def wire_date(at: float) -> str:
    """Return an instant in eBay's format: `2025-10-16T07:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def wire_money(value: float, currency: str) -> dict[str, str]:
    """Return an amount in eBay's format, rounded to the currency's decimal places."""
    return {"value": f"{value:.{exponent(currency)}f}", "currency": currency}


def total_of(row: DemoRow) -> float:
    """Return the price, else the current bid, plus the known shipping cost, as a sort key."""
    return price_of(row) + float(shipping_of(row).get("shippingCost", {}).get("value", 0.0))


def shipping_of(row: DemoRow) -> DemoRow:
    """Return the first shipping option, empty if the row has none."""
    options: list[DemoRow] = row.get("shippingOptions", [])
    return options[0] if options else {}


def price_of(row: DemoRow) -> float:
    """Return the price, else the current bid; 0 for a row with neither."""
    return float((row.get("price") or row.get("currentBidPrice") or {}).get("value", 0.0))


def stock_of(row: DemoRow) -> DemoRow:
    """Return the field of an item that says how many there are: one, for what is on offer."""
    options = {"deliveryOptions": ["SHIP_TO_HOME"], "estimatedAvailabilityStatus": "IN_STOCK"}
    given = row.get("estimatedAvailabilities")
    return {"estimatedAvailabilities": given or [{**options, "estimatedAvailableQuantity": 1}]}


def compact_of(row: DemoRow, *, bulk: bool = False) -> DemoRow:
    """Return an item in the small form of getItem with COMPACT, or of getItems (`bulk`)."""
    names = [*_COMPACT, "itemEndDate"] if bulk else [*_COMPACT, "shippingOptions"]
    compact = {name: row[name] for name in names if name in row} | stock_of(row)
    bid = row.get("currentBidPrice")
    if bid and "price" not in row:  # eBay repeats the bid of an auction there
        compact["price"] = bid
    return compact
