"""The guard: the only path of outbound calls to one API, composed of small stages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from watcher.adapters.outbound.breaker import BreakerStage
from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadStage
from watcher.adapters.outbound.deadline import DeadlineStage
from watcher.adapters.outbound.quota import QuotaStage
from watcher.adapters.outbound.retry import BudgetStage, RetryStage
from watcher.adapters.outbound.sample import SampleStage
from watcher.adapters.outbound.stages import CallContext, PendingAttempt, PendingCall, T, link_stages
from watcher.core.errors import Api
from watcher.core.resilience.breaker import Breaker, BreakerState
from watcher.core.resilience.retry import Jitter, RetryPolicy
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import Seconds
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Clock, Meter


class Guard:
    """Runs calls to one API through the stages listed in `__init__`.

    `attempt_timeout` is seconds for one attempt with its body, `deadline` seconds for a whole call. The
    stages of a budget, breaker, quota or bulkhead that is not given are left out. `stopwatch` measures how
    long attempts take, by default `monotonic` does.
    """

    def __init__(  # noqa: PLR0913 - passed by name, by the composition root
        self,
        api: Api,
        policy: RetryPolicy,
        *,
        attempt_timeout: Seconds,
        deadline: Seconds,
        clock: Clock,
        monotonic: Callable[[], float],
        stopwatch: Callable[[], float] | None = None,
        jitter: Jitter,
        meter: Meter,
        budget: RetryBudget | None = None,
        breaker: Breaker | None = None,
        quota: QuotaBlocks | SecondLookQuota | None = None,
        bulkhead: Bulkhead | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.api, self._breaker = api, breaker

        def breaker_stage(*, auxiliary: bool = False) -> BreakerStage | None:
            if breaker is None:
                return None
            return BreakerStage(
                api, breaker, monotonic=monotonic, jitter=jitter, meter=meter, auxiliary=auxiliary
            )

        def sample_stage(*, auxiliary: bool = False) -> SampleStage:
            return SampleStage(
                api,
                attempt_timeout,
                clock=clock,
                monotonic=stopwatch or monotonic,
                meter=meter,
                auxiliary=auxiliary,
            )

        # Each stage calls the next one; the last one of a path sends the request.
        self._call_path = link_stages(
            DeadlineStage(api, deadline, attempt_timeout, monotonic),
            RetryStage(
                policy,
                attempt_timeout,
                monotonic=monotonic,
                jitter=jitter,
                sleep=sleep,
                budget=budget,
                breaker=breaker,
            ),
        )
        self._attempt_path = link_stages(
            breaker_stage(),
            QuotaStage(quota, clock) if quota else None,
            BulkheadStage(api, bulkhead, attempt_timeout, monotonic) if bulkhead else None,
            BudgetStage(budget) if budget else None,
            sample_stage(),
        )
        self._auxiliary_path = link_stages(breaker_stage(auxiliary=True), sample_stage(auxiliary=True))

    @property
    def breaker_state(self) -> BreakerState:
        """The state of the breaker; CLOSED if there is none."""
        return BreakerState.CLOSED if self._breaker is None else self._breaker.state

    async def call(
        self,
        send: Callable[[], Awaitable[T]],
        *,
        interactive: bool,
        within: Seconds | None = None,
        auxiliary: bool = False,
        retries: bool = True,
    ) -> T:
        """Make a call that is one attempt; retry it if `interactive`, unless `retries` is false.

        `within` as in `call_in_steps`, `auxiliary` as in `attempt`. Raises CallFailed, WatcherError.
        """

        async def one_step(context: CallContext) -> T:
            return await self.attempt(send, context, auxiliary=auxiliary)

        return await self._call_path.run(PendingCall(one_step, interactive, within, retries=retries))

    async def call_in_steps(
        self,
        steps: Callable[[CallContext], Awaitable[T]],
        *,
        interactive: bool,
        within: Seconds | None = None,
    ) -> T:
        """Make a call whose `steps` make any number of attempts, passing the context to each.

        `interactive`: a person waits for the answer, so transient failures are retried within the deadline.
        `within`: seconds left to the caller, if fewer than the deadline. Raises CallFailed, including
        NotSent, and WatcherError if the quota ledger cannot be reached.
        """
        return await self._call_path.run(PendingCall(steps, interactive, within))

    async def attempt(
        self,
        send: Callable[[], Awaitable[T]],
        context: CallContext = CallContext(),
        *,
        auxiliary: bool = False,
    ) -> T:
        """Make one attempt and take one sample of it. Raises as `call_in_steps` does.

        `auxiliary`: a token mint or a quota look-up; it is not charged to the quota, needs no place in the
        bulkhead, and is sampled only if it fails.
        """
        path = self._auxiliary_path if auxiliary else self._attempt_path
        return await path.run(PendingAttempt(send, context))
