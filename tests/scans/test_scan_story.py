"""Four promises about a scan, in one story: cache, retry, friendly errors and metrics; and what an outage is.

The clients of eBay and OpenAI are the real ones, over sockets and in simulated time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.fakes import shortest_wait
from tests.faults.scans import StandInWorker
from tests.faults.vision import RESPONSES
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.virtual import LoopClock, VirtualLoop
from tests.web.photos import CAMERA
from watcher.config import load_settings
from watcher.core.times import DAY, MINUTE
from watcher.demo.browse import SEARCH, SEARCH_BY_IMAGE
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.recognition import Shown
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api

Story = Callable[[Path, Path], Coroutine[Any, Any, None]]
SCAN = "/api/ar-overlay/scan"
ASKED = {"image": CAMERA, "condition": "used", "category": "cameras", "price": 25}
TITLES = ("Zenitar MK2 camera", "Zenitar K9 camera", "Praktiflex camera", "old camera zenitar")
CONFIG = """
state_dir = "{home}"
[database]
url = "sqlite:///{home}/watcher.db"
[ebay]
base_url = "{url}"
client_id = "{client_id}"
client_secret = "{client_secret}"
[openai]
base_url = "{url}{root}"
api_key = "{key}"
model = "{model}"
"""


class World(NamedTuple):
    """A daemon's parts with a client of its API, and the servers that it calls."""

    app: App
    client: httpx.AsyncClient
    server: MarketServer


@asynccontextmanager
async def world(home: Path, empty: Path) -> AsyncIterator[World]:
    (home / "watcher.db").write_bytes(empty.read_bytes())
    clock, market = LoopClock(), Scripted()
    market.shown = Shown("zenitar", "Zenitar camera", "electronics", "used")
    market.put("zenitar", *(summary(str(n), title, f"{40 + n}.00") for n, title in enumerate(TITLES)))
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(MarketServer(market, clock=clock.now))
        names = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "root": OPENAI_ROOT}
        names |= {"key": OPENAI_KEY, "model": OPENAI_MODEL}
        (home / "config.toml").write_text(CONFIG.format(home=home, url=server.url, **names))
        settings = load_settings(home / "config.toml", {})
        opened = App.opened(settings, clock=clock, jitter=shortest_wait, lockstep=True)
        app = await stack.enter_async_context(opened)
        app.connect_meters()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.wait_for_writes(app.stores)
        vars(app.scanning)["worker"] = StandInWorker()
        await app.ebay.check()  # has a token
        api = build_api(web_dependencies(app, lambda: ""))
        transport = httpx.ASGITransport(app=api, client=("127.0.0.1", 40_000))
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8080")
        yield World(app, await stack.enter_async_context(client), server)


def down(*paths: str, times: int | None = None) -> list[Fault]:
    return [Fault(FaultKind.STATUS, path, status=503, times=times) for path in paths]


async def tell_story(home: Path, empty: Path) -> None:
    async with world(home, empty) as (app, client, server):
        # A retry after a first failure succeeds, of eBay and of OpenAI.
        server.faults = down(SEARCH, RESPONSES, times=1)
        began = app.clock.now()
        first = await client.post(SCAN, json=ASKED)
        assert first.status_code == 200, first.text
        assert first.json()["identification"]["way"] == "openai"
        assert first.json()["verdict"]["buy"] is True
        assert app.clock.now() - began >= 2 + 1  # the first waits of eBay and of OpenAI
        assert [server.calls[path] for path in (SEARCH_BY_IMAGE, SEARCH, RESPONSES)] == [2, 1, 2]

        # The comps are those of the condition and category that were asked for, each in its place.
        comps = first.json()["comps"]
        assert (comps["condition"], comps["category"], comps["query"]) == ("used", "cameras", "zenitar")

        # The same picture is answered from the cache after eBay, and OpenAI too, have died.
        server.faults = down(SEARCH, RESPONSES)
        calls = server.calls.copy()
        again = await client.post(SCAN, json=ASKED)
        assert (again.status_code, again.json()["source"], again.json()["stale"]) == (200, "cached", False)
        assert again.json()["identification"]["way"] == "library"
        assert again.json()["verdict"] == first.json()["verdict"]
        assert server.calls == calls

        # An empty image gets a friendly error.
        empty_image = await client.post(SCAN, json={"image": ""})
        assert (empty_image.status_code, empty_image.json()["code"]) == (400, "MISSING_REQUIRED_FIELD")
        words = empty_image.json()["userMessage"]
        assert words["message"].startswith("The picture is missing.")
        assert all(words[part] for part in ("title", "action"))

        # The metrics show what happened: a failure and a success of each call, and none of the cached answer.
        metrics = (await client.get("/api/admin/metrics")).json()
        shown = {api: metrics[api] for api in ("ebay", "openai")}
        assert {
            api: (m["successCount"], m["failureCount"], m["failureRate"], m["lastError"])
            for api, m in shown.items()
        } == {"ebay": (2, 1, 33.3, "EBAY_UNAVAILABLE"), "openai": (1, 1, 50.0, "OPENAI_UNAVAILABLE")}


async def suffer_outages(home: Path, empty: Path) -> None:
    async with world(home, empty) as (_app, client, server):
        server.faults = down(SEARCH, RESPONSES)

        # An unknown picture: an error of the service that would know best, not "nothing found".
        unknown = await client.post(SCAN, json=ASKED)
        assert (unknown.status_code, unknown.json()["code"]) == (503, "OPENAI_UNAVAILABLE")
        assert unknown.json()["userMessage"]["retryAfterSeconds"] == 300

        server.faults = []
        await asyncio.sleep(MINUTE)  # the breakers let a call through
        await client.post(SCAN, json=ASKED)
        server.faults = down(SEARCH, RESPONSES)

        # A picture that is known, with comps that are not: an error, and no verdict of 0 or "skip".
        other = await client.post(SCAN, json=ASKED | {"condition": "new"})
        assert (other.status_code, other.json()["code"]) == (503, "EBAY_UNAVAILABLE")
        assert other.json()["shouldRetry"] is True
        assert not {"verdict", "comps", "identification"} & other.json().keys()


async def outlive_the_cache(home: Path, empty: Path) -> None:
    async with world(home, empty) as (_app, client, server):
        first = await client.post(SCAN, json=ASKED)
        server.faults = down(SEARCH, RESPONSES)
        await asyncio.sleep(8 * DAY)
        late = await client.post(SCAN, json=ASKED)
        assert late.status_code == 200, late.text
        assert (late.json()["source"], late.json()["stale"]) == ("cached", True)
        assert late.json()["identification"]["way"] == "library"
        assert late.json()["verdict"] == first.json()["verdict"]
        warnings = " ".join(late.json()["warnings"])
        assert "AI is busy, using visual matching." in warnings
        assert "eBay did not answer, so the verdict rests on older prices" in warnings


@pytest.mark.parametrize("story", [tell_story, suffer_outages, outlive_the_cache])
def test_a_scan_keeps_its_promises(story: Story, tmp_path: Path, empty_database: Path) -> None:
    loop = VirtualLoop(sockets=True)
    try:
        loop.run_until_complete(story(tmp_path, empty_database))
    finally:
        loop.close()
