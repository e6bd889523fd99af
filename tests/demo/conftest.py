"""A scripted market server and its client, started for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.demo.outside import NOON, Outside, Post
from tests.demo.stripe_calls import StripeOutside, stripe_outside
from tests.market.scripted import Scripted
from tests.market.server import MarketServer


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    market, time = Scripted(), [NOON]
    async with (
        MarketServer(market, clock=lambda: time[0]) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
    ):
        yield Outside(server, market, http, time)


@pytest.fixture
def post(outside: Outside) -> Post:
    async def send(body: dict[str, Any]) -> tuple[int, str]:
        async with outside.http.post(outside.server.webhook("watches"), json=body) as answer:
            return answer.status, await answer.text()

    return send


@pytest.fixture
async def paying() -> AsyncIterator[StripeOutside]:
    async with stripe_outside() as outside:
        yield outside
