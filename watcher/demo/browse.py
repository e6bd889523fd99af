"""eBay's Browse API over a source of listings: search by words, product code or picture, and items."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from watcher.core.marketplaces import CURRENCIES
from watcher.core.times import Instant
from watcher.demo.aspects import aspects_of
from watcher.demo.filters import categories_of, read_filter
from watcher.demo.oauth import OAuth
from watcher.demo.quota import DemoQuota
from watcher.demo.recognition import PictureReader, UnreadablePicture
from watcher.demo.refusals import Refused, as_error
from watcher.demo.source import HOME, DemoRow, Source
from watcher.demo.summary import compact_of, price_of, stock_of, total_of

SEARCH = "/buy/browse/v1/item_summary/search"
SEARCH_BY_IMAGE = "/buy/browse/v1/item_summary/search_by_image"
ITEM = "/buy/browse/v1/item/{item_id}"
ITEMS = "/buy/browse/v1/item/"
_ITEM_ID = re.compile(r"v1\|\d{1,19}\|\d{1,19}", re.ASCII)
_WORDS = {"q", "epid", "gtin", "auto_correct"}  # parameters that a search by picture does not have
_MAX_ITEM_IDS = 20  # of getItems
_MAX_QUERY_CHARACTERS, _MAX_LIMIT, _MAX_OFFSET = 100, 200, 10_000
# The supported marketplaces; the others of eBay's enumeration are refused with 12019.
_SITES = "US MOTORS_US AT AU BE CA CH DE ES FR GB HK IE IT MY NL PH PL SG TH TW VN"
_SUPPORTED_MARKETPLACES = {f"EBAY_{site}" for site in _SITES.split()}
_TOP_LEVEL_IDS = "1 220 281 293 550 625 631 1249 11116 11450 20081 58058 64482"
_TOP_LEVEL_CATEGORIES = set(_TOP_LEVEL_IDS.split())
_FIELD_GROUPS = {
    "MATCHING_ITEMS",
    "ASPECT_REFINEMENTS",
    "BUYING_OPTION_REFINEMENTS",
    "CATEGORY_REFINEMENTS",
    "CONDITION_REFINEMENTS",
    "EXTENDED",
    "FULL",
}
_AFTER_ALL_DATES = "9"  # sorts listings without an end last
_SORT_KEYS: dict[str, Callable[[DemoRow], Any] | None] = {
    "price": total_of,
    "-price": lambda row: -price_of(row),
    "newlyListed": lambda row: row.get("itemOriginDate") or row.get("itemCreationDate") or "",
    "endingSoonest": lambda row: row.get("itemEndDate") or _AFTER_ALL_DATES,
    "distance": None,
}
_HEADERS = {
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Vary": "accept-encoding",
    "X-EBAY-C-VERSION": "1.20.4",
}


class Browse:
    """Answer item_summary/search, search_by_image, item and getItems from `source` as eBay does.

    A product code finds what the source has for its digits. A source that recognises no pictures finds
    nothing by them.
    """

    def __init__(self, source: Source, clock: Callable[[], float], oauth: OAuth, quota: DemoQuota) -> None:
        self._source = source
        self._clock, self._oauth, self._quota = clock, oauth, quota

    async def search(self, request: web.Request) -> web.Response:
        """Handle `GET /buy/browse/v1/item_summary/search`. Raises Refused."""
        parameters = self._admit(request)
        warnings: list[dict[str, Any]] = []
        query = parameters.get("q", "").strip()[:_MAX_QUERY_CHARACTERS]
        category = _read_category(parameters, query, warnings)
        found = self._source.search(
            parameters.get("gtin", query), Instant(self._clock()), _read_marketplace(request)
        )
        return self._page(request, parameters, found, category, warnings)

    async def search_by_image(self, request: web.Request) -> web.Response:
        """Handle `POST /buy/browse/v1/item_summary/search_by_image`. Raises Refused."""
        parameters = {name: value for name, value in self._admit(request).items() if name not in _WORDS}
        now = Instant(self._clock())
        try:
            asked = json.loads(await request.read())
            picture = base64.b64decode(asked["image"], validate=True)
            if not picture:
                raise Refused(12501)
            reader = self._source if isinstance(self._source, PictureReader) else None
            shown = await reader.recognise(picture, now) if reader else None
        except (KeyError, TypeError, UnreadablePicture, binascii.Error, ValueError):
            raise Refused(12501) from None
        warnings: list[dict[str, Any]] = []
        category = parameters.get("category_ids", "").strip()
        found = self._source.search(shown.query, now, _read_marketplace(request)) if shown else []
        return self._page(request, parameters, found, category, warnings)

    async def item(self, request: web.Request) -> web.Response:
        """Handle `GET /buy/browse/v1/item/{item_id}`. Raises Refused."""
        parameters = self._admit(request)
        item_id = request.match_info["item_id"]
        if not _ITEM_ID.fullmatch(item_id):
            raise Refused(11012)
        row = self._offered(request).get(item_id)
        if row is None:
            raise Refused(11001)
        if parameters.get("fieldgroups") == "COMPACT":
            return _make_response(request, compact_of(row))
        return _make_response(request, {**row, "localizedAspects": aspects_of(row), **stock_of(row)})

    async def items(self, request: web.Request) -> web.Response:
        """Handle `GET /buy/browse/v1/item/?item_ids=`, getItems. Raises Refused.

        The specification leaves open what happens to an item that is not found: here it is missing, and a
        warning names it; if none is found, the call is refused.
        """
        self._oauth.check(request, bulk=True)
        self._quota.spend_bulk()
        ids = [one for one in request.query.get("item_ids", "").split(",") if one]
        if not ids:
            raise Refused(11017)
        if len(ids) > _MAX_ITEM_IDS:
            raise Refused(11015)
        if not all(_ITEM_ID.fullmatch(one) for one in ids):
            raise Refused(11012)
        offered = self._offered(request)
        found = [compact_of(offered[one], bulk=True) for one in dict.fromkeys(ids) if one in offered]
        if not found:
            raise Refused(11001)
        missing = [
            {**as_error(11001), "parameters": [{"name": "itemId", "value": one}]}
            for one in dict.fromkeys(ids)
            if one not in offered
        ]
        answer = {"items": found, "total": len(found)} | ({"warnings": missing} if missing else {})
        return _make_response(request, answer)

    def _offered(self, request: web.Request) -> Mapping[str, DemoRow]:
        """Return everything that is on offer now, by item id. An empty query finds everything."""
        now = Instant(self._clock())
        return {row["itemId"]: row for row in self._source.search("", now, _read_marketplace(request))}

    def _admit(self, request: web.Request) -> Mapping[str, str]:
        """Return the parameters of a request that is authorised, counted and well-formed. Raises Refused."""
        self._oauth.check(request)
        self._quota.spend()
        if re.search(r"%(?![0-9A-Fa-f]{2})", request.raw_path):
            raise Refused(12521)
        _read_page(request.query)
        return request.query

    def _page(
        self,
        request: web.Request,
        parameters: Mapping[str, str],
        found: Sequence[DemoRow],
        category: str,
        warnings: list[dict[str, Any]],
    ) -> web.Response:
        """Return a page of what was found, filtered and sorted, with its warnings. Raises Refused."""
        limit, offset = _read_page(parameters)
        rows = _narrow(found, parameters, category, _read_marketplace(request), warnings)
        address = f"{request.url.origin()}{request.path}?"
        answer: dict[str, Any] = {"href": address + _page_query(parameters, limit, offset)}
        answer |= {"total": len(rows), "limit": limit, "offset": offset}
        if offset + limit < min(len(rows), _MAX_OFFSET):
            answer["next"] = address + _page_query(parameters, limit, offset + limit)
        if offset:
            answer["prev"] = address + _page_query(parameters, limit, offset - limit)
        page = rows[offset : offset + limit]
        # eBay sends an empty array or none when nothing matches; here that depends on the query.
        if page or zlib.crc32(parameters.get("q", "").encode()) % 2:
            answer["itemSummaries"] = page
        if warnings:
            answer["warnings"] = warnings
        return _make_response(request, answer)


def _narrow(
    found: Sequence[DemoRow],
    parameters: Mapping[str, str],
    category: str,
    marketplace: str,
    warnings: list[dict[str, Any]],
) -> list[DemoRow]:
    """Return what was found, filtered and sorted; append to `warnings`."""
    row_filter = read_filter(parameters.get("filter", ""), marketplace)
    warnings.extend(row_filter.warnings)
    groups = parameters.get("fieldgroups", "MATCHING_ITEMS").split(",")
    warnings.extend(as_error(12016, fieldgroups=name) for name in groups if name not in _FIELD_GROUPS)
    if "aspect_filter" in parameters:  # rows here have no aspects
        warnings.append(as_error(12018, aspectFilter=parameters["aspect_filter"]))
    rows = list(found)
    if category:
        rows = [row for row in rows if category in categories_of(row)]
    if "epid" in parameters:
        rows = [row for row in rows if row.get("epid") == parameters["epid"]]
    return _sort_rows(row_filter.keep(rows), parameters.get("sort", ""), warnings)


def _read_page(parameters: Mapping[str, str]) -> tuple[int, int]:
    """Return limit and offset. Raises Refused."""
    try:
        limit = int(parameters.get("limit", "50"))
    except ValueError:
        raise Refused(12007) from None
    try:
        offset = int(parameters.get("offset", "0"))
    except ValueError:
        raise Refused(12005) from None
    if not 1 <= limit <= _MAX_LIMIT:
        raise Refused(12006)
    if offset < 0:
        raise Refused(12004)
    if offset >= _MAX_OFFSET:
        raise Refused(12029)
    if offset % limit:
        raise Refused(12515)
    return limit, offset


def _read_marketplace(request: web.Request) -> str:
    """Return the requested marketplace; eBay takes an unknown name for the US. Raises Refused."""
    marketplace = request.headers.get("X-EBAY-C-MARKETPLACE-ID", HOME)
    if marketplace not in CURRENCIES:
        return HOME
    if marketplace not in _SUPPORTED_MARKETPLACES:
        raise Refused(12019, marketplaceId=marketplace)
    return marketplace


def _read_category(parameters: Mapping[str, str], query: str, warnings: list[dict[str, Any]]) -> str:
    """Return the requested category, empty for none. Raises Refused."""
    category = parameters.get("category_ids", "").strip()
    if not (query or category or "epid" in parameters or "gtin" in parameters):
        raise Refused(12001)
    if "," in category:
        raise Refused(12030)
    if category and not category.isdecimal():
        warnings.append(as_error(12009))
        return ""
    if category in _TOP_LEVEL_CATEGORIES and not query and "filter" not in parameters:
        raise Refused(12013)
    return category


def _sort_rows(rows: list[DemoRow], sort: str, warnings: list[dict[str, Any]]) -> list[DemoRow]:
    if sort and sort not in _SORT_KEYS:
        warnings.append(as_error(12008))
    order = _SORT_KEYS.get(sort)
    return sorted(rows, key=order, reverse=sort == "newlyListed") if order else rows


def _page_query(parameters: Mapping[str, str], limit: int, offset: int) -> str:
    rest = {name: value for name, value in parameters.items() if name not in ("limit", "offset")}
    return urlencode(rest | {"limit": str(limit), "offset": str(offset)})


def _make_response(request: web.Request, answer: Mapping[str, Any]) -> web.Response:
    body = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    headers = _HEADERS
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        compressor = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        body = compressor.compress(body) + compressor.flush()
        headers = {**headers, "Content-Encoding": "gzip"}
    return web.Response(body=body, headers=headers, content_type="application/json")
