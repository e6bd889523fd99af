"""Cached answers of the market, up to a maximum number."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, literal_column, select

from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.times import MINUTE, Instant
from watcher.db.codec import Unreadable, pack_snapshot, unpack_snapshot
from watcher.db.database import Database, Store
from watcher.db.engine import driver_sql, insert_many, upsert_for
from watcher.db.schema import cache_entries

log = logging.getLogger(__name__)
# About 10 kB each, so 200 MB.
MAX_ENTRIES = 20_000
# No answer takes longer to arrive. A stored one that is newer by more has the time of a clock that was ahead.
_LONGEST_FETCH_SECONDS: ColumnElement[float] = literal_column(str(5 * MINUTE))
_GET = select(cache_entries.c.payload, cache_entries.c.fetched_at, cache_entries.c.expires_at).where(
    cache_entries.c.key == bindparam("key")
)
_VERSIONS = (
    select(cache_entries.c.key, cache_entries.c.fetched_at)
    .where(cache_entries.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(cache_entries.c.key)
)
_COUNT = select(func.count()).select_from(cache_entries)
_OLDEST = select(cache_entries.c.key).order_by(cache_entries.c.expires_at).limit(bindparam("excess"))


class CacheEntryStore(Store):
    """Stores answers; of more than `max_entries`, those that expired first are dropped."""

    def __init__(self, database: Database, max_entries: int = MAX_ENTRIES) -> None:
        super().__init__(database)
        self._max_entries = max_entries
        # Entries that can be added before the number must be checked again.
        self._room = 0

    def get(self, key: CacheKey) -> CacheEntry | None:
        """Return the entry, expired or not; None if there is none that this version can read."""
        for row in self._db.rows(_GET, {"key": str(key)}):
            try:
                return CacheEntry(unpack_snapshot(row.payload), row.fetched_at, row.expires_at)
            except Unreadable:
                log.warning(
                    "a cached answer cannot be read and is treated as missing", extra={"key": str(key)}
                )
        return None

    def versions(self, keys: Sequence[CacheKey]) -> tuple[tuple[str, float], ...]:
        """Return the stored ones of these keys, and when each entry was fetched."""
        rows = self._db.rows(_VERSIONS, {"keys": [str(key) for key in keys]})
        return tuple((row.key, row.fetched_at) for row in rows)

    async def put(self, key: CacheKey, entry: CacheEntry) -> None:
        """Store an answer; an older one never replaces a newer one."""
        await self._db.write(put_cache_entries, [(key, entry)])
        self._room -= 1
        if self._room < 0:
            await self.trim()

    async def delete(self, key: str) -> int:
        """Delete one entry; return how many there were."""
        return await self._db.write(_delete, key)

    async def clear(self) -> int:
        """Delete every entry; return how many there were."""
        return await self._db.write(_clear)

    async def trim(self) -> int:
        """Drop the entries beyond the maximum, which polls exceed; return how many were dropped."""
        excess = int(self._db.value(_COUNT)) - self._max_entries
        dropped = await self._db.write(_trim, excess) if excess > 0 else 0
        if dropped:
            log.warning("the cache is full; its oldest entries were dropped", extra={"dropped": dropped})
        self._room = max(-excess, self._max_entries // 100)
        return dropped

    def counts(self, now: Instant) -> tuple[int, int]:
        """Return (all entries, expired entries)."""
        expired = self._db.value(select(func.count()).where(cache_entries.c.expires_at <= now))
        return int(self._db.value(_COUNT)), int(expired)


def put_cache_entries(conn: Connection, items: Sequence[tuple[CacheKey, CacheEntry]]) -> None:
    """Store answers; one that arrives late never replaces a newer one."""
    rows = [
        {
            "key": str(key),
            "payload": pack_snapshot(entry.snapshot),
            "fetched_at": entry.fetched_at,
            "expires_at": entry.expires_at,
        }
        for key, entry in items
    ]
    insert_many(conn, _put_statement(conn.dialect.name), rows)


@lru_cache(maxsize=2)
def _put_statement(dialect: str) -> str:
    insert = upsert_for(dialect, cache_entries)
    newer = (cache_entries.c.fetched_at <= insert.excluded.fetched_at) | (
        cache_entries.c.fetched_at > insert.excluded.fetched_at + _LONGEST_FETCH_SECONDS
    )
    values = {name: insert.excluded[name] for name in ("payload", "fetched_at", "expires_at")}
    return driver_sql(dialect, insert.on_conflict_do_update(index_elements=["key"], set_=values, where=newer))


def _delete(conn: Connection, key: str) -> int:
    return conn.execute(delete(cache_entries).where(cache_entries.c.key == key)).rowcount


def _clear(conn: Connection) -> int:
    return conn.execute(delete(cache_entries)).rowcount


def _trim(conn: Connection, excess: int) -> int:
    statement = delete(cache_entries).where(cache_entries.c.key.in_(_OLDEST))
    return conn.execute(statement, {"excess": excess}).rowcount
