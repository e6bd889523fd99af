"""Parse eBay's responses into listings, sales, quotas and errors.

A body is first decoded strictly, which is fast. If that fails, it is decoded leniently and read by parts, so
that whatever is odd costs no more than its own field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from watcher.adapters.ebay import wire
from watcher.adapters.ebay.known_rows import ROW_START, KnownRows, cut_rows
from watcher.adapters.ebay.rows import is_usable_id, listing_of, row_of, sold_listing_of
from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.outbound.parts import read_by_parts
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Listing, Snapshot
from watcher.core.times import Instant, from_iso

_Row = TypeVar("_Row", bound=wire.ItemSummary)

_DAY_SECONDS = 86_400  # the window of the daily quota; other rates may be listed beside it
MAX_PAGE_ROWS = 500  # of a page; eBay's have at most 200, so the rest is not what was asked for


class EbayPage(NamedTuple):
    """One page of listings.

    `rows` counts the rows of the page, `unreadable` those without a usable id and those whose title or price
    is odd. `total` is None if it is odd. `next` is None if it is odd, else empty on the last page. `warnings`
    is None if there were some and they could not be parsed.
    """

    listings: list[Listing]
    total: int | None
    unreadable: int
    next: str | None
    warnings: list[wire.Problem] | None
    rows: int


class EbayQuota(NamedTuple):
    """Calls left of a day's `limit`; `reset` is when the quota is restored, None if eBay does not say."""

    remaining: int
    limit: int
    reset: Instant | None


_decode_page = msgspec.json.Decoder(wire.SearchResponse).decode
_decode_row = msgspec.json.Decoder(wire.ItemSummary).decode
_decode_sales = msgspec.json.Decoder(wire.SalesResponse).decode
_decode_errors = msgspec.json.Decoder(wire.ErrorResponse).decode
_decode_rate_limits = msgspec.json.Decoder(wire.RateLimitsResponse).decode


def parse_search_page(
    body: bytes, now: Instant, site: str = "ebay.com", known: KnownRows | None = None
) -> EbayPage:
    """Return the listings of a search response. Raises CallFailed (MALFORMED) for any other body.

    `total` is required unless there are rows: an error or a page of a proxy must not read as an empty market.
    `known`: the rows of the last answer, which are replaced; they only save time.
    """
    if known is not None and (answer := _parse_by_rows(body, now, site, known)):
        return answer
    try:
        page = _decode_page(body)
    except UNREADABLE:
        return _parse_by_parts(body, now, site)
    rows = page.item_summaries or []
    if len(rows) > MAX_PAGE_ROWS:
        return _parse_by_parts(body, now, site)
    listings = [listing_of(row, now, site) for row in rows if is_usable_id(row.item_id)]
    unreadable = len(rows) - len(listings)
    return EbayPage(listings, page.total, unreadable, page.next or "", page.warnings or [], len(rows))


def _parse_by_rows(body: bytes, now: Instant, site: str, known: KnownRows) -> EbayPage | None:
    """Return a response of which only the rows that are not known are decoded.

    None if that is not possible: the response is odd, or of another form than usual.
    """
    parts = cut_rows(body)
    if parts is None or len(parts.rows) > MAX_PAGE_ROWS:
        return None
    keys = list(map(hash, parts.rows))
    listings: list[Listing] = []
    kept: KnownRows = {}
    try:
        page = _decode_page(parts.envelope)
        for key, text, before in zip(keys, parts.rows, map(known.get, keys), strict=True):
            # Whether an auction has ended also depends on the time.
            if before is None or (before.auction and before.ended != _has_ended(before, now)):
                if text[-2:] != b"},":
                    return None
                row = _decode_row(ROW_START + text[:-1])
                if not is_usable_id(row.item_id):
                    continue
                listing = listing_of(row, now, site)
                # A fixed-price listing does not show its end, and a missing address depends on the site.
                if (row.item_end_date is None or listing.auction) and row.item_web_url:
                    kept[key] = listing
            else:
                kept[key] = listing = before
            listings.append(listing)
    except UNREADABLE:
        return None
    known.clear()
    known.update(kept)
    rows = len(keys)
    return EbayPage(listings, page.total, rows - len(listings), page.next or "", page.warnings or [], rows)


def _has_ended(auction: Listing, now: Instant) -> bool:
    return auction.ends_at is not None and auction.ends_at <= now


