"""The only path to an answer, for polls and for interactive calls.

The stages: cache, single-flight, market, check for a suspicious answer, fallback, cache entry. A poll differs
on purpose in four of them. It always asks the market. It makes one attempt; a suspicious answer is read again
by the next poll. It asks the backup only if nothing usable is cached. Its caller stores the answer, in the
poll's own transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from watcher.core.comps import Basis, Comps
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Snapshot, Sort
from watcher.core.marketplaces import currency_of
from watcher.core.narrowing import Narrowing
from watcher.core.resilience.plausibility import KnownPrices, Suspicion, find_suspicion, known_prices
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Inquiry, Question
from watcher.polling.comps_cache import Answer, CompsCache, cache_key
from watcher.ports import ListingSource, Meter, SalesSource

log = logging.getLogger(__name__)

# Sales with a total; with fewer, comps are based on asks.
MIN_SALES = 5
# How long a call for comps waits for sales; sales that arrive later are cached for the next call.
SALES_WAIT_SECONDS = Seconds(10.0)


class WaitLimits(NamedTuple):
    """Seconds an interactive call may take in total, and seconds of a single attempt."""

    total: Seconds
    attempt: Seconds

    @property
    def spare(self) -> Seconds:
        """Seconds kept for an attempt of the backup, without shortening the market's first attempt."""
        return min(self.attempt, Seconds(self.total - self.attempt))


@dataclass(frozen=True, slots=True)
class PollRequest:
    """What a poll adds to its question.

    `sort`: which page of a large market to read. `known`: prices seen by earlier polls. `suspected`: why the
    previous answer was not believed; a similar one is now believed. `narrowing`: what the answer is limited
    to.
    """

    now: Instant
    sort: Sort
    known: KnownPrices
    suspected: Suspicion | None
    narrowing: Narrowing = Narrowing()


class SuspiciousAnswer(CallFailed):
    """An answer that is hard to believe and was not confirmed by a second one."""

    def __init__(self, api: Api, suspicion: Suspicion, what_next: str) -> None:
        super().__init__(api, Kind.MALFORMED, f"a suspicious answer ({suspicion}); {what_next}")
        self.suspicion = suspicion


def ask_of(question: Question) -> Ask:
    """Return what the market is asked."""
    return Ask(question.query, question.condition, question.marketplace, question.category)


async def read_checked(
    read: Callable[[], Awaitable[Snapshot]],
    api: Api,
    ask: Ask,
    known: KnownPrices,
    meter: Meter,
    poll: PollRequest | None = None,
) -> Snapshot:
    """Return the answer of `read`; a suspicious one must be confirmed.

    A poll's answer is confirmed by that of the previous poll, an interactive one by reading again.
    Raises CallFailed, SuspiciousAnswer.
    """
    snapshot = await read()
    suspicion = _check(known, snapshot, ask, meter)
    if suspicion is None or (poll and suspicion.is_confirmed_by(poll.suspected)):
        return snapshot
    if poll:
        raise SuspiciousAnswer(api, suspicion, "the next poll reads it again")
    second = await read()
    again = _check(known, second, ask, meter)
    if again is None or (again is suspicion and again.can_be_true):
        return second
    raise SuspiciousAnswer(api, again, "a second read did not confirm it")


