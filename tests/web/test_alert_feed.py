"""The feed of alerts over HTTP: its filters, and when items were listed and seen."""

from __future__ import annotations

import httpx

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.api_world import make_world
from watcher.runtime import App


async def test_the_feed_is_filtered_by_delivery_and_acknowledgement(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    world = await make_world(app, clock)
    operator = world.callers["admin"]

    async def ids(**asked: str) -> list[str]:
        answer = await client.get("/api/alerts", params=asked, headers=operator)
        assert answer.status_code == 200
        return [one["id"] for one in answer.json()["alerts"]]

    everything = await ids()
    dead = await ids(state="dead")
    assert len(dead) == 1
    assert sorted(dead + await ids(state="pending")) == sorted(everything)
    assert await ids(state="sent") == []
    await client.post(f"/api/alerts/{dead[0]}/ack", headers=operator)
    assert await ids(acked="true") == dead
    assert dead[0] not in await ids(acked="false")
    refused = await client.get("/api/alerts", params={"state": "lost"}, headers=operator)
    assert refused.status_code == 400


async def test_an_alert_says_when_its_items_were_listed_and_seen(
    app: App, client: httpx.AsyncClient, goods: Scripted, clock: FakeClock
) -> None:
    listed_at = "2026-03-01T10:00:00.000Z"
    goods.put(
        "zenitar mk2",
        summary("77", "Zenitar mk2 camera 77", "20.00", itemCreationDate=listed_at),
        summary("78", "Zenitar mk2 camera 78", "21.00", itemCreationDate=None, itemOriginDate=None),
    )
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 30})
    await app.poller.tick(clock.now())
    await app.poller.settle()
    (found,) = (await client.get("/api/alerts")).json()["alerts"]
    first, second = found["items"]
    assert (first["listedAt"], first["seenAt"]) == ("2026-03-01T10:00:00Z", found["madeAt"])
    assert (second["listedAt"], second["seenAt"]) == (None, found["madeAt"])
