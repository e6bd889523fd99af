"""The feed of alerts over HTTP: its filters, and when items were listed and seen."""

from __future__ import annotations

import httpx

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.api_world import make_world
from watcher.core.times import DAY, Instant, iso
from watcher.demo.source import DemoRow
from watcher.demo.summary import wire_date
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
    def offers(number: int, listed: str | None) -> DemoRow:
        fields = {"itemCreationDate": listed, "itemOriginDate": None}
        return summary(f"{number}", f"Zenitar mk2 camera {number}", f"{number}.00", **fields)

    soon = wire_date(Instant(clock.now() + 60))
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 30})
    goods.put(
        "zenitar mk2", offers(20, soon), offers(21, None), offers(22, wire_date(Instant(clock.now() + DAY)))
    )
    await app.poller.tick(clock.move(150))
    await app.poller.settle()
    await app.dispatcher.drain(clock.move(5))
    (found,) = (await client.get("/api/alerts")).json()["alerts"]
    first, undated, future = found["items"]
    listed_at = iso(clock.now() - 95)
    assert (first["listedAt"], first["seenAt"]) == (listed_at, found["madeAt"])
    late = first["lateness"]
    assert late | {"said": ""} == {
        "onset": "listed", "since": listed_at, "seenAt": found["madeAt"], "sentAt": None, "secondsToSeen": 90,
        "secondsToSent": None, "wasThere": None, "said": "",
    }  # fmt: skip
    assert late["said"] == f"listed {listed_at}, seen 1 min 30 s later"
    for item in (undated, future):
        assert (item["listedAt"], item["seenAt"]) == (None, found["madeAt"])
        assert (item["lateness"]["onset"], item["lateness"]["secondsToSeen"]) == ("unknown", None)
    (watch,) = (await client.get("/api/watches")).json()["watches"]
    figures = (await client.get(f"/api/watches/{watch['id']}")).json()["lateness"]
    assert figures == {
        "days": 30, "matches": 3, "counted": 1, "seenWithinMinutes": {"1": 0.0, "10": 1.0, "60": 1.0},
        "checked": 0, "stillThere": None,
    }  # fmt: skip
