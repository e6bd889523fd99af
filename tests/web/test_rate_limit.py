"""A token or session makes a bounded number of requests; answers from the cache are not counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from tests.web.clients import bearer, cookie, session_of
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api

MOST = 3
COMPS = "/api/comps?q=zenitar+mk2"
LIST = "/api/watches"


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    web = replace(web_dependencies(app, lambda: ""), requests=TokenBuckets(MOST))
    transport = httpx.ASGITransport(app=build_api(web), client=("127.0.0.1", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as made:
        yield made


async def statuses(client: httpx.AsyncClient, path: str, headers: dict[str, str], number: int) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for _ in range(number)]


async def test_a_token_beyond_its_requests_is_refused(app: App, client: httpx.AsyncClient) -> None:
    first, second = await bearer(app), await bearer(app)
    assert await statuses(client, LIST, first, MOST + 1) == [200] * MOST + [429]
    refused = await client.get("/api/health", headers=first)
    view = refused.json()
    assert (view["code"], view["shouldRetry"], view["statusCode"]) == ("INVALID_INPUT", True, 429)
    assert 19 <= int(refused.headers["retry-after"]) <= 20
    assert view["userMessage"]["retryAfterSeconds"] == int(refused.headers["retry-after"])
    assert await statuses(client, LIST, second, 1) == [200]  # another token, although of the same user


async def test_a_session_has_requests_of_its_own(app: App, client: httpx.AsyncClient) -> None:
    session, token = cookie((await session_of(app))[1]), await bearer(app, "collector")
    assert await statuses(client, LIST, token, MOST + 1) == [200] * MOST + [429]
    assert await statuses(client, LIST, session, MOST + 1) == [200] * MOST + [429]


async def test_requests_that_fail_are_counted(app: App, client: httpx.AsyncClient) -> None:
    headers = await bearer(app)
    assert await statuses(client, "/api/watches/7", headers, MOST + 1) == [404] * MOST + [429]
    headers = await bearer(app)
    assert await statuses(client, "/api/comps?colour=red", headers, MOST) == [400] * MOST
    assert await statuses(client, LIST, headers, 1) == [429]


async def test_answers_from_the_cache_are_not_counted(app: App, client: httpx.AsyncClient) -> None:
    headers = await bearer(app)
    assert await statuses(client, COMPS, headers, MOST * 3) == [200] * MOST * 3
    assert await statuses(client, LIST, headers, MOST) == [200] * (MOST - 1) + [429]  # the first was fresh


async def test_the_cache_answers_a_token_that_has_no_requests_left(
    app: App, client: httpx.AsyncClient
) -> None:
    headers = await bearer(app)
    await statuses(client, COMPS, headers, 1)
    await statuses(client, LIST, headers, MOST)
    assert await statuses(client, COMPS, headers, 2) == [200, 200]
    assert await statuses(client, "/api/comps?q=another", headers, 1) == [429]


@pytest.mark.parametrize("path", ["/api/comps?colour=red", "/api/comps", "/img/wrong", "/img/7?size=huge"])
async def test_an_invalid_request_is_refused_too_once_none_is_left(
    app: App, client: httpx.AsyncClient, path: str
) -> None:
    headers = await bearer(app)
    assert await statuses(client, path, headers, MOST + 2) == [400] * MOST + [429] * 2


async def test_requests_of_this_machine_without_a_token_have_no_bound(client: httpx.AsyncClient) -> None:
    assert await statuses(client, LIST, {}, MOST + 1) == [200] * (MOST + 1)


async def test_every_authenticated_route_counts_each_request_once(
    app: App, client: httpx.AsyncClient
) -> None:
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            if not path.startswith("/api/") or "security" not in methods[method]:
                continue
            headers = await bearer(app, admin=True)
            address = path.replace("{", "").replace("}", "")
            for _ in range(MOST):
                answer = await client.request(method, address, headers=headers, json={})
                assert answer.status_code != 429, (method, path)
            assert await statuses(client, LIST, headers, 1) == [429], (method, path)
