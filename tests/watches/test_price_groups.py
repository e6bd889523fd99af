"""A market of several things: everything that compares with its median says so."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes import listing, usd
from tests.trips import Trip
from watcher.adapters.slack.blocks import render_message
from watcher.core.deliveries import DeliveryContext
from watcher.core.listing import Listing
from watcher.core.receipts import erased_alert, erased_evidence, erased_grounds, replay
from watcher.core.serializers import alert_view
from watcher.core.times import DAY, Instant
from watcher.core.watch import WatchId
from watcher.watches.explain import explain_watch

GROUPS = "10 around $184.50 (raw), 14 around $958.50 (psa)"


def several_things() -> list[Listing]:
    raw = [listing(n, 180 + n, title="Zenitar Mk2 camera raw") for n in range(10)]
    return raw + [listing(100 + n, 900 + 9 * n, title="Zenitar Mk2 camera PSA 10") for n in range(14)]


PSA = "Zenitar Mk2 camera PSA 9"
BARGAIN = listing(300, 600, title=PSA)


async def test_an_alert_says_that_its_median_covers_several_things(trip: Trip) -> None:
    trip.market.offers(*several_things())
    await trip.watch(rule="median-below 2000")
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
    await trip.watch(below="185", marketplace="EBAY_US", category="183454")
    (alert,) = await trip.poll()
    assert alert.caution == ""


async def test_a_deal_is_one_within_the_price_group_of_the_item(trip: Trip) -> None:
    trip.market.offers(*several_things())
    await trip.watch(rule="deal 70%")
    assert await trip.poll() == []
    trip.market.offers(*several_things(), BARGAIN)
    (alert,) = await trip.poll(DAY)
    why = "$600.00 in total is 63 % of the median $954.00 of 15 asks with “psa”"
    assert [(item.total, item.why, item.group, item.n) for item in alert.items] == [
        ("600.00", why, "with “psa”", 15)
    ]
    assert alert.target == "at most 70 % of the median of 15 comps with “psa” ($954.00)"
    message = render_message(alert, DeliveryContext(Instant(alert.made_at)))
    assert "of 15 comps with “psa” ($954.00)" in message.text
    assert "covers several" not in message.text
    (item,) = (str(block) for block in message.blocks if PSA in str(block))
    assert "Comps: median $954.00 of 15 comps with “psa”; this item costs 63 % of the median" in item
    assert "Each listing is compared with the median of its own group." in alert.caution
    view = alert_view(alert, "pending", None, "")["items"][0]
    assert view["group"] == {"name": "with “psa”", "n": 15, "median": "954.00"}


async def test_a_receipt_of_a_deal_within_a_group_is_recomputed(trip: Trip) -> None:
    trip.market.offers(*several_things(), BARGAIN)
    await trip.watch(rule="deal 70%")
    (alert,) = await trip.poll()
    receipt = trip.stores.alerts.receipt(alert.id)
    assert receipt
    grounds, evidence = receipt
    assert [(group.name, group.n) for group in grounds.groups] == [("raw", 10), ("psa", 15)]
    assert replay(alert, grounds, evidence) == ((), True)
    erased = erased_evidence(evidence, trip.clock.now())
    assert replay(erased_alert(alert), erased_grounds(grounds), erased) == ((), None)
    (worse,) = (g._replace(median=usd(1)) for g in grounds.groups[1:])
    other = replace(grounds, groups=(grounds.groups[0], worse))
    assert replay(alert, other, evidence) == ((), False)


async def test_explain_names_the_groups_of_prices(trip: Trip) -> None:
    trip.market.offers(*several_things())
    number = await trip.watch(rule="deal 70%")
    await trip.poll()
    watch, cache = trip.registry.get(WatchId(number)), trip.fetcher.cache
    found = explain_watch(
        watch, "", trip.clock.now(), stores=trip.stores, cache=cache, destination_known=True
    )
    (kept,) = (s for s in found.steps if s.name == "kept")
    said = f"; the prices are those of several items: {GROUPS}; each listing is compared with its own"
    assert kept.sentence.endswith(said)
    assert kept.facts["groups"] == ["raw", "psa"]
