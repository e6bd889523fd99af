"""eBay's getItems: up to 20 items a call, for the few keys to which eBay has granted it.

It has its own token, quota and breaker, so that a refusal touches nothing else. A refusal is the
usual case and not counted as a failure of eBay.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from watcher.adapters.ebay.item_states import parse_item_states
from watcher.adapters.ebay.requests import EbayRequests
from watcher.adapters.ebay.token import EbayToken, ScopeRefused
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import CallFailed
from watcher.core.item_state import ItemState
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.ports import Clock

log = logging.getLogger(__name__)

BULK_SCOPE = "https://api.ebay.com/oauth/api_scope/buy.item.bulk"
BULK_TOKEN_FILE = "ebay_bulk_token.json"  # noqa: S105 - a file name
BULK_RESOURCE = "buy.browse.item.bulk"  # the name of its quota
MAX_IDS = 20  # per call
_ITEMS_PATH = "/buy/browse/v1/item/"
# Refusals that answer the question, whatever they say: eBay read the ids.
_ANSWERS = frozenset(range(11001, 11020))
_NO_SUCH_ITEM = "v1|0|0"  # well-formed
# How long a refusal is believed, and the wait after a question that was not answered.
_ASK_AGAIN, _RETRY = Seconds(DAY), Seconds(HOUR)


class EbayBulkItems:
    """Looks at many items at once, if eBay grants it to these keys. `token` has the scope `BULK_SCOPE`.

    Whether it is granted is found out by a call about no item, at most daily, and kept in memory; eBay is
    not asked before something could use it (`is_wanted`).
    """

    def __init__(
        self, *, base_url: str, token: EbayToken, http: HttpClient, guard: Guard, clock: Clock
    ) -> None:
        self._url = base_url.rstrip("/") + _ITEMS_PATH
        self._guard, self._clock = guard, clock
        self._requests = EbayRequests(token=token, http=http, guard=guard, clock=clock, optional=True)
        self.is_wanted = False
        self._granted: bool | None = None
        self._asked_at: Instant | None = None

    @property
    def granted(self) -> bool | None:
        """Whether eBay grants it; None if that is not known yet."""
        return self._granted

    def is_probe_due(self, now: Instant) -> bool:
        """Return whether eBay should be asked (again) whether it grants this."""
        if self._granted or not self.is_wanted:
            return False
        if self._asked_at is None:
            return True
        wait = _RETRY if self._granted is None else _ASK_AGAIN
        return not 0 <= now - self._asked_at < wait

    async def probe(self, marketplace: str) -> bool:
        """Return whether eBay grants getItems, after asking it. Raises CallFailed, WatcherError.

        A refusal is the answer "no"; any other failure leaves it open.
        """
        self._asked_at = self._clock.now()
        try:
            await self._fetch((_NO_SUCH_ITEM,), marketplace, interactive=True, within=None)
        except CallFailed as failure:
            if not failure.caller_caused:
                raise
            self._refuse(failure)
        else:
            self._grant()
        return bool(self._granted)

    async def states(
        self, item_ids: Sequence[str], marketplace: str, within: Seconds, *, interactive: bool
    ) -> Mapping[str, ItemState]:
        """Return what is known of up to MAX_IDS items; those that eBay says nothing about are missing.

        One attempt. `interactive`: a message waits for it, so that it may use the reserve of the quota.
        Raises CallFailed, WatcherError.
        """
        try:
            return await self._fetch(item_ids[:MAX_IDS], marketplace, interactive=interactive, within=within)
        except ScopeRefused as refusal:
            self._refuse(refusal)
            raise

    async def _fetch(
        self, item_ids: Sequence[str], marketplace: str, *, interactive: bool, within: Seconds | None
    ) -> Mapping[str, ItemState]:
        url = f"{self._url}?{urlencode({'item_ids': ','.join(item_ids)})}"
        headers = {"X-EBAY-C-MARKETPLACE-ID": marketplace}

        def parse(response: HttpResponse) -> Mapping[str, ItemState]:
            return parse_item_states(response, item_ids, self._clock.now())

        async def fetch(context: CallContext) -> Mapping[str, ItemState]:
            return await self._requests.fetch(url, headers, parse, context, answers=_ANSWERS)

        return await self._guard.call_in_steps(fetch, interactive=interactive, within=within)

    def _grant(self) -> None:
        if not self._granted:
            log.info("eBay grants getItems to these keys: one call looks at up to 20 items")
        self._granted = True

    def _refuse(self, refusal: CallFailed) -> None:
        log.info("eBay does not grant getItems to these keys; it is asked again in a day: %s", refusal.detail)
        self._granted, self._asked_at = False, self._clock.now()
