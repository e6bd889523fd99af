"""Watches that ask for the same share one message, and each keeps its own state."""

from __future__ import annotations

import pytest

from tests.conftest import AGES
from tests.fakes import listing, listings
from tests.trips import Trip
from watcher.core.alerts import Alert
from watcher.core.deliveries import Delivery
from watcher.core.monitoring.silences import Silence
from watcher.core.rejections import reject_items
from watcher.core.sellers import hash_of_seller
from watcher.core.times import HOUR, MINUTE, Instant
from watcher.core.watch import WatchId
from watcher.db.stores import Stores

EIGHT = listings([50, 52, 55, 58, 60, 61, 63, 64], start=10)


async def leased(stores: Stores, now: Instant) -> list[Delivery]:
    return list(await stores.outbox.lease_deliveries(now, 10, "me", MINUTE, ()))


async def messages(trip: Trip) -> list[Alert]:
    """Return the messages that are due now, after marking them as sent."""
    found: list[Alert] = []
    while due := await leased(trip.stores, trip.clock.move(60)):
        for delivery in due:
            await trip.stores.outbox.mark_sent(delivery, trip.clock.now())
            assert isinstance(delivery.notification, Alert)
            found.append(delivery.notification)
    return found


async def silence(trip: Trip, watch: int, until: float) -> None:
    now = trip.clock.now()
    await trip.stores.silences.add(Silence(f"s{watch}", now, Instant(until), "ann", "", watch=watch), now)


async def test_duplicate_watches_share_one_message_that_names_both(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0), listing(2, 41.0))
    one = await trip.watch(below="45", label="Gift", tag="a")
    other = await trip.watch(below="45.00 USD", label="Bargain", every="5m")
    alerts = await trip.poll()
    assert sorted((a.watch_id, len(a.items), a.also) for a in alerts) == [
        (one, 2, (other,)),
        (other, 2, (one,)),
    ]
    (message,) = await messages(trip)
    assert message.watch_name == f"Gift (watch {one}), Bargain (watch {other})"
    assert [i.item_id for i in message.items] == ["v1|1|0", "v1|2|0"]
    for watch in (one, other):
        asked = {WatchId(watch): ["v1|1|0", "v1|2|0"]}
        assert len(trip.stores.searches.last_alerted(asked)[WatchId(watch)]) == 2
        (row,) = trip.stores.alerts.latest(10, watch=watch)
        assert (row.state, row.sent_at is not None) == ("sent", True)
        assert [m.state for m in trip.stores.history.messages(WatchId(watch), 10)] == ["sent"]
    assert await trip.poll(HOUR) == []


async def test_unlabelled_duplicates_are_named_by_their_numbers(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    for _ in range(3):
        await trip.watch(below="45")
    await trip.poll()
    (message,) = await messages(trip)
    assert message.watch_name == "zenitar mk2 camera (watches 1, 2, 3)"


@pytest.mark.parametrize(
    "different",
    [
        {"user": "ann"},
        {"to": "#deals"},
        {"below": "46"},
        {"exclude": "strap"},
        {"min_feedback": "1"},
        {"sellers": "cards-4u"},
        {"unknown_shipping": "skip"},
        {"certainty": "sure"},
        {"condition": "used"},
    ],
)
async def test_watches_that_differ_get_messages_of_their_own(trip: Trip, different: dict[str, str]) -> None:
    seller = hash_of_seller("cards-4u")
    trip.market.offers(*EIGHT, listing(1, 40.0, feedback=900, condition_id=3000, seller=seller))
    await trip.watch(below="45")
    await trip.watch(**{"below": "45"} | different)
    await trip.poll()
    assert len(await messages(trip)) == 2


async def test_shared_message_has_the_items_of_every_duplicate(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    early = await trip.watch(below="45")
    await trip.poll()
    await messages(trip)
    late = await trip.watch(below="45")
    trip.market.offers(*EIGHT, listing(1, 40.0), listing(2, 41.0))
    alerts = {a.watch_id: a for a in await trip.poll(HOUR)}
    assert [i.item_id for i in alerts[early].items] == ["v1|2|0"]
    assert [i.item_id for i in alerts[late].items] == ["v1|1|0", "v1|2|0"]
    (message,) = await messages(trip)
    assert [i.item_id for i in message.items] == ["v1|1|0", "v1|2|0"]
    assert message.more == 0


async def test_duplicate_that_is_silenced_does_not_hold_the_message_of_the_other(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    one, other = await trip.watch(below="45"), await trip.watch(below="45", label="loud")
    await silence(trip, one, trip.clock.now() + HOUR)
    await trip.poll()
    (message,) = await messages(trip)
    assert (message.watch_id, message.watch_name, message.also) == (other, "loud", ())
    trip.clock.move(HOUR)
    (held,) = await messages(trip)
    assert held.watch_id == one


async def test_shared_message_waits_only_while_all_its_watches_are_silenced(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    one, other = await trip.watch(below="45"), await trip.watch(below="45")
    await trip.poll()
    await silence(trip, one, trip.clock.now() + 9 * HOUR)
    next_due = trip.stores.outbox.next_due()
    assert next_due is not None
    assert next_due <= trip.clock.now()
    await silence(trip, other, trip.clock.now() + 2 * HOUR)
    assert trip.stores.outbox.next_due() == trip.clock.now() + 2 * HOUR
    await trip.stores.silences.end(f"s{one}", trip.clock.now())
    assert len(await messages(trip)) == 1


async def test_shared_message_is_remembered_after_a_restart(trip: Trip, database_url: str) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    one, other = await trip.watch(below="45"), await trip.watch(below="45")
    await trip.poll()
    reopened = Stores.opened(database_url, AGES)
    try:
        assert [r.state for r in reopened.alerts.latest(10)] == ["pending", "pending"]
        (delivery,) = await leased(reopened, trip.clock.now())
        await reopened.outbox.mark_sent(delivery, trip.clock.now())
        assert {r.alert.watch_id: r.state for r in reopened.alerts.latest(10)} == {one: "sent", other: "sent"}
    finally:
        reopened.close()


async def test_removed_duplicate_is_not_named(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    one, other = await trip.watch(below="45"), await trip.watch(below="45")
    await trip.registry.set_paused(WatchId(other), trip.clock.now(), paused=True)
    await trip.poll()
    (message,) = await messages(trip)
    assert (message.watch_id, message.also) == (one, ())


async def test_dead_letter_is_found_by_the_alert_of_any_duplicate(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0))
    await trip.watch(below="45")
    other = await trip.watch(below="45")
    await trip.poll()
    (delivery,) = await leased(trip.stores, trip.clock.now())
    await trip.stores.outbox.dead_letter(delivery, trip.clock.now(), "refused", "no_service", forever=True)
    (row,) = trip.stores.alerts.latest(10, watch=other)
    assert row.state == "dead"
    assert await trip.stores.outbox.resend(row.alert.id, trip.clock.now()) == ["slack"]


async def test_duplicate_that_rejected_an_item_has_its_own_message(trip: Trip) -> None:
    trip.market.offers(*EIGHT, listing(1, 40.0), listing(2, 41.0))
    one, other = await trip.watch(below="45"), await trip.watch(below="45")
    await trip.stores.watches.change(reject_items(trip.registry.get(other), ["v1|1|0"]), trip.clock.now())
    await trip.poll()
    found = {m.watch_id: [i.item_id for i in m.items] for m in await messages(trip)}
    assert found == {one: ["v1|1|0", "v1|2|0"], other: ["v1|2|0"]}
