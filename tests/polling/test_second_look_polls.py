"""Polls with a second look over real sockets: what decides, what is stored, and that no alert is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes import FakeClock, shortest_wait, usd
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.trips import Trip, planner_of, trip_over
from tests.waiting import PATIENCE, until
from watcher.adapters.ebay.client import EbayClient
from watcher.adapters.ebay.items import EbayItems
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.core.alerts import Alert
from watcher.core.errors import Api
from watcher.core.receipts import Evidence, erased_alert, erased_evidence, erased_grounds, replay
from watcher.core.resilience.breaker import Breaker
from watcher.core.resilience.quota import quota_window
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.specifics import Specifics
from watcher.core.times import HOUR, MINUTE, Seconds
from watcher.core.watch import WatchId
from watcher.db.stores import Stores
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.polling.item_details import ItemDetails, KnownSpecifics
from watcher.polling.poller import Poller
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look import SecondLook
from watcher.polling.second_look_quota import SecondLookQuota

TABLET, CARD = "ipad mini 4 128gb", "rtx 4070"
ITEMS = "/buy/browse/v1/item/"


def aspects(**pairs: str) -> list[dict[str, str]]:
    return [{"type": "STRING", "name": name.replace("_", " "), "value": pairs[name]} for name in pairs]


def tablet(number: int, price: int, **pairs: str) -> dict[str, Any]:
    title = "Apple iPad Mini 4 tablet" if pairs else "Apple iPad Mini 4 128GB tablet"
    return summary(str(number), title, f"{price}.00", localizedAspects=aspects(Brand="Apple", **pairs))


def card(number: int, price: int, model: str = "GeForce RTX 4070") -> dict[str, Any]:
    title = "MSI GeForce RTX 4070 graphics card"
    return summary(str(number), title, f"{price}.00", localizedAspects=aspects(Brand="MSI", Model=model))


class Daemon:
    """A poller and all that it needs to ask eBay, over one store; several may share a store."""

    def __init__(
        self, stores: Stores, clock: FakeClock, url: str, name: str, share: float, patience: float
    ) -> None:
        self.trip: Trip = trip_over(stores, clock)
        self.http = HttpClient(concurrency=8)
        self.blocks = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
        self.quota = SecondLookQuota(self.blocks, share)
        market, items = self._guard(self.blocks, PATIENCE), self._guard(self.quota, patience)
        token = EbayToken(
            base_url=url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            state_dir=None,
            http=self.http,
            guard=market,
            clock=clock,
        )
        ebay = EbayClient(base_url=url, token=token, http=self.http, guard=market, clock=clock)
        self.trip.fetcher._market = ebay
        known = KnownSpecifics(stores.item_specifics)
        reader = EbayItems(base_url=url, token=token, http=self.http, guard=items, clock=clock)
        details = ItemDetails(reader.specifics, known, self.quota, self.trip.meter)
        self.trip.poller = Poller(
            stores.searches,
            self.trip.fetcher,
            planner_of(stores),
            self.trip.poller._limits,
            jitter=shortest_wait,
            meter=self.trip.meter,
            name=name,
            second_look=SecondLook([known, details]),
        )

    def _guard(self, quota: QuotaBlocks | SecondLookQuota, patience: float) -> Guard:
        return Guard(
            Api.EBAY,
            RetryPolicy(2, Seconds(0.01), Seconds(0.01)),
            attempt_timeout=Seconds(patience),
            deadline=Seconds(2 * patience),
            clock=self.trip.clock,
            monotonic=time.monotonic,
            jitter=shortest_wait,
            meter=self.trip.meter,
            breaker=Breaker(),
            quota=quota,
        )

    async def close(self) -> None:
        await self.trip.poller.stop()
        await self.blocks.close()
        await self.http.aclose()


@dataclass
class World:
    """A market, its server, and the daemons that poll it."""

    stores: Stores
    clock: FakeClock
    market: Scripted
    server: MarketServer
    daemons: list[Daemon] = field(default_factory=list)

    def start(self, share: float = 0.05, patience: float = 10.0) -> Trip:
        """Start a daemon; `patience` is the timeout of an attempt to read an item, in seconds."""
        daemon = Daemon(self.stores, self.clock, self.server.url, f"d{len(self.daemons)}", share, patience)
        self.daemons.append(daemon)
        return daemon.trip

    def item_calls(self) -> int:
        return sum(n for path, n in self.server.calls.items() if path.startswith(ITEMS))

    def receipt(self, alert: Alert) -> Evidence:
        """Return the evidence of an alert after checking that it gives the same alert again."""
        found = self.stores.alerts.receipt(alert.id)
        assert found
        again = replay(alert, found.grounds, found.evidence)
        assert (again.differences, again.selection_agrees) == ((), True)
        erased = erased_evidence(found.evidence, self.clock.now())
        again = replay(erased_alert(alert), erased_grounds(found.grounds), erased)
        assert (again.differences, again.selection_agrees) == ((), None)
        assert erased.specifics == {}
        return found.evidence

    def fail(self, kind: FaultKind, **fields: Any) -> None:
        self.server.faults = [Fault(kind, ITEMS, **fields)]


@pytest.fixture
async def world(stores: Stores, clock: FakeClock) -> AsyncIterator[World]:
    market = Scripted()
    market.put(TABLET, *(tablet(100 + n, 150 + n) for n in range(8)))
    market.put(CARD, *(card(200 + n, 550 + n) for n in range(8)))
    async with MarketServer(market, clock=clock.now) as server:
        one = World(stores, clock, market, server)
        yield one
        for daemon in one.daemons:
            await daemon.close()


async def watch(trip: Trip, query: str, below: str) -> int:
    return (await trip.registry.add({"query": query, "below": below, "every": "1m"}, trip.clock.now())).id


def ids(alerts: list[Alert]) -> list[str]:
    return [item.item_id for alert in alerts for item in alert.items]


async def test_a_listing_that_only_its_specifics_name_alerts_once(world: World) -> None:
    trip = world.start()
    await watch(trip, TABLET, "140")
    assert await trip.poll() == []
    world.market.put(TABLET, tablet(1, 135, Storage_Capacity="128 GB"))
    (alert,) = await trip.poll(2 * MINUTE)
    assert (ids([alert]), alert.items[0].specifics) == (["v1|1|0"], "Storage Capacity: 128 GB")
    evidence = world.receipt(alert)
    assert evidence.specifics == {"v1|1|0": Specifics((("Storage Capacity", "128 GB"),))}
    calls = world.item_calls()
    again = world.start()  # a daemon that knows nothing but the database
    for daemon in (trip, again, trip):
        assert await daemon.poll(2 * MINUTE) == []
    assert world.item_calls() == calls == 1


async def test_a_listing_that_its_specifics_show_to_be_another_never_alerts(world: World) -> None:
    trip = world.start()
    number = await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500, "NVIDIA GeForce RTX 4070 Ti"))
    assert await trip.poll() == []
    again = world.start()
    for daemon in (trip, again):
        assert await daemon.poll(2 * MINUTE) == []
    assert world.item_calls() == 1
    search = trip.registry.get(number).search_id
    points = world.stores.history.price_points(search, "")
    assert {p.statistics.low for p in points} == {usd(550)}


async def test_without_a_share_titles_decide_and_no_item_is_read(world: World) -> None:
    trip = world.start(share=0.0)
    await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500, "NVIDIA GeForce RTX 4070 Ti"))
    assert ids(await trip.poll()) == ["v1|1|0"]
    assert world.item_calls() == 0


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.STATUS, FaultKind.RATE_LIMIT, FaultKind.HTML])
async def test_titles_decide_while_items_cannot_be_read(world: World, kind: FaultKind) -> None:
    trip = world.start(patience=0.5 if kind is FaultKind.HANG else 10.0)
    await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500, "NVIDIA GeForce RTX 4070 Ti"))
    world.fail(kind)
    (alert,) = await trip.poll()
    assert world.receipt(alert).unread == ("v1|1|0",)
    world.server.faults = []
    assert await trip.poll(HOUR) == []  # neither again, nor taken back
    world.market.put(CARD, card(2, 490, "NVIDIA GeForce RTX 4070 Ti"))
    assert await trip.poll(HOUR) == []


async def test_an_item_that_is_gone_is_decided_by_its_title(world: World) -> None:
    trip = world.start()
    await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500))
    world.fail(FaultKind.STATUS, status=404)
    (alert,) = await trip.poll()
    assert world.receipt(alert).unread == ()
    assert trip.meter.counts["details.failed"] == 0


async def test_a_poll_that_is_cancelled_during_its_look_loses_no_alert(world: World) -> None:
    trip = world.start()
    await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500))
    world.fail(FaultKind.HANG)
    await trip.poller.tick(trip.clock.now())
    await until(world.item_calls)
    await trip.poller.stop()
    assert trip.stores.alerts.latest(5) == []
    world.server.faults = []
    other = world.start()
    assert ids(await other.poll()) == ["v1|1|0"]
    assert await trip.poll(2 * MINUTE) == []


async def test_a_watch_paused_during_a_look_does_not_alert(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, began, paused = EbayItems.specifics, asyncio.Event(), asyncio.Event()

    async def read_slowly(*args: Any) -> Any:
        began.set()
        await paused.wait()
        return await read(*args)

    monkeypatch.setattr(EbayItems, "specifics", read_slowly)
    trip = world.start()
    number = await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500))
    await trip.poller.tick(trip.clock.now())
    await began.wait()
    await trip.registry.set_paused(WatchId(number), trip.clock.now(), paused=True)
    paused.set()
    await trip.poller.settle()
    assert trip.stores.alerts.latest(5) == []
    await trip.registry.set_paused(WatchId(number), trip.clock.now(), paused=False)
    assert ids(await trip.poll(2 * MINUTE)) == ["v1|1|0"]


async def test_daemons_use_what_either_of_them_read(world: World) -> None:
    first, second = world.start(), world.start()
    await watch(first, CARD, "520")
    world.market.put(CARD, card(1, 500, "NVIDIA GeForce RTX 4070 Ti"))
    for daemon in (first, second, first, second):
        assert await daemon.poll(2 * MINUTE) == []
    assert world.item_calls() == 1
    assert [d.quota.used(world.clock.now()) for d in world.daemons] == [1, 1]


async def test_a_listing_is_read_again_when_its_seller_changes_it(world: World) -> None:
    trip = world.start()
    await watch(trip, CARD, "520")
    world.market.put(CARD, card(1, 500, "NVIDIA GeForce RTX 4070 Ti"))
    assert await trip.poll() == []
    world.market.put(CARD, card(1, 500) | {"title": "MSI GeForce RTX 4070 Ventus graphics card"})
    assert ids(await trip.poll(2 * MINUTE)) == ["v1|1|0"]
    assert world.item_calls() == 2


async def test_the_calls_of_a_look_stay_within_the_share(world: World) -> None:
    trip = world.start(share=0.0008)  # four calls
    await watch(trip, CARD, "520")
    world.market.put(CARD, *(card(n, 500 + n) for n in range(1, 8)))
    (alert,) = await trip.poll()
    assert (len(alert.items) + alert.more, world.item_calls()) == (7, 4)
    assert world.receipt(alert).unread == ("v1|5|0", "v1|6|0", "v1|7|0")
    assert world.stores.quota_ledger.used(Api.EBAY, quota_window(Api.EBAY, world.clock.now()).start) >= 5
