"""A client of the simulated market over real sockets."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.demo.browse import SEARCH, SEARCH_BY_IMAGE
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.server import TOKEN

# 2026-07-01T12:00Z, which is five in the morning in California.
NOON = 1_782_907_200.0


def basic(client: str, secret: str) -> dict[str, str]:
    """Return the header of Basic authentication."""
    return {"Authorization": f"Basic {b64encode(f'{client}:{secret}'.encode()).decode()}"}


@dataclass
class Outside:
    """A scripted market on a server with a manual clock, and an HTTP client."""

    server: MarketServer
    market: Scripted
    http: aiohttp.ClientSession
    time: list[float] = field(default_factory=lambda: [NOON])
    token: str = ""

    async def mint(self) -> str:
        """Request and keep a token."""
        form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
        headers = basic(CLIENT_ID, CLIENT_SECRET)
        async with self.http.post(self.server.url + TOKEN, data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            self.token = (await answer.json())["access_token"]
        return self.token

    async def search(self, marketplace: str | None = None, **parameters: Any) -> tuple[int, dict[str, Any]]:
        """Return status and body of a search with a valid token."""
        headers = {"Authorization": f"Bearer {self.token or await self.mint()}"}
        if marketplace:
            headers["X-EBAY-C-MARKETPLACE-ID"] = marketplace
        params = {name: str(value) for name, value in parameters.items()}
        url = self.server.url + SEARCH
        async with self.http.get(url, params=params, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.json()

    async def search_by_image(self, image: str, **parameters: str) -> tuple[int, dict[str, Any]]:
        """Return status and body of a search by picture; `image` is in base64."""
        headers = {"Authorization": f"Bearer {self.token or await self.mint()}"}
        url = self.server.url + SEARCH_BY_IMAGE
        async with self.http.post(url, params=parameters, headers=headers, json={"image": image}) as answer:
            return answer.status, await answer.json()

    async def ids(self, **parameters: Any) -> list[str]:
        """Return the legacy ids that a search finds, in order; it must give no warnings."""
        status, body = await self.search(**parameters)
        assert status == 200, body
        assert "warnings" not in body, body["warnings"]
        return [row["legacyItemId"] for row in body.get("itemSummaries", [])]

    async def warnings_of(self, **parameters: Any) -> list[int]:
        """Return the errorIds of the warnings in a successful answer."""
        status, body = await self.search(**parameters)
        assert status == 200, body
        return [warning["errorId"] for warning in body.get("warnings", [])]

    async def refused(self, **parameters: Any) -> tuple[int, int]:
        """Return status and errorId of a refusal."""
        status, body = await self.search(**parameters)
        return status, body["errors"][0]["errorId"]


Post = Callable[[dict[str, Any]], Awaitable[tuple[int, str]]]
