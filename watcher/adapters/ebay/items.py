"""eBay's getItem: the item specifics of single listings, and whether they can still be bought."""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from watcher.adapters.ebay import wire
from watcher.adapters.ebay.item_states import NOT_FOUND, listing_number, parse_item_state
from watcher.adapters.ebay.requests import EbayRequests
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.item_state import ItemState
from watcher.core.plain_text import clean_text, unescape_entities
from watcher.core.specifics import Specifics
from watcher.core.times import Instant, Seconds
from watcher.ports import Clock

# Bounds of one listing, lengths in characters; eBay's own form takes 45 pairs of at most 65.
MAX_PAIRS, MAX_ASPECT_NAME, MAX_ASPECT_VALUE = 60, 65, 400
_ITEM_PATH = "/buy/browse/v1/item/"
_READ_AHEAD = 4  # rows read for each that may be kept: what is unreadable does not use up the room
# Refusals that say what the item is: gone, not available any more, several items, or not an id of eBay's.
_NO_ITEM = frozenset((NOT_FOUND, 11004, 11006, 11012))
# Seconds for which what an answer said about an item counts as its present state, and how many are kept.
_FRESH, _MAX_FRESH = Seconds(10.0), 500
_decode = msgspec.json.Decoder(wire.ItemAnswer).decode


class EbayItems:
    """Reads single items, as a background call: one attempt that no person waits for."""

    def __init__(
        self, *, base_url: str, token: EbayToken, http: HttpClient, guard: Guard, clock: Clock
    ) -> None:
        self._item_url = base_url.rstrip("/") + _ITEM_PATH
        self._guard, self._clock = guard, clock
        self._requests = EbayRequests(token=token, http=http, guard=guard, clock=clock)
        self._fresh: OrderedDict[tuple[str, str], tuple[Instant, ItemState | None]] = OrderedDict()

    async def specifics(self, item_id: str, marketplace: str, within: Seconds) -> Specifics:
        """Return the item specifics of a listing; none if it is gone. Raises CallFailed, WatcherError.

        `within`: seconds that are left.
        """
        url = self._item_url + quote(item_id, safe="")
        headers = {"X-EBAY-C-MARKETPLACE-ID": marketplace}

        def parse(response: HttpResponse) -> Specifics:
            found = parse_item(response, item_id)
            self._remember(item_id, marketplace, parse_item_state(response, item_id, self._clock.now()))
            return found

        async def fetch(context: CallContext) -> Specifics:
            return await self._requests.fetch(url, headers, parse, context, answers=_NO_ITEM)

        return await self._guard.call_in_steps(fetch, interactive=False, within=within)

    def fresh_state(self, item_id: str, marketplace: str) -> ItemState | None:
        """Return what an answer of the last seconds said about an item; None if nothing is known."""
        at, state = self._fresh.get((item_id, marketplace), (Instant(0.0), None))
        return state if 0 <= self._clock.now() - at < _FRESH else None

    async def state(self, item_id: str, marketplace: str, within: Seconds) -> ItemState | None:
        """Return whether an item can still be bought and at what price; None if eBay does not say.

        What an answer said within the last seconds counts. Raises CallFailed, WatcherError.
        """
        if (known := self.fresh_state(item_id, marketplace)) is not None:
            return known
        url = self._item_url + quote(item_id, safe="") + "?fieldgroups=COMPACT"
        headers = {"X-EBAY-C-MARKETPLACE-ID": marketplace}

        def parse(response: HttpResponse) -> ItemState | None:
            return parse_item_state(response, item_id, self._clock.now())

        async def fetch(context: CallContext) -> ItemState | None:
            return await self._requests.fetch(url, headers, parse, context, answers=_NO_ITEM)

        return await self._guard.call_in_steps(fetch, interactive=False, within=within)

    def _remember(self, item_id: str, marketplace: str, state: ItemState | None) -> None:
        self._fresh[item_id, marketplace] = self._clock.now(), state
        self._fresh.move_to_end((item_id, marketplace))
        if len(self._fresh) > _MAX_FRESH:
            self._fresh.popitem(last=False)


def parse_item(response: HttpResponse, item_id: str) -> Specifics:
    """Return the item specifics in an answer of getItem; none for a refusal that says there is no such item.

    Pairs that cannot be read are left out. Raises CallFailed (MALFORMED) for any other body: a page of a
    proxy, or another item, must not read as this one without specifics.
    """
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        return Specifics()
    try:
        item = _decode(response.body)
        found, aspects = item.item_id, [(x.name, x.value) for x in item.localized_aspects or ()]
    except UNREADABLE:
        found, aspects = _read_by_parts(response.body)
    if not isinstance(found, str) or listing_number(found) != listing_number(item_id):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "the body is not the item that was asked for")
    pairs = dict.fromkeys(
        (name, value)
        for raw_name, raw_value in aspects[: _READ_AHEAD * MAX_PAIRS]
        if (name := _cleaned(raw_name, MAX_ASPECT_NAME)) and (value := _cleaned(raw_value, MAX_ASPECT_VALUE))
    )
    return Specifics(tuple(pairs)[:MAX_PAIRS])


def _read_by_parts(body: bytes) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return the id and the pairs in a body that has an odd field; no id if it is not an object."""
    try:
        item = decode_leniently(body)
    except ValueError:
        return None, []
    if not isinstance(item, dict):
        return None, []
    aspects = item.get("localizedAspects")
    rows = aspects if isinstance(aspects, list) else []
    return item.get("itemId"), [(x.get("name"), x.get("value")) for x in rows if isinstance(x, dict)]


def _cleaned(text: Any, max_length: int) -> str:
    """Return a name or a value as one line; several values are separated by commas. Empty if it is odd."""
    if isinstance(text, list):
        text = ", ".join(x for x in text if isinstance(x, str))
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        return ""
    return clean_text(unescape_entities(text[: 4 * max_length]), max_length)
