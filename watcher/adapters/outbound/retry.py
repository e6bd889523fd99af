"""The retry stage, and the budget that limits retries to a share of the calls."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from watcher.adapters.outbound.stages import (
    AttemptStage,
    CallContext,
    CallStage,
    PendingAttempt,
    PendingCall,
    T,
)
from watcher.core.errors import CallFailed, NotSent
from watcher.core.resilience.breaker import Breaker
from watcher.core.resilience.retry import Jitter, RetryPolicy
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import Seconds

log = logging.getLogger(__name__)


class RetryStage(CallStage):
    """Run the steps of an interactive call again while its failures are transient.

    Other calls run once: the poller reschedules instead of waiting. No retry starts if its attempt could
    not end before the deadline, if the breaker would refuse it, or if the retry budget is used up.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        attempt_timeout: Seconds,
        *,
        monotonic: Callable[[], float],
        jitter: Jitter,
        sleep: Callable[[float], Awaitable[None]],
        budget: RetryBudget | None,
        breaker: Breaker | None,
    ) -> None:
        self._policy, self._attempt_timeout = policy, attempt_timeout
        self._monotonic, self._jitter, self._sleep = monotonic, jitter, sleep
        self._budget, self._breaker = budget, breaker

    async def run(self, call: PendingCall[T]) -> T:
        """Return the answer of the first run that succeeds; raise the failure of the last one."""
        context = CallContext(deadline=call.deadline)
        if not (call.interactive and call.retries):
            return await call.steps(context)

        async def run_steps() -> T:
            nonlocal context
            current, context = context, context._replace(is_retry=True)
            return await call.steps(current)

        def is_hopeless(state: RetryCallState) -> bool:
            return self._is_hopeless(call, state.attempt_number, state.upcoming_sleep)

        return await AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            wait=self._wait,
            stop=is_hopeless,
            before_sleep=_log_retry,
            sleep=self._sleep,
            reraise=True,
        )(run_steps)

    def _wait(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        retry_after = failure.retry_after if isinstance(failure, CallFailed) else None
        return self._policy.wait(state.attempt_number, self._jitter, retry_after)

    def _is_hopeless(self, call: PendingCall[T], attempts: int, wait: float) -> bool:
        now = self._monotonic()
        ends_at = call.deadline.ends_at if call.deadline else now
        return (
            attempts > self._policy.max_retries
            or now + wait + self._attempt_timeout > ends_at
            or (self._breaker is not None and self._breaker.wait(now) > wait)
            or not (self._budget is None or self._budget.withdraw())
        )


class BudgetStage(AttemptStage):
    """Add a fraction of a retry to the budget for every first attempt that is sent."""

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Add to the retry budget unless the attempt is itself a retry."""
        if not attempt.context.is_retry:
            self._budget.deposit()
        return await self.next.run(attempt)


def _log_retry(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, CallFailed):
        log.info(
            "%s failed, retrying in %.1f s: %s",
            failure.api,
            state.upcoming_sleep,
            failure.detail,
            extra={"code": failure.code, "attempt": state.attempt_number},
        )


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.transient and not isinstance(error, NotSent)
