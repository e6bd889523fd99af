"""Ticks follow elapsed time, even if the clock is set."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import pytest

from watcher.adapters.host import scheduler
from watcher.adapters.host.scheduler import Scheduler
from watcher.core.times import Seconds


class _SetClock(datetime):
    """A time of day that is off by `offset`."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.offset


async def _ticked(count: list[float], more: int) -> None:
    goal = len(count) + more
    async with asyncio.timeout(20):
        while len(count) < goal:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
async def test_setting_the_clock_does_not_stop_the_ticks(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    for module in (apscheduler.schedulers.base, scheduler):
        monkeypatch.setattr(module, "datetime", _SetClock)
    ticks: list[float] = []
    made = Scheduler()
    made.every(Seconds(0.05), lambda: ticks.append(asyncio.get_running_loop().time()))
    made.start()
    await _ticked(ticks, 2)
    monkeypatch.setattr(_SetClock, "offset", timedelta(hours=hours))
    await _ticked(ticks, 3)
    made.stop()
