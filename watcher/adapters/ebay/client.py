"""eBay's Browse API: search for listings by words, product code or picture, and look up the quota."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote, urlencode

from watcher.adapters.ebay.known_rows import RecentRows
from watcher.adapters.ebay.requests import EbayRequests
from watcher.adapters.ebay.responses import EbayPage, EbayQuota, parse_quota, parse_search_page
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.ebay.wire import Problem
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Listing, Snapshot, Sort, joined_condition_ids
from watcher.core.marketplaces import site_of
from watcher.core.times import Instant, Seconds
from watcher.ports import Clock

MAX_EBAY_QUERY_LENGTH = 100  # characters; eBay silently cuts off a longer query and answers another question
_SEARCH_PATH = "/buy/browse/v1/item_summary/search"
_IMAGE_PATH = "/buy/browse/v1/item_summary/search_by_image"
_RATE_LIMIT_PATH = "/developer/analytics/v1_beta/rate_limit/?api_context=buy&api_name=browse"
BROWSE_RESOURCE = "buy.browse"  # the name of the quota of everything but getItems
_ROWS_PER_PAGE = 200
# The filter that a warning reports as not applied, by errorId. Others may name it in their parameters; if
# not, every filter counts as ignored.
_IGNORED_FILTERS = {
    12003: "sellers",
    12008: "sort",
    12009: "category_ids",
    12012: "price",
    12520: "conditionIds",
}


class EbayClient:
    """eBay as a listing source: asking prices, never sales.

    `deliver_to`, such as `US 19406`, is the place that eBay calculates shipping for; empty is eBay's default.
    """

    api = Api.EBAY

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
        self._token, self._guard, self._clock = token, guard, clock
        self._requests = EbayRequests(token=token, http=http, guard=guard, clock=clock)
        self._headers = _location_headers(deliver_to)
        self._known_rows = RecentRows()

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """Fetch up to `ask.pages` pages of 200 rows; a retry continues with the page that failed.

        `within`: seconds that are left. Raises CallFailed, also if only a later page fails: a part of the
        answer is not an answer.
        """
        if len(ask.query) > MAX_EBAY_QUERY_LENGTH and not ask.gtin:
            detail = f"the query has {len(ask.query)} characters; eBay reads {MAX_EBAY_QUERY_LENGTH}"
            raise CallFailed(Api.EBAY, Kind.REFUSED, detail, caller_caused=True)
        return await self._fetch_pages(_SEARCH_PATH, ask, interactive=interactive, within=within)

    async def search_by_image(self, jpeg: bytes, ask: Ask, *, within: Seconds | None = None) -> Snapshot:
        """Fetch up to 200 listings that look like a picture; `ask` has only their filters.

        The caller waits at most `within` seconds. Raises CallFailed; it is `caller_caused` if eBay
        refuses the picture.
        """
        content = b'{"image":"' + b64encode(jpeg) + b'"}'
        narrowed = ask._replace(query="", gtin="", sort=Sort.BEST_MATCH, pages=1)
        return await self._fetch_pages(
            _IMAGE_PATH, narrowed, interactive=True, within=within, content=content
        )

    async def _fetch_pages(
        self, path: str, ask: Ask, *, interactive: bool, within: Seconds | None, content: bytes | None = None
    ) -> Snapshot:
        pages, site = _SearchPages(self._base_url + path, ask), site_of(ask.marketplace)
        headers = {**self._headers, "X-EBAY-C-MARKETPLACE-ID": ask.marketplace}

        def parse(response: HttpResponse) -> EbayPage:
            request = (site, pages.next_url)
            known = self._known_rows.take(request)
            page = parse_search_page(response.body, self._clock.now(), site, known)
            self._known_rows.put(request, known)
            return page

        async def fetch(context: CallContext) -> Snapshot:
            while pages.next_url:
                page = await self._requests.fetch(pages.next_url, headers, parse, context, content=content)
                pages.add(page)
                context = context._replace(is_retry=False)
            return pages.snapshot(self._clock.now())

        return await self._guard.call_in_steps(fetch, interactive=interactive, within=within)

    async def check(self) -> None:
        """Get a token, minting one if necessary. Raises CallFailed."""
        await self._token.get()

    async def fetch_quota(
        self, *, interactive: bool = True, resource: str = BROWSE_RESOURCE
    ) -> EbayQuota | None:
        """Return what is left of the day's calls of a resource; None if eBay does not say. Raises CallFailed.

        `interactive`: retry as for a person; otherwise make one attempt.
        """
        url = self._base_url + _RATE_LIMIT_PATH

        def parse(response: HttpResponse) -> EbayQuota | None:
            if response.status == HTTPStatus.NO_CONTENT:
                return None
            return parse_quota(response.body, resource)

        async def fetch(context: CallContext) -> EbayQuota | None:
            return await self._requests.fetch(url, self._headers, parse, context, auxiliary=True)

        return await self._guard.call_in_steps(fetch, interactive=interactive)


class _SearchPages:
    """The pages of one search fetched so far. `next_url` is empty when no more are wanted."""

    def __init__(self, search_url: str, ask: Ask) -> None:
        self.next_url = search_url + _query_string(ask)
        self._search_url, self._pages_left, self._filters = search_url, ask.pages, _filters_of(ask)
        self._listings: list[Listing] = []
        self._total = self._unreadable = self._rows = 0
        self._is_last = False
        self._ignored: set[str] = set()

    def add(self, page: EbayPage) -> None:
        self._listings += page.listings
        self._unreadable += page.unreadable
        self._rows += page.rows
        self._total = self._rows if page.total is None else page.total
        if page.warnings != []:
            self._ignored |= _ignored_filters(page.warnings, self._filters)
        self._pages_left -= 1
        self._is_last = page.next == ""
        # The token is sent to no address other than eBay's, whatever a response contains.
        following = page.next or ""
        follow = self._pages_left > 0 and following.startswith(self._search_url + "?")
        self.next_url = following if follow else ""

    def snapshot(self, now: Instant) -> Snapshot:
        return Snapshot.of_rows(
            self._listings,
            now,
            total=self._total,
            unreadable=self._unreadable,
            rows=self._rows,
            complete=self._is_last,
            ignored_filters=tuple(sorted(self._ignored)),
        )


def _query_string(ask: Ask) -> str:
    """Return the query string. One that names sellers may be long, so it is not kept."""
    return _write_query(ask) if ask.sellers else _known_query(ask)


def _write_query(ask: Ask) -> str:
    """Return the query string; it asks for auctions because eBay's default is fixed prices only."""
    filters = "buyingOptions:{FIXED_PRICE|AUCTION}"
    if ask.band:
        low = ask.band.low.amount if ask.band.low else ""
        filters = "buyingOptions:{FIXED_PRICE}"
        filters += f",price:[{low}..{ask.band.high.amount}],priceCurrency:{ask.band.high.currency}"
    if ids := joined_condition_ids(ask.condition):
        filters += f",conditionIds:{{{ids}}}"
    if ask.sellers:
        filters += f",sellers:{{{'|'.join(ask.sellers)}}}"
    parameters = {
        "q": "" if ask.gtin else ask.query,  # eBay takes one of them only
        "gtin": ask.gtin,
        "category_ids": ask.category_id,
        "limit": str(_ROWS_PER_PAGE),
        "filter": filters,
        "sort": ask.sort.value,
    }
    return "?" + urlencode({name: value for name, value in parameters.items() if value})


