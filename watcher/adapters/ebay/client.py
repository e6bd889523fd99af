"""eBay's Browse API: one question, its pages, and what a refusal means.

Failures are told by status and errorId alone, never by their text.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

from watcher.adapters.ebay.responses import EbayPage, EbayQuota, parse_search_page, read_errors, read_quota
from watcher.adapters.outbound.guard import Turn
from watcher.adapters.outbound.http import Response, kind_of, retry_after
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import CONDITION_IDS, Ask, Condition, Listing, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from watcher.adapters.ebay.token import EbayToken
    from watcher.adapters.ebay.wire import Problem
    from watcher.adapters.outbound.guard import Guard
    from watcher.adapters.outbound.http import HttpClient
    from watcher.core.times import Instant, Seconds
    from watcher.ports import Clock

T = TypeVar("T")

MAX_EBAY_QUERY_LENGTH = 100  # eBay cuts a longer one off without a word, and answers another question
_SEARCH = "/buy/browse/v1/item_summary/search"
_LIMITS = "/developer/analytics/v1_beta/rate_limit/?api_context=buy&api_name=browse"
_RESOURCE = "buy.browse"
_ROWS = 200
_DAY_IS_GONE = 2001  # the errorId of the 429 that stands until the day's quota is renewed
# What a warning says was not applied. Of others the parameters may tell; else nothing is believed.
_UNAPPLIED = {12008: "sort", 12009: "category_ids", 12520: "conditionIds"}


class EbayClient:
    """eBay as a market: what is on offer, so asking prices and never sales.

    `deliver_to`, like `US 19406`, is whom eBay reckons shipping for; empty is eBay's own default.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: EbayToken,
        http: HttpClient,
        guard: Guard,
        clock: Clock,
        deliver_to: str = "",
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token, self._http, self._guard, self._clock = token, http, guard, clock
        self._headers = {"Accept": "application/json", **_reader(deliver_to)}

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """Ask for up to `ask.pages` pages of 200 rows; a retry goes on at the page that failed.

        `within`: seconds that are left. Raises CallFailed, also when only a later page fails: half an answer
        is none.
        """
        if len(ask.query) > MAX_EBAY_QUERY_LENGTH:
            detail = f"a query of {len(ask.query)} characters; eBay reads {MAX_EBAY_QUERY_LENGTH}"
            raise CallFailed(Api.EBAY, Kind.REFUSED, detail, caller_caused=True)
        walk = _Walk(self._base_url + _SEARCH, ask)
        headers = {**self._headers, "X-EBAY-C-MARKETPLACE-ID": ask.marketplace}

        async def one(turn: Turn) -> Snapshot:
            while walk.url:
                walk.add(await self._ask(walk.url, headers, _page_of, turn))
                turn = Turn(deadline=turn.deadline)
            return walk.snapshot(self._clock.now())

        return await self._guard.tries(one, interactive=interactive, within=within)

    async def check(self) -> None:
        """Have a token, minted if need be. Raises CallFailed."""
        await self._token.get()

    async def rate_limit(self) -> EbayQuota | None:
        """What is left of the day's Browse calls; None where eBay does not say. Raises CallFailed."""
        url = self._base_url + _LIMITS

        async def one(turn: Turn) -> EbayQuota | None:
            return await self._ask(url, self._headers, _quota_of, turn, counts=False)

        return await self._guard.tries(one, interactive=True)

    async def _ask(
        self,
        url: str,
        headers: Mapping[str, str],
        read: Callable[[Response], T],
        turn: Turn,
        *,
        counts: bool = True,
    ) -> T:
        token = self._token.fresh() or await self._token.get()

        async def attempt() -> T:
            answer = await self._send(url, headers, token)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                answer = await self._send_anew(url, headers, token, answer)
            if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise _refusal(answer, self._clock.now())
            return read(answer)

        return await self._guard.attempt(attempt, turn, counts=counts)

    async def _send(self, url: str, headers: Mapping[str, str], token: str) -> Response:
        return await self._http.fetch(Api.EBAY, url, {**headers, "Authorization": f"Bearer {token}"})

    async def _send_anew(
        self, url: str, headers: Mapping[str, str], token: str, answer: Response
    ) -> Response:
        """Repeat once with another token; a second 401 says that our credentials are not good."""
        self._token.invalidate(token)
        other = await self._token.get()
        if other == token:
            return answer
        answer = await self._send(url, headers, other)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token.refused_new()
        return answer


