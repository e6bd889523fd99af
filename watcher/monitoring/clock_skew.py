"""Clock monitoring: compare with the clock of a shared database server, and detect a clock set back."""

from __future__ import annotations

import logging

from watcher.core.cache_entry import MAX_CLOCK_SKEW
from watcher.core.times import Instant, Seconds, in_words
from watcher.db.due_times import DueTimeStore
from watcher.ports import Alarms, Clock

log = logging.getLogger(__name__)
CLOCK_ALARM = "clock"
# Maximum difference from the server's clock in seconds. Two daemons then differ by at most half of a
# message's lease, so neither takes over what the other still holds. A daemon beyond it is trusted again once
# the difference is below RECOVERED_SKEW.
MAX_SKEW, RECOVERED_SKEW = Seconds(15.0), Seconds(10.0)


class ClockSkewMonitor:
    """Checks the clock regularly. If several daemons share a database, the clock of its server decides.

    A single daemon whose clock jumps ahead only polls early, which does no harm. `skew` is the
    difference in seconds (positive: ours is ahead) while it is too large, else 0.
    """

    def __init__(self, store: DueTimeStore, clock: Clock, alarms: Alarms) -> None:
        self._store, self._clock, self._alarms = store, clock, alarms
        self._last: Instant | None = None
        self._shared = False
        self.skew = Seconds(0.0)

    def is_trusted(self) -> bool:
        """Return whether our clock may be used for due times and leases. Raises WatcherError."""
        before = self._clock.now()
        server = self._store.server_clock()
        after = self._clock.now()
        self._shared = server is not None
        # The server read its clock at some instant between the two, so this is the minimum difference.
        difference = 0.0 if server is None else max(before - server, 0.0) or min(after - server, 0.0)
        limit = RECOVERED_SKEW if self.skew else MAX_SKEW
        self.skew = Seconds(difference if abs(difference) > limit else 0.0)
        if self.skew:
            self._alarms.sound(CLOCK_ALARM, self.trouble)
        else:
            self._alarms.end(CLOCK_ALARM)
        return not self.skew

    @property
    def trouble(self) -> str:
        """A sentence about what is wrong with our clock; empty if nothing is."""
        if not self.skew:
            return ""
        direction = "ahead of" if self.skew > 0 else "behind"
        return (
            f"This machine's clock is {in_words(abs(self.skew))} {direction} the database server's, "
            "so this daemon polls and sends nothing. Check time synchronization (NTP) on both."
        )

    async def check(self, now: Instant) -> bool:
        """Return whether the clock was set back since the last check or the last write to the database.

        If so, move the due times back by the same amount. Raises WatcherError; the next check retries.
        """
        if not self.is_trusted():
            return False
        last = self._store.latest() if self._last is None else self._last
        by = Seconds(0.0 if last is None else last - now)
        back = by > MAX_CLOCK_SKEW
        if back and self._shared:  # another daemon may have corrected it
            written = self._store.latest()
            back = written is not None and written - now > MAX_CLOCK_SKEW
        if back:
            log.warning(
                "the clock was set back by %s; due times are moved back by the same amount", in_words(by)
            )
            await self._store.shift_back(now, by)
        self._last = now
        return back