_known_query = lru_cache(maxsize=512)(_write_query)


def _filters_of(ask: Ask) -> frozenset[str]:
    """Return the names of the parameters that narrow or order the answer."""
    used = {
        "buyingOptions": True,
        "conditionIds": ask.condition is not Condition.ANY,
        "category_ids": bool(ask.category_id),
        "sort": bool(ask.sort),
        "price": ask.band is not None,
        "priceCurrency": ask.band is not None,
        "sellers": bool(ask.sellers),
    }
    return frozenset(name for name, is_used in used.items() if is_used)


def _ignored_filters(warnings: list[Problem] | None, used: frozenset[str]) -> frozenset[str]:
    """Return the filters that warnings report as not applied; all of them if a warning does not say."""
    if warnings is None:
        return used
    ignored: set[str] = set()
    for warning in warnings:
        names = {_IGNORED_FILTERS.get(warning.error_id or 0, "")}
        for parameter in warning.parameters or ():
            names |= {parameter.name or "", (parameter.value or "").partition(":")[0]}
        ignored |= (names & used) or used
    return frozenset(ignored)


def _location_headers(deliver_to: str) -> dict[str, str]:
    country, _, postcode = deliver_to.strip().partition(" ")
    if not country:
        return {}
    location = f"country={country},zip={postcode.strip()}" if postcode else f"country={country}"
    return {"X-EBAY-C-ENDUSERCTX": f"contextualLocation={quote(location, safe='')}"}
