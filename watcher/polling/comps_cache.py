"""Comps through the cache: fresh, else fetched, else stale or from the backup rather than nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.categories import ttl_of
from watcher.core.comps import Basis, Comps
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Snapshot, Sort
from watcher.core.marketplaces import currency_of
from watcher.core.resilience.plausibility import known_of
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Question, normal_query
from watcher.db.cache_entries import CacheEntryStore
from watcher.polling.verified_fetch import ask_backup, ask_surely
from watcher.ports import Clock, ListingSource, Meter, SalesSource

# Sales with so few totals are no basis for a price; asks are.
ENOUGH_SALES = 5
# Whoever asks for comps waits so long for sales; they are kept for the next one when they come later.
SALES_PATIENCE = Seconds(10.0)
# "No sales" costs one of a month's few searches, and is the usual answer where eBay hides them.
_NO_SALES_FOR = DAY
_MARKETS = (Api.EBAY, Api.SERPAPI)
# What a market answers; what left it is told by nobody.
_ANSWERED = (Basis.ASK, Basis.SOLD)


class Freshness(NamedTuple):
    """How long answers stay good, in seconds: by category, when empty, and beyond expiry as a fallback."""

    ttls: Mapping[str, Seconds]
    negative_ttl: Seconds
    max_stale: Seconds

    def expiry(self, question: Question, snapshot: Snapshot, basis: Basis = Basis.ASK) -> Instant:
        """When an answer to `question` expires; an empty one does so soon."""
        if snapshot.listings:
            ttl = ttl_of(question.category, self.ttls)
        else:
            ttl = self.negative_ttl if basis is Basis.ASK else max(self.negative_ttl, _NO_SALES_FOR)
        return Instant(snapshot.fetched_at + ttl)


class WaitLimits(NamedTuple):
    """How many seconds somebody waits for comps, all calls together, and what a single attempt may take."""

    total: Seconds = Seconds(30.0)
    attempt: Seconds = Seconds(10.0)

    @property
    def spare(self) -> Seconds:
        """What is kept for an attempt of the backup, without taking the market's first one from it."""
        return min(self.attempt, Seconds(self.total - self.attempt))


class Answer(NamedTuple):
    """An answer and where it comes from. `error`: why a stale one, the backup's or none is served."""

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant
    source: str
    stale: bool = False
    error: CallFailed | None = None
    api: Api = Api.EBAY
    basis: Basis = Basis.ASK

    @property
    def negative(self) -> bool:
        """Whether it says that there is nothing."""
        return not self.snapshot.listings


def key_of(question: Question, api: Api = Api.EBAY, basis: Basis = Basis.ASK) -> CacheKey:
    """What a cached answer to `question` is kept under; each market and each basis on its own."""
    return CacheKey(
        api=api,
        marketplace=question.marketplace,
        kind=basis,
        query=normal_query(question.query),
        condition=question.condition,
        category=question.category,
        currency=currency_of(question.marketplace),
    )


def keys_of(question: Question) -> tuple[CacheKey, ...]:
    """Every key that an answer to `question` may be kept under."""
    return tuple(key_of(question, api, basis) for api in _MARKETS for basis in _ANSWERED)


def ask_of(question: Question, sort: Sort = Sort.BEST_MATCH) -> Ask:
    """What the market is asked. A category that is a number is eBay's own category id."""
    category_id = question.category if question.category.isdecimal() else ""
    return Ask(question.query, question.condition, question.marketplace, category_id, sort)


def usable(
    store: CacheEntryStore, question: Question, freshness: Freshness, now: Instant
) -> tuple[Api, CacheEntry] | None:
    """The asks of any market that are not beyond `max_stale`: better than paying for the backup.

    The newest that show something; else the newest that say there is nothing.
    """
    found = [
        (api, entry)
        for api in _MARKETS
        if (entry := store.get(key_of(question, api))) and now < entry.expires_at + freshness.max_stale
    ]
    return max(found, key=lambda one: (bool(one[1].snapshot.listings), one[1].fetched_at), default=None)


