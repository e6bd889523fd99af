"""eBay fails and SerpAPI answers: the fetch pipeline over real sockets."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from tests.fakes import WAIT_LIMITS, FakeClock, RecordingMeter, inquiry_of, shortest_wait
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.waiting import PATIENCE
from watcher.adapters.ebay.client import EbayClient
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.serpapi.client import SerpApiClient
from watcher.core.categories import TTLS
from watcher.core.comps import Basis
from watcher.core.errors import Api, CallFailed, Code
from watcher.core.listing import Condition
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.db.stores import Stores
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.summary import wire_date
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher

CAMERA = inquiry_of("zenitar", Condition.ANY, "electronics", "EBAY_US")
EBAY, SERPAPI = "/buy/", "/serpapi/"
ROWS = [summary(str(100 + n), "Zenitar camera", f"{50 + n}.00", "0.00") for n in range(8)]


class World:
    """A fetcher on two simulated markets."""

    def __init__(self, server: MarketServer, stores: Stores, clock: FakeClock, http: HttpClient) -> None:
        self.server, self.clock, self.http, self.ledger = server, clock, http, RecordingMeter()
        guard = self.guard(Api.EBAY)
        token = EbayToken(
            base_url=server.url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            state_dir=None,
            http=http,
            guard=guard,
            clock=clock,
        )
        self.ebay = EbayClient(base_url=server.url, token=token, http=http, guard=guard, clock=clock)
        self.serp = SerpApiClient(
            base_url=f"{server.url}/serpapi",
            api_key=API_KEY,
            http=http,
            guard=self.guard(Api.SERPAPI),
            clock=clock,
        )
        freshness = Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY))
        cache = CompsCache(stores.cache, freshness, clock)
        self.fetcher = Fetcher(
            cache, self.ebay, self.ledger, backup=self.serp, sales=[self.serp], limits=WAIT_LIMITS
        )

    def guard(self, api: Api, patience: float = PATIENCE) -> Guard:
        return Guard(
            api,
            RetryPolicy(0, Seconds(0.001), Seconds(0.004)),
            attempt_timeout=Seconds(patience),
            deadline=Seconds(2 * patience),
            clock=self.clock,
            monotonic=time.monotonic,
            jitter=shortest_wait,
            meter=self.ledger,
        )

    def calls(self) -> tuple[int, int]:
        return self.server.calls[SEARCH], self.server.calls["/serpapi/search.json"]


@pytest.fixture
async def market() -> Scripted:
    market = Scripted()
    market.put("zenitar", *ROWS)
    return market


@pytest.fixture
async def world(market: Scripted, stores: Stores, clock: FakeClock) -> AsyncIterator[World]:
    http = HttpClient(concurrency=4)
    async with MarketServer(market, clock=clock.now) as server:
        yield World(server, stores, clock, http)
        await http.aclose()


async def test_listings_have_the_same_ids_and_totals_in_both_markets(world: World) -> None:
    right = await world.fetcher.fetch(CAMERA)
    world.server.faults = [Fault(FaultKind.STATUS, EBAY)]
    world.clock.move(60 * DAY)
    backup = await world.fetcher.fetch(CAMERA)
    assert (right.api, backup.api) == (Api.EBAY, Api.SERPAPI)
    assert [(x.item_id, x.total) for x in right.snapshot.listings] == [
        (x.item_id, x.total) for x in backup.snapshot.listings
    ]


@pytest.mark.parametrize(
    "fault",
    [FaultKind.STATUS, FaultKind.HTML, FaultKind.CUT, FaultKind.RESET, FaultKind.QUOTA, FaultKind.HANG],
)
async def test_the_backup_answers_once_for_every_fault_of_ebay(world: World, fault: FaultKind) -> None:
    world.server.faults = [Fault(fault, EBAY)]
    if fault is FaultKind.HANG:
        world.ebay._guard = world.ebay._requests._guard = world.guard(Api.EBAY, patience=0.5)
    assert (await world.fetcher.fetch(CAMERA)).api is Api.SERPAPI
    assert (await world.fetcher.fetch(CAMERA)).source == "cached"
    assert world.calls()[1] == 1


async def test_ebays_error_is_raised_if_both_markets_fail(world: World) -> None:
    world.server.faults = [Fault(FaultKind.STATUS, EBAY), Fault(FaultKind.STATUS, SERPAPI, status=429)]
    with pytest.raises(CallFailed) as caught:
        await world.fetcher.fetch(CAMERA)
    assert caught.value.code is Code.EBAY_UNAVAILABLE
    codes = [attempt.code for attempt in world.ledger.attempts]
    assert codes == [Code.EBAY_UNAVAILABLE, Code.SERPAPI_RATE_LIMIT]


async def test_a_mistaken_empty_answer_is_not_believed(world: World) -> None:
    await world.fetcher.fetch(CAMERA)
    world.clock.move(8 * DAY)
    world.server.faults = [Fault(FaultKind.EMPTY, EBAY, times=1)]
    found = await world.fetcher.fetch(CAMERA)
    assert (len(found.snapshot.listings), found.source) == (8, "fresh")
    assert (world.ledger.counts["suspicious.empty"], world.calls()) == (1, (3, 0))


async def test_comps_based_on_sales_have_the_basis_sold(world: World, market: Scripted) -> None:
    sold = [
        summary(str(n), "Zenitar camera", f"{40 + n}.00", "0.00", itemEndDate=wire_date(world.clock.now()))
        for n in range(1, 6)
    ]
    market.put_sold("zenitar", *sold)
    answer, comps = await world.fetcher.fetch_comps(CAMERA)
    assert (answer.api, comps.statistics.basis, comps.statistics.n) == (Api.SERPAPI, Basis.SOLD, 5)
    assert world.calls() == (1, 1)


async def test_comps_are_based_on_asks_if_there_are_no_sales(world: World) -> None:
    answer, comps = await world.fetcher.fetch_comps(CAMERA)
    assert (answer.api, comps.statistics.basis, comps.statistics.n) == (Api.EBAY, Basis.ASK, 8)
    await world.fetcher.fetch_comps(CAMERA)
    assert world.calls() == (1, 1)
