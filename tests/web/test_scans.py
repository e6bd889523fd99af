"""Scans over HTTP: what a picture shows and is worth, its confirmation, batches, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.waiting import until
from tests.web.clients import bearer
from tests.web.photos import CAMERA, ZENITAR, data_uri, photo
from watcher.core.resilience.user_rates import UserRates
from watcher.core.tokens import LOCAL
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api

SCAN, IDENTIFY, CONFIRM = "/api/ar-overlay/scan", "/api/scan-sessions/identify", "/api/scan/confirm"
BATCH = "/api/batch/scanAndAnalyze"
SEARCH = "/buy/browse/v1/item_summary/search"
BY_IMAGE = f"{SEARCH}_by_image"
MB = 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def shown(goods: Scripted) -> None:
    goods.shown = ZENITAR
    for query in ("zenitar mk2 camera", "zenitar"):
        goods.put(query, *(summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n}.00") for n in range(1, 6)))


async def test_a_scan_says_what_it_is_and_what_to_pay(client: httpx.AsyncClient) -> None:
    answer = await client.post(SCAN, json={"image": CAMERA, "price": "29", "condition": "used"})
    assert answer.status_code == 200
    scan = answer.json()
    assert (scan["identification"]["query"], scan["identification"]["way"]) == ("zenitar mk2 camera", "ebay")
    assert (scan["identification"]["cost"], scan["identification"]["brand"]) == (None, None)
    assert (scan["comps"]["n"], scan["comps"]["median"], scan["comps"]["condition"]) == (5, "43.00", "used")
    assert scan["verdict"] == {
        "buy": True,
        "expected": "43.00",
        "maxPrice": "29.92",
        "currency": "USD",
        "basis": "ask",
        "n": 5,
        "interval": None,
        "why": "$29.00 is not more than $29.92: the median of 5 asks is $43.00, less 13 % fee and 20 % "
        "margin.",
    }
    dear = await client.post(SCAN, json={"image": CAMERA, "price": 29.93, "condition": "used"})
    assert dear.json()["verdict"]["buy"] is False
    unpriced = await client.post(SCAN, json={"image": CAMERA, "price": None, "category": ""})
    assert unpriced.json()["verdict"]["buy"] is None


async def test_the_same_picture_is_answered_from_memory(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    first = await client.post(SCAN, json={"image": CAMERA})
    before = market.calls.copy()
    again = await client.post(SCAN, json={"image": CAMERA})
    assert market.calls == before
    assert (first.json()["source"], again.json()["source"]) == ("fresh", "cached")
    assert again.json()["identification"]["way"] == "library"


REFUSED: list[tuple[Any, str, str]] = [
    ({}, "MISSING_REQUIRED_FIELD", 'The field "image" is missing.'),
    ({"image": ""}, "MISSING_REQUIRED_FIELD", "The picture is missing."),
    ({"image": "data:image/png;base64,"}, "MISSING_REQUIRED_FIELD", "The picture is empty."),
    ({"image": 7}, "INVALID_INPUT", 'The field "image" must be text.'),
    ({"image": "data:image/png;base64,AAAA"}, "INVALID_INPUT", "picture"),
    ({"image": "http://example.com/a.jpg"}, "INVALID_INPUT", "https"),
    ({"image": "https://127.0.0.1/a.jpg"}, "INVALID_INPUT", "into a private network"),
    ({"image": CAMERA, "imag": 1}, "INVALID_INPUT", 'There is no field "imag". Did you mean "image"?'),
    ({"image": CAMERA, "price": "cheap"}, "INVALID_INPUT", "price"),
    ({"image": CAMERA, "price": "5 EUR"}, "INVALID_INPUT", "Give the price in USD"),
    ({"image": CAMERA, "price": [5]}, "INVALID_INPUT", 'The field "price" must be text or a number.'),
    ({"image": CAMERA, "condition": "mint"}, "INVALID_INPUT", "mint"),
    ([CAMERA], "INVALID_INPUT", "The body must be a JSON object."),
    (b"", "MISSING_REQUIRED_FIELD", "The body is missing"),
    (b'{"image": ', "INVALID_INPUT", "The body is not JSON."),
    (b'{"image": "' + b"\xff" * 10 + b'"}', "INVALID_INPUT", "The body is not JSON."),
    (b"[" * 60_000, "INVALID_INPUT", "The body is not JSON."),
]


async def test_an_unscannable_request_is_refused_in_a_sentence(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    for body, code, sentence in REFUSED:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await client.post(SCAN, content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body
        assert sentence in answer.json()["message"]
        assert answer.json()["userMessage"]["action"]
    assert not market.calls


async def test_an_unknown_item_is_not_found_and_an_outage_is_not_that(
    client: httpx.AsyncClient, goods: Scripted, market: MarketServer
) -> None:
    goods.shown = None
    unknown = await client.post(SCAN, json={"image": CAMERA})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ITEM_NOT_FOUND")
    assert "Photograph one item" in unknown.json()["userMessage"]["action"]
    market.faults = [Fault(FaultKind.STATUS, BY_IMAGE, status=503)]
    down = await client.post(SCAN, json={"image": CAMERA})
    assert (down.status_code, down.json()["code"]) == (503, "EBAY_UNAVAILABLE")
    assert "verdict" not in down.json()


async def test_a_confirmation_registers_a_watch_for_what_was_scanned(
    client: httpx.AsyncClient, goods: Scripted
) -> None:
    opened = (await client.post(IDENTIFY, json={"image": CAMERA, "condition": "used"})).json()
    assert [one["query"] for one in opened["candidates"]] == ["zenitar mk2 camera"]
    answer = await client.post(
        CONFIRM, json={"sessionId": opened["sessionId"], "candidateId": "1", "watch": {"below": 40}}
    )
    assert answer.status_code == 200
    made = answer.json()
    assert made["identification"]["confidence"] == 1.0
    assert (made["watch"]["query"], made["watch"]["condition"]) == ("zenitar mk2 camera", "used")
    assert (made["watch"]["rule"], made["watch"]["user"]) == ("below 40.00 USD", LOCAL)
    assert made["watch"] == (await client.get(f"/api/watches/{made['watch']['id']}")).json()
    plain = await client.post(CONFIRM, json={"sessionId": opened["sessionId"], "candidateId": "1"})
    assert plain.json()["watch"] is None
    own = {"query": "zenitar", "category": None, "condition": "", "tag": "found", "rule": "new"}
    other = await client.post(
        CONFIRM, json={"sessionId": opened["sessionId"], "query": "zenitar mk2", "price": 20, "watch": own}
    )
    watch, verdict = other.json()["watch"], other.json()["verdict"]
    assert (watch["query"], watch["condition"], watch["tag"]) == ("zenitar", "used", "found")
    assert verdict["buy"] is True


async def test_a_refused_confirmation_teaches_nothing(client: httpx.AsyncClient, app: App) -> None:
    opened = (await client.post(IDENTIFY, json={"image": CAMERA})).json()
    session = {"sessionId": opened["sessionId"]}
    rows = (await client.post(SCAN, json={"image": CAMERA})).json()["identification"]
    for body, status, sentence in (
        ({"query": "praktica", "watch": {"rule": "cheap"}}, 400, "cheap"),
        ({"query": "praktica", "watch": {"user": "admin"}}, 400, "user"),
        ({"query": "praktica", "price": "x"}, 400, "price"),
        ({"query": "-praktica"}, 400, "names nothing to search for"),
        ({"query": "x" * 101}, 400, "more than 100 characters"),
        ({"query": "praktica", "candidateId": "1"}, 400, "not both"),
        ({}, 400, "Choose a candidate"),
        ({"candidateId": "9"}, 404, 'no candidate "9"'),
        ({"candidateId": "1", "colour": "red"}, 400, "colour"),
    ):
        answer = await client.post(CONFIRM, json=session | body)
        assert (answer.status_code, sentence in answer.json()["message"]) == (status, True)
    again = (await client.post(SCAN, json={"image": CAMERA})).json()["identification"]
    assert again == rows
    assert (await client.get("/api/watches")).json()["watches"] == []


async def test_a_session_and_its_lesson_belong_to_one_user(client: httpx.AsyncClient, app: App) -> None:
    collector, stranger = await bearer(app, "collector"), await bearer(app, "stranger")
    opened = (await client.post(IDENTIFY, json={"image": CAMERA}, headers=collector)).json()
    body = {"sessionId": opened["sessionId"], "query": "zenitar"}
    foreign = await client.post(CONFIRM, json=body, headers=stranger)
    missing = await client.post(CONFIRM, json=body | {"sessionId": "x" * 43}, headers=stranger)
    assert (foreign.status_code, foreign.json()) == (404, missing.json())
    assert (await client.post(CONFIRM, json=body, headers=collector)).status_code == 200
    seen = {}
    for name, headers in (("collector", collector), ("stranger", stranger)):
        answer = await client.post(SCAN, json={"image": CAMERA}, headers=headers)
        seen[name] = answer.json()["identification"]["query"]
    assert seen == {"collector": "zenitar", "stranger": "zenitar mk2 camera"}


async def test_an_outage_at_a_confirmation_registers_no_watch(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    opened = (await client.post(IDENTIFY, json={"image": CAMERA})).json()
    body = {"sessionId": opened["sessionId"], "candidateId": "1", "watch": {"below": 40}}
    market.faults = [Fault(FaultKind.STATUS, SEARCH, status=503, times=1)]
    down = await client.post(CONFIRM, json=body)
    assert (down.status_code, down.json()["shouldRetry"]) == (503, True)
    assert (await client.get("/api/watches")).json()["watches"] == []
    assert (await client.post(CONFIRM, json=body)).json()["watch"]["id"] == 1


async def test_a_batch_answers_each_picture(client: httpx.AsyncClient) -> None:
    bad = data_uri(b"not a picture")
    answer = await client.post(BATCH, json={"images": [CAMERA, bad, ""], "prices": ["29", None, 5]})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["succeeded"], found["failed"]) == (1, 2)
    assert [one["index"] for one in found["results"]] == [0, 1, 2]
    assert found["results"][0]["scan"]["verdict"]["buy"] is True
    codes = [one["error"]["code"] for one in found["results"][1:]]
    assert codes == ["INVALID_INPUT", "MISSING_REQUIRED_FIELD"]
    failed = await client.post(BATCH, json={"images": [bad]})
    assert (failed.status_code, failed.json()["failed"]) == (200, 1)


async def test_a_batch_that_makes_no_sense_is_refused_whole(client: httpx.AsyncClient) -> None:
    for body, sentence in (
        ({"images": []}, 'The field "images" is empty'),
        ({"images": [CAMERA] * 21}, "at most 20 pictures, not 21"),
        ({"images": CAMERA}, 'The field "images" must be a list.'),
        ({"images": [CAMERA, 7]}, "images"),
        ({"images": [CAMERA], "prices": []}, "0 prices for 1 picture"),
        ({"images": [CAMERA], "prices": 5}, 'The field "prices" must be a list.'),
        ({"images": [CAMERA], "prices": ["x"]}, "price"),
        ({}, 'The field "images" is missing.'),
    ):
        answer = await client.post(BATCH, json=body)
        assert (answer.status_code, sentence in answer.json()["message"]) == (400, True), answer.text


async def test_a_picture_may_make_a_body_of_32_mb(client: httpx.AsyncClient) -> None:
    async def body(size: int) -> AsyncIterator[bytes]:
        yield b'{"image": "data:image/png;base64,'
        for _ in range(size // MB):
            yield b"A" * MB
        yield b'"}'

    for path, size, status, sentence in (
        (SCAN, 31 * MB, 400, "more than 10 MB"),
        (SCAN, 32 * MB, 413, "larger than 32 MB"),
        (IDENTIFY, 32 * MB, 413, "larger than 32 MB"),
        (BATCH, 32 * MB, 413, "larger than 32 MB"),
        (CONFIRM, MB, 413, "larger than 64 KB"),
    ):
        answer = await client.post(path, content=body(size), headers=JSON)
        assert (answer.status_code, sentence in answer.json()["message"]) == (status, True), path


async def test_many_small_values_are_refused_before_they_are_decoded(client: httpx.AsyncClient) -> None:
    for body in (b'{"image": [' + b"1," * 2_000_000 + b"1]}", b'{"images": [' + b'"",' * 1_001 + b'""]}'):
        answer = await client.post(BATCH, content=body, headers=JSON)
        assert (answer.status_code, "more than 1000 values" in answer.text) == (400, True)


async def test_scans_that_cost_calls_are_limited(app: App) -> None:
    headers = await bearer(app)
    web = web_dependencies(app, lambda: "")
    object.__setattr__(web, "misses", UserRates(2))
    transport = httpx.ASGITransport(app=build_api(web), client=("127.0.0.1", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        for _ in range(3):  # one answer of eBay about the picture, one about the comps; then none
            assert (await client.post(SCAN, json={"image": CAMERA}, headers=headers)).status_code == 200
        other = {"images": [data_uri(photo(2)), CAMERA]}
        batch = (await client.post(BATCH, json=other, headers=headers)).json()
        assert batch["results"][0]["error"]["statusCode"] == 429
        assert batch["results"][0]["error"]["userMessage"]["retryAfterSeconds"] <= 60
        assert "scan" in batch["results"][1]


async def test_a_repeated_scan_with_a_key_is_made_again_for_nothing(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    key = {"Idempotency-Key": "k1"}
    body = {"image": CAMERA}
    first, second = [await client.post(SCAN, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, second.status_code, market.calls[BY_IMAGE]) == (200, 200, 1)
    opened = (await client.post(IDENTIFY, json=body)).json()
    confirmed = {"sessionId": opened["sessionId"], "candidateId": "1", "watch": {"below": 40}}
    answers = [await client.post(CONFIRM, json=confirmed, headers=key) for _ in range(2)]
    assert [one.headers.get("idempotency-replayed") for one in answers] == [None, "true"]
    assert answers[0].json() == answers[1].json()
    assert len((await client.get("/api/watches")).json()["watches"]) == 1


async def test_a_client_that_leaves_ends_its_scan(app: App, market: MarketServer) -> None:
    market.faults = [Fault(FaultKind.HANG, BY_IMAGE)]
    api = build_api(web_dependencies(app, lambda: ""))
    body = json.dumps({"image": CAMERA}).encode()
    messages = asyncio.Queue[dict[str, Any]]()
    messages.put_nowait({"type": "http.request", "body": body, "more_body": False})
    sent: list[Any] = []
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"host", b"localhost:8080"))
    scope = {"type": "http", "method": "POST", "path": SCAN, "raw_path": SCAN.encode(), "headers": headers}
    scope |= {"query_string": b"", "client": ("127.0.0.1", 4), "server": ("localhost", 8080)}
    scope |= {"scheme": "http", "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"}}

    async def send(message: Any) -> None:
        sent.append(message)

    serving = asyncio.create_task(api(scope, messages.get, send))
    await until(lambda: market.calls[BY_IMAGE])
    messages.put_nowait({"type": "http.disconnect"})
    await serving
    assert sent[0]["status"] == 408
