"""A POST with an `Idempotency-Key` has its effect once, and its repetitions get the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, opened_app
from watcher.core.errors import Code, WatcherError
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.db.idempotency import KeyUse
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web import repeated_requests
from watcher.web.api import build_api

WATCHES = "/api/watches"
WATCH = {"query": "zenitar mk2"}
Ask = Callable[..., Any]


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    async def post(key: str = "k1", body: Any = WATCH, path: str = WATCHES, **headers: str) -> httpx.Response:
        return await client.post(path, json=body, headers={"Idempotency-Key": key, **headers})

    return post


async def watches(client: httpx.AsyncClient, **headers: str) -> int:
    return len((await client.get(WATCHES, headers=headers)).json()["watches"])


async def test_a_repeated_request_has_one_effect_and_one_answer(client: httpx.AsyncClient, ask: Ask) -> None:
    first, second = await ask(), await ask()
    assert (first.status_code, second.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.content == first.content
    assert {**second.headers} == {**first.headers, "idempotency-replayed": "true"}
    assert await watches(client) == 1
    assert (await ask("k2")).json()["id"] == 2


async def test_another_request_with_the_same_key_is_refused(client: httpx.AsyncClient, ask: Ask) -> None:
    await ask()
    for other in (
        await ask(body={"query": "zenitar mk3"}),
        await ask(path=f"{WATCHES}?x=1"),
        await ask(path="/api/watches/1/silence", body={}),
        await ask(**{"Content-Type": "application/json; charset=utf-8"}),
    ):
        assert (other.status_code, other.json()["code"]) == (409, "INVALID_INPUT")
        assert other.json()["shouldRetry"] is False
    assert await watches(client) == 1


async def test_each_user_has_its_own_keys(app: App, client: httpx.AsyncClient, ask: Ask) -> None:
    one, two = await bearer(app, "collector"), await bearer(app, "operator")
    assert (await ask(**one)).json()["id"] == 1
    assert (await ask(**two)).json()["id"] == 2
    assert (await ask(**await bearer(app, "collector"))).json()["id"] == 1  # with another token
    assert await watches(client, **one) == 1


async def test_an_admins_answer_is_not_repeated_to_a_lesser_token(app: App, ask: Ask) -> None:
    path = "/api/incidents/none/ack"
    await ask(path=path, body={}, **await bearer(app, admin=True))
    assert (await ask(path=path, body={}, **await bearer(app))).status_code in (403, 409)


async def test_a_refusal_of_the_endpoint_is_repeated(ask: Ask) -> None:
    body = WATCH | {"below": "cheap"}
    first, second = await ask(body=body), await ask(body=body)
    assert (first.status_code, second.status_code) == (400, 400)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()


async def test_a_request_that_reaches_no_endpoint_leaves_its_key_free(
    app: App, client: httpx.AsyncClient, ask: Ask
) -> None:
    for wrong in ([], "text"):
        assert (await ask(body=wrong)).status_code == 400
    assert (await ask(path="/api/nothing")).status_code == 404
    assert (await ask(path="/api/comps?q=x")).status_code == 405
    headers = await bearer(app)
    assert (await ask()).status_code == 401
    assert (await ask(**headers)).status_code == 201
    assert await watches(client, **headers) == 1


async def test_a_failure_that_may_pass_leaves_the_key_free(
    app: App, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    with monkeypatch.context() as patched:
        patched.setattr(type(app.registry), "add", fail)
        assert (await ask()).status_code == 503

    async def crash(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(type(app.registry), "add", crash)
        assert (await ask()).status_code == 500
    assert (await ask()).status_code == 201


async def test_a_second_request_at_once_is_refused_for_a_moment(
    app: App, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, began, proceed = type(app.registry).add, asyncio.Event(), asyncio.Event()

    async def slowly(*args: Any) -> Any:
        began.set()
        await proceed.wait()
        return await add(*args)

    monkeypatch.setattr(type(app.registry), "add", slowly)
    first = asyncio.create_task(ask())
    await began.wait()
    second = await ask()
    assert (second.status_code, second.json()["shouldRetry"]) == (409, True)
    assert second.headers["retry-after"] == "1"
    proceed.set()
    assert (await first).status_code == 201
    assert (await ask()).content == (await first).content


async def test_a_request_that_was_cut_off_is_reported(
    app: App, client: httpx.AsyncClient, ask: Ask, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(type(app.registry), "add", die)
        with pytest.raises(asyncio.CancelledError):
            await ask()
    assert (await ask()).json()["shouldRetry"] is True
    clock.move(61)
    found = await ask()
    assert (found.status_code, found.json()["shouldRetry"]) == (409, False)
    assert "cut off" in found.json()["message"]
    assert await watches(client) == 0
    clock.move(86_400)
    assert (await ask()).status_code == 201


async def test_an_answer_that_cannot_be_kept_is_sent(
    app: App, client: httpx.AsyncClient, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    monkeypatch.setattr(type(app.stores.idempotency), "keep", fail)
    assert (await ask()).status_code == 201
    assert (await ask()).status_code == 409
    assert await watches(client) == 1


async def test_an_answer_that_is_too_large_is_not_kept(
    client: httpx.AsyncClient, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated_requests, "_MAX_KEPT_BYTES", 10)
    assert (await ask()).status_code == 201
    second = await ask()
    assert (second.status_code, second.json()["shouldRetry"]) == (409, False)
    assert "the status 201" in second.json()["message"]
    assert await watches(client) == 1


async def test_a_key_has_a_form(client: httpx.AsyncClient, ask: Ask) -> None:
    for wrong in ("", "a b", "é".encode().decode("latin-1"), "x" * 256, "a\tb"):
        assert (await ask(wrong.encode("latin-1"))).json()["code"] == "INVALID_INPUT"
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await client.post(WATCHES, json=WATCH, headers=twice)).status_code == 400
    assert await watches(client) == 0
    assert (await ask("~" * 255)).status_code == 201


async def test_a_preview_is_computed_again(ask: Ask) -> None:
    answers = [await ask(path="/api/watches/preview") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert not any("idempotency-replayed" in a.headers for a in answers)


async def test_other_methods_take_no_notice_of_a_key(client: httpx.AsyncClient, ask: Ask) -> None:
    await ask()
    for _ in range(2):
        answer = await client.patch(f"{WATCHES}/1", json={"label": "x"}, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 200


async def test_repetitions_are_counted(app: App) -> None:
    web = replace(web_dependencies(app, lambda: ""), requests=TokenBuckets(3))
    transport = httpx.ASGITransport(app=build_api(web), client=("127.0.0.1", 40_000))
    headers = {"Idempotency-Key": "k", **await bearer(app)}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        found = [(await client.post(WATCHES, json=WATCH, headers=headers)).status_code for _ in range(4)]
    assert found == [201, 201, 201, 429]


@pytest.fixture
async def another(
    configured: Callable[[str], Path], clock: FakeClock, app: App
) -> AsyncIterator[httpx.AsyncClient]:
    """A second daemon on the same database, or the daemon after a restart."""
    del app
    async with opened_app(configured(""), clock) as other, client_of(other) as made:
        yield made


async def test_another_daemon_repeats_the_answer(
    client: httpx.AsyncClient, another: httpx.AsyncClient, ask: Ask
) -> None:
    first = await ask()
    second = await another.post(WATCHES, json=WATCH, headers={"Idempotency-Key": "k1"})
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert await watches(client) == 1


async def test_a_key_is_claimed_under_the_callers_name(app: App, ask: Ask) -> None:
    await ask()
    use = KeyUse("local", "k1", "another", app.clock.now())
    assert await app.stores.idempotency.claim(use) is not None
