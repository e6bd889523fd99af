"""Pages of lists: their sizes, their ends and what they leave out."""

from __future__ import annotations

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer
from watcher.runtime import App


async def add(client: httpx.AsyncClient, count: int, **fields: str) -> list[int]:
    return [
        (await client.post("/api/watches", json={"query": f"thing {n}", **fields})).json()["id"]
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "pages"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])]
)
async def test_the_last_page_has_no_next_one(client: httpx.AsyncClient, count: int, pages: list[int]) -> None:
    ids = await add(client, count)
    seen: list[int] = []
    sizes, after = [], 0
    while True:
        page = (await client.get("/api/watches", params={"limit": 2, "after": after})).json()
        found = [w["id"] for w in page["watches"]]
        seen, sizes = seen + found, [*sizes, len(found)]
        if page["next"] is None:
            break
        assert page["next"] == found[-1]
        after = page["next"]
    assert (seen, sizes) == (ids, pages)


async def test_a_page_begins_after_the_given_id(client: httpx.AsyncClient) -> None:
    ids = await add(client, 3)
    for place, after in enumerate(ids, 1):
        page = (await client.get("/api/watches", params={"after": after})).json()
        assert [w["id"] for w in page["watches"]] == ids[place:]


async def test_a_page_counts_the_watches_of_its_user_and_tag_alone(
    app: App, client: httpx.AsyncClient
) -> None:
    ann, bob = await bearer(app, "ann"), await bearer(app, "bob")
    for headers in (ann, bob, ann, bob):
        for tag in ("red", "blue"):
            await client.post("/api/watches", json={"query": "thing", "tag": tag}, headers=headers)
    page = await client.get("/api/watches", params={"limit": 2, "tag": "red"}, headers=bob)
    assert [w["id"] for w in page.json()["watches"]] == [3, 7]
    assert page.json()["next"] is None
    whole = await client.get("/api/watches", params={"limit": 3}, headers=bob)
    assert ([w["id"] for w in whole.json()["watches"]], whole.json()["next"]) == ([3, 4, 7], 7)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_the_alerts_of_a_watch_are_the_newest(
    app: App, client: httpx.AsyncClient, clock: FakeClock, limit: int
) -> None:
    made = (await client.post("/api/watches", json={"query": "zenitar mk2", "below": 45})).json()["id"]
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})
    for _ in range(3):
        await app.poller.tick(clock.now())
        await app.poller.settle()
        await client.patch(f"/api/watches/{made}", json={"rule": "new"})
        await client.patch(f"/api/watches/{made}", json={"below": 45})
        clock.move(60)
    found = (await client.get(f"/api/watches/{made}/alerts", params={"limit": limit})).json()["alerts"]
    times = [a["madeAt"] for a in found]
    assert len(found) == min(limit, 3)
    assert times == sorted(times, reverse=True)
    assert {a["watch"] for a in found} == {made}


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
async def test_the_pages_of_the_feed_have_every_alert_once(
    app: App, client: httpx.AsyncClient, clock: FakeClock, limit: int
) -> None:
    for below in (42, 43, 44, 45):  # four alerts of each poll have the same time
        await client.post("/api/watches", json={"query": "zenitar mk2", "below": below})
    for _ in range(2):
        await app.poller.tick(clock.now())
        await app.poller.settle()
        for number in range(1, 5):
            await client.patch(f"/api/watches/{number}", json={"rule": "new"})
            await client.patch(f"/api/watches/{number}", json={"below": 41 + number})
        clock.move(60)
    whole = (await client.get("/api/alerts")).json()
    ids = [a["id"] for a in whole["alerts"]]
    assert (len(ids), whole["next"]) == (8, None)
    seen: list[str] = []
    after = ""
    while after is not None:
        page = (await client.get("/api/alerts", params={"limit": limit, "after": after})).json()
        assert 0 < len(page["alerts"]) <= limit
        seen += [a["id"] for a in page["alerts"]]
        after = page["next"]
    assert seen == ids
    of_watch = (await client.get("/api/alerts", params={"watch": 2, "limit": 2})).json()
    assert ({a["watch"] for a in of_watch["alerts"]}, of_watch["next"]) == ({2}, None)
