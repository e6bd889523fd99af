"""The deadline stage: a whole call, with its retries and waits, ends in time."""

from __future__ import annotations

from collections.abc import Callable

from watcher.adapters.outbound.fair_timeout import FairTimeout
from watcher.adapters.outbound.stages import CallStage, Deadline, PendingCall, T, timed_out
from watcher.core.errors import Api, Kind, NotSent
from watcher.core.times import Seconds

# The first attempt is cut to the time that is left, unless that is less than this part of its timeout.
_SHORTEST_SHARE = 0.1


class DeadlineStage(CallStage):
    """End a call after `seconds`; refuse it if hardly any time is left to the caller."""

    def __init__(
        self, api: Api, seconds: Seconds, attempt_timeout: Seconds, monotonic: Callable[[], float]
    ) -> None:
        self._api, self._seconds = api, seconds
        self._attempt_timeout, self._monotonic = attempt_timeout, monotonic

    async def run(self, call: PendingCall[T]) -> T:
        """Raise NotSent if the call cannot end in time, CallFailed (TIMEOUT) when its time is up."""
        within = call.within
        if within is not None and within < _SHORTEST_SHARE * self._attempt_timeout:
            raise NotSent(self._api, Kind.TIMEOUT, f"not sent: only {within:.1f} s are left")
        seconds = self._seconds if within is None else min(within, self._seconds)
        timeout = FairTimeout(seconds)
        call.deadline = Deadline(timeout, seconds, self._monotonic() + seconds, call.interactive)
        try:
            async with timeout:
                return await self.next.run(call)
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise timed_out(self._api, seconds) from error
