"""The breaker stage: no call to an API that fails, or that asked us to wait."""

from __future__ import annotations

import logging
from collections.abc import Callable

from watcher.adapters.outbound.stages import AttemptStage, PendingAttempt, T
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.resilience.breaker import Breaker, BreakerRefusal, BreakerState, Outcome
from watcher.core.resilience.retry import Jitter
from watcher.ports import Meter

log = logging.getLogger(__name__)
# The API works: it answered, although it refused the request.
_ANSWERS = frozenset({Kind.QUOTA, Kind.DECLINED, Kind.REFUSED})


class BreakerStage(AttemptStage):
    """Ask the breaker before an attempt, and report the outcome to it.

    `auxiliary`: attempts that another one needs, whose success does not close the breaker.
    """

    def __init__(
        self,
        api: Api,
        breaker: Breaker,
        *,
        monotonic: Callable[[], float],
        jitter: Jitter,
        meter: Meter,
        auxiliary: bool = False,
    ) -> None:
        self._api, self._breaker, self._auxiliary = api, breaker, auxiliary
        self._monotonic, self._jitter, self._meter = monotonic, jitter, meter
        self._on_success = Outcome.NOTHING if auxiliary else Outcome.SUCCESS

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Raise NotSent if the breaker refuses the attempt."""
        ticket = self._admit()
        try:
            answer = await self.next.run(attempt)
        except BaseException:
            self._settle(ticket, _outcome_of(attempt.failure), attempt.failure)
            raise
        self._settle(ticket, self._on_success, None)
        return answer

    def _admit(self) -> int:
        breaker = self._breaker
        before = breaker.state
        ticket = breaker.admit(self._monotonic(), auxiliary=self._auxiliary)
        if isinstance(ticket, BreakerRefusal):
            kind = Kind.RATE_LIMIT if ticket.limited else Kind.UNAVAILABLE
            why = "asked us to wait" if ticket.limited else "failed too often"
            raise NotSent(self._api, kind, f"not sent: {self._api} {why}", retry_after=ticket.retry_after)
        if breaker.state is not before:
            self._meter.gauge(f"breaker.{self._api}", breaker.state)
        return ticket

    def _settle(self, ticket: int, outcome: Outcome, failure: CallFailed | None) -> None:
        breaker = self._breaker
        before, now = breaker.state, self._monotonic()
        breaker.settle(ticket, now, outcome, self._jitter, failure.retry_after if failure else None)
        if breaker.state is before:
            return
        self._meter.gauge(f"breaker.{self._api}", breaker.state)
        if breaker.state is BreakerState.CLOSED:
            log.info("%s works again", self._api)
        elif failure is not None:
            wait = breaker.wait(self._monotonic())
            log.warning("calls to %s are paused for %.0f s: %s", self._api, wait, failure.detail)


def _outcome_of(failure: CallFailed | None) -> Outcome:
    """Return what an attempt that raised says about the API: nothing if it was not the API that failed."""
    if failure is None:
        return Outcome.NOTHING
    if failure.caller_caused or failure.kind in _ANSWERS:
        return Outcome.SUCCESS
    return Outcome.LIMITED if failure.kind is Kind.RATE_LIMIT else Outcome.FAILURE
