"""Comps through the cache: fresh if it is, fetched if it is not, stale rather than nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from watcher.core.categories import ttl_of
from watcher.core.errors import CallFailed
from watcher.core.listing import Ask, Snapshot, Sort, has_collapsed
from watcher.core.marketplaces import currency_of
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Question, normal_query
from watcher.ports import CacheEntry, CacheKey, CacheStore, Clock, MarketPlace, Meter


class Freshness(NamedTuple):
    """How long answers stay good, in seconds: by category, when empty, and beyond expiry as a fallback."""

    ttls: Mapping[str, Seconds]
    negative_ttl: Seconds
    max_stale: Seconds

    def expiry(self, question: Question, snapshot: Snapshot) -> Instant:
        """When an answer to `question` expires; an empty one does so soon."""
        ttl = ttl_of(question.category, self.ttls) if snapshot.listings else self.negative_ttl
        return Instant(snapshot.fetched_at + ttl)


class Answer(NamedTuple):
    """An answer and where it comes from. `error`: why a stale one is served."""

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant
    source: str
    stale: bool = False
    error: CallFailed | None = None


def key_of(question: Question) -> CacheKey:
    """What a cached answer to `question` is kept under."""
    return CacheKey(
        api="ebay",
        marketplace=question.marketplace,
        kind="ask",
        query=normal_query(question.query),
        condition=question.condition,
        category=question.category,
        currency=currency_of(question.marketplace),
    )


def ask_of(question: Question, sort: Sort = Sort.BEST_MATCH) -> Ask:
    """What the market is asked. A category that is a number is eBay's own category id."""
    category_id = question.category if question.category.isdecimal() else ""
    return Ask(question.query, question.condition, question.marketplace, category_id, sort)


class Cache:
    """Answers to questions; many who ask the same at once cost one call."""

    def __init__(
        self, store: CacheStore, market: MarketPlace, freshness: Freshness, *, clock: Clock, meter: Meter
    ) -> None:
        self._store = store
        self._market = market
        self._freshness = freshness
        self._clock = clock
        self._meter = meter
        self._flights: dict[CacheKey, asyncio.Task[Answer]] = {}

    async def get_or_fetch(self, question: Question) -> Answer:
        """The cached answer while it is fresh, else the market's, else a stale one within `max_stale`.

        Raises CallFailed when the market fails and nothing usable is kept.
        """
        key = key_of(question)
        now = self._clock.now()
        entry = self._store.get(key)
        if entry and now < entry.expires_at:
            self._meter.count("cache.hit")
            return Answer(entry.snapshot, entry.fetched_at, entry.expires_at, "cached")
        flight = self._flights.get(key)
        if flight is None:
            self._meter.count("cache.miss")
            flight = asyncio.create_task(self._fetch(key, question, entry))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: who stops waiting must not end the call for the others.
        return await asyncio.shield(flight)

    def _landed(self, key: CacheKey, flight: asyncio.Task[Answer]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # every waiter may have left; the failure is measured, not unheard

    async def _fetch(self, key: CacheKey, question: Question, entry: CacheEntry | None) -> Answer:
        try:
            snapshot = await self._market.search(ask_of(question), interactive=True)
            if entry and has_collapsed(entry.snapshot, snapshot):
                snapshot = await self._market.search(ask_of(question), interactive=True)
        except CallFailed as error:
            if entry and self._clock.now() < entry.expires_at + self._freshness.max_stale:
                self._meter.count("cache.stale")
                return Answer(entry.snapshot, entry.fetched_at, entry.expires_at, "cached", True, error)
            raise
        fresh = CacheEntry(snapshot, snapshot.fetched_at, self._freshness.expiry(question, snapshot))
        await self._store.put(key, fresh)
        return Answer(snapshot, fresh.fetched_at, fresh.expires_at, "fresh")
