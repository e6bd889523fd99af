"""SerpAPI's eBay engine: the backup when eBay fails, and what was sold.

The key travels in the query string, where the API wants it; no message, log or repr ever shows a URL.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from watcher.adapters.outbound.http import Response, kind_of, retry_after
from watcher.adapters.serpapi.responses import (
    SearchesLeft,
    SerpApiPage,
    Site,
    parse_results_page,
    read_account,
)
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import CONDITION_IDS, Ask, Condition, Listing, Snapshot, Sort
from watcher.core.marketplaces import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.adapters.outbound.guard import Guard
    from watcher.adapters.outbound.http import HttpClient
    from watcher.core.times import Instant, Seconds
    from watcher.ports import Clock

T = TypeVar("T")

_SEARCH, _ACCOUNT = "/search.json", "/account.json"
_ROWS = 200
_NEWLY_LISTED = "10"
# The sites that SerpAPI asks, by marketplace.
_DOMAINS = {
    "EBAY_US": "ebay.com",
    "EBAY_AT": "ebay.at",
    "EBAY_AU": "ebay.com.au",
    "EBAY_CA": "ebay.ca",
    "EBAY_CH": "ebay.ch",
    "EBAY_DE": "ebay.de",
    "EBAY_ES": "ebay.es",
    "EBAY_FR": "ebay.fr",
    "EBAY_GB": "ebay.co.uk",
    "EBAY_HK": "ebay.com.hk",
    "EBAY_IE": "ebay.ie",
    "EBAY_IT": "ebay.it",
    "EBAY_MY": "ebay.com.my",
    "EBAY_NL": "ebay.nl",
    "EBAY_PH": "ebay.ph",
    "EBAY_PL": "ebay.pl",
    "EBAY_SG": "ebay.com.sg",
}


class SerpApiClient:
    """A market that is read from eBay's pages: what is on offer, and what was sold.

    It shows one page of what eBay shows, so an answer never tells that a listing is gone.
    """

    api = Api.SERPAPI

    def __init__(self, *, base_url: str, api_key: str, http: HttpClient, guard: Guard, clock: Clock) -> None:
        self._base_url, self._key = base_url.rstrip("/"), api_key
        self._http, self._guard, self._clock = http, guard, clock

    def answers(self, ask: Ask) -> bool:
        """Whether it knows the site of the marketplace."""
        return ask.marketplace in _DOMAINS

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """The listings on offer; `within`: seconds that are left. Raises CallFailed."""
        return await self._listings(ask, interactive=interactive, within=within, sold=False)

    async def sold(self, ask: Ask) -> Snapshot:
        """What was sold of late, in one try; `ends_at` is the day of the sale. Raises CallFailed.

        Often there is nothing: eBay shows sales to those who are signed in.
        """
        return await self._listings(ask, interactive=False, within=None, sold=True)

    async def account(self) -> SearchesLeft:
        """What is left of the month; costs no search, and counts only when it fails. Raises CallFailed."""

        async def attempt() -> SearchesLeft:
            return await self._get(_ACCOUNT, {}, lambda answer: read_account(answer.body))

        return await self._guard.call(attempt, interactive=True, counts=False)

    async def _listings(self, ask: Ask, *, interactive: bool, within: Seconds | None, sold: bool) -> Snapshot:
        domain = _DOMAINS.get(ask.marketplace)
        if domain is None:
            detail = f"it knows no site of {ask.marketplace}"
            raise CallFailed(Api.SERPAPI, Kind.REFUSED, detail, caller_caused=True)
        site = Site(domain, CURRENCIES[ask.marketplace])
        words = _words(ask, domain, sold=sold)

        def read(answer: Response) -> SerpApiPage:
            return parse_results_page(answer.body, site, self._clock.now(), sold=sold)

        async def attempt() -> SerpApiPage:
            return await self._get(_SEARCH, words, read)

        page = await self._guard.call(attempt, interactive=interactive, within=within)
        return _snapshot(page, self._clock.now())

    async def _get(self, path: str, words: dict[str, str], read: Callable[[Response], T]) -> T:
        url = f"{self._base_url}{path}?{urlencode({**words, 'api_key': self._key})}"
        answer = await self._http.fetch(Api.SERPAPI, url, {"Accept": "application/json"})
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(answer, self._clock.now())
        return read(answer)


def _words(ask: Ask, domain: str, *, sold: bool) -> dict[str, str]:
    condition = ""
    if ask.condition is not Condition.ANY:
        condition = "|".join(map(str, sorted(CONDITION_IDS[ask.condition])))
    words = {
        "engine": "ebay",
        "_nkw": ask.query,
        "ebay_domain": domain,
        "category_id": ask.category_id,
        "LH_ItemCondition": condition,
        "_ipg": str(_ROWS),
        "_sop": _NEWLY_LISTED if ask.sort is Sort.NEWEST else "",
        "show_only": "Sold" if sold else "",
    }
    return {name: value for name, value in words.items() if value}


def _snapshot(page: SerpApiPage, now: Instant) -> Snapshot:
    listings: dict[str, Listing] = {}
    for listing in page.listings:
        listings.setdefault(listing.item_id, listing)
    return Snapshot(
        tuple(listings.values()),
        now,
        page.total,
        complete=False,
        rows=len(page.listings) + page.unreadable,
        duplicates=len(page.listings) - len(listings),
        unreadable=page.unreadable,
    )


def _refusal(answer: Response, now: Instant) -> CallFailed:
    """By its status alone: what the body says is not repeated, for it may repeat the key.

    A 429 is an hour's throughput or the end of the month's searches; only our own count can tell which.
    """
    kind = kind_of(answer.status)
    return CallFailed(
        Api.SERPAPI,
        kind,
        f"HTTP {answer.status}",
        retry_after=retry_after(answer.headers, now),
        status=answer.status,
        caller_caused=kind is Kind.REFUSED,
    )
