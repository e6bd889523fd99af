"""A new price source plugs in through the public seam: one client behind the guard, and nothing else.

The toy source below is all the code that an API needs besides its row of facts, settings and registration.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from tests.adapters.scripted_server import Reply, quick_guard, scripted_server
from tests.adapters.source_conformance import CHECKS, SECRET, OpenedSource, no_secret_is_shown
from tests.fakes import WAIT_LIMITS, FakeClock, RecordingMeter, shortest_wait
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.outbound.refusals import kind_of_status, parse_retry_after
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.core.watch import Question
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher
from watcher.polling.poller import Poller, PollingLimits
from watcher.ports import Clock
from watcher.watches.registry import Registry

API = Api.EBAY  # the toy takes the place of the market


class ToySource:
    """A listing source whose API is `GET /offers?q=…` and returns `{"offers": [{"id", "name", "cents"}]}`."""

    api = API

    def __init__(self, *, base_url: str, api_key: str, http: HttpClient, guard: Guard, clock: Clock) -> None:
        self._base_url, self._http, self._guard, self._clock = base_url, http, guard, clock
        self._headers = {"X-Api-Key": api_key}

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        url = f"{self._base_url}/offers?{urlencode({'q': ask.query})}"

        async def send() -> Snapshot:
            response = await self._http.fetch(API, url, self._headers)
            if response.status != HTTPStatus.OK:
                kind = kind_of_status(response.status)
                wait = parse_retry_after(response.headers.get("Retry-After", ""), self._clock.now())
                detail, caller_caused = f"HTTP {response.status}", kind is Kind.REFUSED
                raise CallFailed(API, kind, detail, retry_after=wait, caller_caused=caller_caused)
            return self._parse(response.body)

        return await self._guard.call(send, interactive=interactive, within=within)

    def _parse(self, body: bytes) -> Snapshot:
        try:
            offers = json.loads(body)["offers"]
            listings = [
                Listing(offer["id"], offer["name"], Money(offer["cents"], "USD"), Money(0, "USD"))
                for offer in offers
            ]
        except (ValueError, KeyError, TypeError):
            raise CallFailed(API, Kind.MALFORMED, "the body is not a list of offers") from None
        return Snapshot.of_rows(listings, self._clock.now(), total=len(listings), unreadable=0)


def offers_at(*prices_in_cents: int) -> dict[str, object]:
    return {
        "offers": [
            {"id": f"toy-{i}", "name": "Zenitar Mk2 camera", "cents": cents}
            for i, cents in enumerate(prices_in_cents)
        ]
    }


@contextlib.asynccontextmanager
async def open_toy(attempt_timeout: float) -> AsyncIterator[OpenedSource]:
    ledger, clock = RecordingMeter(), FakeClock()
    async with scripted_server() as server, contextlib.aclosing(HttpClient(concurrency=2)) as http:
        guard = quick_guard(API, ledger, clock, attempt_timeout=attempt_timeout)
        source = ToySource(base_url=server.base_url, api_key=SECRET, http=http, guard=guard, clock=clock)
        yield OpenedSource(API, source, server, ledger, offers_at(5000, 6000), offers_at())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_toy_source_conforms(check) -> None:
    await check(open_toy)


async def test_toy_source_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await no_secret_is_shown(open_toy, caplog)


def fetcher_of(toy: OpenedSource, stores: Stores, clock: FakeClock) -> Fetcher:
    freshness = Freshness(TTLS, Seconds(600.0), Seconds(30 * DAY))
    return Fetcher(CompsCache(stores.cache, freshness, clock), toy.source, toy.ledger, limits=WAIT_LIMITS)


async def test_poll_alerts_on_a_listing_of_the_toy_source(stores: Stores, clock: FakeClock) -> None:
    async with open_toy(1.5) as toy:
        limits = PollingLimits(
            daily_quota=5000,
            min_interval=MINUTE,
            concurrency=4,
            retry=RetryPolicy(0, Seconds(1.0), Seconds(1.0)),
        )
        fetcher = fetcher_of(toy, stores, clock)
        poller = Poller(stores.searches, fetcher, limits, jitter=shortest_wait, meter=toy.ledger, name="test")
        registry = Registry(stores.watches, Defaults("EBAY_US"), 5000)
        watch = await registry.add({"query": "zenitar mk2 camera", "below": "51"}, clock.now())
        toy.server.replies = [Reply(offers_at(5000, 5200, 5500, 5800, 6000, 6100, 6300))]
        await poller.tick(clock.now())
        await poller.settle()
        [record] = stores.alerts.latest(10)
    assert record.alert.watch_id == watch.id
    assert [item.item_id for item in record.alert.items] == ["toy-0"]
    assert toy.codes() == [None]


async def test_answer_of_the_toy_source_is_cached(stores: Stores, clock: FakeClock) -> None:
    question = Question("zenitar mk2 camera", Condition.ANY, "", "EBAY_US")
    async with open_toy(1.5) as toy:
        fetcher = fetcher_of(toy, stores, clock)
        toy.server.replies = [Reply(offers_at(5000, 6000))]
        answers = [await fetcher.fetch(question) for _ in range(2)]
    assert [answer.source for answer in answers] == ["fresh", "cached"]
    assert [request.query["q"] for request in toy.server.requests] == [question.query]
