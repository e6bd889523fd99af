"""A damaged row, or one from a newer release, affects nothing but itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection, text

from tests.conftest import AGES
from tests.fakes import NOON
from watcher.core.alerts import Alert
from watcher.core.errors import Api, WatcherError
from watcher.core.money import Money
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.times import HOUR, Instant
from watcher.core.watch import SearchId, WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.codec import write_notification
from watcher.db.schema import alerts
from watcher.db.stores import Stores
from watcher.db.watch_damage import Damage


@pytest.fixture
def sqlite_stores(sqlite_url: str) -> Iterator[Stores]:
    opened = Stores.opened(sqlite_url, AGES)
    yield opened
    opened.close()


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


# What is written over a good row, and the reason that is shown. Both databases can hold it.
DAMAGED = {
    "rule = 'soonest'": "damaged, or from a newer watcher",
    "rule = ''": "damaged, or from a newer watcher",
    "buying = 'barter'": "damaged, or from a newer watcher",
    "exclude = 'no list'": "damaged, or from a newer watcher",
    "exclude = '[1]'": "damaged, or from a newer watcher",
    "exclude = '5'": "damaged, or from a newer watcher",
    "rejected = '{}'": "damaged, or from a newer watcher",
    "taught = '{}'": "damaged, or from a newer watcher",
    "unknown_shipping = 'later'": "damaged, or from a newer watcher",
    "certainty = 'doubtful'": "damaged, or from a newer watcher",
    "created_at = 1e300": '"created_at" is not valid',
    "baseline_at = -1e200": '"baseline_at" is not valid',
    "every = 1e99": '"every" is not valid',
}
# What only SQLite can hold: values of other types than their columns.
MISTYPED = {
    "rule = x'ff'": '"rule" is not valid',
    "label = x'00ff'": '"label" is not valid',
    "tag = x'ff'": '"tag" is not valid',
    "exclude = x'5b5d'": '"exclude" is not valid',
    "min_feedback = 'many'": '"min_feedback" is not valid',
    "created_at = 'yesterday'": '"created_at" is not valid',
    "baseline_at = x'00'": '"baseline_at" is not valid',
    "every = 'daily'": '"every" is not valid',
    "revision = 'first'": '"revision" is not valid',
}
DAMAGED_SEARCH = {
    "condition = 'usfd'": "damaged, or from a newer watcher",
    "marketplace = 'EBAY_MOON'": "damaged, or from a newer watcher",
    "polled_at = 1e300": '"polled_at" is not valid',
}
MISTYPED_SEARCH = {
    "query = x'ff'": '"query" is not valid',
    "due_at = 'soon'": '"due_at" is not valid',
    "lease_until = 'never'": '"lease_until" is not valid',
    "attempt = 'many'": '"attempt" is not valid',
    "error = x'ff'": '"error" is not valid',
}


async def test_a_profile_of_another_type_does_not_stop_a_search(sqlite_stores: Stores) -> None:
    await sqlite_stores.watches.add([watch_from({"query": "omega"}, Defaults("EBAY_US"))], NOON)
    await execute(sqlite_stores, "UPDATE searches SET profile = x'00ff'")
    (claimed,) = await sqlite_stores.searches.claim_due(NOON, 10, "lease", HOUR)
    assert claimed.profile is None


async def damage_second_of_three(stores: Stores, table: str, change: str) -> None:
    drafts = [watch_from({"query": q}, Defaults("EBAY_US")) for q in ("omega", "rolex", "tudor")]
    await stores.watches.add(drafts, NOON)
    await execute(stores, f"UPDATE {table} SET {change} WHERE id = 2")


async def require_one_damaged(stores: Stores, why: str) -> None:
    """Assert that watch 2 is named and removed, and that the others are polled and listed."""
    page = stores.watches.page(limit=2)
    assert ([r.watch.id for r in page.rows], [d.id for d in page.damaged], page.next) == ([1], [2], 2)
    assert [r.watch.id for r in stores.watches.page(after=2, limit=2).rows] == [3]
    assert [r.watch.id for r in stores.watches.listed()] == [1, 3]
    (damaged,) = Damage.of(stores.watch_damage.parts()).watches
    assert why in damaged.why
    assert "`watcher watch remove 2`" in damaged.sentence
    with pytest.raises(WatcherError, match="^Watch 2 cannot be read"):
        stores.watches.get(WatchId(2))
    claimed = await stores.searches.claim_due(NOON, 10, "ours", HOUR)
    polled = stores.searches.watches_of(s.id for s in claimed)
    assert sorted(w.id for some in polled.values() for w in some if w.id != 2) == [1, 3]
    assert stores.searches.next_due() is not None
    assert not stores.watches.precisions()
    assert await stores.watches.remove(WatchId(2), NOON)
    assert Damage.of(stores.watch_damage.parts()) == ([], True)


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [("watches", *one) for one in DAMAGED.items()] + [("searches", *one) for one in DAMAGED_SEARCH.items()],
)
async def test_a_damaged_watch_hides_no_other_and_can_be_removed(
    stores: Stores, table: str, change: str, why: str
) -> None:
    await damage_second_of_three(stores, table, change)
    await require_one_damaged(stores, why)


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [("watches", *one) for one in MISTYPED.items()] + [("searches", *one) for one in MISTYPED_SEARCH.items()],
)
async def test_a_value_of_another_type_damages_only_its_watch(
    sqlite_stores: Stores, table: str, change: str, why: str
) -> None:
    await damage_second_of_three(sqlite_stores, table, change)
    await require_one_damaged(sqlite_stores, why)


async def test_a_watch_without_its_search_is_named(sqlite_stores: Stores) -> None:
    await damage_second_of_three(sqlite_stores, "watches", "label = ''")
    with closing(sqlite3.connect(str(sqlite_stores.database.file))) as conn, conn:
        conn.execute("DELETE FROM searches WHERE id = 2")  # without foreign keys
    await require_one_damaged(sqlite_stores, '"query" is not valid')


@pytest.mark.parametrize("column", ["label", "tag", "user_id", "destination"])
async def test_text_that_is_not_utf8_is_replaced_and_polled(sqlite_stores: Stores, column: str) -> None:
    broken = f"{column} = CAST(x'636166e9' AS TEXT)"
    if column == "user_id":
        await execute(
            sqlite_stores, "INSERT INTO users (id, created_at) VALUES (CAST(x'636166e9' AS TEXT), 0)"
        )
    await damage_second_of_three(sqlite_stores, "watches", broken)
    assert [r.watch.id for r in sqlite_stores.watches.listed()] == [1, 2, 3]
    assert "caf\ufffd" in str(sqlite_stores.watches.get(WatchId(2)))
    claimed = await sqlite_stores.searches.claim_due(NOON, 10, "ours", HOUR)
    assert len(sqlite_stores.searches.watches_of(s.id for s in claimed)) == 3


async def test_a_damaged_memory_of_an_item_affects_no_other(sqlite_stores: Stores) -> None:
    """One row of each table that a poll reads is good, one is not."""
    stores, search, watch = sqlite_stores, SearchId(1), WatchId(1)
    await stores.watches.add([watch_from({"query": "omega"}, Defaults("EBAY_US"))], NOON)
    states = "INSERT INTO item_states VALUES (1, '{0}', {1}, 100, 'USD', 0, 0)"
    seen = (
        "INSERT INTO sightings (search_id, item_id, title, currency, price, first_seen, changed_at) "
        "VALUES (1, '{0}', 'omega', 'USD', {1}, 0, {2})"
    )
    points = "INSERT INTO price_points VALUES (1, '', {0}, 'ask', 'USD', 5, {1}, 2, 3, 4, 5, 1, 5, NULL)"
    gone = "INSERT INTO exits VALUES (1, '{0}', '{1}', 'USD', 5, NULL, 0, 1)"
    await execute(
        stores,
        *(states.format("good", 100), states.format("bad", "'cheap'")),
        *(seen.format("good", 100, 1), seen.format("bad", "'cheap'", 2), seen.format("worse", 1, "'late'")),
        *(points.format(1.8e9, 1), points.format(1.8e9 + 1, "'low'"), points.format(1.8e9 + 2, "NULL")),
        *(gone.format("good", "gone"), gone.format("bad", "eaten")),
    )
    assert list(stores.searches.last_alerted({watch: ["good", "bad"]})[watch]) == ["good"]
    assert list(stores.history.last_alerted(watch, ["good", "bad"])) == ["good"]
    assert list(stores.searches.seen(search)) == ["good"]
    assert [x.listing.item_id for x in stores.history.past_listings(search)] == ["good"]
    assert len(stores.history.price_points(search, "")) == 2  # also the one without a low
    history = stores.searches.history(search, "", Instant(0), Instant(1.9e9))
    assert (history.lowest, len(history.daily_medians)) == (Money(1, "USD"), 1)
    assert [x.item for x in stores.history.delistings(search)] == ["good"]


async def test_a_damaged_alert_hides_no_other(stores: Stores, caplog: pytest.LogCaptureFixture) -> None:
    alert = Alert(
        "a1", 7, "camera", "local", "slack", "new", "any new listing", 0, 0, "ebay", "camera", "any", "",
        "EBAY_US", "ask", "USD", 0, None, None, None, None, {}, market="a camera was found",
    )  # fmt: skip
    receipts = {"a1": write_notification(alert), "a2": '{"id": 7}', "a3": "no"}
    rows = [
        {"id": name, "watch_id": 1, "user_id": "local", "made_at": 0.0, "receipt": receipt}
        for name, receipt in receipts.items()
    ]
    await stores.database.write(lambda conn: conn.execute(alerts.insert(), rows))
    assert [r.alert.id for r in stores.alerts.latest(10)] == ["a1"]
    assert [r.message for r in caplog.records] == ["2 rows of the database cannot be read and are left out"]
    assert stores.alerts.get("a1")
    with pytest.raises(WatcherError, match="^Alert a2 cannot be read"):
        stores.alerts.get("a2")
