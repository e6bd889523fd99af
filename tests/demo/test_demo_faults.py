"""Each kind of fault over real sockets, as a client sees it."""

from __future__ import annotations

import time
import zlib
from typing import Any

import aiohttp
import pytest

from tests.demo.outside import NOON, Outside, Post
from tests.market.faults import Fault, FaultKind, FaultPlan
from tests.market.rows import summary
from watcher.demo.server import TOKEN

BROWSE = "/buy/browse"


@pytest.fixture
async def shoes(outside: Outside) -> Outside:
    """Offer a hundred shoes and mint a token before any fault."""
    outside.market.put("shoe", *(summary(str(n), "Shoe") for n in range(100)))
    await outside.mint()
    return outside


@pytest.mark.parametrize(
    ("status", "number"), [(401, 1001), (403, 1100), (404, 11001), (500, 12000), (503, 12000), (429, 2000)]
)
async def test_a_status_fault_sends_ebays_error_body(shoes: Outside, status: int, number: int) -> None:
    shoes.server.faults = [Fault(FaultKind.STATUS, BROWSE, status=status)]
    assert await shoes.refused(q="shoe") == (status, number)


async def test_a_rate_limit_may_send_retry_after(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.RATE_LIMIT, BROWSE, retry_after="7")]
    url = f"{shoes.server.url}/buy/browse/v1/item_summary/search"
    async with shoes.http.get(url) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    shoes.server.faults = [Fault(FaultKind.RATE_LIMIT, BROWSE)]
    async with shoes.http.get(url) as answer:
        assert (answer.status, answer.headers.get("Retry-After")) == (429, None)


async def test_a_quota_fault_sends_error_2001(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.QUOTA, BROWSE)]
    assert await shoes.refused(q="shoe") == (429, 2001)


async def test_a_hang_sends_nothing(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.HANG)]
    with pytest.raises(TimeoutError):
        async with shoes.http.get(shoes.server.url + "/heartbeat", timeout=aiohttp.ClientTimeout(total=0.1)):
            pass
    assert shoes.server.heartbeats == 0


async def test_a_hang_ends_by_closing_the_connection(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.HANG, seconds=0.05)]
    with pytest.raises(aiohttp.ClientError):
        await shoes.search(q="shoe")


async def test_a_slow_answer_is_correct(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.SLOW, BROWSE, seconds=0.1)]
    began = time.monotonic()
    assert len(await shoes.ids(q="shoe")) == 50
    assert time.monotonic() - began >= 0.1


async def test_a_dripping_answer_is_correct(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.DRIP, BROWSE, seconds=0.1)]
    began = time.monotonic()
    assert len(await shoes.ids(q="shoe")) == 50
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("kind", [FaultKind.CUT, FaultKind.RESET])
async def test_a_broken_connection_is_a_client_error(shoes: Outside, kind: FaultKind) -> None:
    shoes.server.faults = [Fault(kind, BROWSE)]
    with pytest.raises(aiohttp.ClientError):
        await shoes.search(q="shoe")


async def test_an_endless_body_does_not_end(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.ENDLESS, BROWSE)]
    size = 0
    async with shoes.http.get(f"{shoes.server.url}{BROWSE}/v1/item_summary/search") as answer:
        async for chunk in answer.content.iter_any():
            size += len(chunk)
            if size > 5_000_000:
                break
        answer.close()
    assert size > 5_000_000


async def test_a_bomb_is_small_and_unpacks_to_a_quarter_of_a_gigabyte(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.BOMB, BROWSE)]
    url = f"{shoes.server.url}{BROWSE}/v1/item_summary/search"
    async with aiohttp.ClientSession(auto_decompress=False) as http, http.get(url) as answer:
        body = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
    assert len(body) < 1_000_000
    unzip, size = zlib.decompressobj(16 + zlib.MAX_WBITS), 0
    end = b""
    while body and not unzip.eof:
        end = unzip.decompress(body, 1 << 22)
        size, body = size + len(end), unzip.unconsumed_tail
    assert (size, end[-2:], unzip.eof) == ((256 << 20) + 2, b"{}", True)


async def test_a_malformed_answer_is_not_valid_json(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.MALFORMED, BROWSE)]
    with pytest.raises(ValueError, match=r"line 1|Unterminated|Expecting"):
        await shoes.search(q="shoe")


async def test_a_web_page_comes_with_200(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.HTML, BROWSE)]
    with pytest.raises(aiohttp.ContentTypeError) as raised:
        await shoes.search(q="shoe")
    assert raised.value.status == 200


async def test_a_correct_answer_may_have_a_wrong_content_type(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.WRONG_TYPE)]
    with pytest.raises(aiohttp.ContentTypeError, match="octet-stream"):
        await shoes.search(q="shoe")


async def test_a_redirect_points_to_itself(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.REDIRECT)]
    url = shoes.server.url + "/heartbeat"
    async with shoes.http.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, url)


