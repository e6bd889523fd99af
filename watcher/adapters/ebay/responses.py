"""From what eBay answers to listings, quotas and errors.

The hot path of a poll: fifty rows take a tenth of a millisecond beside their JSON.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from watcher.adapters.ebay import wire as wire
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Listing
from watcher.core.money import Money, from_wire
from watcher.core.times import Instant, from_iso

_FIXED, _AUCTION = "FIXED_PRICE", "AUCTION"
# Polls see the same prices again and again. Too small a cache is worse than none: searches are polled in
# turn, so a price is forgotten before it returns. Full, it takes 8 MB. Dates are quicker read than kept.
_SEEN = 32768
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class EbayPage(NamedTuple):
    """One page of an answer. `unreadable` rows are counted, the others stand.

    `warnings` None: there were some, and they could not be read.
    """

    listings: list[Listing]
    total: int
    unreadable: int
    next: str
    warnings: list[wire.Problem] | None


class EbayQuota(NamedTuple):
    """Calls left of a day's `limit`; `reset` is when it is full again, None where eBay does not say."""

    remaining: int
    limit: int
    reset: Instant | None


_page = msgspec.json.Decoder(wire.SearchResponse).decode
_odd_page = msgspec.json.Decoder(wire.OddAnswer).decode
_row = msgspec.json.Decoder(wire.ItemSummary).decode
_warnings = msgspec.json.Decoder(list[wire.Problem] | None).decode
_refusal = msgspec.json.Decoder(wire.ErrorResponse).decode
_rate_limits = msgspec.json.Decoder(wire.RateLimits).decode


def parse_search_page(body: bytes) -> EbayPage:
    """The listings of a search answer. Raises CallFailed (MALFORMED) for what is no search answer.

    A body without `total` is none: an error, or a stranger's page, must not read as an empty market.
    """
    try:
        page = _page(body)
    except _UNREADABLE:
        return _read_odd_page(body)
    rows = page.item_summaries or []
    listings = [listing_of(row) for row in rows if row.item_id]
    return EbayPage(listings, page.total, len(rows) - len(listings), page.next or "", page.warnings or [])


def _read_odd_page(body: bytes) -> EbayPage:
    """Row by row, so that one that is not as the contract says takes no other with it."""
    try:
        page = _odd_page(body)
    except _UNREADABLE as error:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "a body that is no search answer") from error
    listings = []
    for raw in page.item_summaries or []:
        try:
            row = _row(raw)
        except _UNREADABLE:
            continue
        if row.item_id:
            listings.append(listing_of(row))
    try:
        warnings = _warnings(page.warnings) or []
    except _UNREADABLE:
        warnings = None
    unreadable = len(page.item_summaries or []) - len(listings)
    return EbayPage(listings, page.total, unreadable, page.next or "", warnings)


def read_errors(body: bytes) -> list[wire.Problem]:
    """The errors of a refusal; none where the body is of another shape."""
    try:
        return _refusal(body).errors or []
    except _UNREADABLE:
        return []


def read_quota(body: bytes, resource: str) -> EbayQuota | None:
    """What Developer Analytics says of a resource; None where it does not name it.

    Raises CallFailed (MALFORMED).
    """
    try:
        apis = _rate_limits(body).rate_limits or []
    except _UNREADABLE as error:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "a quota answer that is not as agreed") from error
    for api in apis:
        for found in api.resources or []:
            if found.name == resource and found.rates:
                rate = found.rates[0]
                return EbayQuota(rate.remaining, rate.limit, from_iso(rate.reset))
    return None


def listing_of(row: wire.ItemSummary) -> Listing:
    """The listing that a row means.

    An auction without FIXED_PRICE has a bid alone: some of eBay's answers mirror it in `price`.
    """
    ways = row.buying_options or ()
    offered, bidden = row.price, row.current_bid_price
    auction = _AUCTION in ways if ways else bidden is not None
    fixed = _FIXED in ways if ways else not auction
    bid_only = auction and not fixed
    bid = None
    if auction:
        bid = _price(bidden) or (_price(offered) if bid_only else None)
    condition_id = row.condition_id
    href = row.item_group_href
    return Listing(
        row.item_id,
        row.title or "",
        None if bid_only else _price(offered),
        _shipping(row.shipping_options) if row.shipping_options else None,
        _condition_id(condition_id) if condition_id is not None else None,
        row.condition or "",
        row.item_web_url or "",
        (row.image.image_url or "") if row.image else "",
        fixed,
        auction,
        bid,
        row.bid_count if auction else None,
        from_iso(row.item_end_date) if auction and row.item_end_date else None,
        href is not None or row.item_group_type is not None,
        _group_id(href) if href else "",
        (row.item_location.country or "") if row.item_location else "",
        row.seller.feedback_score if row.seller else None,
        from_iso(row.item_creation_date) if row.item_creation_date else None,
        shown.converted_from_currency or "" if (shown := offered or bidden) else "",
        _categories(row.categories) if row.categories else (),
    )


@lru_cache(maxsize=_SEEN)
def _money(value: str | float | None, currency: str | None) -> Money | None:
    return from_wire(value, currency)


@lru_cache(maxsize=256)
def _condition_id(given: str | int) -> int | None:
    if isinstance(given, str):
        return int(given) if _NUMBER.fullmatch(given) else None
    return given


def _price(amount: wire.Amount | None) -> Money | None:
    """Nothing costs nothing: a price of zero is a field that was not filled."""
    if amount is None:
        return None
    money = _money(amount.value, amount.currency)
    return money if money is not None and money.minor > 0 else None


def _shipping(options: list[wire.Shipping]) -> Money | None:
    """The cheapest FIXED cost, zero being free; unknown where there is none."""
    cheapest = None
    for option in options:
        cost = option.shipping_cost
        if option.shipping_cost_type != "FIXED" or cost is None:
            continue
        money = _money(cost.value, cost.currency)
        if money and (cheapest is None or (money.currency == cheapest.currency and money < cheapest)):
            cheapest = money
    return cheapest


def _group_id(href: str) -> str:
    return href.partition("item_group_id=")[2].partition("&")[0]


@lru_cache(maxsize=256)
def _interned(ids: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all listings of a category, however long they are kept."""
    return ids


def _categories(categories: list[wire.Category]) -> tuple[str, ...]:
    return _interned(tuple([c.category_id for c in categories if c.category_id]))
