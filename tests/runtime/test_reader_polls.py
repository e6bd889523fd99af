"""Polls with the AI reader over real sockets: what it decides, what it costs, and that no alert is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.busy import any_inquiry, configured, opened
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.core.receipts import erased_alert, erased_evidence, erased_grounds, replay
from watcher.core.serializers import explanation_view
from watcher.core.times import HOUR
from watcher.core.watch import Watch
from watcher.demo.vision import OPENAI_ROOT
from watcher.runtime import App

QUERY = "ipad mini 4 128gb"
RESPONSES = f"{OPENAI_ROOT}/responses"
# Titles by item number. The last one lacks a word of the query, and costs what the others do.
TITLES = {f"{n}": f"Apple iPad Mini 4 128GB tablet {colour}" for n, colour in enumerate(("gold", "gray"))}
TITLES |= {f"{n + 2}": f"Apple iPad Mini 4 128GB Wi-Fi {colour}" for n, colour in enumerate(("gold", "gray"))}
TITLES |= {"4": "Apple iPad Mini 4 128GB tablet silver", "5": "Apple iPad Mini 4 tablet"}
UNSURE_OF, OTHER, UNCLEAR = "0", "1", "5"


@dataclass
class World:
    """An installation whose reader is on, its market, and its server."""

    app: App
    goods: Scripted
    server: MarketServer
    clock: FakeClock

    async def poll(self, seconds: float = 2 * HOUR) -> None:
        now = self.clock.move(seconds)
        await self.app.poller.tick(now)
        await self.app.poller.settle()

    async def watch(self, rule: str = "below 60") -> Watch:
        added = await self.app.registry.add({"query": QUERY, "rule": rule, "every": "1h"}, self.clock.now())
        await self.poll(0)
        found = self.app.stores.watches.get(added.id)
        assert found is not None
        return found

    @property
    def alerted(self) -> set[str]:
        """The numbers of the items that have alerted."""
        return {i.item_id.split("|")[1] for a in self.app.stores.alerts.latest(9) for i in a.alert.items}

    @property
    def calls(self) -> int:
        return self.server.calls[RESPONSES]


@pytest.fixture
async def world(tmp_path: Path, database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    goods = Scripted()
    goods.put(QUERY, *(summary(n, title, f"{40 + int(n)}.00") for n, title in TITLES.items()))
    goods.judged = {title: n != OTHER for n, title in TITLES.items() if n != UNSURE_OF}
    async with MarketServer(goods, clock=clock.now) as server:
        settings = configured(
            tmp_path, server.url, database_url, reader="both", price_in="1.0", price_out="1.0"
        )
        async with opened(settings, clock) as app:
            yield World(app, goods, server, clock)


async def test_the_reader_decides_what_alerts(world: World) -> None:
    await world.watch()
    assert world.alerted == TITLES.keys() - {OTHER}
    (row,) = world.app.stores.alerts.latest(1)
    receipt = world.app.stores.alerts.receipt(row.alert.id)
    assert receipt is not None
    (dropped,) = receipt.evidence.dropped
    assert (dropped.listing.title, dropped.reason) == (TITLES[OTHER], "reader")


async def test_a_poll_asks_once_and_the_next_one_not_at_all(world: World) -> None:
    await world.watch()
    assert world.calls == 1
    await world.poll()
    await world.poll()
    assert (world.calls, world.server.faults) == (1, [])
    status = await world.app.status.read_in_parts(world.clock.now())
    quota = status["quota"]["openai"]
    assert (quota["used"], quota["secondLooks"]) == (1, {"used": 1, "limit": 250})
    assert 0.0005 < float(quota["cost"]) < 0.001
    line = f"; 1 of 250 for single listings; ${quota['cost']} spent"
    assert any(said.endswith(line) for said in status["lines"])


async def test_an_alert_and_its_receipt_say_what_was_read(world: World) -> None:
    watch = await world.watch()
    (row,) = world.app.stores.alerts.latest(1)
    said = {i.title: i.reading for i in row.alert.items}
    assert said[TITLES["4"]] == "read by the AI reader: it is the item"
    assert said[TITLES[UNSURE_OF]] == "read by the AI reader: unsure"
    receipt = world.app.stores.alerts.receipt(row.alert.id)
    assert receipt is not None
    assert sorted(receipt.evidence.readings.values()) == ["different", *["same"] * 4, "unsure"]
    again = replay(row.alert, *receipt)
    assert (again.differences, again.selection_agrees) == ((), True)
    erased = erased_evidence(receipt.evidence, world.clock.now())
    assert all(item.startswith("#") for item in erased.readings)
    assert replay(erased_alert(row.alert), erased_grounds(receipt.grounds), erased).agrees
    for number, words in (("4", "read by the AI reader: it is the item"), (OTHER, "it is dropped (reader)")):
        assert words in str(explanation_view(watch, world.app.queries.explain(watch, number)))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(FaultKind.STATUS, RESPONSES, status=500), "OPENAI_UNAVAILABLE"),
        (Fault(FaultKind.STATUS, RESPONSES, status=401), "OPENAI_UNAVAILABLE"),
        (Fault(FaultKind.RATE_LIMIT, RESPONSES), "OPENAI_RATE_LIMIT"),
        (Fault(FaultKind.OFF_SCHEMA, RESPONSES), "OPENAI_UNAVAILABLE"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
async def test_an_alert_is_sent_although_the_reader_is_out_and_says_so(
    world: World, fault: Fault, code: str
) -> None:
    world.server.faults = [fault]
    await world.watch()
    assert world.alerted == TITLES.keys() - {UNCLEAR}, "as the titles say"
    (row,) = world.app.stores.alerts.latest(1)
    assert {i.reading for i in row.alert.items} == {f"not read by the AI reader: {code}"}
    receipt = world.app.stores.alerts.receipt(row.alert.id)
    assert receipt is not None
    assert set(receipt.evidence.reader_out.values()) == {code}
    await world.app.dispatcher.drain(world.clock.now())
    (message,) = world.server.messages
    assert f"not read by the AI reader: {code}" in str(message)


async def test_listings_are_read_as_soon_as_the_reader_is_back(world: World) -> None:
    world.server.faults = [Fault(FaultKind.STATUS, RESPONSES, status=500)]
    await world.watch()
    world.server.faults = []
    await world.poll()
    assert world.alerted == TITLES.keys(), "the unclear one is the item"
    assert world.calls == 2


async def test_comps_of_a_watched_search_count_what_was_read(world: World) -> None:
    await world.watch()
    _, comps = await world.app.queries.comps(any_inquiry(QUERY))
    assert {x.item_id.split("|")[1] for x in comps.selection.kept} == TITLES.keys() - {OTHER}