async def test_an_empty_answer_finds_nothing(shoes: Outside) -> None:
    shoes.server.faults = [Fault(FaultKind.EMPTY)]
    assert await shoes.ids(q="shoe") == []
    async with shoes.http.get(shoes.server.url + "/serpapi/search.json") as answer:
        assert "organic_results" not in await answer.json()


async def test_errors_of_other_apis_have_their_own_format(outside: Outside, post: Post) -> None:
    outside.server.faults = [Fault(FaultKind.STATUS, status=404)]
    assert await post({"text": "x"}) == (404, "no_service")
    outside.server.faults = [Fault(FaultKind.RATE_LIMIT, retry_after="1")]
    assert await post({"text": "x"}) == (429, "rate_limited")
    for path, expected in (
        ("/slack/api/auth.test", {"ok": False, "error": "ratelimited"}),
        ("/serpapi/search.json", {"error": "Your account is out of searches or too fast."}),
        (TOKEN, {"error": "invalid_request"}),
    ):
        async with outside.http.post(outside.server.url + path) as answer:
            assert (answer.status, await answer.json()) == (429, expected)


async def test_a_message_may_be_accepted_without_an_answer_to_the_sender(
    outside: Outside, post: Post
) -> None:
    outside.server.faults = [Fault(FaultKind.RESET, "/slack", times=1, done=True)]
    with pytest.raises(aiohttp.ClientError):
        await post({"text": "x"})
    assert len(outside.server.messages) == 1
    outside.server.faults = [Fault(FaultKind.RESET, "/slack", times=1)]
    with pytest.raises(aiohttp.ClientError):
        await post({"text": "x"})
    assert len(outside.server.messages) == 1
    assert await post({"text": "x"}) == (200, "ok")


def list_affected(plan: FaultPlan, n: int, path: str = BROWSE) -> list[int]:
    return [place for place in range(n) if plan.pick(path)]


def test_a_fault_applies_to_every_nth_request_up_to_its_maximum() -> None:
    plan = FaultPlan(1)
    plan.faults = [Fault(FaultKind.RESET, every=3, times=2)]
    assert list_affected(plan, 20) == [2, 5]
    assert plan.fired == 2


def test_the_same_seed_gives_the_same_faults() -> None:
    def times(seed: int) -> list[int]:
        plan = FaultPlan(seed)
        plan.faults = [Fault(FaultKind.RESET, probability=0.3)]
        return list_affected(plan, 200)

    assert times(1) == times(1) != times(2)
    assert 30 < len(times(1)) < 90


def test_a_fault_applies_to_its_path_and_the_first_match_wins() -> None:
    plan = FaultPlan(1)
    slack, other = Fault(FaultKind.RESET, "/slack"), Fault(FaultKind.HANG)
    plan.faults = [slack, other]
    assert (plan.pick("/slack/api"), plan.pick(BROWSE)) == (slack, other)


def test_an_equal_fault_that_is_set_later_starts_from_zero() -> None:
    plan = FaultPlan(1)
    for _ in range(3):
        plan.faults = [Fault(FaultKind.RESET, times=1)]
        assert list_affected(plan, 5) == [0]


@pytest.mark.parametrize("wrong", [{"every": 0}, {"probability": 1.5}, {"seconds": -1}])
def test_a_fault_that_could_never_apply_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a fault has"):
        Fault(FaultKind.RESET, **wrong)


async def test_faults_can_be_set_over_http(outside: Outside) -> None:
    url = outside.server.url + "/_demo/faults"
    async with outside.http.put(url, json=[{"kind": "status", "path": BROWSE, "status": 500}]) as answer:
        assert await answer.json() == {"faults": 1}
    assert await outside.refused(q="a") == (500, 12000)
    async with outside.http.get(outside.server.url + "/_demo/stats") as answer:
        stats = await answer.json()
    assert (stats["faults"], stats["mints"], stats["now"]) == (1, 1, NOON)
    for wrong in (
        {"kind": "gremlin"},
        {"path": "/"},
        {"kind": "hang", "when": 1},
        {"kind": "hang", "every": "x"},
    ):
        async with outside.http.put(url, json=[wrong]) as answer:
            assert answer.status == 400
    async with outside.http.put(url, data=b"{") as answer:
        assert answer.status == 400
    assert len(outside.server.faults) == 1


async def test_items_of_a_scripted_market_can_be_set_over_http(outside: Outside) -> None:
    url = outside.server.url + "/_demo/items"
    step = {"query": "shoe", "put": [summary("1", "Shoe")]}
    async with outside.http.post(url, json=[step, {"at": 5, "remove": ["v1|1|0"]}]) as answer:
        assert answer.status == 200
    assert await outside.ids(q="shoe") == ["1"]
    outside.time[0] += 5
    assert await outside.ids(q="shoe") == []
    async with outside.http.post(url, json={"remove": ["v1|9|0"]}) as answer:
        assert (answer.status, await answer.text()) == (400, "there is no item 'v1|9|0' to change\n")
