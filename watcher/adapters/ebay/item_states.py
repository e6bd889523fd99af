"""What eBay says about items: read from answers of getItem and getItems, and from their refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from watcher.adapters.ebay import wire
from watcher.adapters.ebay.responses import parse_errors
from watcher.adapters.ebay.rows import amount_of
from watcher.adapters.outbound.http import HttpResponse
from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.outbound.parts import read_by_parts
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.item_state import Gone, ItemState
from watcher.core.times import Instant, plausible_instant

NOT_FOUND = 11001  # the errorId of an item that eBay does not know any more
_OUT_OF_STOCK = "OUT_OF_STOCK"
_decode_one = msgspec.json.Decoder(wire.ItemCheck).decode
_decode_many = msgspec.json.Decoder(wire.ItemsResponse).decode


def parse_item_state(response: HttpResponse, item_id: str, now: Instant) -> ItemState | None:
    """Return what an answer of getItem says about the item; None if it does not say.

    Only a refusal that says so makes an item gone: one that is being updated is refused as well. Raises
    CallFailed (MALFORMED) for a body that is not this item.
    """
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        is_unknown = any(error.error_id == NOT_FOUND for error in parse_errors(response.body))
        return ItemState(Gone.NOT_FOUND) if is_unknown else None
    try:
        item: wire.ItemCheck | None = _decode_one(response.body)
    except UNREADABLE:
        item = read_by_parts(_decoded(response.body), wire.ItemCheck)
    if item is None or listing_number(item.item_id) != listing_number(item_id):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not the item that was asked for")
    return item_state_of(item, now)


def parse_item_states(response: HttpResponse, asked: Sequence[str], now: Instant) -> Mapping[str, ItemState]:
    """Return what an answer of getItems says about the items that were asked for.

    An item that is neither in the answer nor named as not found is missing: nothing is known about it.
    Raises CallFailed (MALFORMED).
    """
    if response.status == HTTPStatus.NO_CONTENT:
        return {}
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        return _not_found(parse_errors(response.body), asked, is_refusal=True)
    items, warnings = _items_of(response.body)
    found = _not_found(warnings, asked, is_refusal=False)
    wanted = frozenset(asked)
    return found | {x.item_id: item_state_of(x, now) for x in items if x.item_id in wanted}


def item_state_of(item: wire.ItemCheck, now: Instant) -> ItemState:
    """Return the state of an item in an answer at `now`."""
    ends_at = plausible_instant(item.item_end_date) if item.item_end_date else None
    gone = None
    if ends_at is not None and ends_at <= now:
        gone = Gone.ENDED
    elif _is_sold_out(item.estimated_availabilities or ()):
        gone = Gone.SOLD_OUT
    return ItemState(
        gone,
        price=amount_of(item.price),
        bid=amount_of(item.current_bid_price),
        bid_count=item.bid_count,
        ends_at=ends_at,
        revision=item.seller_item_revision or "",
    )


def listing_number(item_id: str) -> str:
    """Return the number of a listing, which the ids of all its variations have."""
    return item_id.partition("|")[2].partition("|")[0] or item_id


def _is_sold_out(availabilities: Collection[wire.Availability]) -> bool:
    """Return whether every way of delivery is said to be out of stock; there may be several."""
    return bool(availabilities) and all(
        x.estimated_availability_status == _OUT_OF_STOCK
        if x.estimated_availability_status is not None
        else x.estimated_available_quantity == 0
        for x in availabilities
    )


def _not_found(
    problems: Sequence[wire.Problem], asked: Sequence[str], *, is_refusal: bool
) -> dict[str, ItemState]:
    """Return the items that problems name as not found; the only one if a refusal names none."""
    about = [problem for problem in problems if problem.error_id == NOT_FOUND]
    named = {p.value for problem in about for p in problem.parameters or ()} & set(asked)
    if about and is_refusal and len(asked) == 1:
        named = set(asked)
    return {item: ItemState(Gone.NOT_FOUND) for item in asked if item in named}


def _items_of(body: bytes) -> tuple[Sequence[wire.ItemCheck], Sequence[wire.Problem]]:
    """Return the items and the warnings of an answer of getItems. Raises CallFailed (MALFORMED)."""
    try:
        answer = _decode_many(body)
    except UNREADABLE:
        decoded = _decoded(body)
        rows = decoded.get("items") if isinstance(decoded, dict) else None
        if not isinstance(rows, list):
            raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not an answer of getItems") from None
        items = [item for row in rows[:100] if (item := read_by_parts(row, wire.ItemCheck)) is not None]
        warnings = read_by_parts({"warnings": decoded.get("warnings")}, wire.ItemsResponse)
        return items, (warnings.warnings or ()) if warnings else ()
    if answer.items is None and answer.warnings is None:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not an answer of getItems")
    return answer.items or (), answer.warnings or ()


def _decoded(body: bytes) -> Any:
    try:
        return decode_leniently(body)
    except ValueError:
        return None
