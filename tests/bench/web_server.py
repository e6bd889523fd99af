"""The server of the web benchmark: polls at a fixed pace, the API, and a bare route beside it.

Both are served by the same uvicorn in the same event loop of a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from fastapi import FastAPI, Response

from tests.bench.__main__ import serving as serving_market
from tests.bench.queries import list_wanted
from watcher.adapters.host.garbage import tune_garbage_collector
from watcher.adapters.host.sockets import open_sockets
from watcher.adapters.host.web_server import serving
from watcher.config import load_settings
from watcher.db.migrate import upgrade_schema
from watcher.runtime import App
from watcher.runtime.serving import serving_api

SEARCHES = 20  # each is due every second
_TICK_SECONDS = 0.02
_PAGES = 20  # of each search; then they repeat
QUERY = list_wanted(1)[0].query
COMPS = f"/api/comps?q={QUERY.replace(' ', '+')}"


class BenchServer(NamedTuple):
    """A running server: its ports, its process, and its finished polls."""

    api: int
    bare: int
    process: int
    polls: Any


@contextmanager
def bench_server() -> Iterator[BenchServer]:
    """Run the market and the server while the block runs; its first polls are done."""
    context = multiprocessing.get_context("spawn")
    polls, ports = context.Value("q", 0), context.Queue()
    with serving_market(SEARCHES, _PAGES) as market:
        server = context.Process(target=_serve, args=(market.url, polls, ports), daemon=True)
        server.start()
        try:
            api, bare = ports.get(timeout=60)
            yield BenchServer(api, bare, server.pid or 0, polls)
        finally:
            server.terminate()
            server.join()


def _serve(market: str, polls: Any, ports: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        uvloop.run(_serve_app(Path(directory), market, polls, ports))


async def _serve_app(home: Path, market: str, polls: Any, ports: Any) -> None:
    path = home / "config.toml"
    path.write_text(
        f"""
state_dir = "{home}"
[database]
url = "sqlite:///{home}/bench.db"
[ebay]
base_url = "{market}"
client_id = "bench"
client_secret = "bench"
daily_quota = 100000000
[polling]
min_interval = "1s"
tick = "1s"
"""
    )
    settings = load_settings(path, {})
    upgrade_schema(settings.database_url)
    async with App.opened(settings) as app, AsyncExitStack() as stack:
        app.connect_meters()
        for wanted in list_wanted(SEARCHES):
            await app.registry.add({"query": wanted.query, "rule": "new", "every": "1s"}, app.clock.now())
            await app.poller.tick(app.clock.now())
            await asyncio.sleep(1 / SEARCHES)  # so that their polls are spread, as those of a daemon are
        tune_garbage_collector()
        sockets = [stack.enter_context(open_sockets("127.0.0.1", 0)) for _ in range(2)]
        ended = asyncio.Event()
        await stack.enter_async_context(serving_api(app, sockets[0], lambda: "", ended))
        api, bare = (found[0].getsockname()[1] for found in sockets)
        await app.poller.tick(app.clock.now())
        await app.poller.settle()
        body = await asyncio.to_thread(_warm, api)
        await stack.enter_async_context(serving(_bare(body), sockets[1], lambda _status, _why: b"", ended))
        ports.put((api, bare))
        while True:
            await app.poller.tick(app.clock.now())
            polls.value = app.poller.finished
            await asyncio.sleep(_TICK_SECONDS)


def _bare(body: bytes) -> FastAPI:
    """Return an application with one route, which returns these bytes from memory."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/bare")
    async def bare() -> Response:
        return Response(body, media_type="application/json")

    return app


def _warm(port: int) -> bytes:
    """Return cached comps, which the bare route serves too."""
    for _ in range(2):
        with urllib.request.urlopen(f"http://localhost:{port}{COMPS}") as answer:
            body: bytes = answer.read()
    if json.loads(body)["source"] != "cached":
        raise RuntimeError("The benchmark's question is not cached.")
    return body
