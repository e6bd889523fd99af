"""Odd rows of a market's answers: which alerts they cause, and where they are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.busy import configured, opened
from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.core.alerts import Alert
from watcher.demo.summary import wire_date
from watcher.runtime import App

QUERY = "kestrel x1"
COLOURS = ("red", "teal", "grey", "black", "white", "green", "blue", "amber")
PLAIN = [summary(f"{n}", f"Kestrel X1 {c}", f"{300 + 7 * n}.00", "5.00") for n, c in enumerate(COLOURS, 1)]


@asynccontextmanager
async def polled(
    home: Path, clock: FakeClock, database_url: str, *rows: Any, **draft: str
) -> AsyncIterator[tuple[App, list[Alert]]]:
    """Yield the app after one poll of a watch for at most 200 USD, and its alerts."""
    goods = Scripted()
    goods.put(QUERY, *PLAIN[:4], *rows, *PLAIN[4:])
    async with (
        MarketServer(goods, clock=clock.now) as market,
        opened(configured(home, market.url, database_url), clock) as app,
    ):
        await app.registry.add({"query": QUERY, "rule": "below 200", **draft}, clock.now())
        await app.poller.tick(clock.now())
        await app.poller.settle()
        yield app, [r.alert for r in app.stores.alerts.latest(10)]


def total_of(alerts: list[Alert]) -> list[str]:
    return [item.total for alert in alerts for item in alert.items]


@pytest.mark.parametrize(
    ("odd", "total"),
    [
        ({"seller": {"feedbackScore": "500"}}, "155.00"),
        ({"bidCount": "0", "shippingOptions": {"shippingCostType": "FIXED"}}, "155.00"),
        ({"title": "Kestrel X1 Teal \ud83d"}, "155.00"),
        ({"seller": {"feedbackScore": 2**70}, "bidCount": 2**64}, "155.00"),
        ({"conditionId": 2**65}, "155.00"),
        ({"image": {"imageUrl": "https://i.ebayimg.com/\0/\ud83d.jpg"}}, "155.00"),
        ({"itemWebUrl": 5, "image": 5, "itemLocation": [], "categories": {}}, "155.00"),
        (
            {
                "shippingOptions": [
                    {"shippingCostType": "FIXED", "shippingCost": {"value": v, "currency": c}}
                    for v, c in (("90.00", "GBP"), ("7.00", "USD"))
                ]
            },
            "157.00",
        ),
    ],
)
async def test_odd_field_does_not_cost_an_alert(
    tmp_path: Path, clock: FakeClock, odd: dict[str, Any], total: str
) -> None:
    suspect = summary("99", "Kestrel X1 teal", "150.00", "5.00") | odd
    async with polled(tmp_path, clock, f"sqlite:///{tmp_path}/watcher.db", suspect) as (app, alerts):
        assert total_of(alerts) == [total]
        assert alerts[0].items[0].url == "https://www.ebay.com/itm/99"
        assert app.status.read(clock.now())["unreadable"] == 0


@pytest.mark.parametrize(
    ("fields", "draft"),
    [
        ({"title": "Kestrel X1 LOCAL PICKUP ONLY", "shippingOptions": None}, {}),
        (
            {"title": "Kestrel X1 Collection in Person Only", "shippingOptions": None},
            {"unknown_shipping": "5"},
        ),
        ({"condition": "For parts or not working", "conditionId": None}, {}),
        ({"condition": "Used", "conditionId": None}, {"condition": "new"}),
        ({"condition": "New with defects", "conditionId": "1750"}, {"condition": "new"}),
        ({"itemEndDate": wire_date(1_700_000_000.0)}, {}),
    ],
)
async def test_listing_that_is_not_what_is_wanted_does_not_alert(
    tmp_path: Path, clock: FakeClock, fields: dict[str, Any], draft: dict[str, str]
) -> None:
    suspect = {
        k: v for k, v in (summary("99", "Kestrel X1 teal", "150.00") | fields).items() if v is not None
    }
    async with polled(tmp_path, clock, f"sqlite:///{tmp_path}/watcher.db", suspect, **draft) as (_, alerts):
        assert alerts == []


async def test_unreadable_rows_are_counted_in_status_and_explanation(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> None:
    lost, untitled = summary("98", "Kestrel X1 lost"), summary("97", "Kestrel X1 odd")
    async with polled(tmp_path, clock, database_url) as (app, _):
        assert app.status.read(clock.now())["unreadable"] == 0
    goods = Scripted()
    goods.put(QUERY, *PLAIN, lost, untitled)
    lost["itemId"], untitled["title"] = 98, {"text": "Kestrel X1"}
    async with (
        MarketServer(goods, clock=clock.now) as market,
        opened(configured(tmp_path, market.url, database_url), clock) as app,
    ):
        clock.move(86_400.0)
        await app.poller.tick(clock.now())  # the day's calls are shared out from here on
        clock.move(60.0)
        await app.poller.tick(clock.now())
        await app.poller.settle()
        status = app.status.read(clock.now())
        assert (status["unreadable"], status["searches"][0]["unreadable"]) == (2, 2)
        assert any("2 listings of the last answer could not be read" in line for line in status["lines"])
        (watch,) = app.stores.watches.page().rows
        explained = app.queries.explain(watch.watch, "")
        fetched = next(s for s in explained.steps if s.name == "fetched")
        assert fetched.facts["unreadable"] == 2
        assert "2 rows of the last poll could not be read" in fetched.sentence


async def test_unreadable_row_hides_no_new_listing_and_ends_none(tmp_path: Path, clock: FakeClock) -> None:
    lost = summary("98", "Kestrel X1 lost")
    goods = Scripted()
    goods.put(QUERY, *PLAIN, lost)
    database = f"sqlite:///{tmp_path}/watcher.db"
    async with (
        MarketServer(goods, clock=clock.now) as market,
        opened(configured(tmp_path, market.url, database), clock) as app,
    ):
        await app.registry.add({"query": QUERY, "rule": "new"}, clock.now())
        for _ in range(2):
            await app.poller.tick(clock.move(86_400.0))
            await app.poller.settle()
            lost["itemId"] = 98  # unreadable from the second poll on
            goods.put(QUERY, summary("99", "Kestrel X1 mint", "290.00"), at=clock.now())
        await app.poller.tick(clock.move(86_400.0))
        await app.poller.settle()
        alerts = [r.alert for r in app.stores.alerts.latest(10)]
        assert [item.item_id for alert in alerts for item in alert.items] == ["v1|99|0"]
        (row,) = app.stores.watches.page().rows
        seen = app.stores.searches.seen(row.watch.search_id)
        assert not seen["v1|98|0"].gone