class Fetcher:
    """Fetches answers to questions.

    `backup` is asked if `market` fails and nothing usable is cached; `sales` are sources of sold prices, the
    preferred one first.
    """

    def __init__(
        self,
        cache: CompsCache,
        market: ListingSource,
        meter: Meter,
        *,
        backup: ListingSource | None = None,
        sales: Sequence[SalesSource] = (),
        limits: WaitLimits,
    ) -> None:
        self.cache = cache
        self._market, self._backup, self._sales = market, backup, tuple(sales)
        self._meter, self._limits = meter, limits
        self._late_sales: set[asyncio.Task[Answer]] = set()

    async def fetch(self, inquiry: Inquiry, poll: PollRequest | None = None) -> Answer:
        """Return asking prices: from the cache if fresh, else the market, a stale answer, or the backup.

        Raises CallFailed: the market's error if there is no fallback or if the question itself is refused.
        """
        if poll is not None:
            return await self._fetch(inquiry, poll.known, poll)
        return await self._fetch_once(inquiry, Api.EBAY, Basis.ASK, lambda k: self._fetch(inquiry, k))

    async def fetch_sales(self, inquiry: Inquiry, category_id: str = "") -> Answer:
        """Return sold prices from the first source that has enough. An empty answer is not an error.

        `category_id`: eBay's category of the item, for a question that names none. `error` is set if a source
        failed.
        """
        ask = ask_of(inquiry.question)
        ask = ask._replace(category_id=ask.category_id or category_id)
        answers: list[Answer] = []
        for source in self._sales:
            if source.answers(ask):
                answers.append(await self._sales_from(source, inquiry, ask))
                if sum(x.price is not None for x in answers[-1].snapshot.listings) >= MIN_SALES:
                    return answers[-1]
        if not answers:
            return self.cache.no_sales()
        return next((answer for answer in answers if not answer.negative), answers[0])

    async def fetch_comps(
        self, inquiry: Inquiry, sales_wait: Seconds = SALES_WAIT_SECONDS
    ) -> tuple[Answer, Comps]:
        """Return comps based on sales if there are at least `MIN_SALES`, else on asks; never on both.

        Sales with a total come first, then sold prices without shipping. Raises CallFailed if the asks fail
        and there are not enough sales.
        """
        question = inquiry.question
        if not self._sales:
            answer = await self.fetch(inquiry)
            return answer, self.cache.comps_of(question, answer)
        deadline = loop_time() + self._limits.total
        pending_asks = asyncio.create_task(self._fetch_asks(inquiry))
        pending_sales = asyncio.create_task(self._sales_beside(inquiry, pending_asks))
        sales_error = None
        try:
            asks = await pending_asks
            await asyncio.wait([pending_sales], timeout=min(sales_wait, _time_left(deadline)))
            if pending_sales.done():
                sales = _with_shipping(pending_sales.result(), asks)
                for basis in (Basis.SOLD, Basis.SOLD_PRICE):
                    answer = sales._replace(basis=basis)
                    comps = self.cache.comps_of(question, answer)
                    if comps.statistics.n >= MIN_SALES:
                        return answer, comps
                sales_error = sales.error
        except BaseException:  # the caller has left, or the database failed
            pending_asks.cancel()
            pending_sales.cancel()
            raise
        self._keep(pending_sales)
        if isinstance(asks, CallFailed):
            raise asks
        return asks._replace(sales_error=sales_error), self.cache.comps_of(question, asks)

    def _keep(self, pending_sales: asyncio.Task[Answer]) -> None:
        """Let slow sales arrive and be stored for the next caller; closing the cache's flights ends them."""
        self._late_sales.add(pending_sales)
        pending_sales.add_done_callback(self._end_late_sales)

    def _end_late_sales(self, ended: asyncio.Task[Answer]) -> None:
        self._late_sales.discard(ended)
        if not ended.cancelled():
            ended.exception()  # no caller is left; asyncio would log it as never retrieved

    async def _fetch_asks(self, inquiry: Inquiry) -> Answer | CallFailed:
        try:
            return await self.fetch(inquiry)
        except CallFailed as error:
            return error

    async def _sales_beside(self, inquiry: Inquiry, asks: asyncio.Task[Answer | CallFailed]) -> Answer:
        """Return sold prices; a source that needs a category waits for the one that the asks show."""
        question = inquiry.question
        ask = ask_of(question)
        if ask.category_id or all(source.answers(ask) for source in self._sales):
            return await self.fetch_sales(inquiry)
        await asyncio.wait([asks])  # not awaited itself: cancelling this wait must not cancel it
        found = asks.result()
        category = "" if isinstance(found, CallFailed) else _category_of(self.cache.comps_of(question, found))
        return await self.fetch_sales(inquiry, category)

    def count_cache_hit(self) -> None:
        """Count an answer that a caller kept from the cache."""
        self._meter.count("cache.hit")

    async def _fetch_once(
        self,
        inquiry: Inquiry,
        api: Api,
        basis: Basis,
        fetch: Callable[[KnownPrices], Coroutine[Any, Any, Answer]],
    ) -> Answer:
        """Return the cached answer if it is fresh, else the result of one `fetch` for all callers."""
        cached = self.cache.get(inquiry, api, basis)
        if cached and not cached.stale:
            self._meter.count("cache.hit")
            return cached

        def start() -> Coroutine[Any, Any, Answer]:
            self._meter.count("cache.miss")
            return fetch(known_prices(cached.snapshot.listings) if cached else {})

        # A caller with another category may have started the flight.
        answer = await self.cache.flights.join(cache_key(inquiry.question, api, basis), start)
        return self.cache.aged(inquiry, answer)

    async def _fetch(self, inquiry: Inquiry, known: KnownPrices, poll: PollRequest | None = None) -> Answer:
        ask = ask_of(inquiry.question)
        if poll and (poll.sort is not ask.sort or poll.narrowing):
            ask = ask._replace(sort=poll.sort, band=poll.narrowing.band, sellers=poll.narrowing.sellers)
        deadline = None if poll else loop_time() + self._limits.total
        # If the backup is the only fallback, an interactive call keeps time for it.
        keep_spare = self._backup and not poll and self._stored_fallback(inquiry) is None
        spare = self._limits.spare if keep_spare else 0.0

        async def read() -> Snapshot:
            within = None if deadline is None else Seconds(_time_left(deadline) - spare)
            return await self._market.search(ask, interactive=poll is None, within=within)

        try:
            snapshot = await read_checked(read, Api.EBAY, ask, known, self._meter, poll)
        except CallFailed as error:
            # A stored answer would hide that the question is at fault.
            if error.caller_caused or (poll and isinstance(error, SuspiciousAnswer)):
                raise
            # The backup's answer serves as comps, so it is not narrowed.
            whole = ask._replace(band=None, sellers=())
            return await self._fall_back(inquiry, whole, error, deadline, poll)
        return await self._store(inquiry, snapshot, Api.EBAY)

    async def _fall_back(
        self,
        inquiry: Inquiry,
        ask: Ask,
        error: CallFailed,
        deadline: float | None,
        poll: PollRequest | None,
    ) -> Answer:
        """Return a stored answer, which is free, else the backup's.

        Raises `error` if there is neither, or if the backup's answer is suspicious: reading it again would
        cost another search of the month's quota.
        """
        if poll:
            if self.cache.usable_asks(inquiry, poll.now):
                raise error
        elif stored := self._stored_fallback(inquiry):
            if stored.stale:
                self._meter.count("cache.stale")
            return stored._replace(error=error)
        if self._backup is None:
            raise error
        within = None if deadline is None else _time_left(deadline)
        try:
            snapshot = await self._backup.search(ask, interactive=poll is None, within=within)
        except CallFailed as second:
            log.warning("the backup failed too", extra={"code": second.code, "why": second.detail})
            raise error from second
        if _check(poll.known if poll else {}, snapshot, ask, self._meter):
            raise error
        self._meter.count("fallback")
        log.info("eBay failed; the backup answered", extra={"query": ask.query, "code": error.code})
        return (await self._store(inquiry, snapshot, self._backup.api))._replace(error=error)

    def _stored_fallback(self, inquiry: Inquiry) -> Answer | None:
        """Return the asks to serve while the market fails; an empty answer only while it is fresh."""
        stored = self.cache.usable_asks(inquiry)
        return None if stored and stored.negative and stored.stale else stored

    async def _sales_from(self, source: SalesSource, inquiry: Inquiry, ask: Ask) -> Answer:
        api = source.api

        async def fetch(known: KnownPrices) -> Answer:
            try:
                snapshot = await read_checked(lambda: source.sold(ask), api, ask, known, self._meter)
            except CallFailed as error:
                level = logging.WARNING if error.kind is Kind.CREDENTIALS else logging.INFO
                log.log(level, "no sold prices from %s", api, extra={"code": error.code, "why": error.detail})
                stored = self.cache.get(inquiry, api, Basis.SOLD)  # it may have been cleared meanwhile
                if stored:
                    self._meter.count("cache.stale")
                return (stored or self.cache.no_sales(api))._replace(error=error)
            return await self._store(inquiry, snapshot, api, Basis.SOLD)

        return await self._fetch_once(inquiry, api, Basis.SOLD, fetch)

    async def _store(
        self, inquiry: Inquiry, snapshot: Snapshot, api: Api, basis: Basis = Basis.ASK
    ) -> Answer:
        """Return a fresh answer, stored if this is a flight that was not forgotten.

        What was cleared during a fetch stays cleared. A poll is not a flight; its caller stores the answer.
        Rows that could not be read are counted here, once per answer.
        """
        question = inquiry.question
        if snapshot.unreadable:
            self._meter.count("listing.unreadable", snapshot.unreadable)
            log.warning(
                "rows of an answer could not be read",
                extra={"query": question.query, "api": str(api), "rows": snapshot.unreadable},
            )
        flight = cache_key(question, Api.EBAY if basis is Basis.ASK else api, basis)
        if self.cache.flights.is_current(flight):
            return await self.cache.set(inquiry, snapshot, api, basis)
        return self.cache.new_answer(inquiry, snapshot, api, basis)


