"""Quota blocks: calls that this process takes from the shared ledger in advance and spends one by one.

Every call is in the ledger before it is sent. A block has as many calls as the last ten seconds needed, and
never more than a small part of what is left; calls that were not sent within ten seconds are given back. So a
crash wastes one block at most, and when few calls are left the ledger is exact. Blocks are for polls.
Interactive calls are taken one by one: a part of the quota is kept for polls, so they are counted apart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from watcher.core.cadence.windows import RESERVE
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.resilience.quota import (
    QuotaWindow,
    block_size,
    effective_limit,
    interactive_bound,
    is_plausible_report,
    ledger_bounds,
    poll_bound,
    quota_window,
    reserved,
    second_look_bound,
    unreleased,
)
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.quota_ledger import CallCounts, QuotaLedger
from watcher.polling.single_flight import SingleFlight

log = logging.getLogger(__name__)

# Seconds until the unsent calls of a block are given back.
BLOCK_LIFETIME = Seconds(10.0)
# Seconds for which the provider's answer about its quota is believed before it is asked again.
_REPORT_LIFETIME = MINUTE
# Seconds after which a poll is tried again while calls are left that are kept for others.
_RELEASE_WAIT = Seconds(10 * MINUTE)
_NO_WINDOW = QuotaWindow(Instant(0.0), Instant(0.0))


class QuotaBlocks:
    """The quota of one API, `configured` calls in each of its windows. Call `close` at the end.

    `has_polls` returns whether anything is polled; without polls nothing is kept for them. `ask_provider`, if
    it is set, returns the calls that are left by the provider's count, or None if it does not say.
    `detail_share` of the calls are for second looks; what they leave is released to polls through the window.
    """

    def __init__(
        self,
        api: Api,
        configured: int,
        ledger: QuotaLedger,
        *,
        lifetime: Seconds = BLOCK_LIFETIME,
        has_polls: Callable[[], bool] = lambda: True,
        detail_share: float = 0.0,
    ) -> None:
        self.api, self.configured, self._detail_share = api, configured, detail_share
        self._ledger, self._lifetime, self._has_polls = ledger, lifetime, has_polls
        self._window = _NO_WINDOW
        # Calls of the current block: not sent yet, and all.
        self._held = self._taken = 0
        self.ask_provider: Callable[[Instant], Awaitable[int | None]] | None = None
        self._reports: SingleFlight[None, int | None] = SingleFlight()
        self._granted: int | None = None
        self._reported_at = Instant(-_REPORT_LIFETIME)
        self._reported: int | None = None
        self._waiting = 0
        # Calls of others than polls in the window before this one, and when that began.
        self._others, self._last_window = 0, Instant(-1.0)
        self._refills: SingleFlight[None, bool] = SingleFlight()
        self._end_of_block: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()

    @property
    def granted(self) -> int | None:
        """The limit that the provider reported last; None if it has reported none."""
        if self._granted is None:  # else it is read again with every block
            self._granted = self._ledger.granted(self.api)
        return self._granted

    @property
    def limit(self) -> int:
        """The calls of one window: `configured`, or what the provider grants if that is less."""
        return effective_limit(self.configured, self.granted)

    def used(self, now: Instant) -> int:
        """Return the calls used in the current window, without those that this process still holds."""
        return self.counts(now).used

    def counts(self, now: Instant) -> CallCounts:
        """Return the calls used in the current window as `used` does, and how many were interactive."""
        window = self._window_of(now)
        used, interactive = self._ledger.counts(self.api, window.start)
        return CallCounts(used - (self._held if window == self._window else 0), interactive)

    def second_looks(self, now: Instant) -> int:
        """Return the calls of the current window that looked at single listings once more."""
        return self._ledger.second_looks(self.api, self._window_of(now).start)

    async def book_second_look(self, now: Instant, bound: int) -> bool:
        """Book a second look, of at most `bound` in this window. Raises WatcherError."""
        start = self._window_of(now).start
        booking = asyncio.ensure_future(self._ledger.book_second_look(self.api, start, bound))
        try:
            return await asyncio.shield(booking)
        except asyncio.CancelledError:
            self._write(self._cancel_booking(booking, start))
            raise

    def return_second_look(self, now: Instant) -> None:
        """Return a second look that was booked at `now` and not sent."""
        self._write(self._ledger.return_second_look(self.api, self._window_of(now).start))

    def left(self, now: Instant) -> int:
        """Return the calls that polls may make now, in the current window."""
        counts = self.counts(now)
        return max(0, self._poll_bound(counts.interactive, now) - counts.used)

    def left_for_second_looks(self, now: Instant) -> int:
        """Return the calls that second looks may make now; those kept for them are not kept from them."""
        counts = self.counts(now)
        return max(0, self._poll_bound(counts.interactive, now, detail=True) - counts.used)

    def unspent(self, now: Instant) -> int:
        """Return the calls of the current window that are left; at its end, polls may use all of them."""
        return max(0, self.limit - self.counts(now).used)

    def usually_polled(self, now: Instant) -> float:
        """Return how many of a window's calls polls can expect: those that others left in the last one."""
        before = quota_window(self.api, Instant(self._window_of(now).start - 1.0)).start
        if before != self._last_window:
            others = self._ledger.counts(self.api, before).interactive
            self._others = others + self._ledger.second_looks(self.api, before)
            self._last_window = before
        limit = self.limit
        kept = round(limit * RESERVE) + second_look_bound(limit, self._detail_share)
        return float(limit - min(kept, self._others))

    def resets_at(self, now: Instant) -> Instant:
        """Return when the current window ends."""
        return self._window_of(now).end

    def spend(self, now: Instant) -> bool:
        """Charge one poll to the current block; return False if it has none."""
        if self._held and self._window.start <= now < self._window.end:
            self._held -= 1
            return True
        return False

    async def take(self, now: Instant, *, interactive: bool, detail: bool = False) -> None:
        """Charge one call, to a new block if necessary. Raises NotSent (QUOTA), WatcherError.

        `detail`: it is a second look, which may use the calls that are kept for those.
        """
        if interactive:
            await self._take_single(now)
            return
        if detail:
            await self._take_second_look(now)
            return
        self._waiting += 1
        try:
            while not self.spend(now):
                # One block for all callers that wait for one.
                if not await self._refills.join(None, partial(self._start_refill, now)):
                    # The calls that are left are kept for others, and released bit by bit.
                    raise self._refusal(now, _RELEASE_WAIT if self.unspent(now) else None, "people")
        finally:
            self._waiting -= 1

    def refund(self, now: Instant, *, interactive: bool) -> None:
        """Take back the charge of a call that was not sent."""
        if interactive:
            self._write(self._ledger.give_back(self.api, self._window_of(now).start, 1, interactive=True))
        elif self._window.start <= now < self._window.end:
            self._hold(1)

    async def judge_refusal(self, refusal: CallFailed, sent_at: Instant, now: Instant) -> CallFailed:
        """Return what it means that the provider refused a call sent at `sent_at` because of the quota.

        The quota is used up if the provider's own count says so, or if nothing else is known. Otherwise the
        refusal is a pause: for as long as it asks for, else until the provider is asked again. So is that of
        a prepaid account, whose credit may be topped up at any time.
        """
        left = await self._reports.join(None, partial(self._report, now))
        wait: float | None
        is_unexplained = left is None and refusal.retry_after is None and not self.api.facts.is_prepaid
        if left == 0 or is_unexplained:
            self.exhausted(sent_at, now)
            kind, detail, wait = Kind.QUOTA, refusal.detail, self.resets_at(now) - now
        else:
            kind, wait = Kind.RATE_LIMIT, refusal.retry_after or _REPORT_LIFETIME
            detail = refusal.detail + ("" if left is None else f"; {left} calls are left by its own count")
        return CallFailed(refusal.api, kind, detail, retry_after=wait, status=refusal.status)

    def exhausted(self, sent_at: Instant, now: Instant) -> None:
        """Record that the provider refused a call sent at `sent_at`: the quota of that window is used up."""
        window = self._window_of(sent_at)
        if now < window.end:
            self._drop_block()
            self._window, self._taken = _NO_WINDOW, 0  # a block under way is void too
            self._write(self._ledger.keep_within(self.api, window.start, self.limit, None))

    async def reconcile(
        self, remaining: int, allowed: int | None, reset: Instant | None, now: Instant
    ) -> None:
        """Adjust limit and ledger to the provider: `remaining` of `allowed` calls are left until `reset`.

        `allowed` is None if the provider does not report its limit. Raises WatcherError.
        """
        if not is_plausible_report(remaining, allowed or 0):
            return
        window = self._window_of(now)
        if allowed is not None:
            await self._record_grant(allowed, window)
        held, limit = self._held if window == self._window else 0, self.limit
        bounds = ledger_bounds(
            window, limit, held, remaining, limit if allowed is None else allowed, reset, now
        )
        if bounds is not None:
            await self._ledger.keep_within(self.api, window.start, *bounds)

    async def close(self) -> None:
        """Give back the calls that were not sent."""
        await self._refills.wait()
        await self._reports.wait()
        self._give_back()
        if self._writes:
            await asyncio.wait(self._writes)

    async def _report(self, now: Instant) -> int | None:
        """Return the calls that are left by the provider's count, asking at most once a minute."""
        if self.ask_provider is not None and not 0 <= now - self._reported_at < _REPORT_LIFETIME:
            try:
                self._reported = await self.ask_provider(now)
            except CallFailed as failure:
                log.warning("%s did not report its quota: %s", self.api.facts.name, failure.detail)
                self._reported = None
            self._reported_at = now
        return self._reported

    async def _record_grant(self, allowed: int, window: QuotaWindow) -> None:
        before = self.granted
        await self._ledger.record_grant(self.api, window.start, allowed)
        self._granted = allowed
        if allowed < self.configured and allowed != before:
            log.warning(
                "%s grants %d calls, fewer than the %d that are configured; %d are used",
                self.api.facts.name,
                allowed,
                self.configured,
                allowed,
            )

    async def _cancel_booking(self, booking: asyncio.Future[bool], start: Instant) -> None:
        if await booking:
            await self._ledger.return_second_look(self.api, start)

    def _start_refill(self, now: Instant) -> Coroutine[Any, Any, bool]:
        """Enter the window of `now` at once; return the coroutine that takes a block in it."""
        self._enter_window(now)
        return self._take_block(now)

    def _enter_window(self, now: Instant) -> None:
        window = self._window_of(now)
        if window != self._window:
            self._give_back()
            self._window, self._taken = window, 0

    async def _take_block(self, now: Instant) -> bool:
        """Take a block; return False if only the reserve is left."""
        self._granted = self._ledger.granted(self.api)
        window = self._window
        used, interactive = self._ledger.counts(self.api, window.start)
        bound = self._poll_bound(interactive, now)
        # The last block was used up within its lifetime, so the next may be twice as large.
        wanted = max(self._waiting, 2 * self._taken if self._end_of_block else self._taken)
        calls = block_size(bound - used, wanted)
        taken = await self._ledger.reserve(self.api, window.start, calls, bound) if calls else 0
        if taken and window is self._window:
            self._stop_timer()
            self._taken = taken
            self._hold(taken)
        return taken > 0

    async def _take_single(self, now: Instant) -> None:
        """Charge one interactive call. Raises NotSent (QUOTA), WatcherError."""
        if self._writes:  # one of them may record that the quota is used up
            await asyncio.wait(self._writes)
        window, bound, wait = self._window_of(now), self.limit, None
        counts = self._ledger.counts(self.api, window.start)
        if counts.used < bound and self._has_polls():
            kept = interactive_bound(window, bound, *counts, now)
            bound, wait = kept.calls, kept.wait
        has_room = counts.used < bound
        if not (has_room and await self._ledger.reserve(self.api, window.start, 1, bound, interactive=True)):
            raise self._refusal(now, wait)

    async def _take_second_look(self, now: Instant) -> None:
        """Charge the call of one second look. Raises NotSent (QUOTA), WatcherError."""
        self._enter_window(now)
        start = self._window.start
        interactive = self._ledger.counts(self.api, start).interactive
        bound = self._poll_bound(interactive, now, detail=True)
        if not await self._ledger.reserve(self.api, start, 1, bound):
            raise self._refusal(now)

    def _poll_bound(self, interactive: int, now: Instant, *, detail: bool = False) -> int:
        """Return how many calls of the window may be used before a poll, or a second look, is refused."""
        window = self._window_of(now)
        kept, limit = unreleased(window, now), self.limit
        bound = poll_bound(limit, interactive, kept)
        if self._detail_share and not detail:
            looks = self._ledger.second_looks(self.api, window.start)
            bound -= reserved(second_look_bound(limit, self._detail_share), looks, kept)
        return bound

    def _refusal(self, now: Instant, wait: Seconds | None = None, others: str = "polls") -> NotSent:
        """Return why no call is left; `wait` if the calls that are left are kept for `others` until then."""
        detail = f"{self.used(now)} of {self.limit} calls are used"
        if wait is not None:
            detail += f", the others are kept for {others}"
        return NotSent(self.api, Kind.QUOTA, detail, retry_after=wait or self.resets_at(now) - now)

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
