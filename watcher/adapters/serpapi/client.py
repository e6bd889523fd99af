"""SerpAPI's eBay engine: the backup when eBay fails, and a source of sales.

The API key is sent in the query string, as the API requires; no message, log line or repr shows a URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.refusals import describe_status, kind_of_status, parse_retry_after
from watcher.adapters.serpapi.responses import EbaySite, SearchesLeft, parse_account, parse_results_page
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Snapshot, Sort, joined_condition_ids
from watcher.core.marketplaces import CURRENCIES, country_of, site_of
from watcher.core.times import Instant, Seconds
from watcher.ports import Clock

T = TypeVar("T")

_SEARCH_PATH, _ACCOUNT_PATH = "/search.json", "/account.json"
_MAX_ROWS = 200
_NEWLY_LISTED = "10"  # the value of _sop
# The marketplaces whose sites SerpAPI can search.
_SEARCHABLE = frozenset(
    f"EBAY_{country}"
    for country in (
        "US",
        "AT",
        "AU",
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
    )
)


class SerpApiClient:
    """Listings and sales read from eBay's web pages.

    An answer is one page of up to 200 rows, so it never shows that a listing is gone. No repr shows the key.
    `deliver_to`, such as `US 19406`, is the place that shipping is calculated for. A site of another country
    is asked without it, because its pages take a postal code of their own country only.
    """

    api = Api.SERPAPI

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        http: HttpClient,
        guard: Guard,
        clock: Clock,
        deliver_to: str = "",
    ) -> None:
        self._base_url, self._key, self._deliver_to = base_url.rstrip("/"), api_key, deliver_to
        self._http, self._guard, self._clock = http, guard, clock

    def answers(self, ask: Ask) -> bool:
        """Return whether SerpAPI can search the marketplace, and for this; it knows no product codes."""
        return ask.marketplace in _SEARCHABLE and not ask.gtin

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """Return the listings on offer. `within`: seconds that are left. Raises CallFailed."""
        return await self._fetch(ask, interactive=interactive, within=within, sold=False)

    async def sold(self, ask: Ask) -> Snapshot:
        """Return recent sales, in one attempt; `ends_at` is the day of the sale. Raises CallFailed.

        There are often none: eBay shows most sales only to people who are signed in.
        """
        return await self._fetch(ask, interactive=True, within=None, sold=True)

    async def fetch_account(self) -> SearchesLeft:
        """Return what is left of the month's searches. The look-up itself is free. Raises CallFailed."""

        async def send() -> SearchesLeft:
            return await self._get(_ACCOUNT_PATH, {}, lambda response: parse_account(response.body))

        return await self._guard.call(send, interactive=True, auxiliary=True)

    async def _fetch(self, ask: Ask, *, interactive: bool, within: Seconds | None, sold: bool) -> Snapshot:
        if ask.marketplace not in _SEARCHABLE:
            detail = f"there is no site for {ask.marketplace}"
            raise CallFailed(Api.SERPAPI, Kind.REFUSED, detail, caller_caused=True)
        domain = site_of(ask.marketplace)
        site = EbaySite(domain, CURRENCIES[ask.marketplace])
        postcode = _postcode_in(country_of(ask.marketplace), self._deliver_to)
        parameters = _parameters_of(ask, domain, postcode, sold=sold)

        def parse(response: HttpResponse) -> Snapshot:
            return parse_results_page(response.body, site, self._clock.now(), sold=sold)

        async def send() -> Snapshot:
            return await self._get(_SEARCH_PATH, parameters, parse)

        # Sales are for people, but a search of the month is too dear to be repeated for them.
        return await self._guard.call(send, interactive=interactive, within=within, retries=not sold)

    async def _get(self, path: str, parameters: Mapping[str, str], parse: Callable[[HttpResponse], T]) -> T:
        url = f"{self._base_url}{path}?{urlencode({**parameters, 'api_key': self._key})}"
        response = await self._http.fetch(Api.SERPAPI, url, {"Accept": "application/json"})
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal_of(response, self._clock.now())
        return parse(response)


def _postcode_in(country: str, deliver_to: str) -> str:
    """Return the postal code of `US 19406` for US, and nothing for another country."""
    place, _, postcode = deliver_to.strip().partition(" ")
    return postcode.strip() if place.upper() == country else ""


def _parameters_of(ask: Ask, domain: str, postcode: str, *, sold: bool) -> dict[str, str]:
    parameters = {
        "engine": "ebay",
        "_nkw": ask.query,
        "ebay_domain": domain,
        "category_id": ask.category_id,
        "LH_ItemCondition": joined_condition_ids(ask.condition),
        "_ipg": str(_MAX_ROWS),
        "_sop": _NEWLY_LISTED if ask.sort is Sort.NEWEST else "",
        "_stpos": postcode,
        "show_only": "Sold" if sold else "",
    }
    return {name: value for name, value in parameters.items() if value}


def _refusal_of(response: HttpResponse, now: Instant) -> CallFailed:
    """Classify a refusal by its status only. The body is not repeated, because it may repeat the key.

    A 429 means the hourly rate limit or the end of the month's searches; only our own count can tell which.
    """
    kind = kind_of_status(response.status)
    return CallFailed(
        Api.SERPAPI,
        kind,
        describe_status(response.status),
        retry_after=parse_retry_after(response.headers.get("Retry-After", ""), now),
        status=response.status,
        caller_caused=kind is Kind.REFUSED,
    )
