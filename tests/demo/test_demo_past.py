"""The month that the demo begins with: what it contains, and that its seed determines it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from tests.outbox_rows import message_states
from tests.web.clients import client_of
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.watch import Watch
from watcher.demo.market import DemoMarket
from watcher.runtime.past import PAST_START, live_through_past
from watcher.runtime.simulation import START, Simulation, demo_watches, simulated


async def live(simulation: Simulation, seed: int) -> Sequence[Watch]:
    return await live_through_past(simulation, seed, demo_watches(seed), asyncio.Event())


async def test_the_demo_begins_with_a_month_of_history() -> None:
    sent: list[Any] = []
    async with simulated(None, seed=7, speed=1e9, at=PAST_START, on_message=sent.append) as simulation:
        watches, app = await live(simulation, 7), simulation.app
        assert simulation.clock.now() == START
        assert len(watches) == 8
        market, history = DemoMarket(7, START), app.stores.history
        for watch in map(app.stores.watches.get, [watch.id for watch in watches]):
            assert watch
            points = history.daily_points(watch.search_id, watch.filters.key, PAST_START)
            assert len(points) >= 29, "a price point for each day"
            seen = history.sightings(watch.search_id)
            left = {s.item_id for s in seen if s.gone_at is None}
            rows = market.search(watch.question.query, Instant(START - 5 * MINUTE))
            assert left == {row["itemId"] for row in rows}, "what the past leads to is on offer now"
            assert len(seen) > len(left), "delistings"

        async with client_of(app) as client:
            alerts = (await client.get("/api/alerts", params={"limit": 100})).json()["alerts"]
            receipt = await client.get(f"/api/alerts/{alerts[-1]['id']}")
        assert receipt.status_code == 200
        assert 15 < len(alerts) < 90
        assert app.stores.lateness.overall(PAST_START).matches == 0, "polls were a day apart"
        assert message_states(app.stores).keys() == {"sent"}
        (incident,) = app.stores.incidents.latest(10)
        assert incident.ended_at
        assert len(sent) == len(alerts) + len(app.stores.incidents.messages(incident.id))

        assert simulation.market.messages == []
        await simulation.run(Instant(START + 20 * MINUTE), asyncio.Event())
        live_alerts = [m for m in simulation.market.messages if m.to == "watches"]
        assert len(live_alerts) == 5, "one for each of the first five watches, and none for old listings"
        assert app.stores.incidents.open_incidents() == []


async def test_the_same_seed_gives_the_same_past() -> None:
    async def messages(seed: int) -> list[str]:
        sent: list[Any] = []
        at = Instant(START - 2 * DAY)
        async with simulated(None, seed=seed, speed=1e9, at=at, on_message=sent.append) as simulation:
            await live(simulation, seed)
        return [json.dumps([m.clock, m.to, m.body], sort_keys=True) for m in sent]

    first = await messages(7)
    assert first
    assert await messages(7) == first
    assert await messages(8) != first


async def test_the_past_ends_early_when_the_demo_is_stopped() -> None:
    async with simulated(None, seed=7, speed=1e9, at=PAST_START) as simulation:
        stop = asyncio.Event()
        stop.set()
        await live_through_past(simulation, 7, demo_watches(7)[:1], stop)
        assert simulation.clock.now() == START
        assert simulation.app.stores.incidents.latest(1) == []
