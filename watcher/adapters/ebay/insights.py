"""eBay's Marketplace Insights: what was sold in the last 90 days, for those to whom eBay granted it.

It tells no shipping, so its sales have prices and no totals until their listings' own shipping is known.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from watcher.adapters.ebay import wire as wire
from watcher.adapters.ebay.responses import listing_of, read_errors
from watcher.adapters.outbound.http import Response, kind_of, retry_after
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import CONDITION_IDS, Ask, Condition, Listing, Snapshot
from watcher.core.times import from_iso

if TYPE_CHECKING:
    from watcher.adapters.ebay.token import EbayToken
    from watcher.adapters.outbound.guard import Guard, Turn
    from watcher.adapters.outbound.http import HttpClient
    from watcher.core.times import Instant
    from watcher.ports import Clock

INSIGHTS_SCOPE = "https://api.ebay.com/oauth/api_scope/buy.marketplace.insights"
TOKEN_FILE = "ebay_insights_token.json"  # noqa: S105 - a file's name
_SEARCH = "/buy/marketplace_insights/v1_beta/item_sales/search"
_ROWS = 200
_DAY_IS_GONE = 2001
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class _Sale(wire.ItemSummary):
    last_sold_price: wire.Amount | None = None
    last_sold_date: str | None = None


class _Answer(msgspec.Struct, rename="camel", gc=False):
    total: int
    item_sales: list[msgspec.Raw] | None = None
    next: str | None = None


_answer = msgspec.json.Decoder(_Answer).decode
_sale = msgspec.json.Decoder(_Sale).decode


class Insights:
    """Sales as eBay tells them. `token` is one of the scope `SCOPE`."""

    api = Api.EBAY

    def __init__(
        self, *, base_url: str, token: EbayToken, http: HttpClient, guard: Guard, clock: Clock
    ) -> None:
        self._url = base_url.rstrip("/") + _SEARCH
        self._token, self._http, self._guard, self._clock = token, http, guard, clock

    def answers(self, ask: Ask) -> bool:
        """Whether the question names a category: eBay answers no other (error 100018)."""
        return bool(ask.category_id)

    async def sold(self, ask: Ask) -> Snapshot:
        """The last sale of each item, up to 200, in one try; `ends_at` is when it was. Raises CallFailed."""
        url = self._url + _query_of(ask)

        async def one(turn: Turn) -> Snapshot:
            token = self._token.fresh() or await self._token.get()

            async def attempt() -> Snapshot:
                return await self._ask(url, ask.marketplace, token)

            return await self._guard.attempt(attempt, turn)

        return await self._guard.tries(one, interactive=False)

    async def _ask(self, url: str, marketplace: str, token: str) -> Snapshot:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "X-EBAY-C-MARKETPLACE-ID": marketplace,
        }
        answer = await self._http.fetch(Api.EBAY, url, headers)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token.invalidate(token)  # the next question mints another
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(answer, self._clock.now())
        return read_sales(answer.body, self._clock.now())


def read_sales(body: bytes, now: Instant) -> Snapshot:
    """The sales of an answer; a row without a price was not told as sold. Raises CallFailed (MALFORMED)."""
    try:
        answer = _answer(body)
    except _UNREADABLE as error:
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "a body that is no answer about sales") from error
    raw = answer.item_sales or []
    sales: dict[str, Listing] = {}
    readable = 0
    for row in raw:
        try:
            sale = _sale(row)
        except _UNREADABLE:
            continue
        listing = _listing(sale)
        if listing is not None:
            readable += 1
            sales.setdefault(listing.item_id, listing)
    return Snapshot(
        tuple(sales.values()),
        now,
        answer.total,
        complete=False,
        rows=len(raw),
        duplicates=readable - len(sales),
        unreadable=len(raw) - readable,
    )


def _listing(sale: _Sale) -> Listing | None:
    """A sale as a listing whose price is what was paid, by bids or not."""
    paid = wire.ItemSummary(sale.item_id, price=sale.last_sold_price, buying_options=["FIXED_PRICE"])
    told = listing_of(paid)
    if not told.item_id or told.price is None:
        return None
    return listing_of(sale)._replace(
        price=told.price,
        bid=None,
        converted_from=told.converted_from,
        ends_at=from_iso(sale.last_sold_date),
    )


def _query_of(ask: Ask) -> str:
    """Here a comma between words means all of them, a space any; in Browse it is the other way round."""
    condition = ""
    if ask.condition is not Condition.ANY:
        condition = f"conditionIds:{{{'|'.join(map(str, sorted(CONDITION_IDS[ask.condition])))}}}"
    words = {
        "q": ",".join(ask.query.replace(",", " ").split()),
        "category_ids": ask.category_id,
        "limit": str(_ROWS),
        "filter": condition,
    }
    return "?" + urlencode({name: value for name, value in words.items() if value})


def _refusal(answer: Response, now: Instant) -> CallFailed:
    errors = read_errors(answer.body)
    kind = kind_of(answer.status)
    if kind is Kind.RATE_LIMIT and any(error.error_id == _DAY_IS_GONE for error in errors):
        kind = Kind.QUOTA
    told = f", errorId {errors[0].error_id}" if errors else ""
    return CallFailed(
        Api.EBAY,
        kind,
        f"sales: HTTP {answer.status}{told}",
        retry_after=None if kind is Kind.QUOTA else retry_after(answer.headers, now),
        status=answer.status,
        caller_caused=kind is Kind.REFUSED,
    )
