"""The quota stage: every attempt is charged before it is sent."""

from __future__ import annotations

from watcher.adapters.outbound.stages import AttemptStage, PendingAttempt, T
from watcher.core.errors import Kind
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Clock


class QuotaStage(AttemptStage):
    """Charge one call per attempt; take the charge back if a later stage refuses to send it."""

    def __init__(self, quota: QuotaBlocks | SecondLookQuota, clock: Clock) -> None:
        self._quota, self._clock = quota, clock

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Raise NotSent (QUOTA) if no call is left, WatcherError if the ledger cannot be reached."""
        charged_at = self._clock.now()
        deadline = attempt.context.deadline
        interactive = deadline is None or deadline.interactive
        if interactive or not self._quota.spend(charged_at):
            await self._quota.take(charged_at, interactive=interactive)
        try:
            return await self.next.run(attempt)
        except BaseException:
            failure = attempt.failure
            if not attempt.started:
                self._quota.refund(charged_at, interactive=interactive)
            elif failure is not None and failure.kind is Kind.QUOTA:
                judged = await self._quota.judge_refusal(failure, charged_at, self._clock.now())
                attempt.failure = judged
                raise judged from failure
            raise
