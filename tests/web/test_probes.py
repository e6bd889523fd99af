"""Probes are answered before the framework is loaded, and exactly as it answers them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from watcher.core.errors import Code, WatcherError
from watcher.runtime import App, serving
from watcher.runtime.http_server import web_dependencies
from watcher.runtime.serving import LateApi
from watcher.web.api import build_api
from watcher.web.probes import Probes

PROBES = (
    ("GET", "/healthz"),
    ("HEAD", "/healthz"),
    ("GET", "/readyz"),
    ("HEAD", "/readyz"),
    ("GET", "/metrics"),
)
BROWSER = {"accept": "text/html,*/*"}


def scope_of(method: str, path: str, **headers: str) -> Scope:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "headers": raw}


def probes(why: str = "") -> Probes:
    return Probes(lambda: why, lambda: b"up 1\n")


def client(api: Callable[..., object]) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api)  # type: ignore[arg-type]  # any ASGI application
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8080")


@pytest.mark.parametrize("why", ["", "The first round of polling is not done yet."])
async def test_a_probe_is_answered_as_the_framework_answers_it(app: App, why: str) -> None:
    web = web_dependencies(app, lambda: why)
    early = Probes(web.not_ready, web.render_metrics)

    async def quick(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        answer = early.answer(scope)
        assert answer is not None
        await answer.send(send)

    async with client(quick) as one, client(build_api(web)) as other:
        for method, path in PROBES:
            found, expected = await one.request(method, path), await other.request(method, path)
            assert found.status_code == expected.status_code == (503 if why and path == "/readyz" else 200)
            assert found.headers.raw == expected.headers.raw
            assert found.content == expected.content


def test_all_but_probes_is_left_to_the_framework() -> None:
    for method, path in (("GET", "/"), ("GET", "/api/watches"), ("POST", "/healthz"), ("HEAD", "/metrics")):
        assert probes().answer(scope_of(method, path)) is None, (method, path)
    assert probes().answer(scope_of("GET", "/healthz", content_length="4")) is None
    assert probes().answer(scope_of("GET", "/healthz", transfer_encoding="chunked")) is None


def test_a_browser_gets_the_page_of_a_failure_and_no_other() -> None:
    assert probes().answer(scope_of("GET", "/readyz", **BROWSER)) is not None
    assert probes("It is starting.").answer(scope_of("GET", "/readyz", **BROWSER)) is None


def test_a_failure_of_the_database_is_left_to_the_framework() -> None:
    def fail() -> str:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    assert Probes(fail, lambda: b"").answer(scope_of("GET", "/readyz")) is None


async def test_the_first_other_request_loads_the_api_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    load, loads = serving._load_answers, []

    def counted() -> object:
        loads.append(1)
        return load()

    monkeypatch.setattr(serving, "_load_answers", counted)
    async with client(LateApi(app, lambda: "")) as browser:
        assert (await browser.get("/readyz")).json() == {"status": "ready"}
        assert not loads
        answers = await asyncio.gather(*(browser.get("/api/watches") for _ in range(3)))
        assert [answer.status_code for answer in answers] == [200] * 3
        assert (await browser.get("/readyz")).json() == {"status": "ready"}
    assert len(loads) == 1


def test_a_start_loads_neither_the_framework_nor_the_templates() -> None:
    program = "import sys, watcher.cli.run; print([n for n in ('fastapi', 'jinja2') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"
