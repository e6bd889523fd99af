"""An API's quota as one process sees it: calls taken from the shared ledger in blocks, spent one by one.

Every call is in the ledger before it is sent. A block is as large as the last ten seconds needed and never
more than a small part of what is left; what of it was not sent in ten seconds goes back. So a crash wastes
one block at most, and with few calls the ledger is exact.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from watcher.core.errors import Api, Kind, NotSent
from watcher.core.resilience.quota import QuotaWindow, block, bound_of, reconciled, window_of
from watcher.core.times import Instant, Seconds
from watcher.db.quota_ledger import QuotaLedger

log = logging.getLogger(__name__)
# A block lives so long.
LIFE = Seconds(10.0)
_NEVER = QuotaWindow(Instant(0.0), Instant(0.0))


class QuotaBlocks:
    """The quota of one API that has one: `limit` calls in each of its windows. `close` it when done."""

    def __init__(self, api: Api, limit: int, store: QuotaLedger, *, life: Seconds = LIFE) -> None:
        self.api, self.limit = api, limit
        self._store, self._life = store, life
        self._window = _NEVER
        self._held = self._taken = 0  # of the present block: not sent yet, and in all
        self._waiting = 0
        self._flight: asyncio.Task[bool] | None = None
        self._end_of_block: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()

    def used(self, now: Instant) -> int:
        """Calls of the present window, those not counted that this process took and has yet to send."""
        window = self._window_of(now)
        return self._store.used(self.api, window.start) - (self._held if window == self._window else 0)

    def left(self, now: Instant) -> int:
        """Calls that polls may still make in the present window."""
        return max(0, bound_of(self.limit, interactive=False) - self.used(now))

    def resets_at(self, now: Instant) -> Instant:
        """When the quota is given anew."""
        return self._window_of(now).end

    def spend(self, now: Instant) -> bool:
        """Charge one call to the block at hand; False where there is none."""
        if self._held and self._window.start <= now < self._window.end:
            self._held -= 1
            return True
        return False

    async def take(self, now: Instant, *, interactive: bool) -> None:
        """Charge one call, if need be to a new block. Raises NotSent (QUOTA), WatcherError."""
        self._waiting += 1
        try:
            while not self.spend(now):
                if not await self._refill(now):
                    await self._take_reserve(now, interactive=interactive)
                    return
        finally:
            self._waiting -= 1

    def refund(self, now: Instant) -> None:
        """Take back the charge of a call that was not sent."""
        if self._window.start <= now < self._window.end:
            self._hold(1)

    def exhausted(self, sent_at: Instant, now: Instant) -> None:
        """Note that the provider says the window of a call that was sent at `sent_at` is used up."""
        window = self._window_of(sent_at)
        if now < window.end:
            self._drop_block()
            self._window, self._taken = _NEVER, 0  # nor is a block under way of any use
            self._write(self._store.keep_within(self.api, window.start, self.limit, None))

    async def reconcile(self, remaining: int, allowed: int, reset: Instant | None, now: Instant) -> None:
        """Take the provider's word that `remaining` of `allowed` calls are left until `reset`.

        Raises WatcherError.
        """
        window = self._window_of(now)
        held = self._held if window == self._window else 0
        bounds = reconciled(window, self.limit, held, remaining, allowed, reset, now)
        if bounds is not None:
            await self._store.keep_within(self.api, window.start, *bounds)

    async def close(self) -> None:
        """Give back what was not sent."""
        if self._flight is not None:
            await asyncio.wait([self._flight])
        self._give_back()
        if self._writes:
            await asyncio.wait(self._writes)

    async def _refill(self, now: Instant) -> bool:
        """Get a block, with whoever else waits for one; False when only the reserve is left."""
        if self._flight is None:
            self._turn_to(now)
            self._flight = asyncio.create_task(self._fly())
            # Those who waited are told of a failure; if nobody waits any more, it is nobody's.
            self._flight.add_done_callback(lambda flight: flight.cancelled() or flight.exception())
        # Shielded: who stops waiting does not stop the others.
        return await asyncio.shield(self._flight)

    async def _fly(self) -> bool:
        """Whether there is a new block. It is there before the task has ended, so nobody sees it land."""
        window = self._window
        try:
            taken = await self._reserve()
            if taken and window is self._window:
                self._stop_clock()
                self._taken = taken
                self._hold(taken)
            return taken > 0
        finally:
            self._flight = None

    async def _reserve(self) -> int:
        start, bound = self._window.start, bound_of(self.limit, interactive=False)
        # The last block was used up within its life: the next may be twice as large.
        wanted = max(self._waiting, 2 * self._taken if self._end_of_block else self._taken)
        calls = block(bound - self._store.used(self.api, start), wanted)
        return await self._store.reserve(self.api, start, calls, bound) if calls else 0

    async def _take_reserve(self, now: Instant, *, interactive: bool) -> None:
        window, bound = self._window_of(now), bound_of(self.limit, interactive=interactive)
        room = interactive and self._store.used(self.api, window.start) < bound
        if not (room and await self._store.reserve(self.api, window.start, 1, bound)):
            raise NotSent(
                self.api,
                Kind.QUOTA,
                f"{bound} of {self.limit} calls are used",
                retry_after=window.end - now,
            )

    def _window_of(self, now: Instant) -> QuotaWindow:
        if self._window.start <= now < self._window.end:
            return self._window
        return window_of(self.api, now)

    def _turn_to(self, now: Instant) -> None:
        window = self._window_of(now)
        if window != self._window:
            self._give_back()
            self._window, self._taken = window, 0

    def _hold(self, calls: int) -> None:
        self._held += calls
        if self._end_of_block is None:
            self._end_of_block = asyncio.get_running_loop().call_later(self._life, self._expire)

    def _expire(self) -> None:
        sent = max(0, self._taken - self._held)
        self._give_back()
        self._taken = sent

    def _give_back(self) -> None:
        calls = self._held
        self._drop_block()
        if calls:
            self._write(self._store.give_back(self.api, self._window.start, calls))

    def _drop_block(self) -> None:
        self._held = 0
        self._stop_clock()

    def _stop_clock(self) -> None:
        if self._end_of_block is not None:
            self._end_of_block.cancel()
            self._end_of_block = None

    def _write(self, write: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(write)
        self._writes.add(task)
        task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writes.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.warning("the quota ledger of %s could not be written", self.api, exc_info=failure)
