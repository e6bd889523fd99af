"""Notices a clock that was set back: what is due by the wrong time would wait until that time comes."""

from __future__ import annotations

import logging

from watcher.core.times import Instant, Seconds, in_words
from watcher.ports import CLOCKS_DIFFER, DueStore

log = logging.getLogger(__name__)


class ClockWatch:
    """Looks at the clock again and again; a clock that goes ahead needs nobody, for all is only due."""

    def __init__(self, store: DueStore) -> None:
        self._store = store
        self._last: Instant | None = None

    async def check(self, now: Instant) -> bool:
        """Whether the clock was set back, since the last look or since the database was written to.

        Then due times are brought back with it. Raises WatcherError; the next look tries again.
        """
        last = self._store.latest() if self._last is None else self._last
        back = last is not None and last - now > CLOCKS_DIFFER
        if last is not None and back:
            by = Seconds(last - now)
            log.warning("the clock was set back by %s; due times go back with it", in_words(by))
            await self._store.bring_back(now, by)
        self._last = now
        return back
