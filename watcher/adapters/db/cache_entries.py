"""Cached answers of the market."""

from __future__ import annotations

import logging
import zlib

import msgspec
from sqlalchemy import bindparam, func, select

from watcher.adapters.db.codec import unpack_snapshot
from watcher.adapters.db.database import Database
from watcher.adapters.db.schema import cache_entries
from watcher.adapters.db.searches import put_cache
from watcher.core.times import Instant
from watcher.ports import CacheEntry, CacheKey

log = logging.getLogger(__name__)
_GET = select(cache_entries.c.payload, cache_entries.c.fetched_at, cache_entries.c.expires_at).where(
    cache_entries.c.key == bindparam("key")
)


class CacheEntries:
    """Implements `ports.CacheStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: CacheKey) -> CacheEntry | None:
        """The entry, expired or not; None where there is none that this version can read."""
        for row in self._db.rows(_GET, {"key": str(key)}):
            try:
                return CacheEntry(unpack_snapshot(row.payload), row.fetched_at, row.expires_at)
            except (zlib.error, msgspec.DecodeError, msgspec.ValidationError):
                log.warning("a cached answer cannot be read and counts as absent", extra={"key": str(key)})
        return None

    async def put(self, key: CacheKey, entry: CacheEntry) -> None:
        """Store an answer; an older one never replaces a newer one."""
        await self._db.write(put_cache, (key, entry))

    def counts(self, now: Instant) -> tuple[int, int]:
        """(all entries, expired entries)."""
        total = self._db.value(select(func.count()).select_from(cache_entries))
        expired = self._db.value(select(func.count()).where(cache_entries.c.expires_at <= now))
        return int(total or 0), int(expired or 0)
