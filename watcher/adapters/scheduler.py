"""APScheduler: when the loops tick. A handful of jobs, never one per watch."""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from watcher.core.times import Seconds


class Scheduler:
    """Implements `ports.Ticker`."""

    def __init__(self) -> None:
        # Ticks that were missed while the machine slept are one tick, and never too late to be done.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        """Call so often, from `start` on."""

        async def tick() -> None:  # a coroutine runs in the event loop; a function would get a thread
            call()

        self._scheduler.add_job(tick, IntervalTrigger(seconds=seconds, timezone="UTC"))

    def start(self) -> None:
        """Begin to tick, in the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
