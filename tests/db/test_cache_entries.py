"""The cache table: bounded, cleared by key or completely, and counted."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import Connection

from tests.fakes import NOON, listing
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.listing import Snapshot
from watcher.core.times import MINUTE, Instant
from watcher.db.cache_entries import CacheEntryStore
from watcher.db.schema import cache_entries
from watcher.db.stores import Stores


def key(number: int) -> CacheKey:
    return CacheKey("ebay", "EBAY_US", "ask", f"camera {number}", "any", "", "USD")


def entry(expires: float, *numbers: int) -> CacheEntry:
    return CacheEntry(Snapshot(tuple(listing(n) for n in numbers), NOON), NOON, Instant(expires))


async def test_an_entry_is_stored_and_deleted_by_its_key(stores: Stores) -> None:
    await stores.cache.put(key(1), entry(NOON + 10, 1))
    await stores.cache.put(key(2), entry(NOON + 10, 2))
    assert await stores.cache.delete(str(key(1))) == 1
    assert await stores.cache.delete(str(key(1))) == 0
    assert (stores.cache.get(key(1)), stores.cache.get(key(2))) == (None, entry(NOON + 10, 2))
    assert await stores.cache.clear() == 1
    assert await stores.cache.clear() == 0
    assert stores.cache.counts(NOON) == (0, 0)


async def test_an_entry_of_another_version_is_treated_as_missing(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(conn: Connection) -> None:
        conn.execute(cache_entries.update().values(payload=b"another version's"))

    await stores.cache.put(key(1), entry(NOON + 10, 1))
    await stores.database.write(spoil)
    assert stores.cache.get(key(1)) is None
    assert "cannot be read" in caplog.text


async def test_expired_entries_are_counted_and_kept(stores: Stores) -> None:
    for n in range(4):
        await stores.cache.put(key(n), entry(NOON + n))
    assert stores.cache.counts(Instant(NOON + 2)) == (4, 3)


async def test_a_full_cache_drops_the_entries_that_expired_first(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    cache = CacheEntryStore(stores.database, max_entries=3)
    with caplog.at_level(logging.WARNING):
        for n in (4, 1, 5, 2, 3):
            await cache.put(key(n), entry(NOON - n))
    assert [n for n in range(1, 6) if cache.get(key(n))] == [1, 2, 3]
    assert {r.message for r in caplog.records} == {"the cache is full; its oldest entries were dropped"}


async def test_the_versions_of_entries_are_those_of_the_keys_in_their_order(stores: Stores) -> None:
    for n in (2, 1, 3):
        await stores.cache.put(key(n), entry(NOON + 99)._replace(fetched_at=Instant(NOON + n)))
    assert stores.cache.versions([key(3), key(1), key(4)]) == (
        (str(key(1)), NOON + 1),
        (str(key(3)), NOON + 3),
    )


async def test_trimming_drops_what_polls_stored_beyond_the_maximum(stores: Stores) -> None:
    for n in range(5):
        await stores.cache.put(key(n), entry(NOON + n))
    cache = CacheEntryStore(stores.database, max_entries=2)
    assert await cache.trim() == 3
    assert await cache.trim() == 0
    assert cache.counts(NOON) == (2, 0)


async def test_an_older_answer_never_replaces_a_newer_one(stores: Stores) -> None:
    await stores.cache.put(key(1), entry(NOON + 10, 1))
    older = entry(NOON + 99)
    await stores.cache.put(key(1), older._replace(fetched_at=Instant(NOON - 1)))
    assert stores.cache.get(key(1)) == entry(NOON + 10, 1)


@pytest.mark.parametrize(("ahead", "is_replaced"), [(5 * MINUTE, False), (5 * MINUTE + 1, True)])
async def test_an_answer_of_a_clock_that_was_ahead_is_replaced(
    stores: Stores, ahead: float, *, is_replaced: bool
) -> None:
    first = entry(NOON + 99, 1)._replace(fetched_at=Instant(NOON + ahead))
    await stores.cache.put(key(1), first)
    await stores.cache.put(key(1), entry(NOON + 10, 2))
    assert stores.cache.get(key(1)) == (entry(NOON + 10, 2) if is_replaced else first)


async def test_words_of_a_query_are_not_taken_for_other_parts_of_a_key() -> None:
    one = CacheKey("ebay", "EBAY_US", "ask", "a|new", "any", "x", "USD")
    other = CacheKey("ebay", "EBAY_US", "ask", "a", "new", "any|x", "USD")
    assert str(one) != str(other)
    assert str(key(1)) == "ebay|EBAY_US|ask|camera 1|any||USD|1"


@pytest.mark.parametrize("part", CacheKey._fields)
async def test_every_part_of_a_key_keeps_answers_apart(stores: Stores, part: str) -> None:
    """Flaw 3."""
    await stores.cache.put(key(1), entry(NOON, 1))
    assert stores.cache.get(key(1)._replace(**{part: "other"})) is None
    assert stores.cache.get(key(1)) == entry(NOON, 1)


async def test_a_cache_with_room_drops_and_logs_nothing(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    cache = CacheEntryStore(stores.database, max_entries=3)
    for n in range(3):
        await cache.put(key(n), entry(NOON + n))
    assert await cache.trim() == 0
    assert cache.counts(NOON)[0] == 3
    assert not caplog.records
