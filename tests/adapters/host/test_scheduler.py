"""Ticks follow elapsed time, even if the clock is set."""

from __future__ import annotations

import asyncio
import tracemalloc
from datetime import UTC, datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import pytest
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from tests.waiting import until
from watcher.adapters.host import scheduler
from watcher.adapters.host.scheduler import Scheduler, TickTrigger
from watcher.core.times import Seconds


class _SetClock(datetime):
    """A time of day that is off by `offset`."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.offset


async def _ticked(count: list[float], more: int) -> None:
    goal = len(count) + more
    await until(lambda: len(count) >= goal)


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


@pytest.mark.parametrize("years", [-60, -1, 1, 60])
@pytest.mark.parametrize("seconds", [0.05, 1.0, 3600.0])
def test_a_jump_by_decades_is_one_tick_in_a_small_list(years: int, seconds: float) -> None:
    trigger, before = TickTrigger(Seconds(seconds)), datetime(2026, 11, 29, tzinfo=UTC)
    jumped = before + timedelta(days=365 * years)
    job = Job(AsyncIOScheduler(timezone="UTC"), trigger=trigger, func=print, args=(), kwargs={})
    job.next_run_time = before
    missed = job._get_run_times(jumped)
    assert len(missed) == (1 if years > 0 else 0)
    assert trigger.get_next_fire_time(before, jumped) > max(jumped, before)


async def test_a_daemon_survives_a_forward_jump_of_sixty_years(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (apscheduler.schedulers.base, scheduler):
        monkeypatch.setattr(module, "datetime", _SetClock)
    ticks: list[float] = []
    made = Scheduler()
    made.every(Seconds(0.05), lambda: ticks.append(asyncio.get_running_loop().time()))
    made.start()
    await _ticked(ticks, 1)
    tracemalloc.start()
    monkeypatch.setattr(_SetClock, "offset", timedelta(days=365 * 60))
    await _ticked(ticks, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    made.stop()
    assert peak < 50e6
    assert len(ticks) < 20  # the missed ticks are not made up for
