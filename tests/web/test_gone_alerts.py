"""Alerts whose items are gone before their message, from the poll to what people see, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import client_of, opened_app
from watcher.adapters.ebay.bulk_items import BULK_RESOURCE
from watcher.core.errors import Api
from watcher.core.resilience.quota import quota_window
from watcher.core.times import Seconds
from watcher.demo.browse import ITEMS
from watcher.demo.oauth import DEMO_BULK_SCOPE
from watcher.runtime import App

ITEM, OTHER = "v1|1|0", "v1|2|0"
WAIT = Seconds(20.0)  # what the poll's second look saw counts for ten seconds


@pytest.fixture
async def app(
    configured: Callable[[str], Path], clock: FakeClock, market: MarketServer
) -> AsyncIterator[App]:
    slack = f'\n[slack]\nwatch_webhook_url = "{market.webhook("slack")}"\n'
    async with opened_app(configured(slack), clock) as made:
        yield made


async def watched(client: httpx.AsyncClient, app: App, clock: FakeClock, below: str, **more: str) -> None:
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": below} | more)
    await app.poller.tick(clock.now())
    await app.poller.settle()


async def test_alert_whose_item_is_gone_is_not_sent_and_says_so(
    app: App, client: httpx.AsyncClient, clock: FakeClock, goods: Scripted, market: MarketServer
) -> None:
    await watched(client, app, clock, "41.50")
    goods.remove(ITEM, clock.now())
    await app.dispatcher.drain(clock.move(WAIT))
    assert market.messages == []
    [alert] = (await client.get("/api/alerts")).json()["alerts"]
    why = "it was gone (no longer listed) 20 s after it was found"
    assert alert["delivery"] == {"to": "slack", "state": "gone", "sentAt": None, "error": why}
    for state, n in (("gone", 1), ("sent", 0), ("dead", 0)):
        assert len((await client.get(f"/api/alerts?state={state}")).json()["alerts"]) == n
    refused = await client.post(f"/api/dead-letters/{alert['id']}/resend")
    assert f"was not sent, because {why}" in refused.text
    explained = (await client.get("/api/watches/1/explain")).json()
    assert f"was not sent to slack: {why}" in str(explained)
    page = (await client.get(f"/alerts/{alert['id']}", headers={"Accept": "text/html"})).text
    assert "not sent" in page
    assert "gone (no longer listed) 20 s after it was found" in page
    listed = (await client.get("/", headers={"Accept": "text/html"})).text
    assert "Found, gone before its alert" in listed


async def test_relisted_item_alerts_although_the_first_message_was_not_sent(
    app: App, client: httpx.AsyncClient, clock: FakeClock, goods: Scripted, market: MarketServer
) -> None:
    await watched(client, app, clock, "41.50")
    goods.remove(ITEM, clock.now())
    await app.dispatcher.drain(clock.move(WAIT))
    relisted = {**goods.search("zenitar mk2", clock.now())[0], "itemId": "v1|77|0", "legacyItemId": "77"}
    relisted["price"] = {"value": "41.00", "currency": "USD"}
    goods.put("zenitar mk2", relisted, at=clock.now())
    await app.poller.tick(clock.move(86_400.0))
    await app.poller.settle()
    assert await app.dispatcher.drain(clock.move(1.0)) == 1
    assert len(market.messages) == 1


async def test_message_names_gone_items_and_the_look_is_recorded(
    app: App, client: httpx.AsyncClient, clock: FakeClock, goods: Scripted, market: MarketServer
) -> None:
    await watched(client, app, clock, "42.50")
    goods.remove(ITEM, clock.now())
    used = app.quota_blocks[Api.EBAY].used(clock.now())
    await app.dispatcher.drain(clock.move(WAIT))
    [message] = market.messages
    assert message.body["text"].startswith("Zenitar mk2 camera 2: $42.00")
    assert "(no longer listed)" in str(message.body["blocks"])
    assert app.quota_blocks[Api.EBAY].used(clock.now()) == used + 2
    [alert] = (await client.get("/api/alerts")).json()["alerts"]
    stored = app.stores.lateness.of_alerts([alert["id"]])
    assert sorted(one.was_there is True for one in stored.values()) == [False, True]


async def test_getitems_looks_at_all_items_with_a_call_of_its_own_quota(
    app: App, client: httpx.AsyncClient, clock: FakeClock, goods: Scripted, market: MarketServer
) -> None:
    app.ebay_bulk.is_wanted = True
    assert await app.ebay_bulk.probe("EBAY_US")
    await watched(client, app, clock, "43.50")
    goods.remove(ITEM, clock.now())
    goods.alter(OTHER, {"price": {"value": "60.00", "currency": "USD"}}, clock.now())
    used = app.quota_blocks[Api.EBAY].used(clock.now())
    await app.dispatcher.drain(clock.move(WAIT))
    [message] = market.messages
    assert message.body["text"].startswith(
        "Zenitar mk2 camera 2: by now $60.00 in total, above the target, and 1 more"
    )
    assert app.quota_blocks[Api.EBAY].used(clock.now()) == used
    assert (app.bulk_quota.used(clock.now()), market.quota.bulk_used) == (2, 2)
    start = quota_window(Api.EBAY, clock.now()).start
    assert app.stores.quota_ledger.of_pool(BULK_RESOURCE).used(Api.EBAY, start) == 2
    assert await app.ask_for_bulk_quota(clock.now()) == 4998


@pytest.mark.parametrize("share", ["0.05", "0"])
async def test_without_a_grant_nothing_fails(
    configured: Callable[[str], Path], clock: FakeClock, goods: Scripted, market: MarketServer, share: str
) -> None:
    market.oauth.scopes.discard(DEMO_BULK_SCOPE)
    slack = f'\n[slack]\nwatch_webhook_url = "{market.webhook("slack")}"\n[polling]\ndetail_share = {share}\n'
    async with opened_app(configured(slack), clock) as app, client_of(app) as client:
        app.connect_meters()
        assert not await app.ebay_bulk.probe("EBAY_US")
        await watched(client, app, clock, "41.50")
        goods.remove(ITEM, clock.now())
        await app.dispatcher.drain(clock.move(WAIT))
        assert len(market.messages) == (share == "0")
        health = (await client.get("/api/health")).json()
        assert (health["ebay"]["status"], health["ebay"]["failureRate"]) == ("healthy", 0)
        assert await app.health.evaluate(clock.now(), ()) == []


async def test_price_cut_between_polls_is_found_and_judged_by_an_ordinary_poll(
    app: App, client: httpx.AsyncClient, clock: FakeClock, goods: Scripted, market: MarketServer
) -> None:
    app.ebay_bulk.is_wanted = True
    await app.follow_items(clock.now())
    assert app.ebay_bulk.granted
    await watched(client, app, clock, "40.00", every="1h")
    due = app.stores.searches.next_due()
    await app.follow_items(clock.move(90.0))
    assert app.stores.searches.next_due() == due
    goods.alter(ITEM, {"price": {"value": "39.00", "currency": "USD"}}, clock.now())
    woken: list[str] = []
    app.poller.on_room = lambda: woken.append("poll")
    await app.follow_items(clock.move(90.0))
    assert woken == ["poll"]
    assert app.stores.searches.next_due() == clock.now()
    await app.poller.tick(clock.now())
    await app.poller.settle()
    assert await app.dispatcher.drain(clock.now()) == 1
    assert market.messages[0].body["text"].startswith("Zenitar mk2 camera 1: $39.00 in total")
    status = app.status.read(clock.now())
    assert status["quota"]["ebay"]["bulkLooks"] == {"used": 4, "limit": 5000}
    assert any("besides, 4 of 5000 for many listings at once" in line for line in status["lines"])


@pytest.mark.parametrize("way", ["singly", "with one call"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.HANG, ITEMS),
        Fault(FaultKind.SLOW, ITEMS, seconds=1.5),
        Fault(FaultKind.STATUS, ITEMS, status=403),
        Fault(FaultKind.HTML, ITEMS),
        Fault(FaultKind.QUOTA, ITEMS),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
async def test_message_is_sent_whatever_fails_in_the_look(
    app: App,
    client: httpx.AsyncClient,
    clock: FakeClock,
    market: MarketServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    way: str,
) -> None:
    monkeypatch.setattr(app.recheck, "_max_wait", 0.2)
    if way == "with one call":
        app.ebay_bulk.is_wanted = True
        await app.follow_items(clock.now())
    await watched(client, app, clock, "41.50")
    market.faults = [fault]
    assert await app.dispatcher.drain(clock.move(WAIT)) == 1
    assert len(market.messages) == 1
    assert market.messages[0].body["text"].startswith("Zenitar mk2 camera 1: $41.00 in total (target")
