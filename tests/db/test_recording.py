"""Recording polls: many in one transaction, with the statements of each database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from tests.fakes import NOON, listing
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.listing import Snapshot
from watcher.core.polls import PollResult, Sighting
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Search
from watcher.core.watch_input import Defaults, watch_from
from watcher.db import alert_records, cache_entries, observations
from watcher.db.engine import driver_sql, upsert_for
from watcher.db.schema import sightings
from watcher.db.stores import Stores

LATER = Instant(NOON + HOUR)
PATIENT = Seconds(60.0)


@pytest.fixture
def commits(stores: Stores) -> Iterator[list[int]]:
    seen: list[int] = []

    def committed(_conn: object) -> None:
        seen.append(1)

    event.listen(stores.database.engine, "commit", committed)
    yield seen
    event.remove(stores.database.engine, "commit", committed)


async def claimed(stores: Stores, *queries: str) -> list[Search]:
    drafts = [watch_from({"query": q, "below": "50"}, Defaults("EBAY_US")) for q in queries]
    await stores.watches.add(drafts, NOON)
    return list(await stores.searches.claim_due(NOON, len(queries), "us", MINUTE))


def polled(search: Search, *found: Sighting) -> PollResult:
    key = CacheKey("ebay", "EBAY_US", "ask", search.question.query, "any", "", "USD")
    entry = CacheEntry(Snapshot((listing(1),), NOON), NOON, LATER)
    return PollResult(
        search.id, search.lease, search.due_at, NOON, LATER, cache=(key, entry), sightings=found
    )


async def test_polls_that_end_together_share_one_commit(stores: Stores, commits: list[int]) -> None:
    searches = await claimed(stores, "camera one", "camera two", "camera three")
    commits.clear()
    *early, last = searches
    waiting = [asyncio.ensure_future(stores.searches.record(polled(s), PATIENT)) for s in early]
    await asyncio.sleep(0)
    assert (await stores.searches.record(polled(last))).kept
    assert all(r.kept for r in await asyncio.gather(*waiting))
    assert commits == [1]
    assert stores.cache.counts(NOON) == (3, 0)
    assert stores.searches.next_due() == LATER


async def test_the_last_poll_of_an_unwanted_search_sets_no_due_time(stores: Stores) -> None:
    (search,) = await claimed(stores, "camera")
    (watch,) = stores.searches.watches_of([search.id])[search.id]
    await stores.watches.remove(watch.id, NOON)
    assert (await stores.searches.record(polled(search))).kept
    assert stores.searches.next_due() is None
    assert stores.searches.active_searches() == 0


async def test_a_row_without_a_picture_gets_one_when_it_is_seen_again(stores: Stores) -> None:
    (search,) = await claimed(stores, "camera")
    old = Sighting("v1|1|0", NOON, None, None, "Zenitar Mk2")
    await stores.searches.record(polled(search, old))
    for image in ("https://i.ebayimg.com/1.jpg", ""):
        (again,) = await stores.searches.claim_due(LATER, 1, "us", MINUTE)
        seen = old._replace(seen_at=LATER, image=image)
        await stores.searches.record(replace(polled(again), still_there=(seen,)))
        (row,) = stores.database.rows(select(sightings))
        assert (row.image, row.changed_at, row.seen_at) == ("https://i.ebayimg.com/1.jpg", NOON, LATER)


async def test_a_listing_that_is_gone_keeps_its_title(stores: Stores) -> None:
    (search,) = await claimed(stores, "camera")
    there = Sighting("v1|1|0", NOON, None, None, "Zenitar Mk2")
    gone = there._replace(title="", gone=True, seen_at=LATER)
    await stores.searches.record(polled(search, there))
    (again,) = await stores.searches.claim_due(LATER, 1, "us", MINUTE)
    await stores.searches.record(polled(again, gone))
    (row,) = stores.database.rows(sightings.select())
    assert (row.title, row.first_seen, row.gone_at) == ("Zenitar Mk2", NOON, LATER)


@pytest.mark.parametrize(("dialect", "named"), [("sqlite", ":{}"), ("postgresql", "%({})s")])
def test_the_parameters_of_every_insert_are_its_columns(dialect: str, named: str) -> None:
    columns = [c.name for c in sightings.columns]
    sql = driver_sql(dialect, upsert_for(dialect, sightings))
    assert all(named.format(name) in sql for name in columns)
    statements = (
        cache_entries._put_statement(dialect),
        *observations._statements(dialect),
        *alert_records._statements(dialect)[1:],
    )
    for statement in statements:
        assert "ON CONFLICT" in statement
        assert statement.count(named[0]) == statement.partition("ON CONFLICT")[0].count(named[0])
