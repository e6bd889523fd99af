"""The bulkhead stage: a limit on concurrent calls to one API, so that a slow API cannot fill the process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from watcher.adapters.outbound.stages import AttemptStage, Deadline, PendingAttempt, T
from watcher.core.errors import Api, Kind, NotSent
from watcher.core.times import Seconds


class BulkheadFull(Exception):
    """The queue is full."""


class Bulkhead:
    """At most `places` concurrent calls; `queue` more may wait, first come first served."""

    def __init__(self, places: int, queue: int = 1000) -> None:
        self._free, self._queue = places, queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not turn.done() for turn in self._waiting)

    def try_enter(self) -> bool:
        """Take a place if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def enter(self) -> None:
        """Wait for a place; a cancelled waiter takes none. Raises BulkheadFull."""
        if self.try_enter():
            return
        if len(self._waiting) >= self._queue:
            raise BulkheadFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()  # the place was given at the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place to the next waiter, or free it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class BulkheadStage(AttemptStage):
    """Hold a place while the attempt runs."""

    def __init__(
        self, api: Api, bulkhead: Bulkhead, attempt_timeout: Seconds, monotonic: Callable[[], float]
    ) -> None:
        self._api, self._bulkhead = api, bulkhead
        self._attempt_timeout, self._monotonic = attempt_timeout, monotonic

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Raise NotSent if the queue is full or no place is free in time."""
        if not self._bulkhead.try_enter():
            await self._enter_in_time(attempt.context.deadline)
        try:
            return await self.next.run(attempt)
        finally:
            self._bulkhead.leave()

    async def _enter_in_time(self, deadline: Deadline | None) -> None:
        """Wait for a place; an interactive call waits only while its attempt can still end in time.

        It waits for half of the time left in any case: an attempt is cut to what is left then.
        """
        patience = None
        if deadline is not None and deadline.interactive:
            left = max(0.0, deadline.ends_at - self._monotonic())
            patience = max(left - self._attempt_timeout, left / 2)
        timeout = asyncio.timeout(patience)
        try:
            async with timeout:
                await self._bulkhead.enter()
        except BulkheadFull as error:
            raise NotSent(self._api, Kind.UNAVAILABLE, "not sent: too many calls wait") from error
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise NotSent(self._api, Kind.TIMEOUT, "not sent: no place was free in time") from error
