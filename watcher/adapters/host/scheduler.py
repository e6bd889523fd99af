"""APScheduler: when the loops tick. A handful of jobs, never one per watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from watcher.core.times import Seconds

# How often the ticks are compared with the time of day, in seconds.
_LOOK_EVERY = 1.0


class Scheduler:
    """Implements `ports.Ticker`. A clock that is set, backwards too, stops no tick."""

    def __init__(self) -> None:
        # Ticks that were missed while the machine slept are one tick, and never too late to be done.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._look: asyncio.TimerHandle | None = None

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        """Call so often, from `start` on."""

        async def tick() -> None:  # a coroutine runs in the event loop; a function would get a thread
            call()

        self._scheduler.add_job(tick, IntervalTrigger(seconds=seconds, timezone="UTC"))

    def start(self) -> None:
        """Begin to tick, in the running event loop."""
        self._scheduler.start()
        self._look_again()

    def stop(self) -> None:
        """Tick no more."""
        if self._look is not None:
            self._look.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _look_again(self) -> None:
        """Let no tick wait for a time of day that was set back, by which the library goes."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > 2 * job.trigger.interval:
                job.modify(next_run_time=now)
        self._look = asyncio.get_running_loop().call_later(_LOOK_EVERY, self._look_again)
