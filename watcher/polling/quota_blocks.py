"""Quota blocks: calls that this process takes from the shared ledger in advance and spends one by one.

Every call is in the ledger before it is sent. A block has as many calls as the last ten seconds needed, and
never more than a small part of what is left; calls that were not sent within ten seconds are given back. So a
crash wastes one block at most, and when few calls are left the ledger is exact.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from watcher.core.errors import Api, Kind, NotSent
from watcher.core.resilience.quota import (
    QuotaWindow,
    block_size,
    ledger_bounds,
    quota_window,
    usable_calls,
)
from watcher.core.times import Instant, Seconds
from watcher.db.quota_ledger import QuotaLedger
from watcher.polling.single_flight import SingleFlight

log = logging.getLogger(__name__)

# Seconds until the unsent calls of a block are given back.
BLOCK_LIFETIME = Seconds(10.0)
_NO_WINDOW = QuotaWindow(Instant(0.0), Instant(0.0))


class QuotaBlocks:
    """The quota of one API: `limit` calls in each of its windows. Call `close` at the end."""

    def __init__(
        self, api: Api, limit: int, ledger: QuotaLedger, *, lifetime: Seconds = BLOCK_LIFETIME
    ) -> None:
        self.api, self.limit = api, limit
        self._ledger, self._lifetime = ledger, lifetime
        self._window = _NO_WINDOW
        # Calls of the current block: not sent yet, and all.
        self._held = self._taken = 0
        self._waiting = 0
        self._refills: SingleFlight[None, bool] = SingleFlight()
        self._end_of_block: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()

    def used(self, now: Instant) -> int:
        """Return the calls used in the current window, without those that this process still holds."""
        window = self._window_of(now)
        return self._ledger.used(self.api, window.start) - (self._held if window == self._window else 0)

    def left(self, now: Instant) -> int:
        """Return the calls that polls may still make in the current window."""
        return max(0, usable_calls(self.limit, interactive=False) - self.used(now))

    def resets_at(self, now: Instant) -> Instant:
        """Return when the current window ends."""
        return self._window_of(now).end

    def spend(self, now: Instant) -> bool:
        """Charge one call to the current block; return False if it has none."""
        if self._held and self._window.start <= now < self._window.end:
            self._held -= 1
            return True
        return False

    async def take(self, now: Instant, *, interactive: bool) -> None:
        """Charge one call, to a new block if necessary. Raises NotSent (QUOTA), WatcherError."""
        self._waiting += 1
        try:
            while not self.spend(now):
                # One block for all callers that wait for one.
                if not await self._refills.join(None, partial(self._start_refill, now)):
                    await self._take_reserve(now, interactive=interactive)
                    return
        finally:
            self._waiting -= 1

    def refund(self, now: Instant) -> None:
        """Take back the charge of a call that was not sent."""
        if self._window.start <= now < self._window.end:
            self._hold(1)

    def exhausted(self, sent_at: Instant, now: Instant) -> None:
        """Record that the provider refused a call sent at `sent_at`: the quota of that window is used up."""
        window = self._window_of(sent_at)
        if now < window.end:
            self._drop_block()
            self._window, self._taken = _NO_WINDOW, 0  # a block under way is void too
            self._write(self._ledger.keep_within(self.api, window.start, self.limit, None))

    async def reconcile(self, remaining: int, allowed: int, reset: Instant | None, now: Instant) -> None:
        """Adjust the ledger to the provider's count: `remaining` of `allowed` calls are left until `reset`.

        Raises WatcherError.
        """
        window = self._window_of(now)
        held = self._held if window == self._window else 0
        bounds = ledger_bounds(window, self.limit, held, remaining, allowed, reset, now)
        if bounds is not None:
            await self._ledger.keep_within(self.api, window.start, *bounds)

    async def close(self) -> None:
        """Give back the calls that were not sent."""
        await self._refills.wait()
        self._give_back()
        if self._writes:
            await asyncio.wait(self._writes)

    def _start_refill(self, now: Instant) -> Coroutine[Any, Any, bool]:
        """Enter the window of `now` at once; return the coroutine that takes a block in it."""
        window = self._window_of(now)
        if window != self._window:
            self._give_back()
            self._window, self._taken = window, 0
        return self._take_block()

    async def _take_block(self) -> bool:
        """Take a block; return False if only the reserve is left."""
        window, usable = self._window, usable_calls(self.limit, interactive=False)
        # The last block was used up within its lifetime, so the next may be twice as large.
        wanted = max(self._waiting, 2 * self._taken if self._end_of_block else self._taken)
        calls = block_size(usable - self._ledger.used(self.api, window.start), wanted)
        taken = await self._ledger.reserve(self.api, window.start, calls, usable) if calls else 0
        if taken and window is self._window:
            self._stop_timer()
            self._taken = taken
            self._hold(taken)
        return taken > 0

    async def _take_reserve(self, now: Instant, *, interactive: bool) -> None:
        window, usable = self._window_of(now), usable_calls(self.limit, interactive=interactive)
        has_room = interactive and self._ledger.used(self.api, window.start) < usable
        if not (has_room and await self._ledger.reserve(self.api, window.start, 1, usable)):
            raise NotSent(
                self.api,
                Kind.QUOTA,
                f"{usable} of {self.limit} calls are used",
                retry_after=window.end - now,
            )

    def _window_of(self, now: Instant) -> QuotaWindow:
        if self._window.start <= now < self._window.end:
            return self._window
        return quota_window(self.api, now)

    def _hold(self, calls: int) -> None:
        self._held += calls
        if self._end_of_block is None:
            self._end_of_block = asyncio.get_running_loop().call_later(self._lifetime, self._expire)

    def _expire(self) -> None:
        sent = max(0, self._taken - self._held)
        self._give_back()
        self._taken = sent

    def _give_back(self) -> None:
        calls = self._held
        self._drop_block()
        if calls:
            self._write(self._ledger.give_back(self.api, self._window.start, calls))

    def _drop_block(self) -> None:
        self._held = 0
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._end_of_block is not None:
            self._end_of_block.cancel()
            self._end_of_block = None

    def _write(self, write: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(write)
        self._writes.add(task)
        task.add_done_callback(self._end_write)

    def _end_write(self, task: asyncio.Task[None]) -> None:
        self._writes.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.warning("the quota ledger of %s could not be written", self.api, exc_info=failure)
