from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from watcher.demo.browse import SEARCH
from watcher.demo.scripted import Scripted
from watcher.demo.server import CLIENT_ID, CLIENT_SECRET, TOKEN, DemoServer

# 2026-07-01T12:00Z, which is five in the morning in California.
NOON = 1_782_907_200.0


@dataclass
class Outside:
    """A scripted market on a server, a clock that is set by hand, and somebody who asks."""

    server: DemoServer
    market: Scripted
    http: aiohttp.ClientSession
    time: list[float] = field(default_factory=lambda: [NOON])
    token: str = ""

    async def mint(self) -> str:
        """A token, as a client gets it."""
        form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
        auth = aiohttp.BasicAuth(CLIENT_ID, CLIENT_SECRET)
        async with self.http.post(self.server.url + TOKEN, data=form, auth=auth) as answer:
            assert answer.status == 200, await answer.text()
            self.token = (await answer.json())["access_token"]
        return self.token

    async def search(self, marketplace: str | None = None, **asked: Any) -> tuple[int, dict[str, Any]]:
        """The status and body of a search with a good token."""
        headers = {"Authorization": f"Bearer {self.token or await self.mint()}"}
        if marketplace:
            headers["X-EBAY-C-MARKETPLACE-ID"] = marketplace
        params = {name: str(value) for name, value in asked.items()}
        url = self.server.url + SEARCH
        async with self.http.get(url, params=params, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.json()

    async def ids(self, **asked: Any) -> list[str]:
        """The legacy ids that a search finds, in order, without warnings."""
        status, body = await self.search(**asked)
        assert status == 200, body
        assert "warnings" not in body, body["warnings"]
        return [row["legacyItemId"] for row in body.get("itemSummaries", [])]

    async def warned(self, **asked: Any) -> list[int]:
        """The errorIds of the warnings beside an answer that shows both items of the shelf."""
        status, body = await self.search(**asked)
        assert status == 200, body
        return [warning["errorId"] for warning in body.get("warnings", [])]

    async def refused(self, **asked: Any) -> tuple[int, int]:
        """The status and errorId of a refusal."""
        status, body = await self.search(**asked)
        return status, body["errors"][0]["errorId"]


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    market, time = Scripted(), [NOON]
    async with (
        DemoServer(market, clock=lambda: time[0]) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
    ):
        yield Outside(server, market, http, time)


Post = Callable[[dict[str, Any]], Awaitable[tuple[int, str]]]


@pytest.fixture
def post(outside: Outside) -> Post:
    async def send(body: dict[str, Any]) -> tuple[int, str]:
        async with outside.http.post(outside.server.webhook("watches"), json=body) as answer:
            return answer.status, await answer.text()

    return send
