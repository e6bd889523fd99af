"""`/api/comps`, the cache administration, and the health of the outside services."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from tests.web.clients import client_of
from watcher.runtime import App

Q = {"q": "zenitar mk2", "category": "cameras", "condition": "used", "marketplace": "EBAY_US"}
SEARCH = "/buy/browse/v1/item_summary/search"


async def test_comps_have_the_documented_json_fields(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/comps", params=Q | {"condition": "any"})
    body = answer.json()
    comps = body.pop("comps")
    assert answer.status_code == 200
    assert set(body) == {
        *("source", "api", "stale", "ageSeconds", "fetchedAt", "expiresAt"),
        *("observed", "warnings", "unreadable"),
    }
    assert (body["source"], body["stale"], body["ageSeconds"]) == ("fresh", False, 0)
    assert body["unreadable"] == 0
    assert set(comps) >= {"query", "category", "condition", "marketplace", "basis", "currency", "n", "low"}
    assert set(comps) >= {"p25", "median", "p75", "high", "interval", "kept", "dropped"}
    assert (comps["n"], comps["low"], comps["median"], comps["high"]) == (5, "41.00", "43.00", "45.00")
    assert set(comps["kept"][0]) >= {"itemId", "title", "total", "price", "shipping", "condition", "url"}


async def test_comps_name_the_condition_ids_that_they_cover(client: httpx.AsyncClient) -> None:
    for condition, ids in (("any", []), ("new", [1000, 1500])):
        answer = await client.get("/api/comps", params=Q | {"condition": condition})
        assert answer.json()["comps"]["conditionIds"] == ids


async def test_the_second_answer_is_cached_and_reports_its_age(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    await client.get("/api/comps", params=Q)
    clock.move(90)
    body = (await client.get("/api/comps", params=Q)).json()
    assert (body["source"], body["stale"], body["ageSeconds"]) == ("cached", False, 90)


async def test_no_comparable_listings_is_an_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/comps", params={"q": "no such thing"})
    comps = answer.json()["comps"]
    assert (answer.status_code, comps["n"], comps["median"], comps["kept"]) == (200, 0, None, [])


async def test_an_unknown_category_gets_a_warning_that_lists_known_ones(client: httpx.AsyncClient) -> None:
    async def warnings(category: str) -> list[str]:
        answer = await client.get("/api/comps", params={"q": "no such thing", "category": category})
        assert answer.status_code == 200
        found: list[str] = answer.json()["warnings"]
        assert answer.json()["comps"]["warnings"] == found
        return found

    [warning] = await warnings("toyz")
    assert all(words in warning for words in ('"toyz" is not a known category', "toys", "trading-cards"))
    assert [await warnings(known) for known in ("Toys", "", "220")] == [[], [], []]


@pytest.mark.parametrize("query", ["", "?q=", "?query=zenitar", "?category=shoes"])
async def test_a_missing_query_is_a_missing_field(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/comps{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_REQUIRED_FIELD")
    assert '"q"' in answer.json()["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"condition": "mint"},
        {"marketplace": "EBAY_MARS"},
        {"q": "x" * 101},
        {"q": "a\x00b"},
        {"q": "***"},
        {"colour": "red"},
    ],
)
async def test_an_invalid_field_is_invalid_input_with_a_message(
    client: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await client.get("/api/comps", params=Q | wrong)
    body = answer.json()
    assert (answer.status_code, body["code"], body["statusCode"]) == (400, "INVALID_INPUT", 400)
    assert body["userMessage"]["message"].endswith(".")


async def test_a_market_failure_is_reported_with_retry_after(app: App, market: MarketServer) -> None:
    market.faults.append(Fault(FaultKind.STATUS, path=SEARCH))
    async with client_of(app) as client:
        answer = await client.get("/api/comps", params=Q)
    assert (answer.status_code, answer.json()["code"]) == (503, "EBAY_UNAVAILABLE")
    assert answer.headers["retry-after"] == str(answer.json()["userMessage"]["retryAfterSeconds"])


async def test_a_stale_answer_is_served_while_the_market_fails(
    client: httpx.AsyncClient, market: MarketServer, clock: FakeClock
) -> None:
    await client.get("/api/comps", params=Q)
    clock.move(8 * 86_400)
    market.faults.append(Fault(FaultKind.STATUS, path=SEARCH))
    body = (await client.get("/api/comps", params=Q)).json()
    assert (body["source"], body["stale"], body["ageSeconds"]) == ("cached", True, 8 * 86_400)


async def test_many_concurrent_misses_make_one_call(client: httpx.AsyncClient, market: MarketServer) -> None:
    """Flaw 4."""
    answers = await asyncio.gather(*(client.get("/api/comps", params=Q) for _ in range(200)))
    assert {a.status_code for a in answers} == {200}
    assert len({json.dumps(a.json()["comps"]) for a in answers}) == 1
    assert market.calls[SEARCH] == 1


async def test_cache_entries_are_counted_and_removed(client: httpx.AsyncClient, clock: FakeClock) -> None:
    nothing = {"totalEntries": 0, "expiredEntries": 0, "activeEntries": 0, "percentExpired": 0.0}
    assert (await client.get("/api/admin/cache")).json() == nothing
    for query in ("zenitar mk2", "no such thing", "nor this"):
        await client.get("/api/comps", params={"q": query})
    clock.move(3_600)  # empty answers expire soon
    assert (await client.get("/api/admin/cache")).json() == {
        "totalEntries": 3,
        "expiredEntries": 2,
        "activeEntries": 1,
        "percentExpired": 66.7,
    }
    assert (await client.delete("/api/admin/cache", params={"q": "Nor  THIS"})).json() == {"cleared": 1}
    assert (await client.delete("/api/admin/cache", params={"key": "no key"})).json() == {"cleared": 0}
    assert (await client.delete("/api/admin/cache")).json() == {"cleared": 2}
    assert (await client.get("/api/admin/cache")).json() == nothing


@pytest.mark.parametrize("query", ["?key=", "?q=", "?category=shoes", "?key=a&q=b", "?keys=a"])
async def test_a_malformed_request_does_not_clear_the_cache(client: httpx.AsyncClient, query: str) -> None:
    await client.get("/api/comps", params=Q)
    answer = await client.delete(f"/api/admin/cache{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert (await client.get("/api/admin/cache")).json()["totalEntries"] == 1


async def test_metrics_count_attempts_in_milliseconds_and_percent(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    await client.get("/api/comps", params=Q)
    market.faults.append(Fault(FaultKind.STATUS, path=SEARCH))
    await client.get("/api/comps", params={"q": "something else"})
    body = (await client.get("/api/admin/metrics")).json()
    assert set(body) >= {"ebay", "serpapi", "openai", "stripe", "slack"}
    ebay = body["ebay"]
    assert set(ebay) == {"successCount", "failureCount", "latency", "failureRate", "lastError"}
    assert (ebay["successCount"], ebay["failureCount"], ebay["failureRate"]) == (1, 1, 50.0)
    assert set(ebay["latency"]) == {"min", "avg", "max", "p50", "p95", "p99"}
    assert 0 < ebay["latency"]["min"] < 1_000
    assert ebay["lastError"] == "EBAY_UNAVAILABLE"
    assert body["openai"]["failureRate"] is None


async def test_health_is_a_status_and_a_failure_rate(client: httpx.AsyncClient) -> None:
    await client.get("/api/comps", params=Q)
    body = (await client.get("/api/health")).json()
    assert body["ebay"] == {"status": "healthy", "failureRate": 0.0}
    assert body["stripe"] == {"status": "no_data", "failureRate": None}


async def test_a_key_that_no_database_takes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/admin/cache", params={"key": "a\0b"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
