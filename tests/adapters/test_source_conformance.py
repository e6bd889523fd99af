"""eBay and SerpAPI behave as every price source must."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from tests.adapters.scripted_ebay import row, scripted_ebay
from tests.adapters.scripted_server import quick_guard, scripted_server
from tests.adapters.serpapi_rows import answer, empty, result
from tests.adapters.source_conformance import CHECKS, SECRET, OpenedSource, OpenSource, no_secret_is_shown
from tests.fakes import FakeClock, RecordingMeter
from watcher.adapters.ebay.client import EbayClient
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.serpapi.client import SerpApiClient
from watcher.core.errors import Api


@contextlib.asynccontextmanager
async def open_ebay(attempt_timeout: float) -> AsyncIterator[OpenedSource]:
    ledger, clock = RecordingMeter(), FakeClock()
    async with scripted_ebay() as server, contextlib.aclosing(HttpClient(concurrency=2)) as http:
        guard = quick_guard(Api.EBAY, ledger, clock, attempt_timeout=attempt_timeout)
        token = EbayToken(
            base_url=server.base_url,
            client_id="App-1",
            client_secret=SECRET,
            state_dir=None,
            http=http,
            guard=quick_guard(Api.EBAY, ledger, clock),
            clock=clock,
        )
        source = EbayClient(base_url=server.base_url, token=token, http=http, guard=guard, clock=clock)
        rows = {"total": 2, "itemSummaries": [row(1), row(2)]}
        await token.get()
        yield OpenedSource(Api.EBAY, source, server, ledger, rows, {"total": 0})
        await token.aclose()


@contextlib.asynccontextmanager
async def open_serpapi(attempt_timeout: float) -> AsyncIterator[OpenedSource]:
    ledger, clock = RecordingMeter(), FakeClock()
    async with scripted_server() as server, contextlib.aclosing(HttpClient(concurrency=2)) as http:
        guard = quick_guard(Api.SERPAPI, ledger, clock, attempt_timeout=attempt_timeout)
        source = SerpApiClient(base_url=server.base_url, api_key=SECRET, http=http, guard=guard, clock=clock)
        yield OpenedSource(Api.SERPAPI, source, server, ledger, answer(result(1), result(2)), empty())


SOURCES = pytest.mark.parametrize("open_source", [open_ebay, open_serpapi], ids=["ebay", "serpapi"])


@SOURCES
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_price_source_conforms(open_source: OpenSource, check) -> None:
    await check(open_source)


@SOURCES
async def test_price_source_shows_no_secret(
    open_source: OpenSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await no_secret_is_shown(open_source, caplog)
