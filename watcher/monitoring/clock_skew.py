"""Notices a clock that is wrong: by that of a shared database's server, or because it was set back."""

from __future__ import annotations

import logging

from watcher.core.cache_entry import MAX_CLOCK_SKEW
from watcher.core.times import Instant, Seconds, in_words
from watcher.db.due_times import DueTimeStore
from watcher.ports import Alarms, Clock

log = logging.getLogger(__name__)
CLOCK_ALARM = "clock"
# So far a daemon may be from the server's clock: two are apart by half of a message's lease at most, and
# neither takes over what the other still holds. Who was farther away is believed again within NEAR.
FAR, NEAR = Seconds(15.0), Seconds(10.0)


class ClockSkewMonitor:
    """Looks at the clock again and again; one that goes ahead, alone, needs nobody, for all is only due.

    Where several daemons share a database, the clock of its server is the judge: `off` is by how many
    seconds ours is ahead of it (behind: less than 0) while that is too much, else 0.
    """

    def __init__(self, store: DueTimeStore, clock: Clock, alarms: Alarms) -> None:
        self._store, self._clock, self._alarms = store, clock, alarms
        self._last: Instant | None = None
        self._shared = False
        self.off = Seconds(0.0)

    def believed(self) -> bool:
        """Whether due times and leases may be judged by our clock now. Raises WatcherError."""
        asked = self._clock.now()
        judge = self._store.server_clock()
        answered = self._clock.now()
        self._shared = judge is not None
        # It was read at some instant between the two: by so much they surely differ, however slow the answer.
        off = 0.0 if judge is None else max(asked - judge, 0.0) or min(answered - judge, 0.0)
        self.off = Seconds(off if abs(off) > (NEAR if self.off else FAR) else 0.0)
        if self.off:
            self._alarms.sound(CLOCK_ALARM, self.trouble)
        else:
            self._alarms.end(CLOCK_ALARM)
        return not self.off

    @property
    def trouble(self) -> str:
        """What is wrong with our clock, in a sentence; empty where nothing is."""
        if not self.off:
            return ""
        way = "ahead of" if self.off > 0 else "behind"
        return (
            f"This machine's clock is {in_words(abs(self.off))} {way} that of the database's server, "
            "so it polls and sends nothing. See that both keep time (NTP)."
        )

    def corrected(self, now: Instant) -> Instant:
        """The present instant as the judge has it."""
        return Instant(now - self.off)

    async def check(self, now: Instant) -> bool:
        """Whether the clock was set back, since the last look or since the database was written to.

        Then due times are brought back with it. Raises WatcherError; the next look tries again.
        """
        if not self.believed():
            return False
        last = self._store.latest() if self._last is None else self._last
        back = last is not None and self._ahead(last, now)
        if last is not None and back:
            by = Seconds(last - now)
            log.warning("the clock was set back by %s; due times go back with it", in_words(by))
            await self._store.bring_back(now, by)
        self._last = now
        return back

    def _ahead(self, last: Instant, now: Instant) -> bool:
        """Whether the database was written to by a clock that was ahead, and nobody brought it back yet."""
        if last - now <= MAX_CLOCK_SKEW:
            return False
        written = self._store.latest() if self._shared else last
        return written is not None and written - now > MAX_CLOCK_SKEW
