"""Pictures of listings through the daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.waiting import until
from tests.web.clients import bearer, opened_app
from tests.web.test_access_table import alert_named
from watcher.core.alerts import Item
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.resilience.user_rates import UserRates
from watcher.core.times import HOUR, Seconds
from watcher.db.codec import write_notification
from watcher.db.schema import alerts
from watcher.demo.pictures import draw_picture
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api

ITEM = "/img/v1%7C1%7C0"


@pytest.fixture
def goods(goods: Scripted) -> Scripted:
    for number in range(2, 6):  # no picture is fetched from outside
        goods.alter(f"v1|{number}|0", {"image": None})
    return goods


@pytest.fixture
async def shown(app: App, client: httpx.AsyncClient, market: MarketServer, goods: Scripted) -> str:
    """Show a listing whose picture is at the market's own address; return that address' path."""
    goods.alter("v1|1|0", {"image": {"imageUrl": f"{market.url}/images/g/cam/s-l1600.jpg"}})
    await client.get("/api/comps", params={"q": "zenitar mk2"})
    return "/images/g/cam/s-l{}.jpg"


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_picture_has_the_headers_of_a_stranger(
    client: httpx.AsyncClient, market: MarketServer, shown: str
) -> None:
    answer = await client.get(ITEM)
    assert (answer.status_code, answer.content) == (200, draw_picture("cam", 225))
    headers = dict(answer.headers)
    assert headers.pop("etag").strip('"').isalnum()
    assert headers == {
        "cache-control": "private, max-age=21600",
        "content-disposition": "inline",
        "content-length": str(len(answer.content)),
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "content-type": "image/png",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": headers["referrer-policy"],
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    assert market.calls[shown.format(225)] == 1


async def test_two_sizes_are_two_pictures(
    client: httpx.AsyncClient, market: MarketServer, shown: str
) -> None:
    for url, size in ((ITEM, 225), (f"{ITEM}?size=small", 225), (f"{ITEM}?size=large", 500), ("/img/1", 225)):
        assert (await client.get(url)).content == draw_picture("cam", size)
    assert {p: n for p, n in market.calls.items() if p.startswith("/images")} == {
        shown.format(225): 1,
        shown.format(500): 1,
    }
    assert refusal(await client.get(f"{ITEM}?size=huge")) == (400, "INVALID_INPUT")
    assert refusal(await client.get(f"{ITEM}?sise=large")) == (400, "INVALID_INPUT")


async def test_a_picture_that_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, shown: str
) -> None:
    first = await client.get(ITEM)
    tag = first.headers["etag"]
    for sent in (tag, f'W/{tag}, "x"', '"x", ' + tag, "*"):
        answer = await client.get(ITEM, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await client.get(ITEM, headers={"If-None-Match": '"x"'})).content == first.content
    head = await client.head(ITEM)
    assert (head.content, head.headers.keys()) == (b"", first.headers.keys())
    assert head.headers["content-length"] == str(len(first.content))


@pytest.mark.parametrize(
    "item",
    [
        "v1|1|0|", "v2|1|0", "1.5", "-1", "x", "v1%7C1%7C0%0A", "v1%257C1%257C0", "..%2f..%2fadmin", "1" * 20,
        "https:%2f%2fevil.example%2f1.jpg", "%00", "%E2%80%8B1", "\u0661",
    ],
)  # fmt: skip
async def test_a_malformed_item_id_is_refused(
    client: httpx.AsyncClient, market: MarketServer, shown: str, item: str
) -> None:
    before = market.calls.copy()
    answer = await client.get(f"/img/{item}")
    assert refusal(answer) in {(400, "INVALID_INPUT"), (404, "ITEM_NOT_FOUND")}
    assert market.calls == before


async def test_unknown_items_and_those_without_a_picture_are_the_same_404(
    client: httpx.AsyncClient, shown: str
) -> None:
    answers = [await client.get(f"/img/{item}") for item in ("v1|9|0", "9", "v1|1|7", "v1|2|0", "2")]
    assert {refusal(a) for a in answers} == {(404, "ITEM_NOT_FOUND")}
    assert len({a.text for a in answers}) == 1


async def test_listings_that_polls_saw_have_their_picture(
    app: App, client: httpx.AsyncClient, market: MarketServer, goods: Scripted
) -> None:
    goods.alter("v1|1|0", {"image": {"imageUrl": f"{market.url}/images/g/cam/s-l1600.jpg"}})
    assert refusal(await client.get(ITEM)) == (404, "ITEM_NOT_FOUND")
    await client.post("/api/watches", json={"query": "zenitar mk2"})
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    assert (await client.get(ITEM)).status_code == 200
    assert (await client.get("/img/1")).status_code == 200


async def test_a_watch_has_the_picture_of_its_best_listing(
    app: App, client: httpx.AsyncClient, market: MarketServer, goods: Scripted
) -> None:
    goods.alter("v1|1|0", {"image": {"imageUrl": f"{market.url}/images/g/cam/s-l1600.jpg"}})
    number = (await client.post("/api/watches", json={"query": "zenitar mk2"})).json()["id"]
    assert refusal(await client.get(f"/img/w{number}")) == (404, "ITEM_NOT_FOUND")
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    answer = await client.get(f"/img/w{number}")
    assert answer.content == draw_picture("cam", 225)
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_the_picture_of_a_foreign_watch_is_as_missing_as_none(
    app: App, client: httpx.AsyncClient
) -> None:
    number = (
        await app.registry.add({"query": "zenitar", "rule": "new", "user": "other"}, app.clock.now())
    ).id
    headers = await bearer(app, "own")
    for item in (f"w{number}", "w999", "w9" + "9" * 16):
        assert (await client.get(f"/img/{item}", headers=headers)).status_code == 404


async def test_a_caller_is_asked_for(app: App, client: httpx.AsyncClient, shown: str) -> None:
    headers = await bearer(app, "own")
    await client.get(ITEM, headers=headers)
    for sent in ({}, {"Authorization": "Bearer x"}):
        for item in (ITEM, "/img/9", "/img/x"):
            assert refusal(await client.get(item, headers=sent)) == (401, "UNAUTHORIZED")
    await app.stores.tokens.revoke(app.stores.tokens.listed()[-1].id, app.clock.now())
    assert refusal(await client.get(ITEM, headers=headers)) == (401, "UNAUTHORIZED")


async def test_a_page_of_another_site_cannot_show_a_picture(client: httpx.AsyncClient, shown: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image", "Referer": "https://evil.example/"}
    assert (await client.get(ITEM, headers={**headers, "Origin": "https://evil.example"})).status_code == 403
    assert (await client.get(ITEM, headers={"Host": "evil.example"})).status_code == 403


async def test_a_broken_picture_is_not_fetched_again_and_again(
    app: App, client: httpx.AsyncClient, market: MarketServer, shown: str
) -> None:
    market.faults = [Fault(FaultKind.STATUS, path="/images")]
    for _ in range(3):
        answer = await client.get(ITEM)
        assert refusal(answer) == (503, "EBAY_UNAVAILABLE")
        assert 1 <= int(answer.headers["retry-after"]) <= 30
    market.faults = []
    assert market.calls[shown.format(225)] == 1
    assert (await client.get(f"{ITEM}?size=large")).status_code == 200
    health = app.health.snapshot(app.clock.now())
    assert [h.failure_count for h in health.values()] == [0] * len(health)


def limited(app: App, **limits: Any) -> httpx.AsyncClient:
    api = build_api(replace(web_dependencies(app, lambda: ""), **limits))
    transport = httpx.ASGITransport(app=api, client=("127.0.0.1", 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8080")


async def test_new_pictures_have_a_bound_per_user(app: App, shown: str) -> None:
    async with limited(app, picture_misses=UserRates(1)) as client:
        mine, yours = await bearer(app, "mine"), await bearer(app, "yours")
        assert (await client.get(ITEM, headers=mine)).status_code == 200
        refused = await client.get(f"{ITEM}?size=large", headers=mine)
        assert (refused.status_code, refused.json()["shouldRetry"]) == (429, True)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (await client.get(ITEM, headers=mine)).status_code == 200
        assert (await client.get(f"{ITEM}?size=large", headers=yours)).status_code == 200
        assert (await client.get(f"{ITEM}?size=large", headers=mine)).status_code == 200


async def test_a_picture_from_memory_is_not_counted_as_a_request(app: App, shown: str) -> None:
    async with limited(app, requests=TokenBuckets(2)) as client:
        mine = await bearer(app, "mine")
        assert {(await client.get(ITEM, headers=mine)).status_code for _ in range(9)} == {200}
        assert refusal(await client.get("/img/9", headers=mine)) == (404, "ITEM_NOT_FOUND")
        for url in ("/img/9", f"{ITEM}?size=large", "/api/watches"):
            assert (await client.get(url, headers=mine)).status_code == 429
        assert (await client.get(ITEM, headers=mine)).status_code == 200


async def test_a_picture_is_kept_no_longer_than_listing_texts(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    for kept, seconds in (("1h", HOUR), ("30d", 6 * HOUR)):
        async with opened_app(configured(f'[retention]\nlisting_text = "{kept}"\n'), clock) as app:
            assert app.pictures._max_age == seconds


async def test_items_of_old_alerts_have_their_picture_once_they_are_shown(
    app: App, client: httpx.AsyncClient, market: MarketServer
) -> None:
    item = Item(
        "v1|1|0",
        "camera",
        "",
        f"{market.url}/images/g/cam/s-l225.jpg",
        "Used",
        "USD",
        "1",
        "0",
        None,
        "1",
        "",
    )
    row = {
        "id": "a1",
        "watch_id": 1,
        "user_id": "local",
        "made_at": 1.0,
        "receipt": write_notification(replace(alert_named("a1"), items=(item,))),
    }
    await app.stores.database.write(lambda conn: conn.execute(alerts.insert(), [row]))
    assert (await client.get(ITEM)).status_code == 404
    await client.get("/api/alerts/a1")
    assert (await client.get(ITEM)).status_code == 200


async def test_a_fetch_is_given_up_when_its_only_client_disconnects(
    app: App, market: MarketServer, shown: str
) -> None:
    market.faults = [Fault(FaultKind.HANG, path="/images")]
    api = build_api(web_dependencies(app, lambda: ""))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/img/1",
        "raw_path": b"/img/1",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Message:
        await until(lambda: market.calls[shown.format(225)])
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pass

    app.picture_host._http._total_timeout = Seconds(3600.0)  # a fetch that went on would not end
    await api(scope, receive, send)
    await app.pictures._flights.wait()
    market.faults = []
    assert not app.pictures.is_coming(f"{market.url}{shown.format(225)}")
    assert (await app.pictures.get(f"{market.url}{shown.format(225)}")).picture.content
