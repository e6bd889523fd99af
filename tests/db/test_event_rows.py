"""Events: written in the transaction of the change, and read in the order of their ids."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import Connection, insert, text

from tests.conftest import AGES
from tests.fakes import NOON
from tests.trips import Trip
from tests.waiting import PATIENCE
from watcher.core.events import ChangeEvent, EventType, OrderedTail
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import MINUTE, Instant
from watcher.core.watch import WatchId
from watcher.db.events import record_events
from watcher.db.schema import events
from watcher.db.stores import Stores
from watcher.ports import EVENTS

LATER = Instant(NOON + MINUTE)
ALERT, WATCH, INCIDENT = EventType.ALERT, EventType.WATCH, EventType.INCIDENT


def recorded(stores: Stores) -> list[ChangeEvent]:
    return [stored.event for stored in stores.events.after(0)]


def alert(name: str, user: str = "local") -> ChangeEvent:
    return ChangeEvent(user, ALERT, name, 1)


# --- what is recorded -----------------------------------------------------------------------------------


async def test_every_change_of_a_watch_is_an_event_of_its_user(trip: Trip) -> None:
    clock, registry = trip.clock, trip.registry
    number = WatchId(await trip.watch(rule="new", user="collector"))
    await registry.edit(number, {"below": "5"}, clock.now())
    await registry.set_paused(number, clock.now(), paused=True)
    await registry.edit(number, {"user": "operator"}, clock.now())
    await registry.remove(number, clock.now())
    owner, other = ("collector", WATCH, str(number)), ("operator", WATCH, str(number))
    expected = [(*owner, 1), (*owner, 2), (*owner, 3), (*owner, 4), (*other, 4), (*other, 5)]
    assert recorded(trip.stores) == expected


async def test_an_alert_is_an_event_of_its_user_once(trip: Trip) -> None:
    await trip.watch(rule="below 55", user="collector")
    (made,) = await trip.poll()
    assert recorded(trip.stores)[1:] == [ChangeEvent("collector", ALERT, made.id, 1)]
    assert not await trip.poll(after=3600)
    assert len(recorded(trip.stores)) == 2


async def test_a_change_of_an_incident_is_an_event_of_the_admins(stores: Stores) -> None:
    opened = Incident("i1", "ebay", "outage", NOON, NOON, NOON, NOON)
    await stores.incidents.move_incident(None, opened, None)
    await stores.incidents.move_incident(None, opened, None)  # another daemon lost the race
    assert await stores.incidents.ack("i1", LATER, "operator")
    resolved = opened._replace(resolved_at=LATER)
    await stores.incidents.move_incident(opened, resolved, None)  # of an older revision
    await stores.incidents.move_incident(opened._replace(revision=1), resolved, None)
    assert not await stores.incidents.ack("i1", LATER, "operator")
    assert recorded(stores) == [ChangeEvent(None, INCIDENT, "i1", revision) for revision in range(3)]


async def test_a_change_that_is_rolled_back_leaves_no_event(trip: Trip) -> None:
    number = WatchId(await trip.watch(rule="new"))
    assert not await trip.stores.watches.remove_all([number, WatchId(9)], NOON)
    assert [event.revision for event in recorded(trip.stores)] == [1]


# --- what is read ---------------------------------------------------------------------------------------


async def test_missed_alerts_are_those_of_one_user_between_two_ids(stores: Stores) -> None:
    changes = [alert("a"), alert("b"), alert("x", "other"), ChangeEvent("local", WATCH, "1", 1)]
    await stores.database.write(record_events, [*changes, alert("c"), alert("d"), alert("e")], NOON)
    first = stores.events.after(0)[0].id

    def missed(after: int, until: int, limit: int = 9) -> list[str]:
        return [e.event.ref for e in stores.events.missed_alerts("local", after, until, limit)]

    assert missed(first, first + 5) == ["b", "c", "d"]
    assert missed(first, first + 6, limit=2) == ["b", "c"]
    assert stores.events.last_id() == first + 6


async def test_an_own_write_is_announced_once_it_is_committed(sqlite_url: str) -> None:
    stores = Stores.opened(sqlite_url, AGES)
    announced: list[set[str]] = []
    seen = asyncio.Event()

    def on_work(work: Iterable[str]) -> None:
        announced.append(set(work))
        assert stores.events.last_id() == 1
        seen.set()

    stores.database.on_announced(on_work)
    await stores.database.write(record_events, [alert("a")], NOON)
    async with asyncio.timeout(PATIENCE):
        await seen.wait()
    await stores.database.write(record_events, [], NOON)
    assert announced == [{EVENTS}]
    stores.close()


# --- the order of ids -----------------------------------------------------------------------------------


@pytest.fixture
def daemons(postgres_url: str) -> Iterator[tuple[Stores, Stores]]:
    made = Stores.opened(postgres_url, AGES), Stores.opened(postgres_url, AGES)
    yield made
    for stores in made:
        stores.close()


async def test_an_event_that_is_committed_late_is_passed_on_in_order(daemons: tuple[Stores, Stores]) -> None:
    slow, quick = daemons
    await quick.database.write(record_events, [alert("a")], NOON)
    tail = OrderedTail(quick.events.settled_id(NOON), waits=True)
    written, go = threading.Event(), threading.Event()

    def write_slowly(conn: Connection) -> None:
        record_events(conn, [alert("b")], NOON)
        written.set()
        go.wait(PATIENCE)

    def passed_on(now: float) -> list[str]:
        return [e.event.ref for e in tail.admit(quick.events.after(tail.position), now)]

    writing = slow.database.write(write_slowly)
    await asyncio.to_thread(written.wait, PATIENCE)
    await quick.database.write(record_events, [alert("c")], NOON)
    assert quick.events.settled_id(NOON) == tail.position, "a stream that begins now misses neither"
    assert passed_on(0.0) == []
    go.set()
    await writing
    assert passed_on(1.0) == ["b", "c"]


async def test_a_gap_of_old_events_is_settled(daemons: tuple[Stores, Stores]) -> None:
    stores, _ = daemons
    rows = [
        {"id": number, "at": at, "user_id": "local", "type": ALERT, "ref": "a", "revision": 1}
        for number, at in ((3, NOON - MINUTE), (5, NOON - MINUTE), (6, NOON))
    ]
    await stores.database.write(lambda conn: conn.execute(insert(events), rows))
    assert stores.events.settled_id(NOON) == 6
    await stores.database.write(lambda conn: conn.execute(text("DELETE FROM events WHERE id = 5")))
    assert stores.events.settled_id(NOON) == 3
