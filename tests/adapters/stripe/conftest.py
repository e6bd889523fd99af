"""The scripted Stripe and its client, started for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.scripted_server import scripted_server
from tests.adapters.stripe.account import Account
from tests.fakes import FakeClock
from watcher.adapters.outbound.http import HttpClient


@pytest.fixture
async def account(clock: FakeClock) -> AsyncIterator[Account]:
    http = HttpClient(concurrency=4)
    async with scripted_server() as server:
        yield Account(server, clock, http)
        await http.aclose()
