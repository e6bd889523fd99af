"""Cached answers: their keys and their age."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.listing import Snapshot
from watcher.core.times import MINUTE, Instant

MAX_CLOCK_SKEW = MINUTE
"""Seconds that the clocks of two machines may differ; a later time was written by a clock that was wrong."""


class CacheKey(NamedTuple):
    """The question, market and basis that a cached answer belongs to."""

    api: str
    marketplace: str
    kind: str
    query: str
    condition: str
    category: str
    currency: str
    version: str = "1"

    def __str__(self) -> str:
        text = "|".join(self)
        if "%" not in text and text.count("|") == len(self) - 1:  # almost always
            return text
        return "|".join([part.replace("%", "%25").replace("|", "%7C") for part in self])


class CacheEntry(NamedTuple):
    """An answer with its age. It may be served stale for `max_stale` after `expires_at`."""

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant

    def is_fresh(self, now: Instant) -> bool:
        """Return whether the entry has not expired and was not written by a clock that was ahead."""
        return self.fetched_at - MAX_CLOCK_SKEW <= now < self.expires_at
