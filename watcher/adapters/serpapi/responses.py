"""Parse the responses of SerpAPI's eBay engine into listings and sales.

SerpAPI reads eBay's web pages: a field may be absent, misread or in another form. Whatever is uncertain is
unknown, and a price is accepted only if its text and its number agree.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.serpapi.amounts import parse_price, parse_shipping, states_pickup_only
from watcher.core.condition_names import condition_id_of
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import (
    MAX_CONDITION_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_URL_LENGTH,
    Listing,
    Snapshot,
    item_page,
)
from watcher.core.money import Money
from watcher.core.plain_text import clean_text, unescape_entities
from watcher.core.sellers import MAX_SELLER_LENGTH, hash_of_seller
from watcher.core.times import DAY, Instant

_UNFINISHED = ("Error", "Processing", "Queued")  # values of `status`
# The title of the placeholder that eBay shows as the first item of every page.
_PLACEHOLDER = "shop on ebay"
_ITEM_NUMBER = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_DATE_LENGTH = 60  # characters
_DATE = re.compile(r"\b([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})\b", re.ASCII)
_TIME_LEFT = re.compile(r"(\d{1,4})\s*(d|h|m|s)", re.ASCII)
_MAX_TIME_LEFT = 366 * DAY  # no auction takes longer
_COUNT = re.compile(r"\d{1,10}", re.ASCII)
_MAX_COUNT = 2**31 - 1  # of bids and reviews
_MAX_TOTAL = 10**12
_MAX_ROWS = 500  # of a page; SerpAPI's have at most 240
_SECONDS_PER_UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class EbaySite(NamedTuple):
    """One of eBay's sites: its domain, and the currency of its prices."""

    domain: str
    currency: str


class SearchesLeft(NamedTuple):
    """Searches left of the month's `limit`; `limit` is None if the account does not report it."""

    remaining: int
    limit: int | None


def parse_results_page(body: bytes, site: EbaySite, now: Instant, *, sold: bool) -> Snapshot:
    """Return the listings of a search response, or its sales if it was a search for `sold` items.

    Raises CallFailed: UNAVAILABLE for a search that SerpAPI could not finish, MALFORMED for a body that is
    not a search response. One that neither has results nor says that there are none is not an empty market.
    """
    envelope = _decode_object(body)
    status = _mapping(envelope.get("search_metadata")).get("status")
    if status in _UNFINISHED:
        raise CallFailed(Api.SERPAPI, Kind.UNAVAILABLE, f"the search ended as {status}")
    results = envelope.get("organic_results")
    if status != "Success" or not (isinstance(results, list) or _is_declared_empty(envelope)):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not a search response")
    rows = [_mapping(row) for row in results or ()]
    rows = [row for row in rows if _text(row.get("title"), MAX_TITLE_LENGTH).casefold() != _PLACEHOLDER]
    parsed = [(row, _listing_of(row, site, now, sold=sold)) for row in rows[:_MAX_ROWS]]
    listings = [listing for _, listing in parsed if listing is not None]
    unreadable = sum(listing is None or _is_spoiled(row) for row, listing in parsed)
    total = _mapping(envelope.get("search_information")).get("total_results")
    return Snapshot.of_rows(
        listings,
        now,
        total=total if type(total) is int and 0 < total <= _MAX_TOTAL else len(rows),
        unreadable=unreadable + max(0, len(rows) - _MAX_ROWS),
        rows=len(rows),
    )


def parse_account(body: bytes) -> SearchesLeft:
    """Return what is left of the month's searches. Raises CallFailed (MALFORMED)."""
    account = _decode_object(body)
    remaining, limit = account.get("total_searches_left"), account.get("searches_per_month")
    if type(remaining) is not int or not 0 <= remaining <= _MAX_TOTAL:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the account does not report its searches")
    is_limit = type(limit) is int and 0 < limit <= _MAX_TOTAL
    return SearchesLeft(remaining, limit if is_limit else None)


