"""Clients of the API, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.fakes import FakeClock, shortest_wait
from tests.web.described import require_described
from watcher.accounts.sign_in import make_sign_in_link, sign_in
from watcher.accounts.tokens import make_token
from watcher.config import load_settings
from watcher.core.sessions import Session
from watcher.core.times import Seconds
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api


@asynccontextmanager
async def opened_app(path: Path, clock: FakeClock) -> AsyncIterator[App]:
    async with App.opened(load_settings(path, {}), clock=clock, jitter=shortest_wait) as app:
        app.connect_meters()
        yield app


def client_of(
    app: App, *, idle: str = "", sender: str = "127.0.0.1", keep: Seconds = Seconds(0.0)
) -> httpx.AsyncClient:
    api = build_api(web_dependencies(app, lambda: idle, keep=keep))
    transport = httpx.ASGITransport(app=api, client=(sender, 40_000))

    async def check(answer: httpx.Response) -> None:
        await require_described(transport, answer)

    return httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8080", event_hooks={"response": [check]}
    )


async def bearer(app: App, user: str = "local", *, admin: bool = False) -> dict[str, str]:
    _, secret = await make_token(app.stores, user, app.clock.now(), admin=admin)
    return {"Authorization": f"Bearer {secret}"}


async def session_of(app: App, user: str = "collector", *, admin: bool = False) -> tuple[Session, str]:
    """Sign a person in; return the session and its id."""
    now = app.clock.now()
    await app.stores.people.add(user, now, admin=admin)
    made = await sign_in(app.stores, await make_sign_in_link(app.stores, user, now), "Firefox/1", "", now)
    assert made is not None
    return made


def cookie(session_id: str, name: str = "watcher") -> dict[str, str]:
    return {"Cookie": f"{name}={session_id}"}
