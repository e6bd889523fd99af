"""Tells that the database is gone, by a path that needs none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from watcher.core.alerts import OpsNotice
from watcher.core.errors import RestartRequired, WatcherError
from watcher.core.monitoring.incident_messages import database_notice, file_notice
from watcher.core.monitoring.incidents import Phase
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.ports import Alarms

log = logging.getLogger(__name__)
DATABASE_ALARM = "database"
# A lock that somebody holds for a moment is no alarm.
PATIENCE = MINUTE
# A probe that takes longer has failed; it is waited for before the next one.
LONGEST_PROBE = Seconds(15.0)
# While it fails it is tried so often.
REPEAT_SECONDS = Seconds(3.0)


async def _nothing() -> None:
    pass


class DatabaseMonitor:
    """Looks every few seconds whether the database can be written, and says so once when it cannot.

    `probe` raises WatcherError where it cannot, Hopeless where only a new start helps, and answers what it
    had to mend. `tell` sends past the outbox, to the first of `places` that
    takes it, and answers whether it was taken.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[str]],
        tell: Callable[[str, OpsNotice, Instant], Awaitable[bool]],
        places: Sequence[str],
        alarms: Alarms,
        database: str,
    ) -> None:
        self._probe, self._tell, self._places = probe, tell, places
        self._alarms, self._database = alarms, database
        self._probing: asyncio.Future[str] | None = None
        self.trouble = ""
        self.on_back: Callable[[], Awaitable[object]] = _nothing
        # Since when it fails, since when it works again (until that is told), and who was told.
        self._since: Instant | None = None
        self._until: Instant | None = None
        self._told_at: str | None = None

    async def look(self, now: Instant) -> None:
        """Try the database, and tell what is to be told. Raises Hopeless."""
        why = await self._tried(now)
        if self.trouble and not why:
            await self.on_back()
        self.trouble = why
        if not why:
            await self._works(now)
            return
        self._since = now if self._since is None else min(self._since, now)
        self._until = None
        if now - self._since > PATIENCE:
            notice = database_notice(Phase.FIRING, self._database, self._since, now, why)
            self._alarms.sound(DATABASE_ALARM, notice.headline)
            if self._told_at is None:
                self._told_at = await self._send(notice, now, self._places)

    def again_at(self, now: Instant) -> Instant | None:
        """When to look again, if that is sooner than usual."""
        return Instant(now + REPEAT_SECONDS) if self.trouble else None

    async def close(self) -> None:
        """Wait for no probe any more."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    async def _works(self, now: Instant) -> None:
        if self._since is None:
            return
        self._until = self._until or now
        self._alarms.end(DATABASE_ALARM)
        if self._told_at is not None:
            notice = database_notice(Phase.RESOLVED, self._database, self._since, self._until, "")
            if await self._send(notice, now, [self._told_at]) is None:
                return  # the next look tries again
        self._since = self._until = self._told_at = None

    async def _send(self, notice: OpsNotice, now: Instant, places: Sequence[str]) -> str | None:
        for place in places:
            if await self._tell(place, notice, now):
                return place
        return None

    async def _tried(self, now: Instant) -> str:
        """Why the database cannot be written, empty where it can."""
        if self._probing is None:
            self._probing = asyncio.ensure_future(self._probe())
        done, _ = await asyncio.wait([self._probing], timeout=LONGEST_PROBE)
        if not done:
            return f"no answer within {LONGEST_PROBE:.0f} s"
        probing, self._probing = self._probing, None
        try:
            if mended := probing.result():
                await self._tell_of_file(Phase.RESOLVED, mended, now)
        except WatcherError as error:
            return str(error)
        except RestartRequired as error:
            await self._tell_of_file(Phase.FIRING, str(error), now)
            raise
        return ""

    async def _tell_of_file(self, phase: Phase, what: str, now: Instant) -> None:
        log.critical(what)
        await self._send(file_notice(phase, self._database, now, what), now, self._places)
