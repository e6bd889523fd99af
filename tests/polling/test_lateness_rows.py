"""How late items were is stored with their alert, its message and a check, and ends with the alert."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import delete

from tests.dispatch_harness import ScriptedChannel
from tests.fakes import RecordingAlarms, RecordingMeter, listing, listings, shortest_wait
from tests.trips import Trip
from watcher.core.alerts import Alert
from watcher.core.item_number import hashed_id
from watcher.core.lateness import ItemLateness, LatenessFigures, Onset
from watcher.core.monitoring.silences import Silence
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.db import schema
from watcher.delivery.destination_state import DestinationState
from watcher.delivery.outcomes import OutcomeRecorder
from watcher.delivery.router import Router

SEVEN = listings([60, 62, 65, 68, 70, 71, 73], start=10)


def late(trip: Trip, alert: Alert, number: int = 1) -> ItemLateness:
    return trip.stores.lateness.of_alerts([alert.id])[alert.id, hashed_id(f"v1|{number}|0")]


async def send(trip: Trip) -> None:
    while due := await trip.stores.outbox.lease_deliveries(trip.clock.move(2), 10, "me", MINUTE, ()):
        for delivery in due:
            await trip.stores.outbox.mark_sent(delivery, trip.clock.now())


async def found(trip: Trip, minutes: float = 10, **fields: object) -> Alert:
    """Return the alert on an item that is listed three minutes before a poll."""
    trip.market.offers(*SEVEN)
    await trip.watch(below="50")
    assert not await trip.poll()
    listed = {"created_at": Instant(trip.clock.now() + (minutes - 3) * MINUTE), **fields}
    trip.market.offers(*SEVEN, listing(1, 45.0, **listed))
    (alert,) = await trip.poll(minutes * MINUTE)
    return alert


async def test_an_item_is_stored_as_listed_seen_and_sent(trip: Trip) -> None:
    alert = await found(trip)
    (item,) = alert.items
    seen_at = trip.clock.now()
    listed_at = Instant(seen_at - 3 * MINUTE)
    assert (item.listed_at, item.onset, item.since) == (listed_at, Onset.LISTED, listed_at)
    assert late(trip, alert) == ItemLateness(listed_at, seen_at)
    await send(trip)
    assert late(trip, alert) == ItemLateness(listed_at, seen_at, Instant(seen_at + 2))


async def test_a_price_cut_is_stored_since_the_look_before(trip: Trip) -> None:
    trip.market.offers(*SEVEN, listing(1, 55.0, created_at=trip.clock.now() - 20 * DAY))
    await trip.watch(below="50")
    await trip.poll()
    await trip.poll(HOUR)
    looked_at = trip.clock.now()
    trip.market.offers(*SEVEN, listing(1, 45.0, created_at=trip.clock.now() - 20 * DAY))
    (alert,) = await trip.poll(HOUR)
    assert alert.items[0].onset == Onset.PRICE_CUT
    assert late(trip, alert).since == looked_at


async def test_an_item_of_the_first_poll_is_stored_without_a_start(trip: Trip) -> None:
    trip.market.offers(*SEVEN, listing(1, 45.0, created_at=trip.clock.now() - 20 * DAY))
    await trip.watch(below="50")
    (alert,) = await trip.poll()
    assert late(trip, alert) == ItemLateness(None, trip.clock.now())
    assert alert.items[0].listed_at == trip.clock.now() - 20 * DAY


async def test_duplicate_watches_share_what_became_of_the_message(trip: Trip) -> None:
    trip.market.offers(*SEVEN, listing(1, 45.0))
    for _ in range(2):
        await trip.watch(below="50")
    one, other = await trip.poll()
    await send(trip)
    await trip.stores.lateness.note_checked(one, {"v1|1|0": False})
    for alert in (one, other):
        assert (late(trip, alert).sent_at, late(trip, alert).was_there) == (trip.clock.now() - 2, False)


async def test_a_check_is_stored_for_its_item_only(trip: Trip) -> None:
    trip.market.offers(*SEVEN, listing(1, 45.0), listing(2, 46.0))
    await trip.watch(below="50")
    (alert,) = await trip.poll()
    await trip.stores.lateness.note_checked(alert, {"v1|2|0": True, "v1|9|0": False})
    assert (late(trip, alert).was_there, late(trip, alert, 2).was_there) == (None, True)


async def test_figures_count_a_watch_and_all(trip: Trip) -> None:
    alert = await found(trip)
    watch = alert.watch_id
    await trip.stores.lateness.note_checked(alert, {"v1|1|0": True})
    now = trip.clock.now()
    expected = LatenessFigures(1, 1, (0, 1, 1), 1, 1)
    assert trip.stores.lateness.of_watch(watch, Instant(now - DAY)) == expected
    assert trip.stores.lateness.overall(Instant(now - DAY)) == expected
    nothing = LatenessFigures()
    assert trip.stores.lateness.of_watch(watch + 1, Instant(0)) == nothing
    assert trip.stores.lateness.of_watch(watch, Instant(now + 1)) == nothing
    assert trip.stores.lateness.overall(Instant(now + 1)) == nothing


async def test_rows_leave_with_their_alert(trip: Trip) -> None:
    alert = await found(trip)
    await trip.stores.database.write(lambda conn: conn.execute(delete(schema.alerts)))
    assert trip.stores.lateness.of_alerts([alert.id]) == {}


async def test_rows_leave_with_their_user(trip: Trip) -> None:
    alert = await found(trip)
    await trip.stores.people.add("heir", trip.clock.now())
    await trip.stores.people.remove("local", trip.clock.now(), heir="heir")
    assert late(trip, alert).since is not None
    await trip.stores.people.remove("heir", trip.clock.now(), delete_watches=True)
    assert trip.stores.lateness.of_alerts([alert.id]) == {}


async def test_the_lateness_of_each_item_is_measured_when_it_is_sent(trip: Trip) -> None:
    await found(trip)
    assert await measured(trip) == [3 * MINUTE + 2]


async def test_the_lateness_of_an_item_older_than_its_watch_is_not_measured(trip: Trip) -> None:
    trip.market.offers(*SEVEN, listing(1, 45.0, created_at=trip.clock.now() - 20 * DAY))
    await trip.watch(below="50")
    assert await trip.poll()
    assert await measured(trip) == []


async def test_the_lateness_of_a_silenced_message_is_not_measured(trip: Trip) -> None:
    until = Instant(trip.clock.now() + HOUR)
    silence = Silence("s", trip.clock.now(), until, "owner", "asleep", watch=1)
    await trip.stores.silences.add(silence, trip.clock.now())
    await found(trip)
    trip.clock.move(HOUR)
    assert await measured(trip) == []


async def measured(trip: Trip) -> list[float]:
    """Send the message that is due, and return the lateness that was measured."""
    (delivery,) = await trip.stores.outbox.lease_deliveries(trip.clock.move(2), 10, "me", MINUTE, ())
    meter, router = RecordingMeter(), Router([ScriptedChannel(trip.clock)])
    states: defaultdict[str, DestinationState] = defaultdict(DestinationState)
    outcomes = OutcomeRecorder(trip.stores.outbox, router, meter, RecordingAlarms(), shortest_wait, states)
    outcomes.accepted[delivery.id] = delivery, ""
    await outcomes.sent(delivery, trip.clock.now())
    return [seconds for name, seconds in meter.timings if name == "alert.lateness"]