def _check(known: KnownPrices, snapshot: Snapshot, ask: Ask, meter: Meter) -> Suspicion | None:
    """Return why an answer is suspicious given the `known` prices; count and log it."""
    suspicion = find_suspicion(known, snapshot, currency_of(ask.marketplace))
    if suspicion:
        meter.count(f"suspicious.{suspicion}")
        log.warning(
            "an answer is suspicious",
            extra={"query": ask.query, "suspicion": suspicion, "listings": len(snapshot.listings)},
        )
    return suspicion


def _category_of(asks: Comps) -> str:
    """Return eBay's id of the category that most comparable listings are in; empty if they show none."""
    leaves = Counter(x.categories[0] for x in asks.selection.kept if x.categories)
    return max(leaves, key=lambda leaf: (leaves[leaf], leaf), default="")


def _with_shipping(sales: Answer, asks: Answer | CallFailed) -> Answer:
    """Return `sales`; a sale without shipping gets that of its listing, if that is still on offer."""
    if isinstance(asks, CallFailed):
        return sales
    shipping = {x.item_id: x.shipping for x in asks.snapshot.listings}
    listings = tuple(
        x._replace(shipping=shipping.get(x.item_id)) if x.shipping is None else x
        for x in sales.snapshot.listings
    )
    return sales._replace(snapshot=sales.snapshot._replace(listings=listings))


def loop_time() -> float:
    """Return the event loop's time: waiting is measured by it, age by the clock."""
    return asyncio.get_running_loop().time()


def _time_left(deadline: float) -> Seconds:
    return Seconds(max(0.0, deadline - loop_time()))
