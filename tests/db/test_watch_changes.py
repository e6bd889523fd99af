"""What an edit of a watch changes in its row, its search and its alerted items, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from tests.conftest import database_url
from tests.fakes import NOON
from tests.trips import QUERY, Trip
from watcher.core.times import HOUR, MINUTE, Instant
from watcher.core.watch import WatchId
from watcher.db.schema import item_states, searches, watches

# On SQLite and, with `make test-slow PART=postgres`, on Postgres.
__all__ = ["database_url"]

LATER = Instant(NOON + MINUTE)


async def execute(trip: Trip, statement: str, **values: object) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement), values)

    await trip.stores.database.write(run)


@pytest.fixture
async def polled(trip: Trip) -> Trip:
    """Return a trip with two watches of one search that have alerted; the search is due in an hour."""
    for _ in range(2):
        await trip.watch(below="51", every="1h")
    assert len(await trip.poll()) == 2
    await execute(trip, "UPDATE watches SET armed = :no WHERE id = 1", no=False)
    return trip


@pytest.mark.parametrize(
    ("edit", "is_due", "restarts"),
    [
        pytest.param({"label": "mine"}, False, False, id="a label"),
        pytest.param({"exclude": "strap"}, False, False, id="a filter"),
        pytest.param({"every": "2h"}, False, False, id="a longer cadence"),
        pytest.param({"every": "1h"}, False, False, id="the same cadence"),
        pytest.param({"every": "30m"}, True, False, id="a shorter cadence"),
        pytest.param({"below": "52"}, True, True, id="another rule"),
    ],
)
async def test_an_edit_polls_at_once_and_starts_again_only_if_it_must(
    polled: Trip, edit: dict[str, str], *, is_due: bool, restarts: bool
) -> None:
    await polled.registry.edit(1, edit, LATER)
    first, second = polled.stores.database.rows(select(watches).order_by(watches.c.id))
    assert (first.baseline_at, first.armed) == ((None, True) if restarts else (NOON, False))
    assert (second.baseline_at, second.armed, second.revision) == (NOON, True, 1)
    assert first.revision == 2
    assert polled.stores.searches.next_due() == (LATER if is_due else NOON + HOUR)
    rows = polled.stores.database.rows(select(item_states).order_by(item_states.c.watch_id))
    assert [r.watch_id for r in rows] == ([2] if restarts else [1, 2])


async def test_a_first_cadence_counts_as_shorter(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    await trip.registry.edit(1, {"every": "24h"}, LATER)
    assert trip.stores.searches.next_due() == LATER


async def test_an_edit_of_a_paused_watch_polls_nothing(polled: Trip) -> None:
    await polled.registry.set_paused(1, LATER, paused=True)
    await polled.registry.edit(1, {"below": "52", "every": "30m"}, LATER)
    assert polled.stores.searches.next_due() == NOON + HOUR


async def test_another_question_leaves_the_search_to_the_watches_that_want_it(polled: Trip) -> None:
    await polled.registry.edit(1, {"query": "another camera"}, LATER)
    rows = polled.stores.database.rows(select(searches).order_by(searches.c.id))
    assert [(r.query, r.due_at) for r in rows] == [(QUERY, NOON + HOUR), ("another camera", LATER)]
    await polled.registry.edit(2, {"query": "another camera"}, LATER)
    rows = polled.stores.database.rows(select(searches).order_by(searches.c.id))
    assert [r.due_at for r in rows] == [None, LATER]


@pytest.mark.parametrize(("until", "due"), [(LATER + 1, LATER + 0.001), (LATER, NOON + HOUR)])
async def test_an_edit_during_a_poll_is_polled_once_more(polled: Trip, until: float, due: float) -> None:
    await execute(polled, "UPDATE searches SET lease = 'x', lease_until = :until", until=until)
    await polled.registry.edit(1, {"label": "mine"}, LATER)
    assert polled.stores.searches.next_due() == due


async def test_a_lost_edit_changes_nothing(polled: Trip) -> None:
    old = polled.registry.get(1)
    await polled.registry.edit(1, {"label": "mine"}, LATER)
    assert not await polled.stores.watches.change(old, LATER)
    assert polled.registry.get(1).label == "mine"
    await polled.registry.remove(1, polled.clock.now())
    assert not await polled.stores.watches.change(old, LATER)


async def test_a_removed_watch_takes_its_alerted_items_and_not_its_alerts(polled: Trip) -> None:
    assert await polled.stores.watches.remove(WatchId(1), NOON)
    assert not await polled.stores.watches.remove(WatchId(1), NOON)
    assert [r.watch_id for r in polled.stores.database.rows(select(item_states))] == [2]
    assert len(polled.stores.alerts.latest(9)) == 2
    assert polled.stores.searches.next_due() == NOON + HOUR, "the other watch wants the search"
    await polled.stores.watches.remove(WatchId(2), NOON)
    assert polled.stores.searches.next_due() is None


@pytest.mark.parametrize(
    ("due", "lease_until", "after"),
    [
        pytest.param(None, 0.0, LATER, id="inactive"),
        pytest.param(NOON + HOUR, 0.0, LATER, id="due later"),
        pytest.param(NOON, 0.0, NOON, id="overdue"),
        pytest.param(NOON, LATER + 1, LATER + 0.001, id="being polled"),
    ],
)
async def test_a_new_watch_makes_its_search_due(
    polled: Trip, due: float | None, lease_until: float, after: float
) -> None:
    statement = "UPDATE searches SET due_at = :due, lease_until = :until"
    await execute(polled, statement, due=due, until=lease_until)
    await polled.registry.add({"query": QUERY, "below": "1"}, LATER)
    assert polled.stores.searches.next_due() == after


async def test_a_paused_watch_does_not_make_its_search_due(trip: Trip) -> None:
    drafts = [trip.registry.parse({"query": QUERY, "below": "1"})]
    await trip.registry.add_all(drafts, NOON)
    await trip.registry.set_paused(1, NOON, paused=True)
    (paused,) = trip.stores.watches.listed()
    await trip.registry.add_all([paused.watch], LATER)
    assert trip.stores.searches.next_due() is None


async def test_state_from_a_poll_is_kept_by_an_edit_that_read_before_it(polled: Trip) -> None:
    old: Any = polled.registry.get(1)
    await execute(polled, "UPDATE watches SET armed = :yes, baseline_at = 7 WHERE id = 1", yes=True)
    assert await polled.stores.watches.change(old, LATER)
    (row, _) = polled.stores.database.rows(select(watches).order_by(watches.c.id))
    assert (row.armed, row.baseline_at) == (True, 7)


async def test_a_rejection_is_stored_only_if_it_is_saved(polled: Trip) -> None:
    tried = await polled.registry.reject(WatchId(1), ["v1|1|0"], "strap", LATER, save=False)
    assert polled.registry.get(1).rejected == ()
    kept = await polled.registry.reject(WatchId(1), ["v1|1|0"], "strap", LATER)
    assert kept.rejected == tried.rejected == polled.registry.get(1).rejected
    assert (len(kept.rejected), kept.filters.exclude) == (1, ("strap",))
    assert (await polled.registry.unreject(WatchId(1), ["v1|1|0"], LATER)).rejected == ()
    assert polled.registry.get(2).rejected == ()
