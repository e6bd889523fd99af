"""A timeout that is fair to the other side: it does not count time in which this process stood still."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from watcher.core.times import Seconds

# A timer that fires later than this shows that the event loop stood still: the process was suspended or
# starved of CPU time.
MAX_LATENESS_SECONDS = Seconds(0.5)
# Time to read what arrived meanwhile, and how often it is granted to one call.
EXTENSION_SECONDS = Seconds(2.0)
MAX_EXTENSIONS = 3


class FairTimeout:
    """Like `asyncio.timeout`, but it is extended if its end passed while the event loop stood still.

    The answer may be in the socket already. Without the extension it would be thrown away: a message that
    was accepted would be sent again, a call made twice, and the other side blamed for being slow.
    """

    def __init__(self, seconds: Seconds) -> None:
        self._seconds, self._extensions, self._is_over = seconds, 0, False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        assert task is not None, "a timeout ends a task"
        self._task, self._cancelled_before = task, task.cancelling()
        self._end_at(self._loop.time() + self._seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._is_over:
            # Another cancellation of the task counts on its own.
            is_ours = self._task.uncancel() <= self._cancelled_before
            if is_ours and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def expired(self) -> bool:
        """Return whether the block was ended because its time was up."""
        return self._is_over

    def _end_at(self, ends_at: float) -> None:
        self._ends_at = ends_at
        self._timer = self._loop.call_at(ends_at, self._on_end)

    def _on_end(self) -> None:
        now = self._loop.time()
        if now - self._ends_at > MAX_LATENESS_SECONDS and self._extensions < MAX_EXTENSIONS:
            self._extensions += 1
            self._end_at(now + EXTENSION_SECONDS)
        else:
            self._is_over = True
            self._task.cancel()
