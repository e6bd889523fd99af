"""The poller: claim due searches, ask the market, judge the watches, record it all in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.cadence import interval, next_day_start, sooner_for_auctions
from watcher.core.categories import ttl_of
from watcher.core.comps import Comps, Statistics
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError, public_error
from watcher.core.listing import Ask, Listing, Snapshot, Sort
from watcher.core.polls import PollResult, PricePoint, Seen, Sighting
from watcher.core.receipts import QuotaReader
from watcher.core.resilience.plausibility import Doubt, KnownPrices, far_below
from watcher.core.resilience.retry import Jitter, RetryPolicy
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Search, SearchId, Watch
from watcher.db.cache_entries import CacheEntryStore
from watcher.db.searches import SearchStore
from watcher.polling.comps_cache import Freshness, ask_of, key_of, usable
from watcher.polling.evaluation import Evaluation, Observation, evaluate_watches
from watcher.polling.verified_fetch import ask_backup, doubted
from watcher.ports import IS_RETRY, LOG_CONTEXT, ListingSource, Meter

log = logging.getLogger(__name__)

# Longer than any poll may take; a daemon that died leaves its searches for this long.
SEARCH_LEASE = Seconds(5 * MINUTE)
# A poll that begins so long after its claim may end too late: this process was frozen.
LATEST_START = Seconds(SEARCH_LEASE / 2)
# A price point is kept when the statistics moved, and at least so often.
POINT_EVERY = HOUR
# A listing that does not change is noted so often as still on offer.
NOTED_EVERY = DAY
# Searches whose listings are remembered in memory: 200 listings each are about 60 KB.
REMEMBERED_SEARCHES = 2_000
# Listings remembered of one search, those that are gone included.
MOST_SEEN = 5_000
# A poll waits so long for others to share its commit, while there are others under way.
COMPANY = Seconds(0.025)
# Once the retries are used up, a search whose cadence is longer is tried so often until it works again.
STILL_DOWN = Seconds(10 * MINUTE)
# When there are calls again, the searches that waited for them come back within so many seconds.
QUOTA_SPREAD = Seconds(600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What bounds the polling: calls a day, seconds between polls, polls at once, waits after failures.

    `patience`: so many seconds no poll ever takes, with all that it waits for.
    """

    daily_quota: int
    min_interval: Seconds
    concurrency: int
    retry: RetryPolicy
    freshness: Freshness
    patience: Seconds = SEARCH_LEASE


@dataclass(slots=True)
class _Memory:
    """What the last polls of a search showed: it decides what is asked and what is worth writing.

    `polled_at`: the poll it reflects. `partial`: that one did not see the whole market, or we do not know.
    `wide`: the market is larger than one page. `doubted` and `slips`: why the last answer was not believed,
    and which items would have alerted at a hundredth of the median; the same again is believed.
    """

    seen: dict[str, Seen]
    polled_at: Instant | None
    partial: bool
    wide: bool = False
    doubted: Doubt | None = None
    slips: frozenset[str] = frozenset()
    points: dict[str, tuple[Statistics, Instant]] = field(default_factory=dict)

    @property
    def known(self) -> KnownPrices:
        """What was on offer when it was last seen, as the next answer is held against."""
        return {item: s.price for item, s in self.seen.items() if not s.gone}


class _Doubted(CallFailed):
    """An answer that is hard to believe: a failed poll until the next one agrees or is like the others."""

    def __init__(self, what: str) -> None:
        super().__init__(
            Api.EBAY, Kind.MALFORMED, f"an answer that is hard to believe ({what}); looking again"
        )
        self.what = what


class _Answer(NamedTuple):
    """The market's answer, the entry to cache (None for a scan of a part), and what is judged."""

    snapshot: Snapshot
    cache: tuple[CacheKey, CacheEntry] | None
    observed: Observation


