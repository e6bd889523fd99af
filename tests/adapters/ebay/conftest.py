"""The scripted eBay and its client, started for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.ebay.world import World
from tests.adapters.scripted_ebay import scripted_ebay
from tests.fakes import FakeClock
from watcher.adapters.outbound.http import HttpClient


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[World]:
    http = HttpClient(concurrency=4)
    async with scripted_ebay() as server:
        yield World(server, clock, http)
        await http.aclose()
