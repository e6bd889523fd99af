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
