"""Which searches a claim takes: what cannot wait first, paced ones as far as there is room for them."""

from __future__ import annotations

from sqlalchemy import Connection, text, update

from tests.conftest import database_url
from tests.fakes import NOON
from watcher.core.listing import Condition
from watcher.core.money import Money
from watcher.core.rules.below import Below
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Question, SearchId, Watch, WatchId
from watcher.db.claiming import ClaimRoom
from watcher.db.schema import searches
from watcher.db.stores import Stores

# On SQLite and, with `make test-slow PART=postgres`, on Postgres.
__all__ = ["database_url"]

LEASE = Seconds(5 * MINUTE)


def watch(query: str) -> Watch:
    question = Question(query, Condition.ANY, "", "EBAY_US")
    return Watch(WatchId(0), SearchId(0), "local", Below(Money(5000, "USD")), question)


async def plan(stores: Stores, **due: tuple[float, bool, float | None]) -> None:
    """Register a search by each name: its due time after noon, whether it is paced, and its last poll."""
    await stores.watches.add([watch(name) for name in due], NOON)

    def write(conn: Connection) -> None:
        for name, (at, paced, polled) in due.items():
            values = {"due_at": NOON + at, "paced": paced, "polled_at": polled and NOON + polled}
            conn.execute(update(searches).where(searches.c.query == name).values(values))

    await stores.database.write(write)


async def claimed(stores: Stores, limit: int, room: ClaimRoom | None = None) -> list[str]:
    found = await stores.searches.claim_due(NOON, limit, "lease", LEASE, room)
    return [s.question.query for s in found]


async def test_paced_searches_wait_for_what_cannot_wait(stores: Stores) -> None:
    await plan(
        stores,
        late=(-HOUR, True, -DAY),
        later=(-MINUTE, True, -DAY),
        wish=(-1.0, False, -DAY),
        retry=(0.0, False, None),
        tomorrow=(DAY, False, -1.0),
    )
    assert await claimed(stores, 3, ClaimRoom(2)) == ["wish", "retry", "late"]
    assert await claimed(stores, 3, ClaimRoom(0)) == []
    assert await claimed(stores, 3, ClaimRoom(2)) == ["later"]


async def test_paced_searches_are_claimed_ahead_only_when_none_is_due(stores: Stores) -> None:
    await plan(
        stores,
        due=(-1.0, True, -DAY),
        soon=(MINUTE, True, -30.0),
        next=(HOUR, True, -HOUR),
        wish=(2.0, False, -DAY),
        last=(2 * HOUR, True, -DAY),
        first=(3 * HOUR, True, None),
    )
    rested = Instant(NOON - MINUTE)
    assert await claimed(stores, 5, ClaimRoom(3, 1, rested)) == ["due"]
    assert await claimed(stores, 5, ClaimRoom(3, 1, rested)) == ["next"]
    assert await claimed(stores, 5, ClaimRoom(1, 3, rested)) == ["last"]
    assert await claimed(stores, 5, ClaimRoom(3, 3, rested)) == ["first"]


async def test_a_claim_without_a_room_takes_all_that_is_due(stores: Stores) -> None:
    await plan(stores, paced=(-HOUR, True, -DAY), wish=(-1.0, False, -DAY), later=(1.0, True, -DAY))
    assert await claimed(stores, 9) == ["wish", "paced"]


async def test_large_imports_are_paced_and_single_watches_are_not(stores: Stores) -> None:
    await stores.watches.add([watch(f"many {n}") for n in range(21)], NOON)
    await stores.watches.add([watch("one")], NOON)
    assert await claimed(stores, 99, ClaimRoom(0)) == ["one"]
    again = [watch("many 3")]
    await stores.watches.add(again, NOON)  # its user waits for it now
    assert await claimed(stores, 99, ClaimRoom(0)) == ["many 3"]


async def test_claims_read_a_range_of_an_index(stores: Stores) -> None:
    def explain(conn: Connection) -> str:
        query = "SELECT * FROM searches WHERE paced = {} AND due_at <= 5 ORDER BY due_at, id LIMIT 9"
        if stores.database.file is not None:
            return str(conn.execute(text("EXPLAIN QUERY PLAN " + query.format(0))).all())
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        return str(conn.execute(text("EXPLAIN " + query.format("true"))).all())

    found = await stores.database.write(explain)
    assert "ix_searches_paced" in found
    assert "TEMP B-TREE" not in found


async def test_hurried_searches_are_due_at_once_but_not_before_their_rest(stores: Stores) -> None:
    await plan(
        stores,
        paced=(HOUR, True, -HOUR),
        wish=(HOUR, False, -HOUR),
        overdue=(-DAY, True, -HOUR),
        new=(HOUR, False, None),
        tired=(HOUR, True, -30.0),
        other=(HOUR, False, -HOUR),
    )
    ids = {row.query: row.id for row in stores.database.rows(searches.select())}
    del ids["other"]
    await stores.searches.hurry(list(ids.values()), NOON, MINUTE)
    rows = {row.query: (row.due_at - NOON, row.paced) for row in stores.database.rows(searches.select())}
    assert rows == {
        "paced": (0.0, False),
        "wish": (0.0, False),
        "overdue": (-DAY, False),
        "new": (0.0, False),
        "tired": (30.0, False),
        "other": (HOUR, False),
    }
