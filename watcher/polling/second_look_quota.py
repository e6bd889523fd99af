"""The part of an API's calls that may look at single listings once more."""

from __future__ import annotations

from watcher.core.errors import CallFailed, Kind, NotSent
from watcher.core.resilience.quota import second_look_bound
from watcher.core.times import Instant
from watcher.polling.quota_blocks import QuotaBlocks


class SecondLookQuota:
    """Charges second looks: at most `share` of the calls of a window, in all processes together.

    Each is one of the ordinary calls as well. Polls leave them their share of the day's calls as far as it is
    not released yet; the reserve of interactive calls is never touched. It has the interface of `QuotaBlocks`
    that the guard uses.
    """

    def __init__(self, blocks: QuotaBlocks, share: float) -> None:
        self._blocks, self._share = blocks, share

    @property
    def limit(self) -> int:
        """The second looks of one window."""
        return second_look_bound(self._blocks.limit, self._share)

    def used(self, now: Instant) -> int:
        """Return the second looks of the current window."""
        return self._blocks.second_looks(now)

    def left(self, now: Instant) -> int:
        """Return how many second looks may still be made in the current window."""
        limit = self.limit
        left = limit - self.used(now) if limit else 0
        return min(left, self._blocks.left_for_second_looks(now)) if left > 0 else left

    def spend(self, now: Instant) -> bool:
        """Return False: every second look is booked in the ledger before it is sent."""
        del now
        return False

    async def take(self, now: Instant, *, interactive: bool) -> None:
        """Book a second look and charge its call. Raises NotSent (QUOTA), WatcherError."""
        del interactive  # no person waits for a second look
        blocks, limit = self._blocks, self.limit
        if not await blocks.book_second_look(now, limit):
            detail = f"all {limit} second looks of the day are used"
            raise NotSent(blocks.api, Kind.QUOTA, detail, retry_after=blocks.resets_at(now) - now)
        try:
            if not blocks.spend(now):
                await blocks.take(now, interactive=False, detail=True)
        except BaseException:
            blocks.return_second_look(now)
            raise

    def refund(self, now: Instant, *, interactive: bool) -> None:
        """Take back a second look that was booked at `now` and not sent."""
        del interactive
        self._blocks.return_second_look(now)
        self._blocks.refund(now, interactive=False)

    async def judge_refusal(self, refusal: CallFailed, sent_at: Instant, now: Instant) -> CallFailed:
        """Return what it means that the provider refused a call because of the quota."""
        return await self._blocks.judge_refusal(refusal, sent_at, now)
