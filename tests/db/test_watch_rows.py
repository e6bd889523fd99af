"""Which rows the statements about watches and searches take, next to rows that they must leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select, text

from tests.conftest import database_url
from tests.fakes import NOON
from tests.trips import QUERY, Trip
from watcher.core.errors import Code
from watcher.core.polls import UnrecordedPoll
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import SearchId, WatchId
from watcher.db import schema
from watcher.db.outbox import message_row
from watcher.db.overdue import OverdueBound
from watcher.db.seen_listings import MAX_SEEN_LISTINGS
from watcher.db.stores import Stores

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url"]


async def put(stores: Stores, table: Table, *rows: dict[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), list(rows))

    await stores.database.write(write)


async def execute(trip: Trip, statement: str, **values: object) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement), values)

    await trip.stores.database.write(run)


def sighting(item: int, search: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "search_id": search,
        "item_id": f"v1|{item}|0",
        "title": f"Camera {item}",
        "currency": "USD",
        "price": 100 * item,
        "shipping": None,
        "auction": False,
        "first_seen": NOON + item,
        "changed_at": NOON + 10 * item,
        "seen_at": NOON,
        "gone_at": None,
        **fields,
    }


def message() -> dict[str, Any]:
    return message_row("alert", "a", "slack", "{}", NOON)


@pytest.fixture
async def two(trip: Trip) -> Trip:
    """Return a trip with two searches, each with a watch."""
    await trip.watch(below="1")
    await trip.registry.add({"query": "another camera", "below": "1"}, trip.clock.now())
    return trip


# watches


async def test_watches_are_listed_by_id_user_tag_and_page(trip: Trip) -> None:
    for user in ("ann", "bob"):
        for tag in ("red", "blue"):
            await trip.registry.add({"query": QUERY, "user": user, "tag": tag}, trip.clock.now())
    listed, page = trip.stores.watches.listed, trip.stores.watches.page
    assert [r.watch.id for r in listed()] == [1, 2, 3, 4]
    assert [r.watch.id for r in listed("ann")] == [1, 2]
    assert [r.watch.id for r in listed(tag="red")] == [1, 3]
    assert [r.watch.id for r in listed("bob", "blue")] == [4]
    pages = [
        page(after=1, limit=2),
        page(after=2, limit=2),
        page("bob", after=3, limit=1),
        page("bob", limit=1),
    ]
    assert [([r.watch.id for r in p.rows], p.next) for p in pages] == [
        ([2, 3], 3),
        ([3, 4], None),
        ([4], None),
        ([3], 3),
    ]


async def test_a_watch_is_read_with_the_schedule_of_its_own_search(two: Trip) -> None:
    await execute(two, "UPDATE searches SET due_at = 5, polled_at = 6, error = 'EBAY_TIMEOUT' WHERE id = 1")
    await execute(two, "UPDATE searches SET due_at = 7, polled_at = 8 WHERE id = 2")
    first, second = two.stores.watches.listed()
    assert (first.due_at, first.polled_at, bool(first.error)) == (5, 6, True)
    assert (second.due_at, second.polled_at, second.error) == (7, 8, "")
    assert two.stores.watches.row(WatchId(2)) == second
    assert two.stores.watches.row(WatchId(3)) is None


async def test_overdue_searches_are_the_longest_overdue_first(trip: Trip) -> None:
    for number in range(4):
        await trip.registry.add({"query": f"camera {number}", "below": "1"}, trip.clock.now())
    for number, due in ((1, 50), (2, 30), (3, 40), (4, 60)):
        await execute(trip, "UPDATE searches SET due_at = :due WHERE id = :id", id=number, due=due)
    bound = OverdueBound(1.0, Seconds(5.0), Seconds(10.0), 1.0, Seconds(10.0))
    overdue = trip.stores.overdue
    assert [s for s, _, _ in overdue.beyond(Instant(65.0), bound)] == [2, 3, 1]
    assert overdue.worst(Instant(65.0), bound) == ("camera 1", 35.0, 10.0)
    assert (overdue.count(Instant(65.0), bound), overdue.worst(Instant(40.0), bound)) == (3, None)


async def test_the_precision_of_a_watch_counts_its_own_alerts(trip: Trip) -> None:
    first, second = await trip.watch(below="51"), await trip.watch(below="56")
    await trip.poll()
    await execute(trip, "UPDATE watches SET rejected = '[\"x\"]' WHERE id = :id", id=second)
    precisions = trip.stores.watches.precisions
    assert {w: tuple(p) for w, p in precisions().items()} == {second: (3, 1)}
    assert {w: tuple(p) for w, p in precisions(WatchId(first)).items()} == {first: (1, 0)}


# searches


async def test_the_most_overdue_searches_are_claimed_first(trip: Trip) -> None:
    for number in range(4):
        await trip.registry.add({"query": f"camera {number}", "below": "1"}, trip.clock.now())
    for number, due, lease in (
        (1, NOON - 1, 0),
        (2, NOON - 3, 0),
        (3, NOON - 9, NOON + 1),
        (4, NOON - 2, NOON),
    ):
        statement = "UPDATE searches SET due_at = :due, lease_until = :until WHERE id = :id"
        await execute(trip, statement, id=number, due=due, until=lease)
    claimed = await trip.stores.searches.claim_due(NOON, 2, "me", HOUR)
    assert [s.id for s in claimed] == [2, 4]
    assert [s.due_at for s in claimed] == [NOON - 3, NOON - 2]
    rows = trip.stores.database.rows(
        text("SELECT id, lease, lease_until FROM searches WHERE lease <> '' ORDER BY id")
    )
    assert [tuple(r) for r in rows] == [(2, "me", NOON + HOUR), (4, "me", NOON + HOUR)]


async def test_the_next_due_time_is_the_earliest_that_is_left(two: Trip) -> None:
    await execute(two, "UPDATE searches SET due_at = 50 WHERE id = 1")
    await execute(two, "UPDATE searches SET due_at = 60 WHERE id = 2")
    searches = two.stores.searches
    assert (searches.next_due(), searches.next_due_after(Instant(50.0))) == (50, 60)
    assert searches.next_due_after(Instant(60.0)) is None
    await execute(two, "UPDATE searches SET due_at = NULL WHERE id = 1")
    assert (searches.next_due(), searches.active_searches()) == (60, 1)


async def test_a_search_remembers_its_own_sightings(two: Trip) -> None:
    await put(two.stores, schema.sightings, sighting(1), sighting(2, gone_at=NOON), sighting(3, search=2))
    seen = two.stores.searches.seen(SearchId(1))
    assert {i: (s.first_seen, s.gone) for i, s in seen.items()} == {
        "v1|1|0": (NOON + 1, False),
        "v1|2|0": (NOON + 2, True),
    }
    first = two.stores.searches.first_seen(SearchId(1), ["v1|2|0", "v1|3|0", "v1|4|0"])
    assert dict(first) == {"v1|2|0": NOON + 2}
    assert MAX_SEEN_LISTINGS == 5_000


async def test_the_last_alerted_prices_are_those_of_the_watch(two: Trip) -> None:
    state = {"item_id": "v1|1|0", "price": 1, "currency": "USD", "estimated": False, "told_at": NOON}
    rows = [{**state, "watch_id": w, "total": 100 * w} for w in (1, 2)]
    await put(two.stores, schema.item_states, *rows, {**rows[0], "item_id": "v1|2|0", "total": 7})
    asked = {WatchId(1): ["v1|1|0", "v1|3|0"], WatchId(2): ["v1|1|0"], WatchId(3): ["v1|2|0"]}
    found = two.stores.searches.last_alerted(asked)
    totals = {w: {i: last.total.minor for i, last in states.items()} for w, states in found.items()}
    assert totals == {1: {"v1|1|0": 100}, 2: {"v1|1|0": 200}}
    past = two.stores.history.last_alerted(WatchId(2), ["v1|1|0", "v1|2|0"])
    assert {i: (last.total.minor, at) for i, (last, at) in past.items()} == {"v1|1|0": (200, NOON)}


@pytest.mark.parametrize(
    ("fields", "is_moved"),
    [
        pytest.param({}, True, id="it waits for quota"),
        pytest.param({"error": "EBAY_TIMEOUT"}, False, id="it failed otherwise"),
        pytest.param({"due_at": NOON + HOUR - 1}, False, id="it is due before"),
        pytest.param({"due_at": NOON + HOUR}, True, id="it is due just then"),
        pytest.param({"due_at": None}, False, id="no watch wants it"),
        pytest.param({"attempt": 1}, False, id="it was tried again"),
    ],
)
async def test_restored_quota_moves_only_what_waits_for_it(
    two: Trip, fields: dict[str, Any], *, is_moved: bool
) -> None:
    row = {"error": "EBAY_RATE_LIMIT", "due_at": NOON + 2 * HOUR, "attempt": 0} | fields
    await execute(
        two, "UPDATE searches SET error = :error, due_at = :due_at, attempt = :attempt WHERE id = 1", **row
    )
    await execute(two, "UPDATE searches SET due_at = :due WHERE id = 2", due=NOON + 2 * HOUR)
    moved = await two.stores.searches.expedite("EBAY_RATE_LIMIT", Instant(NOON + HOUR), 9, NOON, MINUTE)
    first, second = two.stores.database.rows(select(schema.searches).order_by(schema.searches.c.id))
    assert moved == int(is_moved)
    assert (first.due_at == row["due_at"]) is not is_moved
    assert second.due_at == NOON + 2 * HOUR


async def test_searches_with_troubles_are_active_and_the_worst_is_first(trip: Trip) -> None:
    troubles = (
        {"unreadable": 3},
        {"error": "EBAY_TIMEOUT"},
        {},
        {"unrecorded": 1},
        {"unreadable": 4},
        {"unrecorded": 2, "attempt": 9},
        {"unrecorded": 7, "unreadable": 7, "error": "EBAY_TIMEOUT", "due_at": None},
    )
    for number, values in enumerate(troubles, start=1):
        await trip.registry.add({"query": f"camera {number}", "below": "1"}, trip.clock.now())
        row = {"error": "", "unrecorded": 0, "unreadable": 0, "attempt": 0, "due_at": NOON} | values
        columns = ", ".join(f"{name} = :{name}" for name in row)
        await execute(trip, f"UPDATE searches SET {columns} WHERE id = {number}", **row)
    assert [tuple(t) for t in trip.stores.searches.with_troubles()] == [
        ("camera 6", "", 2, 0),
        ("camera 4", "", 1, 0),
        ("camera 5", "", 0, 4),
        ("camera 1", "", 0, 3),
        ("camera 2", "EBAY_TIMEOUT", 0, 0),
    ]
    assert [tuple(u) for u in trip.stores.searches.unrecorded()] == [("camera 6", 2), ("camera 4", 1)]


async def test_restored_quota_spreads_the_longest_due_over_the_given_time(trip: Trip) -> None:
    for number in range(4):
        await trip.registry.add({"query": f"camera {number}", "below": "1"}, trip.clock.now())
    for number, due in ((1, NOON + 9), (2, NOON + 7), (3, NOON + 8), (4, NOON + 10)):
        statement = "UPDATE searches SET error = 'EBAY_RATE_LIMIT', due_at = :due WHERE id = :id"
        await execute(trip, statement, id=number, due=due)
    assert await trip.stores.searches.expedite("EBAY_RATE_LIMIT", NOON, 3, NOON, MINUTE) == 3
    rows = trip.stores.database.rows(select(schema.searches).order_by(schema.searches.c.due_at))
    assert [(r.id, r.due_at - NOON) for r in rows] == [(4, 10), (2, 20), (3, 40), (1, 60)]


@pytest.mark.parametrize(
    ("lease", "due", "after"),
    [("me", NOON, NOON + 9), ("me", NOON + 1, NOON + 1), ("they", NOON, NOON), ("me", None, None)],
    ids=["held", "due again meanwhile", "lost", "no longer wanted"],
)
async def test_a_poll_that_was_not_recorded_is_postponed(
    two: Trip, lease: str, due: float | None, after: float | None
) -> None:
    for number in (1, 2):
        values = {"lease": lease, "due": due, "id": number}
        statement = "UPDATE searches SET lease = :lease, lease_until = 9, due_at = :due WHERE id = :id"
        await execute(two, statement, **values)
    poll = UnrecordedPoll(SearchId(1), "me", NOON, Instant(NOON + 9), 3, Code.INTERNAL_ERROR)
    await two.stores.searches.postpone(poll)
    first, second = two.stores.database.rows(select(schema.searches).order_by(schema.searches.c.id))
    is_held = lease == "me"
    assert first.due_at == after
    assert (first.lease, first.lease_until) == (("", 0) if is_held else ("they", 9))
    assert (first.attempt, first.error, first.unrecorded) == (
        (3, "INTERNAL_ERROR", 1) if is_held else (0, "", 0)
    )
    assert (second.lease, second.due_at, second.unrecorded) == (lease, due, 0)


async def test_only_the_lease_of_its_holder_is_released(two: Trip) -> None:
    await execute(two, "UPDATE searches SET lease = 'me', lease_until = 5 WHERE id = 1")
    await execute(two, "UPDATE searches SET lease = 'they', lease_until = 6 WHERE id = 2")
    await two.stores.searches.release("me", [SearchId(1), SearchId(2)])
    rows = two.stores.database.rows(select(schema.searches).order_by(schema.searches.c.id))
    assert [(r.lease, r.lease_until) for r in rows] == [("", 0), ("they", 6)]


@pytest.mark.parametrize(("dead", "left"), [("old", ["", "new"]), ("new", ["old", ""]), ("", ["", ""])])
async def test_the_leases_of_dead_daemons_end_for_searches_and_messages(
    two: Trip, dead: str, left: list[str]
) -> None:
    await two.stores.database.write(
        lambda conn: conn.execute(insert(schema.outbox), [message(), message()]),
    )
    for table in ("searches", "outbox"):
        for number, lease in ((1, "old/7"), (2, "new/7")):
            statement = f"UPDATE {table} SET lease = :lease, lease_until = 9 WHERE id = :id"
            await execute(two, statement, lease=lease, id=number)
    await two.stores.searches.free_leases(lambda lease: lease.startswith(dead))
    for table in (schema.searches, schema.outbox):
        rows = two.stores.database.rows(select(table).order_by(table.c.id))
        assert [r.lease.partition("/")[0] for r in rows] == left
        assert [r.lease_until for r in rows] == [9 if name else 0 for name in left]


async def test_the_work_of_polling_is_counted_by_category_and_shortest_interval(trip: Trip) -> None:
    drafts = (
        {"query": "a", "category": "212", "every": "1h"},
        {"query": "a", "category": "212", "every": "2h"},
        {"query": "b", "category": "212", "every": "1h"},
        {"query": "c", "category": "212"},
        {"query": "d", "category": "toys", "every": "1h"},
        {"query": "e", "category": "toys", "every": "1m"},
    )
    for draft in drafts:
        await trip.registry.add({**draft, "below": "1"}, trip.clock.now())
    await trip.registry.set_paused(6, trip.clock.now(), paused=True)
    assert trip.stores.searches.workload() == {("212", HOUR): 2, ("212", None): 1, ("", HOUR): 1}
    keys = {r.query: r.key for r in trip.stores.database.rows(select(schema.searches))}
    wanted = trip.stores.searches.wanted_intervals([keys["a"], keys["c"], keys["e"], "none"])
    assert wanted == {keys["a"]: HOUR, keys["c"]: None}


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"label": "mine"},
        {"every": "2h"},
        {"user": "bob"},
        {"below": "2"},
        {"exclude": "strap"},
        {"buying": "auction"},
        {"min_feedback": "5"},
        {"from_country": "DE"},
        {"sellers": "cards-4u"},
        {"priority": "high"},
        {"unknown_shipping": "skip"},
        {"certainty": "sure"},
        {"to": "deals"},
        {"condition": "new"},
        {"query": "another camera"},
    ],
    ids=lambda draft: next(iter(draft), "nothing"),
)
async def test_watches_have_one_purpose_unless_something_tells_them_apart(
    trip: Trip, other: dict[str, str]
) -> None:
    drafts = ({}, other, {})
    watches = [
        await trip.registry.add({"query": QUERY, "below": "1", **draft}, trip.clock.now()) for draft in drafts
    ]
    await trip.registry.set_paused(watches[2].id, trip.clock.now(), paused=True)
    keys = list({w.question.key for w in watches})
    purposes = trip.stores.watches.purposes(keys)
    is_same = other.keys() <= {"label", "every", "priority"}
    assert sorted(purposes.values()) == ([[1, 2]] if is_same else [[1], [2]])
    assert purposes[watches[1].purpose][-1] == 2, "the stored watch has the purpose of the value"
    assert trip.stores.watches.purposes(["none"]) == {}


async def test_a_search_remembers_the_listings_that_changed_last(trip: Trip) -> None:
    await trip.watch(below="1")
    last = MAX_SEEN_LISTINGS + 1
    rows = [sighting(n, seen_at=NOON - n, changed_at=NOON + n) for n in range(1, last + 1)]
    await put(trip.stores, schema.sightings, *rows)
    seen = trip.stores.searches.seen(SearchId(1))
    assert len(seen) == MAX_SEEN_LISTINGS
    assert "v1|1|0" not in seen
    assert f"v1|{last}|0" in seen
