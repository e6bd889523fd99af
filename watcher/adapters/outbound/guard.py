"""The one way out: every outside call goes through here, whatever it calls.

deadline → retry with budget → breaker → quota → bulkhead → attempt timeout → one sample → the call.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from watcher.adapters.outbound.bulkhead import Bulkhead, Full
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.monitoring.attempts import Attempt
from watcher.core.resilience.breaker import Breaker, BreakerRefusal, BreakerState, Outcome
from watcher.core.resilience.retry import Jitter
from watcher.core.times import Instant, Seconds
from watcher.ports import IS_RETRY, Clock, Meter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from watcher.core.resilience.retry import RetryPolicy
    from watcher.core.resilience.retry_budget import RetryBudget
    from watcher.polling.quota_blocks import QuotaBlocks

T = TypeVar("T")
log = logging.getLogger(__name__)
# The API answered; that it does not do what was asked is no sign of illness.
_ANSWERS = frozenset({Kind.QUOTA, Kind.DECLINED, Kind.REFUSED})
_UNGUARDED = 0  # a ticket where there is no breaker


class Deadline(NamedTuple):
    """When a whole call ends: after `seconds`, at `ends` by the monotonic clock.

    `interactive`: somebody waits for it.
    """

    limit: asyncio.Timeout
    seconds: Seconds
    ends: float
    interactive: bool


class Turn(NamedTuple):
    """One try of a whole call. `again`: it is not the first; `deadline` ends all of them."""

    again: bool = False
    deadline: Deadline | None = None


class Guard:
    """Deadline, retries, breaker, quota, bulkhead, attempt timeout and samples for the calls to one API.

    `attempt_timeout` and `deadline` are seconds: for one attempt with its body, and for everything. A
    stage that is not given is not there.
    """

    def __init__(  # noqa: PLR0913 - the composition root hands each in by name
        self,
        api: Api,
        policy: RetryPolicy,
        *,
        attempt_timeout: Seconds,
        deadline: Seconds,
        clock: Clock,
        monotonic: Callable[[], float],
        jitter: Jitter,
        meter: Meter,
        budget: RetryBudget | None = None,
        breaker: Breaker | None = None,
        allowance: QuotaBlocks | None = None,
        bulkhead: Bulkhead | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api, self._policy = api, policy
        self._attempt_timeout, self._deadline = attempt_timeout, deadline
        self._clock, self._monotonic, self._jitter = clock, monotonic, jitter
        self._meter, self._sleep = meter, sleep
        self._budget, self._breaker = budget, breaker
        self._allowance, self._bulkhead = allowance, bulkhead

    async def call(
        self,
        fn: Callable[[], Awaitable[T]],
        *,
        interactive: bool,
        within: Seconds | None = None,
        counts: bool = True,
    ) -> T:
        """Make a call that is one attempt, with retries where somebody waits for it.

        `within` as in `tries`. `counts` False: a token mint or a quota look-up, sampled only when it fails,
        and no part of the quota. Raises CallFailed, WatcherError.
        """

        async def one(turn: Turn) -> T:
            return await self.attempt(fn, turn, counts=counts)

        return await self.tries(one, interactive=interactive, within=within)

    async def tries(
        self, fn: Callable[[Turn], Awaitable[T]], *, interactive: bool, within: Seconds | None = None
    ) -> T:
        """Try `fn`, which makes any number of attempts, until it succeeds, is hopeless, or time is up.

        Interactive: transient failures are retried, and no try starts whose attempt cannot end before
        the deadline. Otherwise one try: the poller reschedules, it does not sleep. `within`: seconds that
        are left to whoever waits, where that is less than the deadline. Raises CallFailed, NotSent among
        them, and WatcherError where the quota ledger is out of reach.
        """
        if within is not None and within < self._attempt_timeout:
            raise NotSent(self._api, Kind.TIMEOUT, f"not sent: only {within:.1f} s are left")
        seconds = self._deadline if within is None else min(within, self._deadline)
        limit = asyncio.timeout(seconds)
        deadline = Deadline(limit, seconds, self._monotonic() + seconds, interactive)
        try:
            async with limit:
                if interactive:
                    return await self._repeat(fn, deadline)
                return await fn(Turn(deadline=deadline))
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise self._timed_out(seconds) from error

    async def attempt(self, fn: Callable[[], Awaitable[T]], turn: Turn = Turn(), *, counts: bool = True) -> T:
        """Make one attempt and take one sample of it; `counts` as in `call`. Raises as `tries` does.

        A bug (TypeError and the like) and a cancellation from outside pass through, without a sample.
        """
        ticket = self._admitted(counts=counts)
        charged_at = None
        if counts:
            try:
                charged_at = await self._enter(turn)
            except BaseException:
                self._settle(ticket, Outcome.NOTHING)
                raise
        try:
            return await self._send(fn, turn, ticket, charged_at, counts=counts)
        finally:
            if counts and self._bulkhead is not None:
                self._bulkhead.leave()

    @property
    def api(self) -> Api:
        """Whose calls these are."""
        return self._api

    @property
    def stance(self) -> BreakerState:
        """What the breaker does with a call."""
        return BreakerState.CLOSED if self._breaker is None else self._breaker.stance

    async def _repeat(self, fn: Callable[[Turn], Awaitable[T]], deadline: Deadline) -> T:
        turn = Turn(deadline=deadline)

        def wait(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            asked = failure.retry_after if isinstance(failure, CallFailed) else None
            return self._policy.wait(state.attempt_number, self._jitter, asked)

        def hopeless(state: RetryCallState) -> bool:
            now, nap = self._monotonic(), state.upcoming_sleep
            spent = state.attempt_number > self._policy.max_retries
            late = now + nap + self._attempt_timeout > deadline.ends
            refused = self._breaker is not None and self._breaker.wait(now) > nap
            return spent or late or refused or not (self._budget is None or self._budget.withdraw())

        async def one() -> T:
            nonlocal turn
            this, turn = turn, Turn(again=True, deadline=deadline)
            return await fn(this)

        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient), wait=wait, stop=hopeless, sleep=self._sleep, reraise=True
        )
        return await retrying(one)

    def _admitted(self, *, counts: bool) -> int:
        """The breaker's ticket for one attempt. Raises NotSent."""
        breaker = self._breaker
        if breaker is None:
            return _UNGUARDED
        before = breaker.stance
        ticket = breaker.admit(self._monotonic(), aside=not counts)
        if isinstance(ticket, BreakerRefusal):
            kind = Kind.RATE_LIMIT if ticket.limited else Kind.UNAVAILABLE
            why = "asked us to wait" if ticket.limited else "failed too often"
            raise NotSent(self._api, kind, f"not sent: {self._api} {why}", retry_after=ticket.retry_after)
        if breaker.stance is not before:
            self._gauge()
        return ticket

    async def _enter(self, turn: Turn) -> Instant | None:
        """Charge the quota and take a place; when it was charged. Raises NotSent, WatcherError."""
        allowance, bulkhead, deadline = self._allowance, self._bulkhead, turn.deadline
        now = None
        if allowance is not None:
            now = self._clock.now()
            if not allowance.spend(now):
                await allowance.take(now, interactive=deadline is None or deadline.interactive)
        if bulkhead is not None and not bulkhead.enter_at_once():
            try:
                await self._queue(bulkhead, deadline)
            except BaseException:
                if allowance is not None and now is not None:
                    allowance.refund(now)
                raise
        return now

    async def _queue(self, bulkhead: Bulkhead, deadline: Deadline | None) -> None:
        """Wait for a place, if somebody waits only so long that the attempt can still end in time."""
        patience = None
        if deadline is not None and deadline.interactive:
            patience = max(0.0, deadline.ends - self._attempt_timeout - self._monotonic())
        limit = asyncio.timeout(patience)
        try:
            async with limit:
                await bulkhead.enter()
        except Full as error:
            raise NotSent(self._api, Kind.UNAVAILABLE, "not sent: too many calls wait") from error
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise NotSent(self._api, Kind.TIMEOUT, "not sent: no place was free in time") from error

    async def _send(
        self,
        fn: Callable[[], Awaitable[T]],
        turn: Turn,
        ticket: int,
        charged_at: Instant | None,
        *,
        counts: bool,
    ) -> T:
        if counts and self._budget is not None and not turn.again:
            self._budget.deposit()
        began = self._monotonic()
        limit = asyncio.timeout(self._attempt_timeout)
        try:
            async with limit:
                answer = await fn()
        except BaseException as error:
            failure = self._failure_of(error, limit, turn)
            if failure is None:
                self._settle(ticket, Outcome.NOTHING)
                raise
            self._failed(ticket, began, turn, failure, charged_at)
            if failure is error or isinstance(error, asyncio.CancelledError):
                raise
            raise failure from error
        sample = self._sample(began, None)
        if counts:
            self._meter.attempt(sample, retry=turn.again or IS_RETRY.get())
        log.debug("%s answered", self._api, extra={"seconds": sample.seconds})
        self._settle(ticket, Outcome.SUCCESS if counts else Outcome.NOTHING)
        return answer

    def _failure_of(self, error: BaseException, limit: asyncio.Timeout, turn: Turn) -> CallFailed | None:
        """The failed call that an exception means; None for a bug, a cancellation, and what was not sent."""
        if isinstance(error, NotSent):
            return None
        if isinstance(error, CallFailed):
            return error
        if isinstance(error, TimeoutError) and limit.expired():
            return self._timed_out(self._attempt_timeout)
        if isinstance(error, asyncio.CancelledError) and turn.deadline and turn.deadline.limit.expired():
            return self._timed_out(turn.deadline.seconds)
        return None

    def _failed(
        self, ticket: int, began: float, turn: Turn, failure: CallFailed, charged_at: Instant | None
    ) -> None:
        sample = self._sample(began, failure)
        self._meter.attempt(sample, retry=turn.again or IS_RETRY.get())
        log.debug(
            "%s failed: %s",
            self._api,
            failure.detail,
            extra={"code": failure.code, "seconds": sample.seconds, "again": turn.again},
        )
        if failure.caller_caused or failure.kind in _ANSWERS:
            self._settle(ticket, Outcome.SUCCESS)
        else:
            limited = failure.kind is Kind.RATE_LIMIT
            self._settle(ticket, Outcome.LIMITED if limited else Outcome.FAILURE, failure)
        if failure.kind is Kind.QUOTA and self._allowance is not None and charged_at is not None:
            now = self._clock.now()
            self._allowance.exhausted(charged_at, now)
            failure.retry_after = failure.retry_after or self._allowance.resets_at(now) - now

    def _settle(self, ticket: int, outcome: Outcome, failure: CallFailed | None = None) -> None:
        breaker = self._breaker
        if breaker is None:
            return
        before, now = breaker.stance, self._monotonic()
        breaker.settle(ticket, now, outcome, self._jitter, failure.retry_after if failure else None)
        if breaker.stance is not before:
            self._tell(breaker, failure)

    def _tell(self, breaker: Breaker, failure: CallFailed | None) -> None:
        self._gauge()
        if breaker.stance is BreakerState.CLOSED:
            log.info("%s works again", self._api)
        elif failure is not None:
            wait = breaker.wait(self._monotonic())
            log.warning("%s is not called for %.0f s: %s", self._api, wait, failure.detail)

    def _gauge(self) -> None:
        self._meter.gauge(f"breaker.{self._api}", self.stance)

    def _sample(self, began: float, failure: CallFailed | None) -> Attempt:
        seconds, at = Seconds(self._monotonic() - began), self._clock.now()
        if failure is None:
            return Attempt(self._api, at, seconds)
        refused = failure.kind is Kind.CREDENTIALS
        return Attempt(self._api, at, seconds, failure.code, not failure.caller_caused, refused)

    def _timed_out(self, limit: Seconds) -> CallFailed:
        return CallFailed(self._api, Kind.TIMEOUT, f"no answer within {limit:g} s")


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.transient and not isinstance(error, NotSent)
