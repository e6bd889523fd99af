"""A damaged row, or one from a newer release, affects nothing but itself."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.fakes import NOON
from watcher.core.errors import Api, WatcherError
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.times import HOUR, Instant
from watcher.core.watch import WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.stores import Stores


async def execute(stores: Stores, *statements: str) -> None:
    def run(conn: Connection, statement: str) -> None:
        conn.execute(text(statement))

    for statement in statements:
        await stores.database.write(run, statement)


async def test_an_unreadable_search_does_not_stop_the_others(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    drafts = [watch_from({"query": q}, Defaults("EBAY_US")) for q in ("omega", "rolex")]
    await stores.watches.add(drafts, NOON)
    await execute(stores, "UPDATE searches SET condition = 'usfd' WHERE query = 'omega'")
    claimed = await stores.searches.claim_due(NOON, 10, "ours", HOUR)
    assert [s.question.query for s in claimed] == ["rolex"]
    assert not await stores.searches.claim_due(NOON, 10, "ours", HOUR)
    assert [r.message for r in caplog.records] == ["a search cannot be read and is left out"]


async def test_unreadable_calls_are_left_out(stores: Stores, caplog: pytest.LogCaptureFixture) -> None:
    """A newer release has more codes and APIs; its calls remain after a downgrade."""
    good = Attempt(Api.EBAY, NOON, 1.0, None, True)
    await stores.incidents.log_attempts([good] * 4, "theirs")
    await execute(
        stores,
        "UPDATE api_calls SET code = 'EBAY_MOVED' WHERE id = 2",
        "UPDATE api_calls SET api = 'etsy' WHERE id = 3",
    )
    assert stores.incidents.attempts_since(Instant(0)) == ([good, good], 4)
    assert stores.incidents.attempts_of_others("ours", 0) == (
        [LoggedAttempt(1, good), LoggedAttempt(4, good)],
        4,
    )
    assert {r.message for r in caplog.records} == {"2 calls in the database cannot be read and are left out"}


async def test_an_unreadable_watch_is_named(stores: Stores) -> None:
    drafts = [watch_from({"query": q}, Defaults("EBAY_US")) for q in ("omega", "rolex")]
    await stores.watches.add(drafts, NOON)
    await execute(stores, "UPDATE watches SET rule = 'soonest' WHERE id = 2")
    for look in (stores.watches.listed, lambda: stores.watches.get(WatchId(2))):
        with pytest.raises(WatcherError, match=r"^Watch 2 cannot be read: its row is damaged, or"):
            look()
    assert stores.watches.get(WatchId(1))
