"""The SerpAPI client over real sockets: against the demo, and against a scripted server."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from tests.adapters.scripted_server import Reply, ScriptedServer, quick_guard, scripted_server
from tests.adapters.serpapi_rows import answer, result
from tests.fakes import NOON, FakeClock, RecordingMeter
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.waiting import PATIENCE
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.serpapi.client import SerpApiClient
from watcher.adapters.serpapi.responses import SearchesLeft
from watcher.core.errors import Api, CallFailed, Code, Kind
from watcher.core.listing import Ask, Condition, Sort
from watcher.core.times import Instant
from watcher.demo.summary import wire_date

CANARY = "canary-key-0123456789/+="
ASK = Ask("zenitar mk2", Condition.ANY, "EBAY_US")


class World:
    """The client and the recorded samples."""

    def __init__(
        self,
        base_url: str,
        key: str,
        http: HttpClient,
        *,
        attempt_timeout: float = PATIENCE,
        deliver_to: str = "",
    ) -> None:
        self.clock, self.ledger = FakeClock(), RecordingMeter()
        guard = quick_guard(Api.SERPAPI, self.ledger, self.clock, attempt_timeout=attempt_timeout)
        self.serp = SerpApiClient(
            base_url=base_url, api_key=key, http=http, guard=guard, clock=self.clock, deliver_to=deliver_to
        )

    async def failure(self, ask: Ask = ASK, *, interactive: bool = False) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.serp.search(ask, interactive=interactive)
        return caught.value

    def codes(self) -> list[Code | None]:
        return [attempt.code for attempt in self.ledger.attempts]


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    http = HttpClient(concurrency=4)
    yield http
    await http.aclose()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        server.replies = [Reply(answer())]
        yield server


@pytest.fixture
async def world(server: ScriptedServer, http: HttpClient) -> World:
    return World(server.base_url + "/", CANARY, http)


@pytest.fixture
async def demo() -> AsyncIterator[tuple[MarketServer, Scripted]]:
    market = Scripted()
    async with MarketServer(market, clock=lambda: NOON) as server:
        yield server, market


# Requests


async def test_search_request_has_serpapis_parameters(server: ScriptedServer, world: World) -> None:
    await world.serp.search(
        Ask("zenitar (mk2, mk3)", Condition.USED, "EBAY_GB", "15709", Sort.NEWEST), interactive=False
    )
    [asked] = server.requests
    assert asked.path == "/search.json"
    assert dict(asked.query) == {
        "engine": "ebay",
        "_nkw": "zenitar (mk2, mk3)",
        "ebay_domain": "ebay.co.uk",
        "category_id": "15709",
        "LH_ItemCondition": "2750|2990|3000|3010|4000|5000|6000",
        "_ipg": "200",
        "_sop": "10",
        "api_key": CANARY,
    }


@pytest.mark.parametrize(
    ("deliver_to", "marketplace", "postcode"),
    [
        ("US 19406", "EBAY_US", "19406"),
        ("US 19406", "EBAY_DE", None),
        ("DE 10115", "EBAY_DE", "10115"),
        ("gb SW1A 1AA", "EBAY_GB", "SW1A 1AA"),
        ("DE", "EBAY_DE", None),
        ("", "EBAY_US", None),
    ],
)
async def test_postcode_is_sent_to_the_site_of_its_country(
    server: ScriptedServer, http: HttpClient, deliver_to: str, marketplace: str, postcode: str | None
) -> None:
    serp = World(server.base_url, CANARY, http, deliver_to=deliver_to).serp
    ask = ASK._replace(marketplace=marketplace)
    await serp.search(ask, interactive=False)
    await serp.sold(ask)
    assert [asked.query.get("_stpos") for asked in server.requests] == [postcode] * 2


async def test_sales_request_has_serpapis_parameters(server: ScriptedServer, world: World) -> None:
    await world.serp.sold(ASK)
    assert dict(server.requests[0].query) == {
        "engine": "ebay",
        "_nkw": "zenitar mk2",
        "ebay_domain": "ebay.com",
        "_ipg": "200",
        "show_only": "Sold",
        "api_key": CANARY,
    }


async def test_unsupported_marketplace_costs_no_search(server: ScriptedServer, world: World) -> None:
    ask = ASK._replace(marketplace="EBAY_JP")
    failure = await world.failure(ask)
    assert (failure.kind, failure.caller_caused, server.requests) == (Kind.REFUSED, True, [])
    assert not world.serp.answers(ask)
    assert world.serp.answers(ASK)


# Responses


async def test_answer_of_serpapi_is_never_complete(server: ScriptedServer, world: World) -> None:
    server.replies = [Reply(answer(result(1), result(2), result(1), {"title": "x"}))]
    snapshot = await world.serp.search(ASK, interactive=False)
    assert [x.item_id for x in snapshot.listings] == ["v1|1|0", "v1|2|0"]
    assert (snapshot.total, snapshot.rows, snapshot.duplicates, snapshot.unreadable) == (321, 4, 1, 1)
    assert (snapshot.complete, snapshot.fetched_at) == (False, NOON)
    assert world.codes() == [None]


@pytest.mark.parametrize(
    ("status", "kind", "code", "caller"),
    [
        (400, Kind.REFUSED, Code.SEARCH_FAILED, True),
        (401, Kind.CREDENTIALS, Code.SEARCH_FAILED, False),
        (403, Kind.CREDENTIALS, Code.SEARCH_FAILED, False),
        (410, Kind.REFUSED, Code.SEARCH_FAILED, True),
        (429, Kind.RATE_LIMIT, Code.SERPAPI_RATE_LIMIT, False),
        (500, Kind.UNAVAILABLE, Code.SEARCH_FAILED, False),
        (503, Kind.UNAVAILABLE, Code.SEARCH_FAILED, False),
        (504, Kind.TIMEOUT, Code.SEARCH_FAILED, False),
        (302, Kind.MALFORMED, Code.SEARCH_FAILED, False),
    ],
)
async def test_refusal_is_classified_by_its_status(
    server: ScriptedServer, world: World, *, status: int, kind: Kind, code: Code, caller: bool
) -> None:
    server.replies = [Reply({"error": "any words 429"}, status, {"Location": server.base_url})]
    failure = await world.failure()
    assert (failure.kind, failure.code, failure.status, failure.caller_caused) == (kind, code, status, caller)
    assert world.codes() == [code]


async def test_retry_after_of_serpapi_is_reported(server: ScriptedServer, world: World) -> None:
    server.replies = [Reply({}, 429, {"Retry-After": "17"})]
    assert (await world.failure()).retry_after == 17


async def test_interactive_search_is_retried_and_a_poll_is_not(server: ScriptedServer, world: World) -> None:
    server.replies = [Reply({}, 503), Reply(answer(result(1)))]
    assert len((await world.serp.search(ASK, interactive=True)).listings) == 1
    assert world.codes() == [Code.SEARCH_FAILED, None]
    server.replies = [Reply({}, 503), Reply(answer(result(1)))]
    await world.failure()
    server.replies = [Reply({}, 503), Reply(answer(result(1)))]
    with pytest.raises(CallFailed):
        await world.serp.sold(ASK)


async def test_account_look_up_is_sampled_only_if_it_fails(server: ScriptedServer, world: World) -> None:
    server.replies = [Reply({"total_searches_left": 12, "searches_per_month": 250})]
    assert await world.serp.fetch_account() == SearchesLeft(12, 250)
    assert (server.requests[0].path, world.codes()) == ("/account.json", [])
    server.replies = [Reply({}, 401)]
    with pytest.raises(CallFailed):
        await world.serp.fetch_account()
    assert world.codes() == [Code.SEARCH_FAILED]


# The API key


async def test_api_key_is_shown_nowhere(
    server: ScriptedServer, http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(server.base_url, CANARY, http, attempt_timeout=0.1)
    echo = {"error": f"Invalid API key {CANARY}", "search_metadata": {"status": CANARY}}
    bodies = [Reply(echo, 401), Reply(echo), Reply(CANARY.encode()), Reply(echo, hangs=True)]
    failures = []
    for reply in bodies:
        server.replies = [reply]
        failures.append(await world.failure())
    dead = World("http://127.0.0.1:1", CANARY, http)
    nameless = World("http://[::bad", CANARY, http)
    failures += [await dead.failure(), await nameless.failure()]
    shown = [caplog.text, repr(world.serp), str(world.serp), repr(world.ledger.attempts)]
    for failure in failures:
        shown += [str(failure), repr(failure), failure.detail, repr(failure.__cause__)]
    assert CANARY in str(server.requests[0].query)
    assert not [text for text in shown if "canary" in text]


# Against the demo


async def test_listings_of_the_demo_are_parsed(demo: tuple[MarketServer, Scripted], http: HttpClient) -> None:
    server, market = demo
    rows = [
        summary("101", "Zenitar Mk2", "50.00", "0.00"),
        summary("102", "Zenitar Mk2", "60.00", "4.50"),
        summary("103", "Zenitar Mk2", "70.00", None),
        summary("104", "Zenitar Mk2", None, bid="7.00", ends=Instant(NOON + 3600)),
        summary("105", "Zenitar Mk2", "10.00", "0.00", itemGroupType="SELLER_DEFINED_VARIATIONS"),
    ]
    market.put("zenitar mk2", *rows)
    world = World(f"{server.url}/serpapi", API_KEY, http)
    snapshot = await world.serp.search(ASK, interactive=False)
    parsed = [(x.item_id, str(x.price), str(x.total), x.is_group, x.auction) for x in snapshot.listings]
    assert parsed == [
        ("v1|101|0", "$50.00", "$50.00", False, False),
        ("v1|102|0", "$60.00", "$64.50", False, False),
        ("v1|103|0", "$70.00", "None", False, False),
        ("v1|104|0", "None", "None", False, True),
        ("v1|105|0", "$10.00", "$10.00", True, False),
    ]
    assert snapshot.listings[3].ends_at == NOON + 3600
    assert (await world.serp.fetch_account()).remaining == 249


async def test_sales_of_the_demo_are_parsed(demo: tuple[MarketServer, Scripted], http: HttpClient) -> None:
    server, market = demo
    market.put_sold("zenitar", summary("8", "Zenitar Mk2", "55.00", "0.00", itemEndDate=wire_date(NOON)))
    world = World(f"{server.url}/serpapi", API_KEY, http)
    [sale] = (await world.serp.sold(ASK._replace(query="zenitar"))).listings
    assert (str(sale.total), sale.ends_at) == ("$55.00", NOON - NOON % 86400)
    assert (await world.serp.sold(ASK._replace(query="unobtainium"))).listings == ()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (FaultKind.HTML, Kind.MALFORMED),
        (FaultKind.MALFORMED, Kind.MALFORMED),
        (FaultKind.CUT, Kind.UNAVAILABLE),
        (FaultKind.RESET, Kind.UNAVAILABLE),
        (FaultKind.REDIRECT, Kind.MALFORMED),
        (FaultKind.RATE_LIMIT, Kind.RATE_LIMIT),
        (FaultKind.HANG, Kind.TIMEOUT),
        (FaultKind.DRIP, Kind.TIMEOUT),
    ],
)
async def test_faults_are_failures_and_never_an_empty_market(
    demo: tuple[MarketServer, Scripted], http: HttpClient, fault: FaultKind, kind: Kind
) -> None:
    server, market = demo
    market.put("zenitar mk2", summary("101", "Zenitar Mk2", "50.00", "0.00"))
    server.faults = [Fault(fault)]
    patience = 0.3 if kind is Kind.TIMEOUT else PATIENCE
    world = World(f"{server.url}/serpapi", API_KEY, http, attempt_timeout=patience)
    assert (await world.failure()).kind is kind
    assert len(world.codes()) == 1
