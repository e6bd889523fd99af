"""Every limit of a plan at every door of the API and the page, as a table; those of commands are in `cli`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import AGES
from tests.fakes import NOON, FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.browsing import sign_in_browser
from tests.web.clients import bearer, client_of, opened_app
from tests.web.pages import read_page
from tests.web.photos import CAMERA, ZENITAR, data_uri, photo
from watcher.core.plans import Plan, Plans
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.stores import Stores
from watcher.runtime import App

FREE = 'free = { watches = 2, min_every = "1h", scans = 1 }\n'
PLUS = """plus = { watches = 9, price_id = "price_plus" }
[stripe]
api_key = "sk_test_canary"
webhook_secret = "whsec_canary"
"""
UPGRADE = "or upgrade on the page, under Settings."
WATCHES = f'Your plan "free" allows 2 watches, and you have 2: pause or remove one, {UPGRADE}'
INTERVAL = (
    f'Your plan "free" allows intervals of 1h or longer, and 5m is shorter: choose a longer one, {UPGRADE}'
)
SCANS = (
    'Your plan "free" allows 1 scan a month, and you have used 1: scan again after 2025-07-01T00:00:00Z, '
    f"{UPGRADE}"
)
SCANS_ON_PAGE = SCANS.replace("2025-07-01T00:00:00Z", "2025-06-30 21:30 NDT")  # the daemon's zone
NO_WATCHES = "You have no plan, so you may not add or resume watches: choose one on the page, under Settings."
NO_SCANS = "You have no plan, so you may not scan: choose one on the page, under Settings."
OTHER = data_uri(photo(2))
DEFAULTS = Defaults("EBAY_US", lambda _: None)
Door = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]
# The collector has the active watches 1 and 2, and watch 3, which is paused.


def every(limit: str) -> dict[str, str]:
    return {"every": "5m"} if limit == "min_every" else {}


async def api_add(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    return await client.post("/api/watches", json={"query": "nikon", **every(limit)})


async def api_change(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    if limit == "min_every":
        return await client.patch("/api/watches/1", json=every(limit))
    return await client.patch("/api/watches/3", json={"paused": False})


async def api_import_json(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    return await client.post("/api/watches/import", json={"watches": [{"query": "nikon", **every(limit)}]})


async def api_import_csv(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    rows = f"query,every\nnikon,{every(limit).get('every', '')}\n"
    return await client.post("/api/watches/import", content=rows, headers={"Content-Type": "text/csv"})


async def api_confirm(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    seen = await client.post("/api/scan-sessions/identify", json={"image": CAMERA})
    body = {
        "sessionId": seen.json()["sessionId"],
        "query": "zenitar",
        "watch": {"below": "30", **every(limit)},
    }
    return await client.post("/api/scan/confirm", json=body)


async def api_scan(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/api/ar-overlay/scan", json={"image": OTHER})


async def api_identify(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/api/scan-sessions/identify", json={"image": OTHER})


async def api_batch(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/api/batch/scanAndAnalyze", json={"images": [OTHER]})


async def page_add(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    return await client.post("/watches/new", data={"query": "nikon", "below": "30", **every(limit)})


async def page_edit(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    revision = (await client.get("/api/watches/1")).json()["revision"]
    fields = {"query": "camera", "rule": "new", "revision": str(revision), **every(limit)}
    return await client.post("/watches/1/edit", data=fields)


async def page_import(client: httpx.AsyncClient, limit: str) -> httpx.Response:
    rows = f"query,every\nnikon,{every(limit).get('every', '')}\n"
    files = {"file": ("", b"", "text/csv")}  # as a browser sends it if none is chosen
    return await client.post("/watches/import", data={"rows": rows, "do": "import"}, files=files)


async def page_resume(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/watches/3/resume")


async def page_resume_many(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/watches/bulk", data={"w1": "on", "w3": "on", "do": "resume"})


async def page_scan(client: httpx.AsyncClient, _: str) -> httpx.Response:
    return await client.post("/scan", files=[("picture", ("a.jpg", photo(2)))])


LIMITS = ("watches", "min_every", "scans", "none")
NW, NS = NO_WATCHES, NO_SCANS
# What each door answers at each of LIMITS: the status, and the sentence if it refuses. `None`: not asked.
DOORS: list[tuple[Door, tuple[tuple[int, str] | None, ...]]] = [
    (api_add, ((403, WATCHES), (403, INTERVAL), (201, ""), (403, NW))),
    (api_change, ((403, WATCHES), (403, INTERVAL), (200, ""), (403, NW))),
    (api_import_json, ((403, WATCHES), (403, INTERVAL), (200, ""), (403, NW))),
    (api_import_csv, ((403, WATCHES), (403, INTERVAL), (200, ""), (403, NW))),
    (api_confirm, ((403, WATCHES), (403, INTERVAL), None, None)),
    (api_scan, ((200, ""), None, (403, SCANS), (403, NS))),
    (api_identify, ((200, ""), None, (403, SCANS), (403, NS))),
    (api_batch, ((200, ""), None, (200, SCANS), (200, NS))),
    (page_add, ((403, WATCHES), (403, INTERVAL), (303, ""), (403, NW))),
    (page_edit, ((303, ""), (403, INTERVAL), (303, ""), (303, ""))),
    (page_import, ((403, WATCHES), (403, INTERVAL), (303, ""), (403, NW))),
    (page_resume, ((403, WATCHES), None, (303, ""), (403, NW))),
    (page_resume_many, ((403, WATCHES), None, (303, ""), (403, NW))),
    (page_scan, ((200, ""), None, (403, SCANS_ON_PAGE), (403, NS))),
]
CASES = [
    (door, limit, *expected)
    for door, row in DOORS
    for limit, expected in zip(LIMITS, row, strict=True)
    if expected
]


@pytest.fixture(autouse=True)
def shown(goods: Scripted) -> None:
    goods.shown = ZENITAR
    for query in ("zenitar mk2 camera", "zenitar"):
        goods.put(query, *(summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n}.00") for n in range(1, 7)))


@pytest.fixture
async def planned(
    configured: Callable[[str], Path], clock: FakeClock, database_url: str
) -> AsyncIterator[Callable[[str], Awaitable[App]]]:
    """Return a function that opens an app with plans, in which the collector has reached a limit."""
    opened = []

    async def reach(limit: str) -> App:
        plans = PLUS if limit == "none" else FREE + PLUS
        stores = Stores.opened(database_url, AGES)
        paused = ("yes", "yes", "yes") if limit == "scans" else ("no", "no", "yes")
        new = [
            watch_from({"query": query, "paused": state, "user": "collector"}, DEFAULTS)
            for query, state in zip(("camera", "lens", "bag"), paused, strict=True)
        ]
        await stores.watches.add(new, NOON)
        stores.close()
        context = opened_app(configured(f"[plans]\n{plans}"), clock)
        app = await context.__aenter__()
        opened.append(context)
        return app

    yield reach
    for context in opened:
        await context.__aexit__(None, None, None)


def sentences(answer: httpx.Response) -> str:
    """Return what an answer says, as it is in the JSON or as a person reads it."""
    if "json" in answer.headers.get("content-type", ""):
        return json.dumps(answer.json(), ensure_ascii=False).replace('\\"', '"')
    mains = list(read_page(answer.text).all("main")) if answer.text else []
    return mains[0].text if mains else ""


@pytest.mark.parametrize(
    ("door", "limit", "status", "sentence"), CASES, ids=[f"{case[0].__name__}-{case[1]}" for case in CASES]
)
async def test_every_limit_holds_at_every_door(
    planned: Callable[[str], Awaitable[App]], door: Door, limit: str, status: int, sentence: str
) -> None:
    app = await planned(limit)
    async with client_of(app) as client:
        if door.__name__.startswith("page"):
            await sign_in_browser(app, client)
        else:
            client.headers.update(await bearer(app, "collector"))
        if limit == "scans":
            used = await client.post(
                "/api/ar-overlay/scan", json={"image": CAMERA}, headers={"Accept": "*/*"}
            )
            assert used.status_code == 200
        before = app.stores.watches.count()
        answer = await door(client, limit)
        said = sentences(answer)
        assert (answer.status_code, sentence in said) == (status, True), said[-900:]
        assert ("Your plan" in said) == ("Your plan" in sentence)
        if sentence:
            assert app.stores.watches.count() == before


@pytest.fixture
async def collector(configured: Callable[[str], Path], clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a user who has nothing yet."""
    async with opened_app(configured(f"[plans]\n{FREE}{PLUS}"), clock) as app, client_of(app) as client:
        client.headers.update(await bearer(app, "collector"))
        yield client


