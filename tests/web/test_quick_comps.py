"""Comps that are kept as bytes: the same answers as the endpoint's, without the framework."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, cookie, opened_app, session_of
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.times import Seconds
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api
from watcher.web.dependencies import WebDependencies

ZENITAR = b"q=zenitar+mk2"
HOST = (b"host", b"localhost:8080")
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


@dataclass
class Door:
    """An API, and how many requests reach its framework."""

    web: WebDependencies
    framework: int = 0
    api: Any = field(init=False)

    def __post_init__(self) -> None:
        self.api = build_api(self.web)
        quick = self.api._app
        framework = quick._app

        async def counted(*call: Any) -> None:
            self.framework += 1
            await framework(*call)

        quick._app = counted

    async def ask(
        self, query: bytes = ZENITAR, *headers: tuple[bytes, bytes], path: str = "/api/comps", **scope: Any
    ) -> Answer:
        sent: list[Any] = []

        async def receive() -> Any:
            await asyncio.Event().wait()  # the client stays

        async def send(message: Any) -> None:
            sent.append(message)

        whole = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "",
            "path": path, "raw_path": path.encode(), "query_string": query, "headers": [HOST, *headers],
            "client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", 8080),
        }  # fmt: skip
        await self.api({**whole, **scope}, receive, send)
        return sent[0]["status"], sent[0]["headers"], b"".join(part.get("body", b"") for part in sent[1:])

    async def quickly(self, *args: Any, **scope: Any) -> tuple[bool, Answer]:
        """Return whether the framework was not needed, and the answer."""
        before = self.framework
        answer = await self.ask(*args, **scope)
        return self.framework == before, answer


@pytest.fixture
def door(app: App) -> Door:
    return Door(web_dependencies(app, lambda: "", keep=Seconds(3600.0)))


@pytest.fixture
async def warm(door: Door) -> Door:
    """A door that has answered the question twice: fresh, and from the cache."""
    await door.ask()
    await door.ask()
    return door


def without_shortcut(app: App) -> Door:
    door = Door(web_dependencies(app, lambda: "", keep=Seconds(3600.0)))
    door.api._app = door.api._app._app
    return door


REQUESTS: dict[str, tuple[Any, ...]] = {
    "the same": (ZENITAR,),
    "percent-encoded": (b"q=zenitar%20mk2",),
    "encoded letters": (b"%71=%7Aenitar+mk2",),
    "empty fields": (b"q=zenitar+mk2&category=&condition=",),
    "an empty part": (b"q=zenitar+mk2&",),
    "other case": (b"q=Zenitar+MK2",),
    "repeated": (b"q=zenitar+mk2&q=zenitar+mk2",),
    "unknown": (b"q=zenitar+mk2&colour=red",),
    "not UTF-8": (b"q=zenitar+mk2%FF",),
    "half an escape": (b"q=zenitar+mk2%2",),
    "raw bytes": ("q=zenitar+mk2é".encode(),),
    "a null": (b"q=zenitar+mk2%00",),
    "no query": (b"",),
    "compressed": (ZENITAR, (b"accept-encoding", b"gzip, br")),
    "conditional": (ZENITAR, (b"if-none-match", b"*"), (b"range", b"bytes=0-9")),
    "a browser's": (ZENITAR, (b"accept", b"text/html"), (b"sec-fetch-site", b"none")),
    "a foreign page's": (ZENITAR, (b"origin", b"http://elsewhere.example")),
    "another host's": (ZENITAR, (b"host", b"elsewhere.example")),
    "a proxy's": (ZENITAR, (b"x-forwarded-for", b"203.0.113.9")),
    "an empty token": (ZENITAR, (b"authorization", b"")),
    "an unknown token": (ZENITAR, (b"authorization", b"Bearer watcher_none")),
}


OTHERS: tuple[dict[str, Any], ...] = (
    {"method": "HEAD"},
    {"method": "DELETE"},
    {"path": "/api/comps/"},
    {"path": "/api/Comps"},
    {"http_version": "1.0"},
    {"client": ("203.0.113.9", 40_000)},
    {"server": ("127.0.0.1", 8081)},
)


async def test_every_answer_is_the_same_byte_by_byte(app: App, warm: Door) -> None:
    plain = without_shortcut(app)
    for name, request in REQUESTS.items():
        await plain.ask(*request)  # so that the answer is cached
        expected = await plain.ask(*request)
        assert [await warm.ask(*request) for _ in range(3)] == [expected] * 3, name
    for scope in OTHERS:
        expected = await plain.ask(**scope)
        assert expected[0] != 200
        assert [await warm.ask(**scope) for _ in range(2)] == [expected] * 2, scope


async def test_a_kept_answer_needs_no_framework(warm: Door) -> None:
    answers = [await warm.quickly() for _ in range(3)]
    assert [quick for quick, _ in answers] == [True] * 3
    assert answers[0][1][0] == 200
    assert (await warm.quickly(b"q=zenitar%20mk2"))[0] is False  # it is the same question
    assert (await warm.quickly(b"q=zenitar%20mk2"))[0] is True


async def test_a_cache_hit_is_counted_for_every_answer(app: App, warm: Door) -> None:
    def hits() -> str:
        page = app.prometheus.page(lambda: (), {}).decode()
        return next(line for line in page.splitlines() if 'result="hit"' in line)

    before = float(hits().split()[-1])
    for _ in range(3):
        await warm.ask()
    assert float(hits().split()[-1]) == before + 3


async def test_the_age_is_that_of_the_second(warm: Door, clock: FakeClock) -> None:
    clock.move(1)
    quick, (_, _, body) = await warm.quickly()
    assert (quick, b'"ageSeconds":1,' in body) == (False, True)
    assert await warm.quickly() == (True, (200, (await warm.ask())[1], body))


async def test_a_cleared_cache_is_noticed_at_once(app: App, warm: Door) -> None:
    await app.cache.clear()
    quick, (_, _, body) = await warm.quickly()
    assert (quick, b'"source":"fresh"' in body) == (False, True)


@pytest.fixture
async def kept(app: App, warm: Door) -> tuple[Door, tuple[bytes, bytes]]:
    """A door that has kept the answer to a token, and that token's header."""
    header = (b"authorization", (await bearer(app))["Authorization"].encode())
    assert (await warm.quickly(ZENITAR, header))[0]
    assert (await warm.quickly(ZENITAR, header))[0]
    return warm, header


