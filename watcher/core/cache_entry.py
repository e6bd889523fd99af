"""Cached answers: their keys, their age, and when they may still be served."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.listing import Snapshot
from watcher.core.times import MINUTE, Instant

MAX_CLOCK_SKEW = MINUTE
"""So much two clocks may differ; what is further in the future was noted by one that was wrong."""


class CacheKey(NamedTuple):
    """What a cached answer is the answer to."""

    api: str
    marketplace: str
    kind: str
    query: str
    condition: str
    category: str
    currency: str
    version: str = "1"

    def __str__(self) -> str:
        return "|".join([part.replace("%", "%25").replace("|", "%7C") for part in self])


class CacheEntry(NamedTuple):
    """An answer with its age. Kept beyond `expires_at` as the fallback until `max_stale` later."""

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant

    @property
    def negative(self) -> bool:
        """Whether it says that there is nothing; such an answer expires soon."""
        return not self.snapshot.listings

    def is_fresh(self, now: Instant) -> bool:
        """Whether it may be believed at `now`: not expired, nor of a clock that was ahead."""
        return self.fetched_at - MAX_CLOCK_SKEW <= now < self.expires_at