def _decode_object(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except UNREADABLE:
        decoded = _decode_odd(body)
    if not isinstance(decoded, dict):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not a JSON object")
    return decoded


def _decode_odd(body: bytes) -> Any:
    try:
        return decode_leniently(body)
    except ValueError as error:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not JSON") from error


def _is_declared_empty(envelope: dict[str, Any]) -> bool:
    """Return whether a successful search reports no results: it has an `error`, in whatever words."""
    return "organic_results" not in envelope and isinstance(envelope.get("error"), str)


def _listing_of(row: dict[str, Any], site: EbaySite, now: Instant, *, sold: bool) -> Listing | None:
    """Return the listing of a row; None without an id, or if a sale has no date.

    The last bid of a sold auction is its price; the amount of a running auction is a bid.
    """
    number = _item_number(row.get("product_id"))
    sold_date = _text(row.get("sold_date"), _MAX_DATE_LENGTH)
    if not number or (sold and not sold_date):
        return None
    bids = _mapping(row.get("bids"))
    auction = bool(bids) or _text(row.get("buying_format"), 40).casefold() == "auction"
    amount, is_group = _price(row.get("price"), site.currency)
    is_bid = auction and not sold
    item_id, condition = f"v1|{number}|0", _text(row.get("condition"), MAX_CONDITION_LENGTH)
    shipping = parse_shipping(row.get("shipping"), site.currency)
    seller = _mapping(row.get("seller"))
    return Listing(
        item_id=item_id,
        title=_text(row.get("title"), MAX_TITLE_LENGTH),
        price=None if is_bid else amount,
        shipping=shipping,
        condition_id=condition_id_of(condition),
        condition=condition,
        url=item_page(item_id, site.domain),
        image=_https_url(row.get("thumbnail")),
        fixed=not auction,
        auction=auction,
        bid=amount if is_bid else None,
        bid_count=_count(bids.get("count")) if auction else None,
        ends_at=_parse_date(sold_date) if sold else _parse_end(bids.get("time_left"), now),
        is_group=is_group,
        feedback=_count(seller.get("reviews")),
        ended=bool(sold_date) and not sold,
        pickup_only=shipping is None and states_pickup_only(row.get("shipping")),
        seller=hash_of_seller(_text(seller.get("username"), MAX_SELLER_LENGTH)),
    )


def _is_spoiled(row: dict[str, Any]) -> bool:
    """Return whether a row has a title or a price that is of another type than it should be."""
    title, price = row.get("title"), row.get("price")
    return not isinstance(title, str | None) or not isinstance(price, dict | None)


def _price(value: object, currency: str) -> tuple[Money | None, bool]:
    """Return the price, and whether it is a range: then the listing is a group of variations."""
    price = _mapping(value)
    lowest = parse_price(price.get("from"), currency)
    if "from" in price or "to" in price:
        return lowest, lowest is None or lowest != parse_price(price.get("to"), currency)
    return parse_price(price, currency), False


def _item_number(product_id: object) -> str:
    """Return the listing's number, from digits or an integer; empty for anything else."""
    if type(product_id) is int and 0 < product_id < 2**63:
        return str(product_id)
    return product_id if isinstance(product_id, str) and _ITEM_NUMBER.fullmatch(product_id) else ""


def _parse_end(time_left: object, now: Instant) -> Instant | None:
    """Return when `2d 3h left` will have passed; None if nothing of it can be read."""
    parts = _TIME_LEFT.findall(time_left[:40]) if isinstance(time_left, str) else []
    if not parts:
        return None
    left = sum(int(count) * _SECONDS_PER_UNIT[unit] for count, unit in parts)
    return Instant(now + left) if left <= _MAX_TIME_LEFT else None


def _parse_date(text: str) -> Instant | None:
    """Return the start of `Jul 16, 2026` (UTC); None for a date in another language."""
    match = _DATE.search(text)
    if not match or match[1].lower() not in _MONTHS:
        return None
    try:
        day = datetime(int(match[3]), _MONTHS.index(match[1].lower()) + 1, int(match[2]), tzinfo=UTC)
    except ValueError:
        return None
    return Instant(day.timestamp())


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object, max_length: int) -> str:
    return (
        clean_text(unescape_entities(value[: 4 * max_length]), max_length) if isinstance(value, str) else ""
    )


def _count(value: object) -> int | None:
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MAX_COUNT else None


def _https_url(value: object) -> str:
    is_url = isinstance(value, str) and value.startswith("https://") and len(value) <= MAX_URL_LENGTH
    return str(value) if is_url else ""
