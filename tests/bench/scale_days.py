"""The daemon in simulated time, in a process of its own that loads nothing else: see `scale_week`."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

from watcher.adapters.host.garbage import loading_modules, tune_garbage_collector

with loading_modules():  # as the commands do
    import uvloop
    from sqlalchemy import func, select

    from watcher.config import load_settings
    from watcher.core.times import DAY, HOUR, Instant
    from watcher.db.schema import alerts, searches
    from watcher.runtime import App
    from watcher.runtime.jobs import judge_health, send_gauges, tidy
    from watcher.runtime.simulation import SimulatedClock

STEP = 300.0  # seconds between rounds; about 16 polls are due then


async def _live(config: Path, start: Instant, days: int) -> None:
    clock = SimulatedClock(start)
    async with App.opened(load_settings(config, {}), clock=clock) as app:
        app.connect_meters()
        tune_garbage_collector()
        for number in range(1, days + 1):
            end = Instant(start + number * DAY)
            while clock.at < end:
                await _round(app, clock.at)
                clock.at = Instant(min(end, clock.at + STEP))
            seen = select(func.count()).where(searches.c.polled_at >= end - DAY)
            with_alert = select(func.count()).select_from(alerts)
            counts = [int(app.stores.database.value(statement)) for statement in (seen, with_alert)]
            figures = (number, _resident(), 0, app.poller.finished, *counts, _cpu_seconds())
            print(json.dumps(figures), flush=True)
            await asyncio.to_thread(sys.stdin.buffer.readline)
        await app.poller.stop()
        await app.dispatcher.close()


async def _round(app: App, at: Instant) -> None:
    """Do what the daemon does in a few minutes; what it does every hour at the first round of one."""
    while await app.poller.tick(at):
        await app.poller.settle()
    await app.dispatcher.drain(at)
    await judge_health(app, at)
    await send_gauges(app, at)
    if at % HOUR < STEP:
        await app.accuracy_job.round(at)
        await app.follow_items(at)
        await tidy(app, at)


def _resident() -> int:
    """Return the resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    uvloop.run(_live(Path(sys.argv[1]), Instant(float(sys.argv[2])), int(sys.argv[3])))
