"""Cached answers of the market, at most so many."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select

from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.times import Instant
from watcher.db.codec import unpack_snapshot
from watcher.db.compression import Unreadable
from watcher.db.database import Database
from watcher.db.recording import put_cache
from watcher.db.schema import cache_entries

log = logging.getLogger(__name__)
# About 10 kB each: 200 MB of answers at most.
MOST = 20_000
_GET = select(cache_entries.c.payload, cache_entries.c.fetched_at, cache_entries.c.expires_at).where(
    cache_entries.c.key == bindparam("key")
)
_COUNT = select(func.count()).select_from(cache_entries)
_OLDEST = select(cache_entries.c.key).order_by(cache_entries.c.expires_at).limit(bindparam("excess"))


class CacheEntryStore:
    """Implements `ports.CacheStore`. Of more than `most` entries those go first that expired longest ago."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._db = database
        self._most = most
        self._room = 0

    def get(self, key: CacheKey) -> CacheEntry | None:
        """The entry, expired or not; None where there is none that this version can read."""
        for row in self._db.rows(_GET, {"key": str(key)}):
            try:
                return CacheEntry(unpack_snapshot(row.payload), row.fetched_at, row.expires_at)
            except (Unreadable, msgspec.DecodeError, msgspec.ValidationError):
                log.warning("a cached answer cannot be read and counts as absent", extra={"key": str(key)})
        return None

    async def put(self, key: CacheKey, entry: CacheEntry) -> None:
        """Store an answer; an older one never replaces a newer one."""
        await self._db.write(put_cache, (key, entry))
        self._room -= 1
        if self._room < 0:
            await self.trim()

    async def delete(self, key: str) -> int:
        """Forget one entry; how many there were."""
        return await self._db.write(_delete, key)

    async def clear(self) -> int:
        """Forget every entry; how many there were."""
        return await self._db.write(_clear, None)

    async def trim(self) -> int:
        """Drop what is more than there may be; how many entries that were. Polls store without asking."""
        excess = int(self._db.value(_COUNT)) - self._most
        dropped = await self._db.write(_trim, excess) if excess > 0 else 0
        if dropped:
            log.warning("the cache is full; its oldest entries were dropped", extra={"dropped": dropped})
        # So many more may come before there can be too many again.
        self._room = max(-excess, self._most // 100)
        return dropped

    def counts(self, now: Instant) -> tuple[int, int]:
        """(all entries, expired entries)."""
        expired = self._db.value(select(func.count()).where(cache_entries.c.expires_at <= now))
        return int(self._db.value(_COUNT)), int(expired)


def _delete(conn: Connection, keys: Sequence[str]) -> Sequence[int]:
    return [conn.execute(delete(cache_entries).where(cache_entries.c.key == key)).rowcount for key in keys]


def _clear(conn: Connection, times: Sequence[None]) -> Sequence[int]:
    return [conn.execute(delete(cache_entries)).rowcount for _ in times]


def _trim(conn: Connection, excesses: Sequence[int]) -> Sequence[int]:
    return [
        conn.execute(delete(cache_entries).where(cache_entries.c.key.in_(_OLDEST)), {"excess": n}).rowcount
        for n in excesses
    ]
