"""Bounds on what one user may ask of the market, and an end when the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.types import Message

from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from tests.waiting import PATIENCE, until
from tests.web.clients import bearer, cookie, session_of
from watcher.core.resilience.user_rates import UserRates
from watcher.demo.browse import SEARCH
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api
from watcher.web.endpoints import asking, silences


async def misses(client: httpx.AsyncClient, headers: dict[str, str], many: int) -> list[int]:
    asked = [client.get("/api/comps", params={"q": f"zenitar {n}"}, headers=headers) for n in range(many)]
    return [(await one).status_code for one in asked]


@pytest.fixture
async def bounded(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of an API that gives each user two new answers a minute."""
    web = replace(web_dependencies(app, lambda: ""), misses=UserRates(2))
    transport = httpx.ASGITransport(app=build_api(web))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


def test_the_bound_is_sixty_answers_a_minute() -> None:
    assert UserRates().most == 60


async def test_new_answers_of_one_user_are_bounded_per_minute(app: App, bounded: httpx.AsyncClient) -> None:
    client = bounded
    ann, bob = await bearer(app, "ann"), await bearer(app, "bob")
    assert set(await misses(client, ann, 2)) == {200}
    refused = await client.get("/api/comps", params={"q": "zenitar mk2"}, headers=ann)
    assert refused.status_code == 429
    error = refused.json()
    assert (error["code"], error["shouldRetry"], error["statusCode"]) == ("INVALID_INPUT", True, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert error["userMessage"]["retryAfterSeconds"] == int(refused.headers["Retry-After"])
    cached = await client.get("/api/comps", params={"q": "zenitar 1"}, headers=ann)
    assert cached.status_code == 200, "the cache's answers are not counted"
    preview = await client.post("/api/watches/preview", json={"query": "zenitar mk2"}, headers=ann)
    assert preview.status_code == 429
    assert (await client.get("/api/comps", params={"q": "zenitar mk2"}, headers=bob)).status_code == 200


async def test_a_users_tokens_and_sessions_share_the_bounds(
    app: App, bounded: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_WATCHES_PER_USER", 3)
    session = cookie((await session_of(app))[1]) | {"Sec-Fetch-Site": "same-origin"}
    tokens = [await bearer(app, "collector") for _ in range(2)]
    found = []
    for number, headers in enumerate((session, *tokens)):
        question = {"q": f"zenitar {number}"}
        found.append((await bounded.get("/api/comps", params=question, headers=headers)).status_code)
    assert found == [200, 200, 429]
    rows = [{"query": f"zenitar {number}"} for number in range(3)]
    added = [
        (await bounded.post("/api/watches", json=rows[0], headers=session)).status_code,
        (await bounded.post("/api/watches/import", json=rows, headers=tokens[0])).status_code,
        (await bounded.post("/api/watches/import", json=rows[:2], headers=tokens[1])).status_code,
        (await bounded.post("/api/watches", json=rows[0], headers=session)).status_code,
    ]
    assert added == [201, 400, 200, 400]


async def test_requests_without_a_token_are_not_bounded(bounded: httpx.AsyncClient) -> None:
    assert set(await misses(bounded, {}, 4)) == {200}


async def test_watches_of_one_user_are_bounded(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_WATCHES_PER_USER", 2)
    ann, bob, admin = await bearer(app, "ann"), await bearer(app, "bob"), await bearer(app, admin=True)

    async def add(headers: dict[str, str], number: int = 0) -> httpx.Response:
        return await client.post("/api/watches", json={"query": f"zenitar {number}"}, headers=headers)

    assert [(await add(ann, n)).status_code for n in range(3)] == [201, 201, 400]
    refused = (await add(ann)).json()
    assert refused["message"] == "You have 2 watches, the most that one user may have; remove one first."
    assert (await add(bob)).status_code == 201
    assert [(await add(admin, n)).status_code for n in range(3)] == [201] * 3


async def test_requests_at_once_do_not_exceed_a_bound_together(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_WATCHES_PER_USER", 5)
    monkeypatch.setattr(silences, "MAX_PER_WATCH", 2)
    headers = await bearer(app, "collector")
    one, rows = {"query": "zenitar"}, [{"query": f"zenitar {number}"} for number in range(4)]
    sent = [client.post("/api/watches", json=one, headers=headers) for _ in range(8)]
    sent += [client.post("/api/watches/import", json=rows, headers=headers) for _ in range(2)]
    statuses = [answer.status_code for answer in await asyncio.gather(*sent)]
    found = app.stores.watches.page("collector").rows
    assert len(found) == 5 == statuses.count(201) + 4 * statuses.count(200)
    assert set(statuses) <= {200, 201, 400}
    path, bodies = f"/api/watches/{found[0].watch.id}/silence", [{"for": "1h", "reason": r} for r in "abcde"]
    sent = [client.post(path, json=body, headers=headers) for body in bodies]
    assert sorted(a.status_code for a in await asyncio.gather(*sent)) == [201, 201, 400, 400, 400]


async def test_a_call_is_given_up_when_its_only_client_disconnects(app: App, market: MarketServer) -> None:
    market.faults.append(Fault(FaultKind.HANG, path=SEARCH))
    api = build_api(web_dependencies(app, lambda: ""))
    sent = list[Message]()
    began = asyncio.Event()

    async def receive() -> Message:
        if not began.is_set():
            began.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await until(lambda: market.calls[SEARCH])
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/comps",
        "raw_path": b"/api/comps",
        "query_string": b"q=zenitar+mk2",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    async with asyncio.timeout(0.9 * PATIENCE):  # sooner than the timeout of an attempt
        await api(scope, receive, send)
        await app.cache.flights.wait()
    assert market.calls[SEARCH] == 1
