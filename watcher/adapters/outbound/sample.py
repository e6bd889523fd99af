"""The last stage: send one attempt within its timeout, and take one sample of how it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from watcher.adapters.outbound.fair_timeout import FairTimeout
from watcher.adapters.outbound.stages import AttemptStage, PendingAttempt, T, timed_out
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Seconds
from watcher.ports import IS_RETRY, Clock, Meter

log = logging.getLogger(__name__)


class SampleStage(AttemptStage):
    """Send an attempt and sample it.

    No sample is taken of a bug (TypeError and the like), a cancellation from outside, or an attempt that
    its adapter did not send. `auxiliary`: attempts that are sampled only if they fail.
    """

    def __init__(
        self,
        api: Api,
        attempt_timeout: Seconds,
        *,
        clock: Clock,
        monotonic: Callable[[], float],
        meter: Meter,
        auxiliary: bool = False,
    ) -> None:
        self._api, self._attempt_timeout, self._auxiliary = api, attempt_timeout, auxiliary
        self._clock, self._monotonic, self._meter = clock, monotonic, meter

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Raise CallFailed as the adapter raised it, or TIMEOUT if the attempt took too long."""
        attempt.started = True
        began = self._monotonic()
        timeout = FairTimeout(self._attempt_timeout)
        try:
            async with timeout:
                answer = await attempt.send()
        except BaseException as error:
            failure = attempt.failure = self._failure_of(error, timeout, attempt)
            if failure is None:
                raise
            self._record_failure(began, failure, attempt)
            if failure is error or isinstance(error, asyncio.CancelledError):
                raise
            raise failure from error
        seconds = Seconds(self._monotonic() - began)
        if not self._auxiliary:
            sample = Attempt(self._api, self._clock.now(), seconds)
            self._meter.attempt(sample, retry=attempt.context.is_retry or IS_RETRY.get())
        log.debug("%s answered", self._api, extra={"seconds": seconds})
        return answer

    def _failure_of(
        self, error: BaseException, timeout: FairTimeout, attempt: PendingAttempt[T]
    ) -> CallFailed | None:
        """Return the failure of the API that an exception stands for; None if it stands for none."""
        if isinstance(error, CallFailed):
            return None if isinstance(error, NotSent) else error
        if isinstance(error, TimeoutError) and timeout.expired():
            return timed_out(self._api, self._attempt_timeout)
        deadline = attempt.context.deadline
        if isinstance(error, asyncio.CancelledError) and deadline and deadline.timeout.expired():
            return timed_out(self._api, deadline.seconds)
        return None

    def _record_failure(self, began: float, failure: CallFailed, attempt: PendingAttempt[T]) -> None:
        seconds, is_retry = Seconds(self._monotonic() - began), attempt.context.is_retry
        sample = Attempt(
            self._api,
            self._clock.now(),
            seconds,
            failure.code,
            not failure.caller_caused,
            failure.kind is Kind.CREDENTIALS or (failure.kind is Kind.QUOTA and self._api.facts.is_prepaid),
        )
        self._meter.attempt(sample, retry=is_retry or IS_RETRY.get())
        log.debug(
            "%s failed: %s",
            self._api,
            failure.detail,
            extra={"code": failure.code, "seconds": seconds, "again": is_retry},
        )