async def test_a_revoked_token_is_refused_at_once(app: App, kept: tuple[Door, tuple[bytes, bytes]]) -> None:
    door, header = kept
    await app.stores.tokens.revoke(1, app.clock.now())
    assert (await door.ask(ZENITAR, header))[0] == 401


async def test_an_ended_session_is_refused_at_once(app: App, warm: Door) -> None:
    session, secret = await session_of(app)
    header = (b"cookie", cookie(secret)["Cookie"].encode())
    await warm.ask(ZENITAR, header)
    assert (await warm.quickly(ZENITAR, header))[0]
    await app.stores.sign_in.end(session.id, session.user)
    assert (await warm.ask(ZENITAR, header))[0] == 401


async def test_a_token_revoked_elsewhere_is_refused_within_its_second(
    app: App,
    kept: tuple[Door, tuple[bytes, bytes]],
    configured: Callable[[str], Path],
    clock: FakeClock,
) -> None:
    door, header = kept
    async with opened_app(configured(""), clock) as other:
        await other.stores.tokens.revoke(1, clock.now())
    if app.stores.database.shared:  # its other users' commits are not noticed before
        clock.move(1)
    assert (await door.ask(ZENITAR, header))[0] == 401


async def test_the_first_token_ends_requests_without_one_at_once(app: App, warm: Door) -> None:
    assert (await warm.quickly())[0]
    await bearer(app)
    assert (await warm.ask())[0] == 401


async def test_a_token_without_requests_left_is_answered(app: App) -> None:
    web = web_dependencies(app, lambda: "", keep=Seconds(3600.0))
    door = Door(replace(web, requests=TokenBuckets(2)))
    header = (b"authorization", (await bearer(app))["Authorization"].encode())
    assert [(await door.ask(ZENITAR, header))[0] for _ in range(10)] == [200] * 10


async def test_remembered_requests_have_a_bound(
    app: App, warm: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.web.quick_comps._MAX_REQUESTS", 3)
    monkeypatch.setattr("watcher.watches.comps_answers._MAX_INQUIRIES", 5)
    for number in range(10):
        await warm.ask(ZENITAR, (b"x-number", b"%d" % number))
        await warm.ask(b"q=zenitar+mk2" + b"&" * number)
    assert len(warm.api._app._answers) <= 3
    assert len(warm.web.comps._inquiries) == 5
    assert (await warm.quickly(ZENITAR, (b"x-number", b"9")))[1][0] == 200
    await warm.ask(b"q=zenitar+mk2" + b"&" * 2_000)
    assert max(map(len, warm.web.comps._inquiries)) < 1_001
