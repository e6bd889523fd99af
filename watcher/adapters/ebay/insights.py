"""eBay's Marketplace Insights API: sales of the last 90 days, if eBay granted access to it.

It does not report shipping, so a sale has a price and no total until the shipping of its listing is known.
"""

from __future__ import annotations

from urllib.parse import urlencode

from watcher.adapters.ebay.requests import EbayRequests
from watcher.adapters.ebay.responses import parse_sales
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api
from watcher.core.listing import Ask, Snapshot, joined_condition_ids
from watcher.core.marketplaces import site_of
from watcher.ports import Clock

INSIGHTS_SCOPE = "https://api.ebay.com/oauth/api_scope/buy.marketplace.insights"
INSIGHTS_TOKEN_FILE = "ebay_insights_token.json"  # noqa: S105 - a file name
_SEARCH_PATH = "/buy/marketplace_insights/v1_beta/item_sales/search"
_MAX_ROWS = 200


class InsightsClient:
    """eBay as a sales source. `token` must have the scope `INSIGHTS_SCOPE`."""

    api = Api.EBAY

    def __init__(
        self, *, base_url: str, token: EbayToken, http: HttpClient, guard: Guard, clock: Clock
    ) -> None:
        self._url = base_url.rstrip("/") + _SEARCH_PATH
        self._token, self._guard, self._clock = token, guard, clock
        self._requests = EbayRequests(token=token, http=http, guard=guard, clock=clock, renew_token=False)

    def answers(self, ask: Ask) -> bool:
        """Return whether the question names eBay's category: eBay refuses any other (error 100018)."""
        return bool(ask.category_id)

    async def check(self) -> None:
        """Get a token, minting one if necessary. Raises CallFailed; CREDENTIALS if access was not granted."""
        await self._token.get()

    async def sold(self, ask: Ask) -> Snapshot:
        """Return the last sale of each item, up to 200, in one attempt. Raises CallFailed.

        `ends_at` is the time of the sale.
        """
        url = self._url + _query_string(ask)
        headers = {"X-EBAY-C-MARKETPLACE-ID": ask.marketplace}

        def parse(response: HttpResponse) -> Snapshot:
            return parse_sales(response.body, self._clock.now(), site_of(ask.marketplace))

        async def fetch(context: CallContext) -> Snapshot:
            return await self._requests.fetch(url, headers, parse, context)

        return await self._guard.call_in_steps(fetch, interactive=False)


def _query_string(ask: Ask) -> str:
    """Return the query. Commas between words mean "all words", spaces "any word"; Browse has it reversed."""
    ids = joined_condition_ids(ask.condition)
    parameters = {
        "q": ",".join(ask.query.replace(",", " ").split()),
        "category_ids": ask.category_id,
        "limit": str(_MAX_ROWS),
        "filter": f"conditionIds:{{{ids}}}" if ids else "",
    }
    return "?" + urlencode({name: value for name, value in parameters.items() if value})