def _parse_by_parts(body: bytes, now: Instant, site: str) -> EbayPage:
    envelope, rows = _decode_envelope(body, "itemSummaries", "search response")
    listings, unreadable = _listings_of(rows, wire.ItemSummary, lambda row: listing_of(row, now, site))
    total, following = _total_of(envelope), envelope.get("next") or ""
    is_next_odd = not isinstance(following, str)
    if not listings and (total is None or is_next_odd):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not a search response")
    return EbayPage(
        listings,
        total,
        unreadable,
        None if is_next_odd else following,
        _warnings_of(envelope.get("warnings")),
        len(rows),
    )


def parse_sales(body: bytes, now: Instant, site: str = "ebay.com") -> Snapshot:
    """Return the sales of a Marketplace Insights response. Raises CallFailed (MALFORMED).

    A row without a price does not show that the item was sold.
    """
    try:
        response = _decode_sales(body)
    except UNREADABLE:
        response = None
    if response is not None and len(response.item_sales or ()) <= MAX_PAGE_ROWS:
        rows: Sequence[Any] = response.item_sales or []
        total: int | None = response.total
        found = [sold_listing_of(sale, now, site) for sale in rows if is_usable_id(sale.item_id)]
        sales = [sale for sale in found if sale is not None]
        unreadable = len(rows) - len(sales)
    else:
        envelope, rows = _decode_envelope(body, "itemSales", "sales response")
        sales, unreadable = _listings_of(rows, wire.ItemSale, lambda row: sold_listing_of(row, now, site))
        total = _total_of(envelope)
        if total is None and not sales:
            raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not a sales response")
    total = len(rows) if total is None else total
    return Snapshot.of_rows(sales, now, total=total, unreadable=unreadable, rows=len(rows))


def _decode_envelope(body: bytes, rows_name: str, what: str) -> tuple[dict[str, Any], list[Any]]:
    """Return a decoded object and its rows. Raises CallFailed (MALFORMED)."""
    try:
        envelope = decode_leniently(body)
    except ValueError as error:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, f"the body is not a {what}") from error
    rows = envelope.get(rows_name) if isinstance(envelope, dict) else None
    if not isinstance(envelope, dict) or not isinstance(rows, list | None):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, f"the body is not a {what}")
    return envelope, rows or []


def _listings_of(
    rows: Sequence[Any], kind: type[_Row], convert: Callable[[_Row], Listing | None]
) -> tuple[list[Listing], int]:
    """Return the listings of decoded rows, and how many rows are unreadable wholly or in part."""
    listings: list[Listing] = []
    unreadable = max(0, len(rows) - MAX_PAGE_ROWS)
    for raw in rows[:MAX_PAGE_ROWS]:
        row, is_lost = row_of(raw, kind)
        listing = None if row is None else convert(row)
        unreadable += is_lost or listing is None
        if listing is not None:
            listings.append(listing)
    return listings, unreadable


def _total_of(envelope: dict[str, Any]) -> int | None:
    total = envelope.get("total")
    return total if type(total) is int and 0 <= total <= wire.MAX_TOTAL else None


def _warnings_of(value: Any) -> list[wire.Problem] | None:
    """Return warnings; an odd one says nothing about itself. None if they are not a list."""
    if value is None:
        return []
    if not isinstance(value, list):
        return None
    return [read_by_parts(problem, wire.Problem) or wire.Problem() for problem in value]


def parse_errors(body: bytes) -> list[wire.Problem]:
    """Return the errors of a refusal; none if the body has another form."""
    try:
        return _decode_errors(body).errors or []
    except UNREADABLE:
        pass
    try:
        envelope = decode_leniently(body)
    except ValueError:
        return []
    errors = envelope.get("errors") if isinstance(envelope, dict) else None
    found = [read_by_parts(error, wire.Problem) for error in errors] if isinstance(errors, list) else []
    return [problem for problem in found if problem is not None]


def parse_quota(body: bytes, resource: str) -> EbayQuota | None:
    """Return the quota of a resource from Developer Analytics; None if it is not listed.

    Raises CallFailed (MALFORMED).
    """
    try:
        apis = _decode_rate_limits(body).rate_limits or []
    except UNREADABLE:
        apis = _decode_rate_limits_by_parts(body)
    for api in apis:
        for listed in api.resources or []:
            if listed.name == resource and listed.rates:
                rate = min(listed.rates, key=lambda r: r.time_window not in (None, _DAY_SECONDS))
                return EbayQuota(rate.remaining, rate.limit, from_iso(rate.reset))
    return None


def _decode_rate_limits_by_parts(body: bytes) -> list[wire.ApiRateLimits]:
    try:
        response = read_by_parts(decode_leniently(body), wire.RateLimitsResponse)
    except ValueError:
        response = None
    if response is None or response.rate_limits is None:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not a quota response")
    return response.rate_limits
