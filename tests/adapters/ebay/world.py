"""A scripted eBay, and the client that calls it."""

from __future__ import annotations

import pytest

from tests.adapters.scripted_ebay import SEARCH_PATH, ScriptedEbay
from tests.adapters.scripted_server import Reply, quick_guard
from tests.fakes import FakeClock, RecordingMeter
from tests.waiting import PATIENCE
from watcher.adapters.ebay.client import EbayClient
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.http import HttpClient
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition, Snapshot

ASK = Ask("nike dunk", Condition.ANY, "EBAY_US")


class World:
    """A scripted eBay, the client that calls it, and the recorded samples."""

    def __init__(
        self, server: ScriptedEbay, clock: FakeClock, http: HttpClient, *, attempt_timeout: float = PATIENCE
    ) -> None:
        self.server, self.clock, self.ledger = server, clock, RecordingMeter()
        self.http = http
        self.guard = quick_guard(Api.EBAY, self.ledger, clock, attempt_timeout=attempt_timeout)
        self.token = EbayToken(
            base_url=server.base_url,
            client_id="App-1",
            client_secret="PRD-canary",
            state_dir=None,
            http=http,
            guard=self.guard,
            clock=clock,
        )
        self.ebay = EbayClient(
            base_url=server.base_url + "/",
            token=self.token,
            http=http,
            guard=self.guard,
            clock=clock,
            deliver_to="US 19406",
        )

    def replies(self, *replies: Reply) -> None:
        self.server.replies = list(replies)

    async def search(self, ask: Ask = ASK, *, interactive: bool = False) -> Snapshot:
        return await self.ebay.search(ask, interactive=interactive)

    async def failure(self, ask: Ask = ASK, *, interactive: bool = False) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.search(ask, interactive=interactive)
        return caught.value

    def next_page(self, offset: int) -> str:
        return f"{self.server.base_url}{SEARCH_PATH}?q=nike+dunk&limit=200&offset={offset}"
