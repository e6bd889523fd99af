"""The stand-in for a model that reads listings: it knows what the simulated market's listings are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.fakes import FakeClock
from watcher.adapters.openai.reading import encode_reading, parse_reading
from watcher.core.listing import Condition
from watcher.core.readings import Reading, ReadingRequest, ReadingRow
from watcher.core.times import Instant
from watcher.demo.listings import DemoKind
from watcher.demo.market import DemoMarket
from watcher.demo.server import DemoServer
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime.simulation import START


async def answer_to(market: DemoMarket, clock: FakeClock, body: bytes) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {OPENAI_KEY}"}
    async with DemoServer(market, clock=clock.now) as server, ClientSession() as http:
        address = f"{server.url}{OPENAI_ROOT}/responses"
        async with http.post(address, data=body, headers=headers) as answer:
            return answer.status, await answer.read()


async def test_the_stand_in_reads_what_listings_really_are() -> None:
    clock, market = FakeClock(START), DemoMarket(3, START)
    product = market.products[1]
    found = {one.at(START)["title"]: one.kind for one in market.inventory(product).at(Instant(START))}
    titles = [*list(found)[:48], "a title of no listing"]
    asked = ReadingRequest(product.query, "", Condition.ANY, tuple(map(ReadingRow, titles)))
    status, body = await answer_to(market, clock, encode_reading(asked, model=OPENAI_MODEL))
    answer = parse_reading(body, len(titles))
    real = {DemoKind.GENUINE, DemoKind.BARGAIN}
    wanted = [Reading.SAME if found[title] in real else Reading.DIFFERENT for title in titles[:-1]]
    assert (status, list(answer.readings)) == (200, [*wanted, Reading.UNSURE])
    assert {Reading.SAME, Reading.DIFFERENT} <= set(wanted)
    assert answer.usage.input_tokens > answer.usage.output_tokens > 48


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        json.dumps({"query": "x"}),
        json.dumps({"query": "x", "listings": [{"n": 1, "title": "a"}, {"n": 1, "title": "b"}]}),
        json.dumps({"query": "x", "listings": [{"n": n, "title": "a"} for n in range(51)]}),
    ],
)
async def test_the_stand_in_refuses_a_question_of_another_form(text: str) -> None:
    asked: dict[str, Any] = json.loads(
        encode_reading(ReadingRequest("x", "", Condition.ANY, ()), model=OPENAI_MODEL)
    )
    asked["input"][-1]["content"][0]["text"] = text
    status, body = await answer_to(DemoMarket(3, START), FakeClock(START), json.dumps(asked).encode())
    assert (status, json.loads(body)["error"]["code"]) == (400, "invalid_value")