async def test_an_import_that_keeps_going_takes_the_rows_that_fit(collector: httpx.AsyncClient) -> None:
    rows = "query,every\ncamera,\nlens,5m\nbag,\ntripod,\n"
    beyond = (
        'Your plan "free" allows 2 watches; you have 0, and this would make 3: pause or remove one, '
        f"{UPGRADE}"
    )
    bad = [{"line": 3, "why": INTERVAL}, {"line": 5, "why": beyond}]
    csv = {"Content-Type": "text/csv"}
    for query, status, imported in (("", 403, 0), ("?dryRun=true", 200, 0), ("?keepGoing=true", 200, 2)):
        answer = await collector.post(f"/api/watches/import{query}", content=rows, headers=csv)
        found = answer.json()
        assert (answer.status_code, found["imported"], found["bad"]) == (status, imported, bad)
    assert len((await collector.get("/api/watches")).json()["watches"]) == 2


async def test_a_batch_scans_the_pictures_that_fit(collector: httpx.AsyncClient) -> None:
    images = [data_uri(photo(seed)) for seed in (3, 4, 5)]
    answer = await collector.post("/api/batch/scanAndAnalyze", json={"images": images})
    results = answer.json()["results"]
    refused = [one["error"] for one in results if one.get("error")]
    assert (len(results), [one["code"] for one in refused]) == (3, ["FORBIDDEN"] * 2)
    assert {one["message"] for one in refused} == {SCANS}


async def test_a_paused_watch_says_that_the_plan_paused_it(
    collector: httpx.AsyncClient, database_url: str
) -> None:
    assert (await collector.post("/api/watches", json={"query": "camera"})).json()["overPlan"] is False
    stores = Stores.opened(database_url, AGES, Plans((Plan("none at all", watches=0),)))
    await stores.plan_limits.enforce(NOON)
    stores.close()
    shown = (await collector.get("/api/watches/1")).json()
    assert (shown["paused"], shown["overPlan"]) == (True, True)
    for address in ("/", "/watches/1"):
        page = await collector.get(address, headers={"Accept": "text/html"})
        assert "your plan allows no more" in sentences(page)
    resumed = (await collector.patch("/api/watches/1", json={"paused": False})).json()
    assert (resumed["paused"], resumed["overPlan"]) == (False, False)
