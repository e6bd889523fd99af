"""eBay's Browse search over a source of listings."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from watcher.core.marketplaces import CURRENCIES
from watcher.core.times import Instant
from watcher.demo.filters import categories_of, read_filter
from watcher.demo.refusals import Refused, as_error
from watcher.demo.source import HOME, DemoRow
from watcher.demo.summary import price_of, total_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from watcher.demo.oauth import OAuth
    from watcher.demo.quota import DemoQuota
    from watcher.demo.source import Source

SEARCH = "/buy/browse/v1/item_summary/search"
_LONGEST_QUERY, _LARGEST_PAGE, _FURTHEST = 100, 200, 10_000
# The marketplaces that answer; the others of eBay's enumeration are refused with 12019.
_OPEN = {
    f"EBAY_{c}"
    for c in [
        "US",
        "MOTORS_US",
        "AT",
        "AU",
        "BE",
        "CA",
        "CH",
        "DE",
        "ES",
        "FR",
        "GB",
        "HK",
        "IE",
        "IT",
        "MY",
        "NL",
        "PH",
        "PL",
        "SG",
        "TH",
        "TW",
        "VN",
    ]
}
_TOP_LEVEL = {
    "1",
    "220",
    "281",
    "293",
    "550",
    "625",
    "631",
    "1249",
    "11116",
    "11450",
    "20081",
    "58058",
    "64482",
}
_FIELD_GROUPS = {
    "MATCHING_ITEMS",
    "ASPECT_REFINEMENTS",
    "BUYING_OPTION_REFINEMENTS",
    "CATEGORY_REFINEMENTS",
    "CONDITION_REFINEMENTS",
    "EXTENDED",
    "FULL",
}
_LATEST = "9"
_ORDERS: dict[str, Callable[[DemoRow], Any] | None] = {
    "price": total_of,
    "-price": lambda row: -price_of(row),
    "newlyListed": lambda row: row.get("itemOriginDate") or row.get("itemCreationDate") or "",
    "endingSoonest": lambda row: row.get("itemEndDate") or _LATEST,
    "distance": None,
}
_HEADERS = {
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Vary": "accept-encoding",
    "X-EBAY-C-VERSION": "1.20.4",
}


class Browse:
    """Answers item_summary/search from `source` as eBay does."""

    def __init__(self, source: Source, clock: Callable[[], float], oauth: OAuth, quota: DemoQuota) -> None:
        self.source = source
        self._clock, self._oauth, self._quota = clock, oauth, quota

    async def search(self, request: web.Request) -> web.Response:
        """`GET /buy/browse/v1/item_summary/search`. Raises Refused."""
        self._oauth.check(request)
        self._quota.spend()
        if re.search(r"%(?![0-9A-Fa-f]{2})", request.raw_path):
            raise Refused(12521)
        asked = request.query
        limit, offset = _page(asked)
        marketplace = _marketplace(request)
        warnings: list[dict[str, Any]] = []
        rows = self._rows(asked, marketplace, warnings)
        there = f"{request.url.origin()}{SEARCH}?"
        answer: dict[str, Any] = {"href": there + _again(asked, limit, offset)}
        answer |= {"total": len(rows), "limit": limit, "offset": offset}
        if offset + limit < min(len(rows), _FURTHEST):
            answer["next"] = there + _again(asked, limit, offset + limit)
        if offset:
            answer["prev"] = there + _again(asked, limit, offset - limit)
        page = rows[offset : offset + limit]
        # The contract requires no array where nothing matches, and both are seen; the query decides here.
        if page or zlib.crc32(asked.get("q", "").encode()) % 2:
            answer["itemSummaries"] = page
        if warnings:
            answer["warnings"] = warnings
        return _packed(request, answer)

    def _rows(
        self, asked: Mapping[str, str], marketplace: str, warnings: list[dict[str, Any]]
    ) -> list[DemoRow]:
        """All that the question finds, filtered and in order."""
        query = asked.get("q", "").strip()[:_LONGEST_QUERY]
        category = _category(asked, query, warnings)
        wish = read_filter(asked.get("filter", ""), marketplace)
        warnings.extend(wish.warnings)
        groups = asked.get("fieldgroups", "MATCHING_ITEMS").split(",")
        warnings.extend(as_error(12016, fieldgroups=name) for name in groups if name not in _FIELD_GROUPS)
        if "aspect_filter" in asked:  # no row here tells its aspects
            warnings.append(as_error(12018, aspectFilter=asked["aspect_filter"]))
        rows = list(self.source.search(query, Instant(self._clock()), marketplace))
        if category:
            rows = [row for row in rows if category in categories_of(row)]
        if "epid" in asked:
            rows = [row for row in rows if row.get("epid") == asked["epid"]]
        if "gtin" in asked:  # no summary tells one
            rows = []
        return _sorted(wish.keep(rows), asked.get("sort", ""), warnings)


def _page(asked: Mapping[str, str]) -> tuple[int, int]:
    """Limit and offset. Raises Refused."""
    try:
        limit = int(asked.get("limit", "50"))
    except ValueError:
        raise Refused(12007) from None
    try:
        offset = int(asked.get("offset", "0"))
    except ValueError:
        raise Refused(12005) from None
    if not 1 <= limit <= _LARGEST_PAGE:
        raise Refused(12006)
    if offset < 0:
        raise Refused(12004)
    if offset >= _FURTHEST:
        raise Refused(12029)
    if offset % limit:
        raise Refused(12515)
    return limit, offset


def _marketplace(request: web.Request) -> str:
    """The one asked for; what is no marketplace is silently the US one. Raises Refused."""
    marketplace = request.headers.get("X-EBAY-C-MARKETPLACE-ID", HOME)
    if marketplace not in CURRENCIES:
        return HOME
    if marketplace not in _OPEN:
        raise Refused(12019, marketplaceId=marketplace)
    return marketplace


def _category(asked: Mapping[str, str], query: str, warnings: list[dict[str, Any]]) -> str:
    """The category asked for, empty for none. Raises Refused."""
    category = asked.get("category_ids", "").strip()
    if not (query or category or "epid" in asked or "gtin" in asked):
        raise Refused(12001)
    if "," in category:
        raise Refused(12030)
    if category and not category.isdecimal():
        warnings.append(as_error(12009))
        return ""
    if category in _TOP_LEVEL and not query and "filter" not in asked:
        raise Refused(12013)
    return category


def _sorted(rows: list[DemoRow], sort: str, warnings: list[dict[str, Any]]) -> list[DemoRow]:
    if not sort:
        return rows
    if sort not in _ORDERS:
        warnings.append(as_error(12008))
        return rows
    order = _ORDERS[sort]
    return sorted(rows, key=order, reverse=sort == "newlyListed") if order else rows


def _again(asked: Mapping[str, str], limit: int, offset: int) -> str:
    """The question as the address of one of its pages."""
    rest = {name: value for name, value in asked.items() if name not in ("limit", "offset")}
    return urlencode(rest | {"limit": str(limit), "offset": str(offset)})


def _packed(request: web.Request, answer: Mapping[str, Any]) -> web.Response:
    body = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    headers = _HEADERS
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        pack = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        body = pack.compress(body) + pack.flush()
        headers = {**headers, "Content-Encoding": "gzip"}
    return web.Response(body=body, headers=headers, content_type="application/json")
