"""The poller: claim due searches, fetch answers, evaluate watches, record each poll in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from watcher.core.alerts import Alert
from watcher.core.cadence.windows import next_day_start
from watcher.core.comps import Basis, Comps
from watcher.core.contained import containing
from watcher.core.deliveries import Delivery, MessageTerms
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError, public_error
from watcher.core.known_verdicts import RecentVerdicts
from watcher.core.listing import Snapshot
from watcher.core.polls import PollResult, RecordOutcome, UnrecordedPoll
from watcher.core.receipts import QuotaUse
from watcher.core.resilience.plausibility import Suspicion
from watcher.core.resilience.retry import Jitter, RetryPolicy
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import Inquiry, Search, SearchId, Watch
from watcher.db.searches import SearchStore
from watcher.polling.comps_cache import cache_key
from watcher.polling.contained import share_answer
from watcher.polling.evaluation import Evaluation, Observation, evaluate_watches, with_profile
from watcher.polling.fetch import Fetcher, SuspiciousAnswer, loop_time
from watcher.polling.planning import Findings, Planner
from watcher.polling.scans import read_market
from watcher.polling.search_memory import SearchMemories, SearchMemory
from watcher.polling.second_look import SecondLook
from watcher.polling.turns import LoopTurns, PollStep
from watcher.ports import IS_RETRY, LOG_CONTEXT, Meter

log = logging.getLogger(__name__)

# Seconds; longer than any poll may take. The searches of a daemon that died wait this long.
SEARCH_LEASE = Seconds(5 * MINUTE)
# Seconds from claim to start. A poll that starts later may outlive its lease: this process was frozen.
LATEST_START = Seconds(SEARCH_LEASE / 2)
# Seconds that a finished poll waits for other polls under way, or for a claim, so that they share a commit.
SHARED_COMMIT_WAIT = Seconds(0.025)
# Seconds between attempts once the retries are used up, for a search whose cadence is longer.
FAILING_INTERVAL = Seconds(10 * MINUTE)
# Seconds over which searches that waited for quota are spread when there is quota again.
QUOTA_SPREAD = Seconds(600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingLimits:
    """Concurrent polls, and waits after failures.

    `max_duration`: the seconds that no poll exceeds, everything it waits for included.
    """

    concurrency: int
    retry: RetryPolicy
    max_duration: Seconds = SEARCH_LEASE


class Poller:
    """Polls due searches.

    `terms_of` returns the terms on which the commit that records alerts to these destinations leases their
    messages, None if it leases none. `on_alert` is called when a poll added messages to the outbox, with
    those it leased and when; `on_room` when more polls may start,
    `on_polled` with the search and its watches when a poll was recorded, failed ones too.
    `on_judged` is called with what a poll observed and its evaluation before that is recorded.
    `quota_of` returns the quota for the receipt of an alert, `accuracy_of` how wrong medians of a category
    were on a basis, in a sentence for its message.
    """

    def __init__(
        self,
        store: SearchStore,
        fetcher: Fetcher,
        planner: Planner,
        limits: PollingLimits,
        *,
        jitter: Jitter,
        meter: Meter,
        name: str,
        second_look: SecondLook = SecondLook(()),
    ) -> None:
        self._second_look = second_look
        self._store = store
        self._fetcher = fetcher
        self._planner = planner
        self._limits = limits
        self._jitter = jitter
        self._meter = meter
        self._name = name
        self.terms_of: Callable[[Collection[str]], MessageTerms | None] = lambda _: None
        self.on_alert: Callable[[Sequence[Delivery], Instant], None] = lambda _leased, _at: None
        self.on_room: Callable[[], None] = _ignore
        self.on_polled: Callable[[SearchId, Sequence[Watch]], None] = lambda _search, _watches: None
        self.quota_of: Callable[[Instant], QuotaUse | None] = lambda _: None
        self.on_judged: Callable[[Search, Sequence[Watch], Observation, Evaluation, Instant], None] = (
            lambda _search, _watches, _observed, _evaluation, _now: None
        )
        self.accuracy_of: Callable[[str, Basis], str] = lambda _category, _basis: ""
        self._running: set[asyncio.Task[None]] = set()
        # The loop's time at which the last poll ended, or the first one started.
        self._progress_at = 0.0
        self._recording = self._claims = 0
        self._is_claim_near = False
        self._turns = LoopTurns()
        self._memories = SearchMemories(store)
        self._verdicts = RecentVerdicts()
        # Polls that could not be released or postponed; otherwise their leases would have to run out.
        self._unreleased: list[Search] = []
        self._unpostponed: list[UnrecordedPoll] = []
        self.more_due = False
        self.finished = 0

    async def tick(self, now: Instant) -> int:
        """Start polling due searches, as many as there is room for; return how many were started."""
        await self.end_polls_that_failed()
        await self._planner.update(now)
        places, room = self._planner.room(now, self._limits.concurrency - self._busy)
        # Each claim has its own lease: once it is lost, even to this process, its result is refused.
        self._claims += 1
        lease = f"{self._name}/{self._claims}"
        claimed_at = loop_time()
        self._is_claim_near = False
        claimed = await self._store.claim_due(now, places, lease, SEARCH_LEASE, room)
        self._planner.note_claims(claimed, now)
        self.more_due = len(claimed) == places
        if not claimed:
            return 0
        try:
            watches = self._store.watches_of(s.id for s in claimed)
        except WatcherError:
            self._unreleased += claimed
            raise
        if not self._running:
            self._progress_at = loop_time()
        for search in claimed:
            poll = self._guarded_poll(search, watches.get(search.id, ()), now, claimed_at)
            task = asyncio.create_task(poll, name=search.question.key)
            self._running.add(task)
            task.add_done_callback(self._end)
        return len(claimed)

    async def end_polls_that_failed(self) -> None:
        """Release and postpone what could not be when its poll ended. Raises WatcherError."""
        while self._unreleased:
            await self._store.release(self._unreleased[-1].lease, [self._unreleased[-1].id])
            self._unreleased.pop()
        while self._unpostponed:
            await self._store.postpone(self._unpostponed[-1])
            self._unpostponed.pop()

    @property
    def _busy(self) -> int:
        """The polls that need a place; one that only waits for its commit does not."""
        return len(self._running) - self._recording

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._progress_at = loop_time()
        self._announce_room()

    def _announce_room(self) -> None:
        """Have searches claimed again when half of the room is free.

        One claim starts many polls, and calls never pause. It shares the commit of the polls now recorded.
        """
        is_room = self._busy <= self._limits.concurrency // 2 and not self._turns.is_awaited
        if self.more_due and is_room and self.on_room is not _ignore:
            self.more_due, self._is_claim_near = False, True
            self.on_room()

    @property
    def stuck(self) -> bool:
        """Whether polls are under way and none has ended for longer than any poll may take."""
        return bool(self._running) and loop_time() - self._progress_at > self._limits.max_duration

    async def resume(self, calls: int, now: Instant) -> None:
        """Make up to `calls` of the searches due that wait for tomorrow's quota."""
        if calls > 0:
            resumed = await self._store.expedite(
                Code.EBAY_RATE_LIMIT, next_day_start(now), calls, now, QUOTA_SPREAD
            )
            if resumed:
                log.info("quota restored; polling resumes", extra={"searches": resumed})

    def next_poll(self, now: Instant) -> Instant | None:
        """Return about when the next poll may start, None if none is due or planned."""
        return self._planner.next_poll(
            now, self._store.next_due(paced=False), self._store.next_due(paced=True)
        )

    async def settle(self) -> None:
        """Wait until every poll under way has been recorded."""
        while self._running:
            await asyncio.wait(self._running)

    def holds(self, lease: str) -> bool:
        """Return whether a lease belongs to a poll of this process."""
        return lease.startswith(f"{self._name}/")

    async def stop(self) -> None:
        """Cancel the polls under way and release their searches; nothing of them is recorded."""
        for task in self._running:
            task.cancel()
        await self.settle()

    async def _guarded_poll(
        self, search: Search, watches: Sequence[Watch], now: Instant, claimed_at: float
    ) -> None:
        """Poll a search so that no failure affects other polls. `claimed_at` is the loop's time."""
        LOG_CONTEXT.set({"search": search.id, "poll": f"{search.id}-{round(now * 1000):x}"})
        IS_RETRY.set(search.attempt > 0)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("claimed", extra={"query": search.question.query, "watches": len(watches)})
        try:
            delay = loop_time() - claimed_at
            if delay > LATEST_START:
                log.warning("poll abandoned: it started %.0f s after its claim", delay)
                await self._release(search)
                return
            await self._wait_for_wider_poll(search)
            await self._turns.take(PollStep.START)
            await self._poll(search, watches, now)
        except asyncio.CancelledError:
            await self._release(search)  # so that no other daemon waits for the lease to end
            raise
        except WatcherError as error:
            log.warning("poll not recorded", extra={"code": error.code}, exc_info=error)
            code = error.code
        except Exception:
            log.exception("unexpected error in a poll")
            code = Code.INTERNAL_ERROR
        else:
            self.finished += 1
            self.on_polled(search.id, watches)
            return
        failed_at = Instant(now + loop_time() - claimed_at)
        turn = self._planner.turn_unseen(search, watches, now)
        await self._postpone(search, turn.due, code, failed_at)

    async def _wait_for_wider_poll(self, search: Search) -> None:
        """Wait for a poll under way whose answer this one may share."""
        wider = containing(search.question)
        if wider and (other := [task for task in self._running if task.get_name() == wider.key]):
            await asyncio.wait(other)

    async def _postpone(self, search: Search, due: Instant, code: Code, now: Instant) -> None:
        """Poll a search again after the ordinary backoff, although nothing of its poll was recorded.

        Its call is spent, so an immediate repetition would use up the quota. `due` is due by its cadence.
        """
        self._memories.forget(search.id)
        self._meter.count("poll.failed")
        due, attempt = self._after_transient_failure(search.attempt + 1, due, now, None)
        poll = UnrecordedPoll(search.id, search.lease, search.due_at, due, attempt, code)
        try:
            await self._store.postpone(poll)
        except WatcherError:
            self._unpostponed.append(poll)

    async def _release(self, search: Search) -> None:
        """Give up a poll that was not made, so that its search is polled again soon."""
        self._memories.forget(search.id)
        try:
            await self._store.release(search.lease, [search.id])
        except WatcherError:
            self._unreleased.append(search)

    async def _poll(self, search: Search, watches: Sequence[Watch], now: Instant) -> None:
        self._meter.timing("poll.lag", max(0.0, now - search.due_at))
        memory = self._memories.of(search)
        try:
            answer, observed = await read_market(self._fetcher, search, watches, memory, now)
            await self._turns.take(PollStep.JUDGE)
        except CallFailed as error:
            if isinstance(error, SuspiciousAnswer):
                memory.suspicion = error.suspicion
            await self._record_failure(search, watches, error, now)
            return
        if observed.is_shared:
            self._planner.note_unsent()
        is_narrowed = observed.is_narrowed
        sightings = memory.new_sightings(answer.snapshot, now, is_narrowed=is_narrowed)
        is_market = answer.api is Api.EBAY and not is_narrowed
        is_due = is_market and memory.is_profile_due(len(sightings), len(observed.listings))
        observed = with_profile(search, observed, is_due=is_due)
        observed, evaluation = await self._evaluate(search, watches, observed, memory, now)
        if evaluation is None:
            await self._record_slips(search, watches, now)
            return
        if not evaluation.alerts:
            await self._turns.take(PollStep.RECORD)
        findings = Findings(answer, observed, evaluation, memory, sightings)
        turn = self._planner.learn(search, watches, findings, now)
        entry = self._fetcher.cache.entry_of(answer)
        promised = self._planner.promised(search, watches, now) if evaluation.alerts else None
        polled = PollResult(
            search_id=search.id,
            lease=search.lease,
            due_at=search.due_at,
            at=now,
            next_due=turn.due,
            paced=turn.paced,
            bounds=turn.bounds,
            learned=turn.learned,
            unreadable=answer.snapshot.unreadable,
            profile=None if (profile := observed.background.profile) == search.profile else profile,
            # One page of a larger market does not answer the whole question.
            cache=(cache_key(search.question, answer.api), entry) if observed.present is None else None,
            points={} if is_narrowed else memory.new_points(evaluation.comps, now),
            is_full_scan=observed.is_full_scan,
            sightings=sightings,
            still_there=memory.still_there(answer.snapshot, now),
            judged=tuple(evaluation.changed),
            alerts=tuple((self._with_facts(alert, promised), states) for alert, states in evaluation.alerts),
            evidence=tuple(replace(e, quota=self.quota_of(now)) for e in evaluation.evidence.values()),
            grounds=evaluation.grounds,
        )
        recorded = await self._record(polled)
        if recorded is None:
            return
        memory.update(polled, answer.snapshot, evaluation.comps[""].selection.kept, is_narrowed=is_narrowed)
        self._memories.keep(search.id, memory)
        if log.isEnabledFor(logging.INFO):
            log.info("polled", extra=_log_fields(search, observed, evaluation.comps[""], recorded.alerts))
        if observed.is_full_scan and observed.present is None:
            await self._share(search, memory, answer.snapshot, now)

    async def _record_slips(self, search: Search, watches: Sequence[Watch], now: Instant) -> None:
        """Record that an alert would be hard to believe."""
        self._meter.count(f"suspicious.{Suspicion.SLIPS}")
        slips = SuspiciousAnswer(Api.EBAY, Suspicion.SLIPS, "the next poll reads it again")
        await self._record_failure(search, watches, slips, now)

    async def _record(self, polled: PollResult) -> RecordOutcome | None:
        """Record a poll; return None if its lease has ended, so that nothing of it was recorded."""
        self._recording += 1
        try:
            # Without other polls under way or a claim to come, and with an alert, commit at once.
            self._announce_room()
            is_shared = (self._is_claim_near or self._busy) and not polled.alerts
            wait = SHARED_COMMIT_WAIT if is_shared else Seconds(0.0)
            recording = self._record_alerts(polled) if polled.alerts else self._store.record(polled, wait)
            recorded = await recording
        finally:
            self._recording -= 1
        if not recorded.kept:
            self._memories.forget(polled.search_id)
            log.warning("poll not recorded: its lease has ended")
            return None
        self._meter.count("poll.ok")
        return recorded

    async def _record_alerts(self, polled: PollResult) -> RecordOutcome:
        """Record a poll at once, and have the messages sent that the commit leased."""
        terms = self.terms_of({alert.to for alert, _ in polled.alerts})
        recording = asyncio.ensure_future(self._store.record(replace(polled, terms=terms)))

        def send(recorded: asyncio.Future[RecordOutcome]) -> None:
            if not (recorded.cancelled() or recorded.exception()) and (made := recorded.result()).alerts:
                self.on_alert(made.leased, polled.at if terms is None else terms.now)

        recording.add_done_callback(send)
        with self._turns.alert_on_its_way():
            try:
                return await asyncio.shield(recording)
            except asyncio.CancelledError:
                with contextlib.suppress(WatcherError):
                    await recording  # what it leases must not wait until that lease ends
                raise

    async def _share(self, search: Search, memory: SearchMemory, snapshot: Snapshot, now: Instant) -> None:
        """Have the searches polled that a recorded answer contains; without it their own polls come later."""
        try:
            if await share_answer(self._store, search, memory, snapshot, now):
                self.on_room()
        except WatcherError as error:
            log.warning("an answer was not shared", extra={"code": error.code}, exc_info=error)

    def _with_facts(self, alert: Alert, promised: float | None) -> Alert:
        accuracy = "" if alert.median is None else self.accuracy_of(alert.category, Basis(alert.basis))
        return replace(alert, accuracy=accuracy, promised=promised)

    async def _evaluate(
        self,
        search: Search,
        watches: Sequence[Watch],
        observed: Observation,
        memory: SearchMemory,
        now: Instant,
    ) -> tuple[Observation, Evaluation | None]:
        """Return what a second look adds to what was observed, and the evaluation.

        None instead if an alert is hard to believe.
        """

        def evaluate(what: Observation) -> Evaluation:
            return evaluate_watches(self._store, search, watches, what, memory.seen, now, self._verdicts)

        observed = self._second_look.recall(search.question, observed, memory)
        first = evaluate(observed)
        if memory.find_new_slips(first.comps, first.alerts):
            return observed, None
        inquiry = Inquiry(search.question, _common_category(watches))
        observed, evaluation = await self._second_look.settle(inquiry, observed, first, evaluate, memory, now)
        if evaluation is not first and memory.find_new_slips(evaluation.comps, evaluation.alerts):
            return observed, None
        self.on_judged(search, watches, observed, evaluation, now)
        return observed, evaluation

    def _after_transient_failure(
        self, attempt: int, due: Instant, now: Instant, retry_after: float | None
    ) -> tuple[Instant, int]:
        """Return when to try again, and the attempt to record, after the failure of an attempt."""
        retry = self._limits.retry
        if attempt <= retry.max_retries:
            return Instant(now + retry.wait(attempt, self._jitter, retry_after)), attempt
        return Instant(min(due, now + FAILING_INTERVAL)), retry.max_retries

    async def _record_failure(
        self, search: Search, watches: Sequence[Watch], error: CallFailed, now: Instant
    ) -> None:
        """Record the time of the next attempt; no task sleeps until then."""
        retry, turn = self._limits.retry, self._planner.turn_unseen(search, watches, now)
        if isinstance(error, NotSent):
            self._planner.note_unsent()
        due, attempt = turn.due, search.attempt + 1
        paced = turn.paced and not error.transient
        if error.kind is Kind.QUOTA:
            again = next_day_start(now) if error.retry_after is None else now + error.retry_after
            due, attempt = Instant(again + self._jitter(0.0, QUOTA_SPREAD)), 0
            paced = turn.paced
        elif _is_pause(error):
            wait = error.retry_after if error.retry_after is not None else retry.maximum
            due, attempt = Instant(min(due, now + max(1.0, wait))), search.attempt
        elif error.transient:
            due, attempt = self._after_transient_failure(attempt, due, now, error.retry_after)
        else:
            attempt = 0
        suspicion = error.suspicion if isinstance(error, SuspiciousAnswer) else ""
        await self._store.record(
            PollResult(
                search.id,
                search.lease,
                search.due_at,
                now,
                due,
                attempt=attempt,
                bounds=turn.bounds,
                paced=paced,
                error="" if suspicion else public_error(error).code,
                suspicion=suspicion,
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


def _ignore() -> None:
    """Take no notice."""


def _log_fields(
    search: Search, observed: Observation, comps: Comps, alert_ids: Sequence[str]
) -> dict[str, object]:
    stats = comps.statistics
    return {
        "query": search.question.query,
        "listings": len(observed.listings),
        "kept": len(comps.selection.kept),
        "n": stats.n,
        "median": str(stats.median) if stats.median else "none",
        "alerts": ",".join(alert_ids) or "none",
    }


def _common_category(watches: Sequence[Watch]) -> str:
    """Return the category that all watches name; empty if they differ."""
    named = {w.category for w in watches}
    return named.pop() if len(named) == 1 else ""


def _is_pause(error: CallFailed) -> bool:
    """Return whether calls are paused for a while: nothing was sent, or eBay just refused our credentials."""
    if error.kind is Kind.CREDENTIALS:
        return error.retry_after is not None
    return isinstance(error, NotSent) and error.transient
