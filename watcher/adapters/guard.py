"""The one way out: every outside call goes through here, whatever it calls.

deadline → retry → (breaker → quota → bulkhead →) attempt timeout → one sample → the call.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Seconds
from watcher.ports import Attempt, Clock, Jitter, Meter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from watcher.core.retry import RetryPolicy

T = TypeVar("T")


class Turn(NamedTuple):
    """One try of a whole call. `again`: it is not the first; `deadline` ends all of them."""

    again: bool = False
    deadline: asyncio.Timeout | None = None


class Guard:
    """Deadline, retries, attempt timeout and samples for the calls to one API.

    `attempt_timeout` and `deadline` are seconds: for one attempt with its body, and for everything.
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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api, self._policy = api, policy
        self._attempt_timeout, self._deadline = attempt_timeout, deadline
        self._clock, self._monotonic, self._jitter = clock, monotonic, jitter
        self._meter, self._sleep = meter, sleep

    async def call(self, fn: Callable[[], Awaitable[T]], *, interactive: bool, counts: bool = True) -> T:
        """Make a call that is one attempt, with retries where somebody waits for it.

        `counts` False: a token mint or a quota look-up, sampled only when it fails. Raises CallFailed.
        """

        async def one(turn: Turn) -> T:
            return await self.attempt(fn, turn, counts=counts)

        return await self.tries(one, interactive=interactive)

    async def tries(self, fn: Callable[[Turn], Awaitable[T]], *, interactive: bool) -> T:
        """Try `fn`, which makes any number of attempts, until it succeeds, is hopeless, or time is up.

        Interactive: transient failures are retried, and no try starts whose attempt cannot end before
        the deadline. Otherwise one try: the poller reschedules, it does not sleep. Raises CallFailed.
        """
        deadline = asyncio.timeout(self._deadline)
        try:
            async with deadline:
                if interactive:
                    return await self._repeat(fn, deadline)
                return await fn(Turn(deadline=deadline))
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise self._timed_out(self._deadline) from error

    async def attempt(self, fn: Callable[[], Awaitable[T]], turn: Turn = Turn(), *, counts: bool = True) -> T:
        """Make one attempt and take one sample of it; `counts` as in `call`. Raises CallFailed.

        A bug (TypeError and the like) and a cancellation from outside pass through, without a sample.
        """
        # Breaker, quota and bulkhead stand here, in this order; what does not count passes the last two.
        began = self._monotonic()
        limit = asyncio.timeout(self._attempt_timeout)
        try:
            async with limit:
                answer = await fn()
        except CallFailed as failure:
            self._sample(began, turn, failure)
            raise
        except TimeoutError as error:
            if not limit.expired():
                raise
            late = self._timed_out(self._attempt_timeout)
            self._sample(began, turn, late)
            raise late from error
        except asyncio.CancelledError:
            if turn.deadline is not None and turn.deadline.expired():
                self._sample(began, turn, self._timed_out(self._deadline))
            raise
        if counts:
            self._sample(began, turn, None)
        return answer

    async def _repeat(self, fn: Callable[[Turn], Awaitable[T]], deadline: asyncio.Timeout) -> T:
        ends = self._monotonic() + self._deadline
        turn = Turn(deadline=deadline)

        def wait(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            asked = failure.retry_after if isinstance(failure, CallFailed) else None
            return self._policy.wait(state.attempt_number, self._jitter, asked)

        def hopeless(state: RetryCallState) -> bool:
            spent = state.attempt_number > self._policy.max_retries
            return spent or self._monotonic() + state.upcoming_sleep + self._attempt_timeout > ends

        async def one() -> T:
            nonlocal turn
            this, turn = turn, Turn(again=True, deadline=deadline)
            return await fn(this)

        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient), wait=wait, stop=hopeless, sleep=self._sleep, reraise=True
        )
        return await retrying(one)

    def _sample(self, began: float, turn: Turn, failure: CallFailed | None) -> None:
        seconds, at = Seconds(self._monotonic() - began), self._clock.now()
        if failure is None:
            sample = Attempt(self._api, at, seconds)
        else:
            sample = Attempt(self._api, at, seconds, failure.code, not failure.caller_caused)
        self._meter.attempt(sample, retry=turn.again)

    def _timed_out(self, limit: Seconds) -> CallFailed:
        return CallFailed(self._api, Kind.TIMEOUT, f"no answer within {limit:g} s")


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.transient