class Poller:
    """Polls what is due.

    `on_alert` is called when a poll put something into the outbox, `on_room` when there is room again
    for polls that had to wait. `quota_of` is asked for the receipt of an alert.
    """

    def __init__(
        self,
        store: SearchStore,
        cache: CacheEntryStore,
        market: ListingSource,
        pace: Pace,
        *,
        backup: ListingSource | None = None,
        jitter: Jitter,
        meter: Meter,
        name: str,
    ) -> None:
        self._store = store
        self._cache = cache
        self._market = market
        self._backup = backup
        self._pace = pace
        self._jitter = jitter
        self._meter = meter
        self._name = name
        self.on_alert: Callable[[], None] = lambda: None
        self.on_room: Callable[[], None] = lambda: None
        self.quota_of: QuotaReader = lambda _: None
        self._running: set[asyncio.Task[None]] = set()
        self._moved_at = 0.0
        self._asking = self._claims = 0
        self._memory: OrderedDict[SearchId, _Memory] = OrderedDict()
        # What the database was not there to take back: their leases would have to run out.
        self._held: list[Search] = []
        self.more_due = False
        self.finished = 0

    async def tick(self, now: Instant) -> int:
        """Start polling what is due, as much as there is room for; how many were started."""
        while self._held:
            await self._store.release(self._held[-1].lease, [self._held[-1].id])
            self._held.pop()
        room = self._pace.concurrency - len(self._running)
        # A lease of its own for each claim: what comes back after it was lost is refused, even by ourselves.
        self._claims += 1
        lease = f"{self._name}/{self._claims}"
        since = asyncio.get_running_loop().time()
        claimed = await self._store.claim(now, room, lease, SEARCH_LEASE)
        self.more_due = len(claimed) == room
        if not claimed:
            return 0
        try:
            watches = self._store.watches_of(s.id for s in claimed)
            active = self._store.active_searches()
        except WatcherError:
            self._held += claimed
            raise
        if not self._running:
            self._moved_at = asyncio.get_running_loop().time()
        for search in claimed:
            task = asyncio.create_task(self._guarded(search, watches.get(search.id, ()), active, now, since))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(claimed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._moved_at = asyncio.get_running_loop().time()
        # Half of the room at a time: one claim for many polls, and the wire never idles.
        if self.more_due and len(self._running) <= self._pace.concurrency // 2:
            self.more_due = False
            self.on_room()

    @property
    def stuck(self) -> bool:
        """Whether polls are under way and none has ended for longer than any may take."""
        still = asyncio.get_running_loop().time() - self._moved_at
        return bool(self._running) and still > self._pace.patience

    async def resume(self, calls: int, now: Instant) -> None:
        """There are `calls` again before the quota's new day: as many of the searches that wait come back."""
        if calls > 0:
            back = await self._store.expedite(
                Code.EBAY_RATE_LIMIT, next_day_start(now), calls, now, QUOTA_SPREAD
            )
            if back:
                log.info("the quota has calls again; searches come back", extra={"searches": back})

    async def settle(self) -> None:
        """Wait until every poll that was started has been recorded."""
        while self._running:
            await asyncio.wait(self._running)

    def holds(self, lease: str) -> bool:
        """Whether a lease is of a poll of this process."""
        return lease.startswith(f"{self._name}/")

    async def stop(self) -> None:
        """End the polls under way; their leases run out, and nothing of them is kept."""
        for task in self._running:
            task.cancel()
        await self.settle()

    async def _guarded(
        self, search: Search, watches: Sequence[Watch], active: int, now: Instant, since: float
    ) -> None:
        """One poll, claimed at `since` by the loop's clock; whatever goes wrong in it harms no other."""
        LOG_CONTEXT.set({"search": search.id, "poll": f"{search.id}-{round(now * 1000):x}"})
        IS_RETRY.set(search.attempt > 0)
        log.debug("claimed", extra={"query": search.question.query, "watches": len(watches)})
        try:
            late = asyncio.get_running_loop().time() - since
            if late > LATEST_START:
                log.warning("a poll is given up, %.0f s after its claim", late)
                await self._give_up(search)
                return
            await self._poll(search, watches, active, now)
            self.finished += 1
        except asyncio.CancelledError:
            await self._give_up(search)  # so that no other daemon waits for the lease to run out
            raise
        except WatcherError as error:
            log.warning("poll not recorded", extra={"code": error.code}, exc_info=error)
            await self._give_up(search)
        except Exception:
            log.exception("poll broke")
            self._memory.pop(search.id, None)  # its lease stays: at once again it would break again

    async def _give_up(self, search: Search) -> None:
        """Forget what was not recorded, and let the search be polled again soon."""
        self._memory.pop(search.id, None)
        try:
            await self._store.release(search.lease, [search.id])
        except WatcherError:
            self._held.append(search)

    async def _poll(self, search: Search, watches: Sequence[Watch], active: int, now: Instant) -> None:
        self._meter.timing("poll.lag", max(0.0, now - search.due_at))
        memory = self._remember(search)
        due = Instant(now + self._interval(search, watches, active))
        self._asking += 1
        try:
            answer = await self._ask(search, watches, memory, now)
        except CallFailed as error:
            await self._record_failure(search, error, due, now)
            return
        finally:
            self._asking -= 1
        evaluation = evaluate_watches(self._store, search, watches, answer.observed, memory.seen, now)
        if _new_slips(evaluation, memory):
            self._meter.count(f"suspicious.{Doubt.SLIPS}")
            await self._record_failure(search, _Doubted(Doubt.SLIPS), due, now)
            return
        polled = PollResult(
            search_id=search.id,
            lease=search.lease,
            due_at=search.due_at,
            at=now,
            next_due=self._next_due(due, now, watches, evaluation.comps),
            cache=answer.cache,
            points=_points(evaluation.comps, memory, now),
            sightings=_sightings(answer.snapshot, memory.seen, now),
            still_there=_still_there(answer.snapshot, memory.seen, now),
            judged=tuple(evaluation.changed),
            alerts=tuple(evaluation.alerts),
            evidence=tuple(replace(e, quota=self.quota_of(now)) for e in evaluation.evidence.values()),
            grounds=evaluation.grounds,
        )
        recorded = await self._store.record(polled, COMPANY if self._asking else Seconds(0.0))
        if not recorded.kept:
            self._memory.pop(search.id, None)
            log.warning("poll came too late; another daemon has its lease")
            return
        _note(memory, polled, answer.snapshot)
        self._meter.count("poll.ok")
        if log.isEnabledFor(logging.INFO):
            log.info("polled", extra=_figures(search, answer, evaluation.comps[""], recorded.alerts))
        if recorded.alerts:
            self.on_alert()

    def _remember(self, search: Search) -> _Memory:
        memory = self._memory.get(search.id)
        if memory is None or memory.polled_at != search.polled_at:  # another daemon has polled it since
            seen = self._store.seen(search.id)
            memory = self._memory[search.id] = _Memory(seen, search.polled_at, partial=bool(seen))
            if len(self._memory) > REMEMBERED_SEARCHES:
                self._memory.popitem(last=False)
        else:
            self._memory.move_to_end(search.id)
        return memory

    def _interval(self, search: Search, watches: Sequence[Watch], active: int) -> Seconds:
        wanted = [w.every for w in watches if w.every is not None]
        pace = self._pace
        return interval(
            min(wanted) if wanted else None,
            searches=active,
            daily_quota=pace.daily_quota,
            min_interval=pace.min_interval,
            ttl=ttl_of(search.question.category, pace.freshness.ttls),
        )

    def _next_due(
        self, due: Instant, now: Instant, watches: Sequence[Watch], comps: dict[str, Comps]
    ) -> Instant:
        starts = [at for watch in watches for at in watch.rule.poll_times(comps[watch.filters.key].selection)]
        return sooner_for_auctions(due, now, self._pace.min_interval, starts)

    async def _ask(self, search: Search, watches: Sequence[Watch], memory: _Memory, now: Instant) -> _Answer:
        """One call serves the scan and the comps while the market fits one page, or once they expired.

        Of a larger market the newest listings are asked for in between (the auctions that end soonest,
        where a watch waits for those), and judged among the cached comps. Raises CallFailed.
        """
        key = key_of(search.question)
        kept = self._cache.get(key) if memory.wide else None
        scan = kept is not None and kept.is_fresh(now) and all(w.baseline_at is not None for w in watches)
        between = Sort.ENDING if any(w.rule.about_auctions for w in watches) else Sort.NEWEST
        ask = ask_of(search.question, between if scan else Sort.BEST_MATCH)
        known = memory.known
        try:
            snapshot = await self._market.search(ask, interactive=False)
        except CallFailed as error:
            if usable(self._cache, search.question, self._pace.freshness, now):
                raise
            return await self._ask_backup(search, ask, known, error)
        reason = doubted(known, snapshot, ask, self._meter)
        if reason and not reason.is_confirmed_by(memory.doubted):
            memory.doubted = reason
            raise _Doubted(reason)
        memory.doubted = None
        listings: Sequence[Listing] = snapshot.listings
        cache, present = None, None
        if scan and kept is not None and not snapshot.complete:
            merged = {x.item_id: x for x in kept.snapshot.listings}
            merged.update((x.item_id, x) for x in snapshot.listings)
            listings, present = tuple(merged.values()), frozenset(x.item_id for x in snapshot.listings)
        else:
            expires = self._pace.freshness.expiry(search.question, snapshot)
            cache = (key, CacheEntry(snapshot, snapshot.fetched_at, expires))
        sure = snapshot.complete and not memory.partial
        trusted = not snapshot.ignored_filters
        observed = Observation(listings, snapshot.fetched_at, present, sure, trusted, Api.EBAY)
        return _Answer(snapshot, cache, observed)

    async def _ask_backup(self, search: Search, ask: Ask, known: KnownPrices, error: CallFailed) -> _Answer:
        """The backup's answer where eBay failed and nothing is kept. Raises eBay's failure."""
        snapshot = await ask_backup(self._backup, ask, known, error, self._meter)
        expires = self._pace.freshness.expiry(search.question, snapshot)
        kept = (key_of(search.question, Api.SERPAPI), CacheEntry(snapshot, snapshot.fetched_at, expires))
        trusted = not snapshot.ignored_filters
        observed = Observation(snapshot.listings, snapshot.fetched_at, None, False, trusted, Api.SERPAPI)
        return _Answer(snapshot, kept, observed)

    async def _record_failure(self, search: Search, error: CallFailed, due: Instant, now: Instant) -> None:
        """Only the schedule moves: the next attempt is a due time, not a sleeping task."""
        retry = self._pace.retry
        attempt = search.attempt + 1
        if error.kind is Kind.QUOTA:
            due, attempt = Instant(next_day_start(now) + self._jitter(0.0, QUOTA_SPREAD)), 0
        elif isinstance(error, NotSent) and error.transient:
            wait = error.retry_after if error.retry_after is not None else retry.maximum
            due, attempt = Instant(min(due, now + max(1.0, wait))), search.attempt
        elif error.transient and attempt <= retry.max_retries:
            due = Instant(now + retry.wait(attempt, self._jitter, error.retry_after))
        elif error.transient:
            due, attempt = Instant(min(due, now + STILL_DOWN)), retry.max_retries
        else:
            attempt = 0
        doubt = error.what if isinstance(error, _Doubted) else ""
        code = "" if doubt else public_error(error).code
        await self._store.record(
            PollResult(
                search.id, search.lease, search.due_at, now, due, attempt=attempt, error=code, doubt=doubt
            )
        )
        self._meter.count("poll.failed")
        log.warning(
            "poll failed",
            extra={
                "query": search.question.query,
                "code": error.code,
                "why": error.detail,
                "again_in": round(due - now),
            },
        )


def _new_slips(evaluation: Evaluation, memory: _Memory) -> frozenset[str]:
    """Items that would alert at a hundredth of the median and were not seen so before; noted for then."""
    if not evaluation.alerts:
        memory.slips = frozenset()
        return memory.slips
    known = memory.known
    far = {
        x.item_id
        for comps in evaluation.comps.values()
        for x in far_below(known, comps.selection.kept, comps.statistics.median)
    }
    alerting = {told.item_id for _, states in evaluation.alerts for told in states}
    before, memory.slips = memory.slips, frozenset(far & alerting)
    return memory.slips - before


def _points(comps: dict[str, Comps], memory: _Memory, now: Instant) -> tuple[PricePoint, ...]:
    points = []
    for key, found in comps.items():
        last = memory.points.get(key)
        if last is None or last[0] != found.statistics or now - last[1] >= POINT_EVERY:
            points.append(PricePoint(key, found.statistics))
    return tuple(points)


def _sightings(snapshot: Snapshot, seen: dict[str, Seen], now: Instant) -> tuple[Sighting, ...]:
    """What is new, changed, or gone; a listing is gone only if the whole market was seen without it."""
    found = []
    for x in snapshot.listings:
        before = seen.get(x.item_id)
        price = x.price or x.bid
        # As tuples, because those compare by identity first, and what did not change is mostly the same.
        if before is None or before[2:] != (price, x.shipping, False, x.bid_count):
            found.append(_sighting(x, now))
    if snapshot.complete:
        present = {x.item_id for x in snapshot.listings}
        found.extend(
            Sighting(item, now, s.price, s.shipping, "", gone=True)
            for item, s in seen.items()
            if not s.gone and item not in present
        )
    return tuple(found)


def _sighting(x: Listing, now: Instant) -> Sighting:
    return Sighting(
        x.item_id,
        now,
        x.price or x.bid,
        x.shipping,
        x.title,
        auction=x.price is None,
        bids=x.bid_count,
        ends_at=x.ends_at if x.auction else None,  # of a fixed price it is a renewal, no end
        listed_at=x.created_at,
    )


def _still_there(snapshot: Snapshot, seen: dict[str, Seen], now: Instant) -> tuple[Sighting, ...]:
    """What is on offer and was not noted for long: of what is never seen whole nothing is ever told gone."""
    return tuple(
        _sighting(x, now)
        for x in snapshot.listings
        if (s := seen.get(x.item_id)) and now - s.seen_at >= NOTED_EVERY
    )


def _note(memory: _Memory, polled: PollResult, snapshot: Snapshot) -> None:
    memory.wide = memory.partial = not snapshot.complete
    memory.polled_at = polled.at
    for point in polled.points:
        memory.points[point.filters] = (point.statistics, polled.at)
    for s in polled.sightings:
        before = memory.seen.get(s.item_id)
        first = before.first_seen if before else s.seen_at
        memory.seen[s.item_id] = Seen(first, s.seen_at, s.price, s.shipping, s.gone, s.bids)
    for s in polled.still_there:
        memory.seen[s.item_id] = memory.seen[s.item_id]._replace(seen_at=polled.at)
    if len(memory.seen) > MOST_SEEN:
        # What is gone first, then what was seen first: the store still knows it.
        oldest = sorted(memory.seen, key=lambda i: (not memory.seen[i].gone, memory.seen[i].first_seen))
        for item in oldest[: MOST_SEEN // 2]:
            del memory.seen[item]


def _figures(search: Search, answer: _Answer, comps: Comps, made: Sequence[str]) -> dict[str, object]:
    stats = comps.statistics
    return {
        "query": search.question.query,
        "listings": len(answer.observed.listings),
        "kept": len(comps.selection.kept),
        "n": stats.n,
        "median": str(stats.median) if stats.median else "none",
        "alerts": ",".join(made) or "none",
    }
