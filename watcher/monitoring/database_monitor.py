"""Database monitoring: notify operators without using the database when it cannot be written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from watcher.core.alerts import OpsNotice
from watcher.core.errors import RestartRequired, WatcherError
from watcher.core.monitoring.incident_messages import database_file_notice, database_notice
from watcher.core.monitoring.incidents import Phase
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.ports import Alarms

log = logging.getLogger(__name__)
DATABASE_ALARM = "database"
# Seconds of failure before the alarm; a short lock is normal.
ALARM_DELAY = MINUTE
# A probe that takes longer has failed. The next one starts only after it has ended.
PROBE_TIMEOUT = Seconds(15.0)
# Seconds between probes while they fail.
REPEAT_SECONDS = Seconds(3.0)


class DatabaseMonitor:
    """Probes the database every few seconds and notifies operators once if it cannot be written.

    `probe` raises WatcherError if the database cannot be written and RestartRequired if only a restart helps;
    it returns a sentence about anything it repaired. `send` bypasses the outbox and returns whether the
    message was accepted; `destinations` are tried in order.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[str]],
        send: Callable[[str, OpsNotice, Instant], Awaitable[bool]],
        destinations: Sequence[str],
        alarms: Alarms,
        database: str,
    ) -> None:
        self._probe, self._send_now, self._destinations = probe, send, destinations
        self._alarms, self._database = alarms, database
        self._probing: asyncio.Future[str] | None = None
        self.trouble = ""
        self.on_recovery: Callable[[], Awaitable[object]] | None = None
        self._failing_since: Instant | None = None
        # When it recovered, until that is reported.
        self._recovered_at: Instant | None = None
        # The destination that accepted the first message.
        self._notified: str | None = None

    async def check(self, now: Instant) -> None:
        """Probe the database and notify operators if needed. Raises RestartRequired."""
        why = await self._run_probe(now)
        if self.trouble and not why and self.on_recovery is not None:
            await self.on_recovery()
        self.trouble = why
        if not why:
            await self._recover(now)
            return
        self._failing_since = now if self._failing_since is None else min(self._failing_since, now)
        self._recovered_at = None
        if now - self._failing_since > ALARM_DELAY:
            notice = database_notice(Phase.FIRING, self._database, self._failing_since, now, why)
            self._alarms.sound(DATABASE_ALARM, notice.headline)
            if self._notified is None:
                self._notified = await self._send(notice, now, self._destinations)

    def again_at(self, now: Instant) -> Instant | None:
        """Return when to check again, if sooner than usual."""
        return Instant(now + REPEAT_SECONDS) if self.trouble else None

    async def close(self) -> None:
        """Cancel the running probe."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    async def _recover(self, now: Instant) -> None:
        if self._failing_since is None:
            return
        self._recovered_at = self._recovered_at or now
        self._alarms.end(DATABASE_ALARM)
        if self._notified is not None:
            notice = database_notice(
                Phase.RESOLVED, self._database, self._failing_since, self._recovered_at, ""
            )
            if await self._send(notice, now, [self._notified]) is None:
                return  # the next check retries
        self._failing_since = self._recovered_at = self._notified = None

    async def _send(self, notice: OpsNotice, now: Instant, destinations: Sequence[str]) -> str | None:
        for destination in destinations:
            if await self._send_now(destination, notice, now):
                return destination
        return None

    async def _run_probe(self, now: Instant) -> str:
        """Return why the database cannot be written; empty if it can."""
        if self._probing is None:
            self._probing = asyncio.ensure_future(self._probe())
        done, _ = await asyncio.wait([self._probing], timeout=PROBE_TIMEOUT)
        if not done:
            return f"no answer within {PROBE_TIMEOUT:.0f} s"
        probing, self._probing = self._probing, None
        try:
            if repaired := probing.result():
                await self._report_file(Phase.RESOLVED, repaired, now)
        except WatcherError as error:
            return str(error)
        except RestartRequired as error:
            await self._report_file(Phase.FIRING, str(error), now)
            raise
        return ""

    async def _report_file(self, phase: Phase, what: str, now: Instant) -> None:
        log.critical(what)
        await self._send(database_file_notice(phase, self._database, now, what), now, self._destinations)
