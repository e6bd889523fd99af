"""The comps cache: stored answers, what they are stored under, and how long they may be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.categories import DEFAULT_TTL, ttl_of
from watcher.core.comps import Basis, Comps, Filters
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Listing, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Inquiry, Question, comps_for, normal_query
from watcher.db.cache_entries import CacheEntryStore
from watcher.polling.single_flight import SingleFlight
from watcher.ports import Clock

# eBay hides the sales of many items, and every search for them counts against SerpAPI's monthly quota.
_NO_SALES_TTL = DAY
_PRICE_SOURCES = tuple(api for api in Api if api.facts.is_price_source)
# The bases that a market can answer; observed prices come from our own polls.
_MARKET_BASES = (Basis.ASK, Basis.SOLD)


class Freshness(NamedTuple):
    """Seconds: the TTL of each category and of empty answers, and how long expired answers remain usable."""

    ttls: Mapping[str, Seconds]
    negative_ttl: Seconds
    max_stale: Seconds


class Answer(NamedTuple):
    """An answer and its origin.

    `expires_at` and `stale` are by the TTL of the category that was asked for. `source`: "fresh" or "cached".
    `error`: why a stale answer, the backup's or an empty one is returned. `sales_error`: why asks are
    returned although there is a source of sold prices.
    """

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant
    source: str
    stale: bool = False
    error: CallFailed | None = None
    api: Api = Api.EBAY
    basis: Basis = Basis.ASK
    sales_error: CallFailed | None = None

    @property
    def negative(self) -> bool:
        """Whether it contains no listings."""
        return not self.snapshot.listings

    def comps(self, question: Question, filters: Filters, background: Background) -> Comps:
        """Return its comparable listings and their statistics."""
        return comps_for(
            question,
            self.snapshot.listings,
            filters,
            trust_condition=not self.snapshot.ignored_filters,
            basis=self.basis,
            background=background,
        )


@lru_cache(maxsize=512)
def cache_key(question: Question, api: Api = Api.EBAY, basis: Basis = Basis.ASK) -> CacheKey:
    """Return the key of an answer to `question`; every market and every basis has its own."""
    return CacheKey(
        api=api,
        marketplace=question.marketplace,
        kind=basis,
        query=normal_query(question.query),
        condition=question.condition,
        category=question.category,
        currency=currency_of(question.marketplace),
    )


def cache_keys(question: Question) -> tuple[CacheKey, ...]:
    """Return every key that an answer to `question` may be stored under."""
    return tuple(cache_key(question, api, basis) for api in _PRICE_SOURCES for basis in _MARKET_BASES)


BackgroundOf = Callable[[Question, Sequence[Listing]], Background]
"""Returns what is known of the listings that answer a question, beyond their rows. Raises WatcherError."""


def _no_background(_question: Question, _listings: Sequence[Listing]) -> Background:
    return Background()


class CompsCache:
    """Stored answers, and the fetches under way (`flights`) whose answers will be stored.

    `background_of` returns what is known of the listings that answer a question.
    """

    def __init__(
        self,
        store: CacheEntryStore,
        freshness: Freshness,
        clock: Clock,
        background_of: BackgroundOf = _no_background,
    ) -> None:
        self._store, self._clock = store, clock
        self.background_of = background_of
        self.freshness = freshness
        self.flights: SingleFlight[CacheKey, Answer] = SingleFlight(abandons=True)

    def get(
        self,
        inquiry: Inquiry,
        api: Api = Api.EBAY,
        basis: Basis = Basis.ASK,
        now: Instant | None = None,
    ) -> Answer | None:
        """Return the stored answer, fresh or stale by its category's TTL; None beyond `max_stale`."""
        at = self._clock.now() if now is None else now
        entry = self._store.get(cache_key(inquiry.question, api, basis))
        if entry is None:
            return None
        entry = entry._replace(expires_at=self._expiry(inquiry, entry.snapshot, entry.fetched_at, basis))
        if at >= entry.expires_at + self.freshness.max_stale:
            return None
        return Answer(*entry, "cached", not entry.is_fresh(at), api=api, basis=basis)

    def aged(self, inquiry: Inquiry, answer: Answer) -> Answer:
        """Return an answer with its expiry by the inquiry's category; another one may have fetched it."""
        if answer.negative:
            return answer
        expires_at = self._expiry(inquiry, answer.snapshot, answer.fetched_at, answer.basis)
        entry = CacheEntry(answer.snapshot, answer.fetched_at, expires_at)
        is_stale = answer.source == "cached" and not entry.is_fresh(self._clock.now())
        if (expires_at, is_stale) == (answer.expires_at, answer.stale):
            return answer
        return answer._replace(expires_at=expires_at, stale=is_stale)

    def entry_of(self, answer: Answer) -> CacheEntry:
        """Return an answer as it is stored: the question is shared, so it lasts as long as any category."""
        longest = max(self.freshness.ttls.values(), default=DEFAULT_TTL)
        expires_at = answer.expires_at
        if not answer.negative:
            expires_at = max(expires_at, Instant(answer.fetched_at + max(longest, DEFAULT_TTL)))
        return CacheEntry(answer.snapshot, answer.fetched_at, expires_at)

    def comps_of(self, question: Question, answer: Answer, filters: Filters = Filters()) -> Comps:
        """Return the comparable listings of an answer and their statistics, judged as its polls do."""
        return answer.comps(question, filters, self.background_of(question, answer.snapshot.listings))

    def versions(self, question: Question) -> tuple[tuple[str, float], ...]:
        """Return which answers to `question` are stored, and when each was fetched."""
        return self._store.versions(cache_keys(question))

    def can_answer(self, inquiry: Inquiry) -> bool:
        """Return whether an answer costs no call: a stored one is fresh, or a fetch is under way."""
        stored, key = self.get(inquiry), cache_key(inquiry.question)
        return (stored is not None and not stored.stale) or self.flights.is_running(key)

    def usable_asks(self, inquiry: Inquiry, now: Instant | None = None) -> Answer | None:
        """Return the best stored asks of any market that are not beyond `max_stale`, else None.

        The newest answer that has listings is best; else the newest empty one.
        """
        usable = [a for api in _PRICE_SOURCES if (a := self.get(inquiry, api, now=now))]
        return max(usable, key=lambda a: (not a.negative, a.fetched_at), default=None)

    def new_answer(
        self, inquiry: Inquiry, snapshot: Snapshot, api: Api = Api.EBAY, basis: Basis = Basis.ASK
    ) -> Answer:
        """Return a fresh answer with its expiry by its category's TTL. Nothing is stored."""
        fetched_at = snapshot.fetched_at
        expires_at = self._expiry(inquiry, snapshot, fetched_at, basis)
        return Answer(snapshot, fetched_at, expires_at, "fresh", api=api, basis=basis)

    def no_sales(self, api: Api = Api.EBAY) -> Answer:
        """Return an empty answer for sales that no source could report; it has expired already."""
        now = self._clock.now()
        return Answer(Snapshot((), now), now, now, "fresh", api=api, basis=Basis.SOLD)

    async def set(
        self, inquiry: Inquiry, snapshot: Snapshot, api: Api = Api.EBAY, basis: Basis = Basis.ASK
    ) -> Answer:
        """Store an answer; an older one never replaces a newer one."""
        answer = self.new_answer(inquiry, snapshot, api, basis)
        await self._store.put(cache_key(inquiry.question, api, basis), self.entry_of(answer))
        return answer

    async def delete(self, question: Question) -> int:
        """Delete every answer to `question`, of any market and basis; return how many there were."""
        return sum([await self.forget(str(key)) for key in cache_keys(question)])

    async def forget(self, key: str) -> int:
        """Delete the answer of `key`, one under way included; return how many were stored."""
        self.flights.forget(lambda k: str(k) == key)
        return await self._store.delete(key)

    async def clear(self) -> int:
        """Delete every answer, those under way included; return how many were stored."""
        self.flights.forget()
        return await self._store.clear()

    def _expiry(self, inquiry: Inquiry, snapshot: Snapshot, fetched_at: Instant, basis: Basis) -> Instant:
        if snapshot.listings:
            return Instant(fetched_at + ttl_of(inquiry.category, self.freshness.ttls))
        ttl = self.freshness.negative_ttl
        return Instant(fetched_at + (ttl if basis is Basis.ASK else max(ttl, _NO_SALES_TTL)))

    def stats(self) -> dict[str, float]:
        """Return how many answers are stored, and how many have expired for every category."""
        total, expired = self._store.counts(self._clock.now())
        return {
            "totalEntries": total,
            "expiredEntries": expired,
            "activeEntries": total - expired,
            "percentExpired": round(100 * expired / total, 1) if total else 0.0,
        }