class CompsCache:
    """Answers to questions; many who ask the same at once cost one call.

    `backup` answers where `market` fails and nothing usable is kept; `sold` tell of sales, the best first.
    """

    def __init__(
        self,
        store: CacheEntryStore,
        market: ListingSource,
        freshness: Freshness,
        *,
        clock: Clock,
        meter: Meter,
        backup: ListingSource | None = None,
        sold: Sequence[SalesSource] = (),
        waiting: WaitLimits = WaitLimits(),
    ) -> None:
        self._store, self._freshness, self._waiting = store, freshness, waiting
        self._market, self._backup, self._sold = market, backup, tuple(sold)
        self._clock, self._meter = clock, meter
        self._flights: dict[CacheKey, asyncio.Task[Answer]] = {}
        # Those that were forgotten under way too: they end, but what they bring is not kept.
        self._airborne: set[asyncio.Task[Answer]] = set()

    async def get_or_fetch(self, question: Question) -> Answer:
        """The asks: cached while fresh, else the market's, else stale within `max_stale`, else the backup's.

        Raises CallFailed, the market's, when it fails and nothing else answers, and when it refuses the
        question itself.
        """
        key = key_of(question)
        kept = self.get(question)
        if kept and not kept.stale:
            self._meter.count("cache.hit")
            return kept
        return await self._fly(key, lambda: self._fetch(question, kept))

    async def sold(self, question: Question) -> Answer:
        """What was sold, from the first who tells of enough sales. It never fails: no sales is an answer.

        `error` then says why there are none, if it is because somebody failed.
        """
        ask = ask_of(question)
        found: list[Answer] = []
        for place in self._sold:
            if place.answers(ask):
                found.append(await self._sales(question, place))
                if sum(x.price is not None for x in found[-1].snapshot.listings) >= ENOUGH_SALES:
                    return found[-1]
        nothing = _nothing(self._clock.now())
        return next((answer for answer in found if not answer.negative), found[0] if found else nothing)

    async def priced(
        self, question: Question, price: Callable[[Answer], Comps], patience: Seconds = SALES_PATIENCE
    ) -> tuple[Answer, Comps]:
        """Comps on sales where at least five have a total, else on asks; never on both.

        `price` selects and summarises an answer by its basis. Raises CallFailed when the asks fail and
        there are not enough sales.
        """
        if not self._sold:
            answer = await self.get_or_fetch(question)
            return answer, price(answer)
        ends = _in(self._waiting.total)
        selling = asyncio.create_task(self.sold(question))
        try:
            asks = await self._asks(question)
            await asyncio.wait([selling], timeout=min(patience, _left(ends)))
            if selling.done():
                sales = _with_shipping(selling.result(), asks)
                comps = price(sales)
                if comps.statistics.n >= ENOUGH_SALES:
                    return sales, comps
        finally:
            selling.cancel()  # only the waiting: its flight goes on
        if isinstance(asks, CallFailed):
            raise asks
        return asks, price(asks)

    def get(self, question: Question, api: Api = Api.EBAY, basis: Basis = Basis.ASK) -> Answer | None:
        """What is kept, fresh or stale; None beyond `max_stale`."""
        now, entry = self._clock.now(), self._store.get(key_of(question, api, basis))
        if entry is None or now >= entry.expires_at + self._freshness.max_stale:
            return None
        return _cached(entry, now, api, basis)

    async def set(
        self, question: Question, snapshot: Snapshot, api: Api = Api.EBAY, basis: Basis = Basis.ASK
    ) -> Answer:
        """Keep an answer; an older one never replaces a newer one."""
        answer = self._fresh(question, snapshot, api, basis)
        entry = CacheEntry(snapshot, answer.fetched_at, answer.expires_at)
        await self._store.put(key_of(question, api, basis), entry)
        return answer

    async def delete(self, question: Question) -> int:
        """Forget every answer to `question`, of any market and basis; how many there were."""
        return sum([await self.forget(str(key)) for key in keys_of(question)])

    async def forget(self, key: str) -> int:
        """Forget the answer that is kept under `key`, one under way included; how many there were."""
        for flight in [k for k in self._flights if str(k) == key]:
            del self._flights[flight]
        return await self._store.delete(key)

    async def clear(self) -> int:
        """Forget everything, answers under way included; how many were kept."""
        self._flights.clear()
        return await self._store.clear()

    def stats(self) -> dict[str, float]:
        """How many answers are kept, and how many of them have expired (they are the fallback)."""
        total, expired = self._store.counts(self._clock.now())
        return {
            "totalEntries": total,
            "expiredEntries": expired,
            "activeEntries": total - expired,
            "percentExpired": round(100 * expired / total, 1) if total else 0.0,
        }

    async def aclose(self) -> None:
        """End the calls that nobody waits for any more."""
        for flight in self._airborne:
            flight.cancel()
        if self._airborne:
            await asyncio.wait(self._airborne)

    async def _asks(self, question: Question) -> Answer | CallFailed:
        try:
            return await self.get_or_fetch(question)
        except CallFailed as error:
            return error

    async def _fly(self, key: CacheKey, fetch: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        flight = self._flights.get(key)
        if flight is None:
            self._meter.count("cache.miss")
            flight = asyncio.create_task(fetch())
            self._flights[key] = flight
            self._airborne.add(flight)
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: who stops waiting must not end the call for the others.
        return await asyncio.shield(flight)

    def _landed(self, key: CacheKey, flight: asyncio.Task[Answer]) -> None:
        self._airborne.discard(flight)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # every waiter may have left; the failure is measured, not unheard

    async def _land(self, flight: CacheKey, question: Question, snapshot: Snapshot, api: Api) -> Answer:
        """Keep what a flight brought, unless it was forgotten meanwhile: what is cleared stays cleared."""
        basis = Basis(flight.kind)
        if self._flights.get(flight) is asyncio.current_task():
            return await self.set(question, snapshot, api, basis)
        return self._fresh(question, snapshot, api, basis)

    def _fresh(self, question: Question, snapshot: Snapshot, api: Api, basis: Basis) -> Answer:
        expires = self._freshness.expiry(question, snapshot, basis)
        return Answer(snapshot, snapshot.fetched_at, expires, "fresh", api=api, basis=basis)

    async def _fetch(self, question: Question, kept: Answer | None) -> Answer:
        ask, ends = ask_of(question), _in(self._waiting.total)
        known = known_of(kept.snapshot.listings) if kept else {}
        # The backup is asked in the time that somebody waits, so some of it is kept for it.
        spare = self._waiting.spare if self._backup and self._in_need(question) is None else Seconds(0.0)

        async def read() -> Snapshot:
            return await self._market.search(ask, interactive=True, within=Seconds(_left(ends) - spare))

        try:
            snapshot = await ask_surely(read, Api.EBAY, ask, known, self._meter)
        except CallFailed as error:
            return await self._instead(question, error, ends)
        return await self._land(key_of(question), question, snapshot, Api.EBAY)

    async def _instead(self, question: Question, error: CallFailed, ends: float) -> Answer:
        """What is kept, however old, is free; the backup costs one of a month's few searches."""
        if error.caller_caused:  # an old answer would hide that the question is not one any more
            raise error
        answer = self._in_need(question)
        if answer:
            if answer.stale:
                self._meter.count("cache.stale")
            return answer._replace(error=error)
        within = _left(ends)
        snapshot = await ask_backup(self._backup, ask_of(question), {}, error, self._meter, within=within)
        answer = await self._land(key_of(question), question, snapshot, Api.SERPAPI)
        return answer._replace(error=error)

    def _in_need(self, question: Question) -> Answer | None:
        """What is served while the market fails; that there was nothing is believed only while fresh."""
        now = self._clock.now()
        found = usable(self._store, question, self._freshness, now)
        answer = _cached(found[1], now, found[0]) if found else None
        return None if answer and answer.negative and answer.stale else answer

    async def _sales(self, question: Question, place: SalesSource) -> Answer:
        kept = self.get(question, place.api, Basis.SOLD)
        if kept and not kept.stale:
            self._meter.count("cache.hit")
            return kept
        key = key_of(question, place.api, Basis.SOLD)
        return await self._fly(key, lambda: self._fetch_sales(question, place, kept))

    async def _fetch_sales(self, question: Question, place: SalesSource, kept: Answer | None) -> Answer:
        ask = ask_of(question)
        known = known_of(kept.snapshot.listings) if kept else {}
        try:
            snapshot = await ask_surely(lambda: place.sold(ask), place.api, ask, known, self._meter)
        except CallFailed as error:
            kept = self.get(question, place.api, Basis.SOLD)  # once more: it may have been cleared meanwhile
            if kept:
                self._meter.count("cache.stale")
            return (kept or _nothing(self._clock.now(), place.api))._replace(error=error)
        return await self._land(key_of(question, place.api, Basis.SOLD), question, snapshot, place.api)


def _cached(entry: CacheEntry, now: Instant, api: Api, basis: Basis = Basis.ASK) -> Answer:
    stale = not entry.is_fresh(now)
    return Answer(entry.snapshot, entry.fetched_at, entry.expires_at, "cached", stale, api=api, basis=basis)


def _in(seconds: Seconds) -> float:
    """The loop's time in so many seconds: waiting is measured by it, ages by the clock."""
    return asyncio.get_running_loop().time() + seconds


def _left(ends: float) -> Seconds:
    return Seconds(max(0.0, ends - asyncio.get_running_loop().time()))


def _nothing(now: Instant, api: Api = Api.EBAY) -> Answer:
    """No sold data: not kept, for nobody said so."""
    return Answer(Snapshot((), now), now, now, "fresh", api=api, basis=Basis.SOLD)


def _with_shipping(sales: Answer, asks: Answer | CallFailed) -> Answer:
    """A sale that does not tell its shipping has that of its listing, where that is on offer still."""
    if isinstance(asks, CallFailed):
        return sales
    known = {x.item_id: x.shipping for x in asks.snapshot.listings}
    told = tuple(
        x._replace(shipping=known.get(x.item_id)) if x.shipping is None else x
        for x in sales.snapshot.listings
    )
    return sales._replace(snapshot=sales.snapshot._replace(listings=told))
