"""Searches that differ only in the name of a category become one."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.conftest import AGES
from tests.db.old_rows import (
    BEFORE,
    Row,
    answer,
    delisting,
    fill,
    point,
    search,
    sighting,
    state,
    stored,
    watch,
)
from tests.fakes import FakeClock, listing
from tests.postgres import Cluster
from tests.trips import trip_over
from watcher.core.polls import PollResult
from watcher.core.times import HOUR, MINUTE, Instant
from watcher.core.watch import SearchId, WatchId
from watcher.db.engine import open_engine
from watcher.db.migrate import create_schema, downgrade_schema, upgrade_schema
from watcher.db.schema import (
    cache_entries,
    delistings,
    item_states,
    price_points,
    searches,
    sightings,
    watches,
)
from watcher.db.stores import Stores

TWINS = [search(1), search(2, "cards", polled_at=200.0), search(3, "toys", polled_at=None, due_at=400.0)]
Merge = Callable[..., str]


@pytest.fixture(scope="session")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty SQLite file of the older schema to copy."""
    path = tmp_path_factory.mktemp("old") / "old.db"
    create_schema(f"sqlite:///{path}", BEFORE)
    return path


@pytest.fixture(scope="session")
def old_template(cluster: Cluster) -> str:
    """Return an empty Postgres database of the older schema to copy."""
    name = cluster.create()
    create_schema(cluster.url(name), BEFORE)
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def old_url(request: pytest.FixtureRequest, old_file: Path, tmp_path: Path) -> Iterator[str]:
    """Return an empty database of the older schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(old_file, tmp_path)}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(request.getfixturevalue("old_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def merge(old_url: str) -> Merge:
    """Return a function that upgrades a database with these rows and returns its URL."""

    def upgrade(*asked: Row, **rows: list[Row]) -> str:
        tables = {
            t.name: t for t in (watches, sightings, delistings, price_points, cache_entries, item_states)
        }
        fill(old_url, {searches: asked, **{tables[name]: some for name, some in rows.items()}})
        upgrade_schema(old_url)
        return old_url

    return upgrade


def test_twins_become_the_one_that_was_polled_last(merge: Merge) -> None:
    url = merge(*TWINS, watches=[watch(1, 1), watch(2, 2), watch(3, 3, paused=True)])
    assert stored(url, searches, "id", "key", "category", "polled_at") == [
        (2, "EBAY_US|camera|any|", "", 200.0)
    ]
    assert stored(url, watches, "id", "search_id", "category", "revision") == [
        (1, 2, "", 1),
        (2, 2, "cards", 1),
        (3, 2, "toys", 1),
    ]


def test_only_searches_with_the_same_question_are_twins(merge: Merge) -> None:
    other = [search(4, "625"), search(5, "cards", "lens | body"), search(6, "cards", condition="new")]
    other[-1]["key"] = "EBAY_US|camera|new|cards"
    url = merge(*TWINS, *other, watches=[watch(1, 4), watch(2, 5)])
    assert stored(url, searches, "id", "key", "category") == [
        (2, "EBAY_US|camera|any|", ""),
        (4, "EBAY_US|camera|any|625", "625"),
        (5, "EBAY_US|lens | body|any|", ""),
        (6, "EBAY_US|camera|new|", ""),
    ]
    assert stored(url, watches, "search_id", "category") == [(4, "625"), (5, "cards")]


@pytest.mark.parametrize(
    ("dues", "due"), [((500.0, None, 400.0), 400.0), ((None, 600.0, None), 600.0), ((None,) * 3, None)]
)
def test_twins_are_due_when_the_first_of_them_was(
    merge: Merge, dues: tuple[float | None, ...], due: float | None
) -> None:
    asked = [
        one | {"due_at": at, "lease": "a/1", "lease_until": 9e9} for one, at in zip(TWINS, dues, strict=True)
    ]
    alone = search(9, "cards", "lens", lease="a/1", lease_until=9e9)
    url = merge(*asked, alone)
    assert stored(url, searches, "id", "due_at", "lease", "lease_until") == [
        (2, due, "", 0.0),
        (9, 500.0, "a/1", 9e9),
    ]


def test_a_merged_search_knows_what_its_last_poll_learned(merge: Merge) -> None:
    learned = [
        one | {"profile": f"p{n}", "estimates": f"e{n}", "error": f"E{n}"} for n, one in enumerate(TWINS)
    ]
    url = merge(*learned)
    assert stored(url, searches, "profile", "estimates", "error") == [("p1", "e1", "E1")]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Both see it: the price of the later one, and everything that either knows of its life.
        ((10.0, 30.0, 40.0), (20.0, 50.0, 60.0), (10.0, 50.0, 60.0, None, 200)),
        ((20.0, 90.0, 90.0), (10.0, 50.0, 60.0), (10.0, 90.0, 90.0, None, 200)),
        # The later one missed it, or saw it again.
        ((10.0, 30.0, 40.0), (20.0, 150.0, 60.0, 150.0), (10.0, 150.0, 60.0, 150.0, 200)),
        ((10.0, 80.0, 40.0, 80.0), (20.0, 50.0, 90.0), (10.0, 80.0, 90.0, None, 200)),
        # It was missed before the other one's last poll, which still shows it.
        ((10.0, 80.0, 40.0, 80.0), (20.0, 50.0, 60.0), (10.0, 80.0, 60.0, None, 200)),
        ((10.0, 250.0, 40.0, 250.0), (20.0, 50.0, 60.0), (10.0, 250.0, 60.0, 250.0, 100)),
        # Both missed it.
        ((10.0, 70.0, 40.0, 70.0), (20.0, 80.0, 60.0, 80.0), (10.0, 80.0, 60.0, 80.0, 200)),
    ],
)
def test_an_item_has_the_latest_sighting_of_all_twins(
    merge: Merge, first: tuple[float, ...], second: tuple[float, ...], expected: tuple[float | None, ...]
) -> None:
    rows = [
        sighting(of, "a", *times[:3], gone_at=times[3] if len(times) > 3 else None)
        for of, times in ((1, first), (2, second))
    ]
    url = merge(*TWINS, sightings=[*rows, sighting(1, "b", 1.0, 2.0, 3.0), sighting(3, "c", 4.0, 5.0, 6.0)])
    columns = ("item_id", "search_id", "first_seen", "changed_at", "seen_at", "gone_at", "price")
    assert stored(url, sightings, *columns) == [
        ("a", 2, *expected),
        ("b", 2, 1.0, 2.0, 3.0, None, 100),
        ("c", 2, 4.0, 5.0, 6.0, None, 300),
    ]


def test_an_earlier_sighting_adds_what_the_latest_one_lacks(merge: Merge) -> None:
    url = merge(
        *TWINS,
        sightings=[
            sighting(1, "a", 1.0, 2.0, 3.0, image="picture", listed_at=0.5, auction=True),
            sighting(2, "a", 1.0, 2.0, 9.0),
        ],
    )
    assert stored(url, sightings, "title", "image", "listed_at") == [("a of 2", "picture", 0.5)]


def test_twins_keep_every_delisting_once(merge: Merge) -> None:
    rows = [delisting(1, "a", 10.0), delisting(2, "a", 20.0, listed_at=5.0), delisting(3, "a", 15.0)]
    url = merge(*TWINS, exits=[*rows, delisting(1, "b", 30.0), delisting(2, "c", 40.0)])
    assert stored(url, delistings, "item", "search_id", "gone_at", "listed_at", "price") == [
        ("a", 2, 20.0, 1.0, 200),
        ("b", 2, 30.0, 1.0, 100),
        ("c", 2, 40.0, 1.0, 200),
    ]


def test_twins_keep_every_price_point_once(merge: Merge) -> None:
    rows = [
        point(1, 10.0, 11),
        point(2, 10.0, 12),
        point(3, 10.0, 13),
        point(1, 20.0, 21),
        point(3, 20.0, 23),
    ]
    url = merge(*TWINS, price_points=[*rows, point(1, 10.0, 31, "new only"), point(2, 30.0, 32)])
    assert stored(url, price_points, "filters", "at", "search_id", "median") == [
        ("", 10.0, 2, 12),
        ("", 20.0, 2, 21),
        ("", 30.0, 2, 32),
        ("new only", 10.0, 2, 31),
    ]


def test_the_newest_cached_answer_of_twins_stays(merge: Merge) -> None:
    asked_only = answer("shoes", 1.0, "boots")  # by a person, without a watch
    url = merge(
        *TWINS,
        cache_entries=[
            answer("", 10.0),
            answer("cards", 30.0),
            answer("toys", 20.0),
            answer("625", 5.0),
            answer("cards", 7.0, api="serpapi"),
            answer("magic", 3.0, "50%25 off %7C new"),
            asked_only,
        ],
    )
    assert stored(url, cache_entries, "key", "fetched_at", "payload") == [
        ("ebay|EBAY_US|ask|50%25 off %7C new|any||USD|1", 3.0, b"magic"),
        ("ebay|EBAY_US|ask|boots|any||USD|1", 1.0, b"shoes"),
        ("ebay|EBAY_US|ask|camera|any|625|USD|1", 5.0, b"625"),
        ("ebay|EBAY_US|ask|camera|any||USD|1", 30.0, b"cards"),
        ("serpapi|EBAY_US|ask|camera|any||USD|1", 7.0, b"cards"),
    ]


def test_a_watch_keeps_the_items_that_it_alerted_about(merge: Merge) -> None:
    states = [state(1, "a"), state(2, "a"), state(2, "b")]
    url = merge(*TWINS, watches=[watch(1, 1), watch(2, 2)], item_states=states)
    assert stored(url, item_states, "watch_id", "item_id") == [(1, "a"), (2, "a"), (2, "b")]


def test_the_id_of_a_merged_search_is_never_used_again(merge: Merge) -> None:
    url = merge(search(1, polled_at=300.0), search(2, "cards"), search(3, "toys"))
    engine = open_engine(url)
    with engine.begin() as conn:
        row = {k: v for k, v in search(0, query="lens").items() if k != "id"}
        assert conn.scalar(insert(searches).returning(searches.c.id), row) == 4
    engine.dispose()


@pytest.mark.parametrize("seed", range(3))
def test_merging_many_searches_follows_the_rules(merge: Merge, seed: int) -> None:
    dice = random.Random(seed)
    names = ("", "cards", "toys", "625", "shoes")
    asked = [
        search(n, name, query, polled_at=dice.choice((None, float(dice.randrange(9)))))
        for n, (query, name) in enumerate(
            ((q, c) for q in "abcd" for c in names if dice.random() < 0.7), start=1
        )
    ]
    seen = [
        sighting(
            one["id"], item, *(float(dice.randrange(9)) for _ in range(3)), gone_at=dice.choice((None, 4.0))
        )
        for one in asked
        for item in "uvw"
        if dice.random() < 0.6
    ]
    left = [
        delisting(one["id"], i, float(dice.randrange(9)))
        for one in asked
        for i in "xy"
        if dice.random() < 0.6
    ]
    points = [
        point(one["id"], float(at), one["id"]) for one in asked for at in range(3) if dice.random() < 0.6
    ]
    url = merge(*asked, sightings=seen, exits=left, price_points=points)

    def keeper(number: int) -> int:
        mine = asked[number - 1]
        number_of = {"625": "625"}
        same = [
            o
            for o in asked
            if o["query"] == mine["query"] and number_of.get(o["category"]) == number_of.get(mine["category"])
        ]
        return int(
            min(same, key=lambda o: (-(-1.0 if o["polled_at"] is None else o["polled_at"]), o["id"]))["id"]
        )

    assert stored(url, searches, "id") == sorted({keeper(o["id"]) for o in asked}, key=repr)
    columns = ("search_id", "item_id", "first_seen", "changed_at", "seen_at")
    expected: dict[tuple[int, str], list[Row]] = {}
    for row in seen:
        expected.setdefault((keeper(row["search_id"]), row["item_id"]), []).append(row)
    assert stored(url, sightings, *columns) == sorted(
        (
            (
                *place,
                min(r["first_seen"] for r in rows),
                max(r["changed_at"] for r in rows),
                max(r["seen_at"] for r in rows),
            )
            for place, rows in expected.items()
        ),
        key=repr,
    )
    assert stored(url, delistings, "search_id", "item") == sorted(
        {(keeper(r["search_id"]), r["item"]) for r in left}, key=repr
    )
    assert stored(url, price_points, "search_id", "at") == sorted(
        {(keeper(r["search_id"]), r["at"]) for r in points}, key=repr
    )


@pytest.mark.parametrize("old_url", ["sqlite"], indirect=True)
def test_a_search_that_cannot_be_read_stays_as_it_is(old_url: str) -> None:
    odd = [
        search(4, "cards", "lens"),
        search(5, "", "lens"),
        search(6, "cards", "boots"),
        search(7, "toys", "boots"),
    ]
    seen = [sighting(of, "a", 1.0, 2.0, 3.0) for of in (4, 5, 6, 7)]
    fill(old_url, {searches: [*TWINS, *odd], watches: [watch(4, 4), watch(5, 5)], sightings: seen})
    with closing(sqlite3.connect(old_url.removeprefix("sqlite:///"))) as conn, conn:
        conn.execute("UPDATE searches SET query = x'00ff' WHERE id = 5")
        conn.execute("UPDATE searches SET marketplace = 7 WHERE id = 6")
        conn.execute("UPDATE searches SET polled_at = 'yesterday' WHERE id = 1")
        conn.execute("UPDATE sightings SET seen_at = 'then', price = 'x' WHERE search_id = 7")
    upgrade_schema(old_url)
    assert stored(old_url, searches, "id", "key") == [
        (2, "EBAY_US|camera|any|"),
        (4, "EBAY_US|lens|any|cards"),
        (5, "EBAY_US|lens|any|"),
        (6, "EBAY_US|boots|any|cards"),
        (7, "EBAY_US|boots|any|"),
    ]
    stores = Stores.opened(old_url, AGES)
    readable = stores.watches.page()
    assert [(row.watch.id, row.watch.category) for row in readable.rows] == [(4, "cards")]
    assert [one.id for one in readable.damaged] == [5]
    stores.close()


def test_a_downgrade_gives_a_search_the_category_that_all_its_watches_name(merge: Merge) -> None:
    url = merge(
        *TWINS,
        search(4, "cards", "lens"),
        search(5, "625", "boots"),
        watches=[watch(1, 1), watch(2, 2), watch(3, 3), watch(4, 4), watch(5, 4), watch(6, 5)],
        cache_entries=[answer("cards", 9.0), answer("cards", 8.0, "lens"), answer("625", 7.0, "boots")],
    )
    downgrade_schema(url, BEFORE)
    assert stored(url, searches, "id", "key", "category") == [
        (2, "EBAY_US|camera|any|", ""),
        (4, "EBAY_US|lens|any|cards", "cards"),
        (5, "EBAY_US|boots|any|625", "625"),
    ]
    assert stored(url, cache_entries, "key") == [
        "ebay|EBAY_US|ask|boots|any|625|USD|1",
        "ebay|EBAY_US|ask|camera|any||USD|1",
        "ebay|EBAY_US|ask|lens|any|cards|USD|1",
    ]


async def test_polls_go_on_after_merging_with_one_call_and_no_second_alert(database_url: str) -> None:
    stores, clock = Stores.opened(database_url, AGES), FakeClock()
    trip = trip_over(stores, clock)
    await trip.watch(below="51", every="1h")
    assert len(await trip.poll()) == 1
    stores.close()
    downgrade_schema(database_url, BEFORE)
    engine = open_engine(database_url)
    with engine.begin() as conn:  # as the older release had them
        old = {"searches": searches, "watches": watches, "sightings": sightings, "item_states": item_states}
        copies = {"id": 2, "search_id": 2, "watch_id": 2}
        for name, table in old.items():
            newer = {"category", "over_plan"} if name == "watches" else set()
            kept = [c for c in table.c if c.name not in newer]
            for row in conn.execute(select(*kept)).mappings().all():
                conn.execute(insert(table), {k: copies.get(k, v) for k, v in row.items()} | _named(name, row))
    engine.dispose()
    upgrade_schema(database_url)
    stores = Stores.opened(database_url, AGES)
    again = trip_over(stores, clock)
    assert await again.poll(HOUR) == [], "an item has alerted twice"
    assert len(again.market.asked) == 1
    again.market.offers(*again.market.listings, listing(77, 40))
    assert len(await again.poll(HOUR)) == 2
    assert {row.watch.category for row in stores.watches.listed()} == {"", "cards"}
    stores.close()


def _named(table: str, row: Any) -> Row:
    return {"key": f"{row['key']}cards", "category": "cards"} if table == "searches" else {}


async def test_a_watch_of_an_older_daemon_is_read_with_its_category(
    database_url: str, stores: Stores, clock: FakeClock
) -> None:
    """On Postgres an older daemon may go on for a while after an upgrade."""
    fill(
        database_url,
        {searches: [search(1, "cards", "zenitar mk2 camera", due_at=clock.now())], watches: [watch(1, 1)]},
    )
    trip = trip_over(stores, clock)
    found = stores.watches.get(WatchId(1))
    assert found is not None
    assert (found.category, found.question.category) == ("cards", "")
    await trip.poll()
    assert [ask.category_id for ask in trip.market.asked] == [""]


def test_an_upgrade_waits_for_a_watch_that_is_being_edited(postgres_url: str) -> None:
    downgrade_schema(postgres_url, BEFORE)
    fill(postgres_url, {searches: TWINS, watches: [watch(1, 1), watch(2, 2)]})
    engine = open_engine(postgres_url)
    with engine.begin() as conn:  # watches first, as every transaction of a daemon locks them
        conn.execute(update(watches).where(watches.c.id == 1).values(label="mine"))
        upgrading = threading.Thread(target=upgrade_schema, args=(postgres_url,))
        upgrading.start()
        time.sleep(0.3)
        conn.execute(update(searches).where(searches.c.id == 1).values(due_at=1.0))
    upgrading.join()
    engine.dispose()
    assert stored(postgres_url, watches, "id", "label", "search_id") == [(1, "mine", 2), (2, "", 2)]
    assert stored(postgres_url, searches, "id", "due_at") == [(2, 1.0)]


@pytest.mark.parametrize("of", [1, 2])
async def test_a_poll_under_way_during_the_upgrade_is_not_recorded(old_url: str, of: int) -> None:
    fill(old_url, {searches: TWINS, watches: [watch(n, n) for n in (1, 2, 3)]})
    stores = Stores.opened(old_url, AGES)
    claimed = {one.id: one for one in await stores.searches.claim_due(Instant(600.0), 9, "old/1", MINUTE)}
    upgrade_schema(old_url)
    poll = PollResult(SearchId(of), "old/1", claimed[SearchId(of)].due_at, Instant(601.0), Instant(900.0))
    assert not (await stores.searches.record(poll)).kept
    (again,) = await stores.searches.claim_due(Instant(602.0), 9, "new/1", MINUTE)
    assert (again.id, again.due_at) == (2, 400.0)
    stores.close()
