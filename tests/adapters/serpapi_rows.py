"""Invented results in the form that SerpAPI documents."""

from __future__ import annotations

from typing import Any

NOTHING = "Ebay hasn't returned any results for this query."


def result(number: int | str = 1, **fields: Any) -> dict[str, Any]:
    """Return a result; fields that are None are left out."""
    whole = {
        "title": "Zenitar Mk2 rangefinder camera",
        "link": "https://www.ebay.com/itm/999",
        "product_id": str(number),
        "condition": "Pre-Owned",
        "price": {"raw": "$1,204.99", "extracted": 1204.99},
        "shipping": {"raw": "+$12.50 delivery", "extracted": 12.5},
        "thumbnail": "https://i.ebayimg.com/1.jpg",
        "seller": {"username": "u", "reviews": 1042, "positive_feedback_in_percentage": 99.8},
        "location": "from Japan",
        "buying_format": "buy_it_now",
    } | fields
    return {name: value for name, value in whole.items() if value is not None}


def auction(number: int = 2, **fields: Any) -> dict[str, Any]:
    more = {"bids": {"count": 7, "time_left": "1d 2h left"}, "buying_format": "auction"}
    return result(number, price={"raw": "$7.00", "extracted": 7.0}, **(more | fields))


def group(number: int = 3, **fields: Any) -> dict[str, Any]:
    price = {"from": {"raw": "$10.00", "extracted": 10.0}, "to": {"raw": "$14.00", "extracted": 14.0}}
    return result(number, **({"price": price, "shipping": "Free postage"} | fields))


def answer(*results: Any, **envelope: Any) -> dict[str, Any]:
    whole = {
        "search_metadata": {"id": "6", "status": "Success", "created_at": "2026-11-23 10:00:00 UTC"},
        "search_parameters": {"engine": "ebay", "_nkw": "zenitar"},
        "search_information": {"total_results": 321},
        "organic_results": list(results),
    } | envelope
    return {name: value for name, value in whole.items() if value is not None}


def empty() -> dict[str, Any]:
    return answer(organic_results=None, search_information=None, error=NOTHING)
