"""Rejected items: their watch ignores them from then on, and its precision counts them."""

from __future__ import annotations

from tests.fakes import listing
from tests.trips import Trip
from watcher.core.receipts import replay
from watcher.core.rejections import Precision
from watcher.core.times import HOUR
from watcher.core.watch import WatchId


async def test_a_rejected_item_leaves_the_alerts_and_comps_of_its_watch(
    trip: Trip,
) -> None:
    number, other = await trip.watch(below="53"), await trip.watch(below="53")
    assert len(await trip.poll()) == 2
    await trip.registry.reject(WatchId(number), ["v1|1|0"], "", trip.clock.now())
    trip.market.offers(listing(1, 40), *trip.market.listings[1:])
    (alert,) = await trip.poll(HOUR)
    assert (alert.watch_id, alert.items[0].item_id) == (other, "v1|1|0")
    trip.market.offers(listing(1, 40), listing(2, 45), *trip.market.listings[2:])
    alerts = {a.watch_id: a for a in await trip.poll(HOUR)}
    assert [i.item_id for i in alerts[number].items] == ["v1|2|0"]
    assert (alerts[number].n, alerts[other].n) == (6, 7)
    for alert in alerts.values():
        receipt = trip.stores.alerts.receipt(alert.id)
        assert receipt
        again = replay(alert, *receipt)
        assert (again.agrees, again.selection_agrees) == (True, True)
    assert trip.stores.watches.precisions() == {number: Precision(3, 1)}
    assert trip.stores.watches.precisions(WatchId(other))[WatchId(other)] == Precision(4, 0)
    await trip.registry.unreject(WatchId(number), ["v1|1|0"], trip.clock.now())
    assert [i.item_id for i in (await trip.poll(HOUR))[0].items] == ["v1|1|0"]
