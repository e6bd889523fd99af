"""A market of several things: everything that compares with its median says so."""

from __future__ import annotations

import pytest

from tests.fakes import listing
from tests.trips import Trip
from watcher.adapters.slack.blocks import render_message
from watcher.core.deliveries import DeliveryContext
from watcher.core.listing import Listing
from watcher.core.serializers import alert_view
from watcher.core.times import Instant
from watcher.core.watch import WatchId
from watcher.watches.explain import explain_watch

GROUPS = "10 around $184.50 (raw), 14 around $958.50 (psa)"


def several_things() -> list[Listing]:
    raw = [listing(n, 180 + n, title="Zenitar Mk2 camera raw") for n in range(10)]
    return raw + [listing(100 + n, 900 + 9 * n, title="Zenitar Mk2 camera PSA 10") for n in range(14)]


@pytest.mark.parametrize("rule", ["deal 70%", "median-below 2000"])
async def test_an_alert_says_that_its_median_covers_several_things(trip: Trip, rule: str) -> None:
    trip.market.offers(*several_things())
    await trip.watch(rule=rule)
    (alert,) = await trip.poll()
    assert GROUPS in alert.caution
    assert alert_view(alert, "pending", None, "")["warnings"] == [alert.caution]
    message = render_message(alert, DeliveryContext(Instant(alert.made_at)))
    assert "the median covers several items" in message.text
    assert any("10 around $184.50 (raw)" in str(block) for block in message.blocks)


async def test_an_alert_without_a_median_or_about_one_thing_has_no_caution(trip: Trip) -> None:
    await trip.watch(rule="deal 99%")
    (alert,) = await trip.poll()
    assert alert.caution == ""
    trip.market.offers(*several_things())
    await trip.watch(below="185", marketplace="EBAY_US", category="cards")
    (alert,) = await trip.poll()
    assert alert.caution == ""


async def test_explain_names_the_groups_of_prices(trip: Trip) -> None:
    trip.market.offers(*several_things())
    number = await trip.watch(rule="deal 70%")
    await trip.poll()
    watch, cache = trip.registry.get(WatchId(number)), trip.fetcher.cache
    found = explain_watch(
        watch, "", trip.clock.now(), stores=trip.stores, cache=cache, destination_known=True
    )
    (kept,) = (s for s in found.steps if s.name == "kept")
    assert kept.sentence.endswith(f"; the prices are those of several items: {GROUPS}")
    assert kept.facts["groups"] == ["raw", "psa"]
