"""SerpAPI's eBay engine over a source of listings, in the format that its documentation shows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from watcher.core.times import Instant, from_iso, in_words
from watcher.demo.source import HOME, DemoRow, Source
from watcher.demo.summary import price_of, shipping_of, total_of, wire_date

API_KEY = "demo-serpapi-key"
NO_RESULTS = "Ebay hasn't returned any results for this query."
_BAD_KEY = "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"
_OUT_OF_SEARCHES = "Your account has run out of searches."
_SIZES = {"25", "50", "60", "100", "120", "200", "240"}
_SITES = {
    "ebay.com": HOME,
    "ebay.co.uk": "EBAY_GB",
    "ebay.de": "EBAY_DE",
    "ebay.fr": "EBAY_FR",
    "ebay.it": "EBAY_IT",
    "ebay.es": "EBAY_ES",
    "ebay.ca": "EBAY_CA",
    "ebay.com.au": "EBAY_AU",
}
_SIGNS = {"USD": "$", "GBP": "£", "EUR": "EUR ", "CAD": "C $", "AUD": "AU $"}
_MAX_VARIATION_PRICE = 1.4  # of a group, as a multiple of the price in its row
_SOLD_EMPTY_PERCENT = 20  # of searches for sold items have no results, as users report


class SimulatedSerpApi:
    """The endpoints `search.json` and `account.json`; `used` of `limit` searches were made this month.

    Sold items come from the source's method `sold(query, now, marketplace)`, if it has one.
    """

    def __init__(self, source: Source, clock: Callable[[], float], limit: int) -> None:
        self.source, self.limit, self.used = source, limit, 0
        self._clock = clock

    async def account(self, request: web.Request) -> web.Response:
        """Handle `GET /account.json`, which does not count as a search."""
        if request.query.get("api_key") != API_KEY:
            return _error(401, _BAD_KEY)
        left = max(0, self.limit - self.used)
        return web.json_response(
            {
                "account_id": "demo",
                "account_email": "demo@example.com",
                "account_status": "Active",
                "plan_id": "free",
                "plan_name": "Free Plan",
                "searches_per_month": self.limit,
                "plan_searches_left": left,
                "extra_credits": 0,
                "total_searches_left": left,
                "this_month_usage": self.used,
                "this_hour_searches": 0,
                "last_hour_searches": 0,
                "account_rate_limit_per_hour": 100,
            }
        )

    async def search(self, request: web.Request) -> web.Response:
        """Handle `GET /search.json?engine=ebay`."""
        asked = request.query
        if asked.get("api_key") != API_KEY:
            return _error(401, _BAD_KEY)
        if asked.get("engine") != "ebay":
            return _error(400, f"Unsupported `{asked.get('engine', '')}` search engine.")
        if not (asked.get("_nkw") or asked.get("category_id")):
            return _error(400, "Missing query `_nkw` parameter.")
        if asked.get("_ipg", "50") not in _SIZES or not asked.get("_pgn", "1").isdecimal():
            return _error(400, "Unsupported `_ipg` or `_pgn` parameter.")
        if self.used >= self.limit:
            return _error(429, _OUT_OF_SEARCHES)
        self.used += 1
        return web.json_response(self._answer(asked))

    def _answer(self, asked: Mapping[str, str]) -> dict[str, Any]:
        now = Instant(self._clock())
        rows = self._rows(asked, now)
        size, page = int(asked.get("_ipg", "50")), max(1, int(asked.get("_pgn", "1")))
        shown = rows[(page - 1) * size : page * size]
        parameters = {name: value for name, value in asked.items() if name != "api_key"}
        answer: dict[str, Any] = {
            "search_metadata": {
                "id": f"{zlib.crc32(repr(sorted(parameters.items())).encode()):024x}",
                "status": "Success",
                "created_at": wire_date(now),
                "total_time_taken": 0.9,
            },
            "search_parameters": parameters,
            "search_information": {"total_results": len(rows)},
        }
        if not shown:
            return answer | {"error": NO_RESULTS}
        sold = asked.get("show_only") == "Sold"
        answer["organic_results"] = [_result(row, now, sold=sold) for row in shown]
        if page * size < len(rows):
            answer["serpapi_pagination"] = {"current": page, "next_page": page + 1}
        return answer

    def _rows(self, asked: Mapping[str, str], now: Instant) -> list[DemoRow]:
        query, site = asked.get("_nkw", ""), _SITES.get(asked.get("ebay_domain", "ebay.com"), HOME)
        if asked.get("show_only") == "Sold":
            if zlib.crc32(query.encode()) % 100 < _SOLD_EMPTY_PERCENT:
                return []
            sold = getattr(self.source, "sold", None)
            rows = list(sold(query, now, site)) if sold else []
        else:
            rows = list(self.source.search(query, now, site))
        options = {"BIN": "FIXED_PRICE", "Auction": "AUCTION", "BO": "BEST_OFFER"}
        if wanted := options.get(asked.get("buying_format", "")):
            rows = [row for row in rows if wanted in row["buyingOptions"]]
        if condition := asked.get("LH_ItemCondition"):
            rows = [row for row in rows if row.get("conditionId") in condition.split("|")]
        low, high = asked.get("_udlo"), asked.get("_udhi")
        rows = [r for r in rows if float(low or 0) <= price_of(r) <= float(high or "inf")]
        match asked.get("_sop"):
            case "10":  # newly listed
                rows.sort(key=lambda row: str(row.get("itemCreationDate", "")), reverse=True)
            case "15":  # price and shipping, lowest first
                rows.sort(key=total_of)
        return rows


def _result(row: DemoRow, now: Instant, *, sold: bool) -> dict[str, Any]:
    """Return one result; fields that the page does not show are absent."""
    seller = row.get("seller", {})
    location = row.get("itemLocation", {}).get("country")
    result = {
        "title": row["title"],
        "link": row.get("itemWebUrl"),
        "product_id": row.get("legacyItemId"),
        "epid": row.get("epid"),
        "condition": row.get("condition"),
        "price": _price(row),
        "shipping": _shipping(row),
        "thumbnail": row.get("image", {}).get("imageUrl"),
        "sponsored": True if row.get("priorityListing") else None,
        "location": f"from {location}" if location and location != "US" else None,
        "seller": {
            "username": seller.get("username"),
            "reviews": seller.get("feedbackScore"),
            "positive_feedback_in_percentage": _number(seller.get("feedbackPercentage")),
        },
        "bids": _bids(row, now),
        "buying_format": "auction" if row["buyingOptions"] == ["AUCTION"] else "buy_it_now",
        "extensions": ["or Best Offer"] if "BEST_OFFER" in row["buyingOptions"] else None,
        "sold_date": _in_english(row.get("itemEndDate")) if sold else None,
    }
    return {name: value for name, value in result.items() if value is not None}


def _price(row: DemoRow) -> dict[str, Any] | None:
    money = row.get("price") or row.get("currentBidPrice")
    if not money:
        return None
    if "itemGroupType" not in row:
        return _money(float(money["value"]), money["currency"])
    cheapest = float(money["value"])
    return {
        "from": _money(cheapest, money["currency"]),
        "to": _money(round(cheapest * _MAX_VARIATION_PRICE, 2), money["currency"]),
    }


def _shipping(row: DemoRow) -> dict[str, Any] | str | None:
    """Return `Free postage`, an amount, or None if it depends on the buyer's address."""
    option = shipping_of(row)
    cost = option.get("shippingCost")
    if not cost or option.get("shippingCostType") != "FIXED":
        return None
    if float(cost["value"]) == 0:
        return "Free postage"
    money = _money(float(cost["value"]), cost["currency"])
    return {"raw": f"+{money['raw']} delivery", "extracted": money["extracted"]}


def _bids(row: DemoRow, now: Instant) -> dict[str, Any] | None:
    ends = from_iso(row.get("itemEndDate"))
    if "bidCount" not in row or ends is None:
        return None
    return {"count": row["bidCount"], "time_left": f"{in_words(max(0.0, ends - now))} left"}


def _money(value: float, currency: str) -> dict[str, Any]:
    return {"raw": f"{_SIGNS.get(currency, currency + ' ')}{value:,.2f}", "extracted": value}


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _in_english(date: str | None) -> str | None:
    """Return a date such as `Jul 16, 2026`."""
    at = from_iso(date)
    if at is None:
        return None
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%b} {day.day}, {day.year}"


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)
