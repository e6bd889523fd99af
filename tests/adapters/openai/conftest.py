"""The scripted OpenAI and its client, started for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.openai.model import Model
from tests.adapters.scripted_server import scripted_server
from tests.fakes import FakeClock
from watcher.adapters.outbound.http import HttpClient


@pytest.fixture
async def model(clock: FakeClock) -> AsyncIterator[Model]:
    http = HttpClient(concurrency=4)
    async with scripted_server() as server:
        yield Model(server, clock, http)
        await http.aclose()