class _Walk:
    """The pages of one answer, as far as they have come. `url` is the next one, empty at the end."""

    def __init__(self, search: str, ask: Ask) -> None:
        self.url = search + _query_of(ask)
        self._search, self._pages, self._asked = search, ask.pages, _asked(ask)
        self._listings: dict[str, Listing] = {}
        self._total = self._rows = self._readable = 0
        self._whole = False
        self._ignored: set[str] = set()

    def add(self, page: EbayPage) -> None:
        for listing in page.listings:
            self._listings.setdefault(listing.item_id, listing)
        self._readable += len(page.listings)
        self._rows += len(page.listings) + page.unreadable
        self._total = page.total
        if page.warnings != []:
            self._ignored |= _ignored(page.warnings, self._asked)
        self._pages -= 1
        self._whole = not page.next
        # The token goes nowhere but to eBay, whatever address an answer names.
        follow = self._pages > 0 and page.next.startswith(self._search + "?")
        self.url = page.next if follow else ""

    def snapshot(self, now: Instant) -> Snapshot:
        """An unreadable row may be any listing, so an answer with one does not tell what is gone."""
        return Snapshot(
            tuple(self._listings.values()),
            now,
            self._total,
            complete=self._whole and self._readable == self._rows,
            rows=self._rows,
            duplicates=self._readable - len(self._listings),
            unreadable=self._rows - self._readable,
            ignored_filters=tuple(sorted(self._ignored)),
        )


def _page_of(answer: Response) -> EbayPage:
    return parse_search_page(answer.body)


def _quota_of(answer: Response) -> EbayQuota | None:
    return None if answer.status == HTTPStatus.NO_CONTENT else read_quota(answer.body, _RESOURCE)


@lru_cache(maxsize=2048)
def _query_of(ask: Ask) -> str:
    """Auctions must be asked for: eBay answers with fixed prices alone when nothing is said."""
    filters = "buyingOptions:{FIXED_PRICE|AUCTION}"
    if ask.condition is not Condition.ANY:
        filters += f",conditionIds:{{{'|'.join(map(str, sorted(CONDITION_IDS[ask.condition])))}}}"
    words = {
        "q": ask.query,
        "category_ids": ask.category_id,
        "limit": str(_ROWS),
        "filter": filters,
        "sort": ask.sort.value,
    }
    return "?" + urlencode({name: value for name, value in words.items() if value})


def _asked(ask: Ask) -> frozenset[str]:
    """The names of everything that narrows or orders the answer to `ask`."""
    named = (
        ("buyingOptions", True),
        ("conditionIds", ask.condition is not Condition.ANY),
        ("category_ids", bool(ask.category_id)),
        ("sort", bool(ask.sort)),
    )
    return frozenset(name for name, used in named if used)


def _ignored(warnings: list[Problem] | None, asked: frozenset[str]) -> frozenset[str]:
    """What warnings say was not applied; everything, where one does not say which."""
    ignored: set[str] = set()
    for warning in warnings or ():
        names = {_UNAPPLIED.get(warning.error_id or 0, "")}
        for parameter in warning.parameters or ():
            names |= {parameter.name or "", (parameter.value or "").partition(":")[0]}
        ignored |= (names & asked) or asked
    return asked if warnings is None else frozenset(ignored)


def _reader(deliver_to: str) -> dict[str, str]:
    country, _, postcode = deliver_to.strip().partition(" ")
    if not country:
        return {}
    place = f"country={country},zip={postcode.strip()}" if postcode else f"country={country}"
    return {"X-EBAY-C-ENDUSERCTX": f"contextualLocation={quote(place, safe='')}"}


def _refusal(answer: Response, now: Instant) -> CallFailed:
    errors = read_errors(answer.body)
    ids = {error.error_id for error in errors}
    told = f", errorId {errors[0].error_id}: {(errors[0].message or '')[:200]!r}" if errors else ""
    kind = kind_of(answer.status)
    if kind is Kind.RATE_LIMIT and _DAY_IS_GONE in ids:
        kind = Kind.QUOTA
    # The day's end is not in a Retry-After; what the quota knows of it comes from `rate_limit`.
    wait = None if kind is Kind.QUOTA else retry_after(answer.headers, now)
    return CallFailed(
        Api.EBAY,
        kind,
        f"HTTP {answer.status}{told}",
        retry_after=wait,
        status=answer.status,
        caller_caused=kind is Kind.REFUSED,
    )
