"""The ticks of the job loops, by APScheduler: a handful of jobs, never one per watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from watcher.core.times import Seconds

_CLOCK_CHECK_SECONDS = 1.0


class TickTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires every `seconds`; ticks that are overdue become one tick.

    APScheduler asks for the tick after each missed one and keeps them all. An interval trigger would answer
    86,400 times for each day by which the clock jumps forward, which takes gigabytes; this one answers once.
    """

    def __init__(self, seconds: Seconds) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the tick after `previous_fire_time`; if that has passed, the one after `now`."""
        if previous_fire_time is None:
            return now + self.interval
        following = previous_fire_time + self.interval
        return following if following > now else now + self.interval


class Scheduler:
    """Implements `ports.Ticker`. Setting the clock, even backwards, does not stop the ticks."""

    def __init__(self) -> None:
        # Ticks missed while the machine slept become one tick, however late it is.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._clock_check: asyncio.TimerHandle | None = None

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        """Call `call` every `seconds`, from `start` on."""

        async def tick() -> None:  # a coroutine, because a function would run in a thread
            call()

        self._scheduler.add_job(tick, TickTrigger(seconds))

    def start(self) -> None:
        """Start the ticks in the running event loop."""
        self._scheduler.start()
        self._check_clock()

    def stop(self) -> None:
        """Stop the ticks."""
        if self._clock_check is not None:
            self._clock_check.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _check_clock(self) -> None:
        """Reschedule ticks that are too far ahead, because the time of day was set back."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > 2 * job.trigger.interval:
                job.modify(next_run_time=now)
        self._clock_check = asyncio.get_running_loop().call_later(_CLOCK_CHECK_SECONDS, self._check_clock)
