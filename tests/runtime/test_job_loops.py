"""The daemon's loops: rounds run at ticks and wakes, one at a time, and a failure does not end a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.fakes import FakeClock
from tests.virtual import in_simulated_time
from watcher.core.times import Instant, Seconds
from watcher.runtime.job_loops import Activity, Daemon


class Ticks:
    """A ticker that ticks when the test calls `tick`."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self.running = False

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    async def tick(self) -> None:
        for call in self.calls:
            call()
        await asyncio.sleep(0.01)


async def start(activity: Activity, ticks: Ticks) -> tuple[asyncio.Task[None], asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(Daemon([activity], ticks, FakeClock()).run(stop))
    await asyncio.sleep(0.01)
    return task, stop


@in_simulated_time
async def test_a_round_runs_at_the_start_at_each_tick_and_at_each_wake() -> None:
    rounds: list[Instant] = []

    async def work(now: Instant) -> None:
        rounds.append(now)

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, stop = await start(activity, ticks)
    await ticks.tick()
    activity.wake()
    await asyncio.sleep(0.01)
    assert len(rounds) == activity.finished == 3
    stop.set()
    await task
    assert not ticks.running


@in_simulated_time
async def test_wakes_during_a_round_cause_one_more_round_after_it() -> None:
    active, most_active, rounds = 0, 0, 0
    go_on = asyncio.Event()

    async def work(_: Instant) -> None:
        nonlocal active, most_active, rounds
        active, rounds = active + 1, rounds + 1
        most_active = max(most_active, active)
        await go_on.wait()
        active -= 1

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, stop = await start(activity, ticks)
    for _ in range(5):
        await ticks.tick()
    go_on.set()
    await asyncio.sleep(0.01)
    assert (rounds, most_active) == (2, 1)
    stop.set()
    await task


@in_simulated_time
async def test_a_failed_round_is_repeated_at_the_next_tick() -> None:
    rounds = 0

    async def work(_: Instant) -> None:
        nonlocal rounds
        rounds += 1
        raise RuntimeError("boom")

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, stop = await start(activity, ticks)
    await ticks.tick()
    assert (rounds, activity.finished) == (2, 0)
    stop.set()
    await task


@in_simulated_time
async def test_a_round_can_be_scheduled_before_the_next_tick() -> None:
    clock, rounds = FakeClock(), 0

    async def work(_: Instant) -> None:
        nonlocal rounds
        rounds += 1

    def again_at(now: Instant) -> Instant | None:
        return Instant(now + 0.02) if rounds == 1 else None

    activity = Activity("work", work, Seconds(60.0), again_at=again_at)
    stop = asyncio.Event()
    task = asyncio.create_task(Daemon([activity], Ticks(), clock).run(stop))
    await asyncio.sleep(0.08)
    assert rounds == 2
    stop.set()
    await task


@in_simulated_time
async def test_an_activity_without_work_stalls_only_without_ticks() -> None:
    async def nothing(_: Instant) -> None:
        """End at once."""

    ticks, activity = Ticks(), Activity("work", nothing, Seconds(0.02))
    daemon = Daemon([activity], ticks, FakeClock())
    stop = asyncio.Event()
    task = asyncio.create_task(daemon.run(stop))
    for _ in range(8):
        await asyncio.sleep(0.02)
        await ticks.tick()
    assert not daemon.stalled(Seconds(0.06), succeeded=True)
    await asyncio.sleep(0.1)  # no more ticks, as if the scheduler had died
    assert daemon.stalled(Seconds(0.06), succeeded=False) == ["work"]
    stop.set()
    await task


@in_simulated_time
async def test_a_round_that_never_ends_stalls_only_its_activity() -> None:
    async def hang(_: Instant) -> None:
        await asyncio.Event().wait()

    async def finish(_: Instant) -> None:
        """End at once."""

    ticks = Ticks()
    daemon = Daemon(
        [Activity("hangs", hang, Seconds(0.01)), Activity("works", finish, Seconds(0.01))], ticks, FakeClock()
    )
    stop = asyncio.Event()
    task = asyncio.create_task(daemon.run(stop))
    for _ in range(10):
        await ticks.tick()
    assert daemon.stalled(Seconds(0.05), succeeded=False) == ["hangs"]
    stop.set()
    await task


@in_simulated_time
async def test_failing_rounds_end_but_do_not_succeed() -> None:
    async def fail(_: Instant) -> None:
        raise RuntimeError("boom")

    ticks = Ticks()
    daemon = Daemon([Activity("work", fail, Seconds(0.01))], ticks, FakeClock())
    stop = asyncio.Event()
    task = asyncio.create_task(daemon.run(stop))
    for _ in range(10):
        await ticks.tick()
    assert not daemon.stalled(Seconds(0.05), succeeded=False)
    assert daemon.stalled(Seconds(0.05), succeeded=True) == ["work"]
    stop.set()
    await task


@in_simulated_time
async def test_stuck_tasks_stall_their_activity() -> None:
    async def start_task(_: Instant) -> None:
        """End at once, while a task that it started goes on."""

    ticks, hangs = Ticks(), False
    daemon = Daemon([Activity("poll", start_task, Seconds(1.0), stuck=lambda: hangs)], ticks, FakeClock())
    stop = asyncio.Event()
    task = asyncio.create_task(daemon.run(stop))
    await ticks.tick()
    assert not daemon.stalled(Seconds(60.0), succeeded=True)
    hangs = True
    assert daemon.stalled(Seconds(60.0), succeeded=False) == ["poll"]
    stop.set()
    await task


@in_simulated_time
async def test_a_round_reports_how_late_it_starts() -> None:
    lags: list[float] = []

    async def work(_: Instant) -> None:
        """End at once."""

    ticks, stop = Ticks(), asyncio.Event()
    daemon = Daemon([Activity("work", work, Seconds(0.03))], ticks, FakeClock(), lags.append)
    task = asyncio.create_task(daemon.run(stop))
    await asyncio.sleep(0.0)
    await asyncio.sleep(0.13)  # the tick that was due after 0.03 s comes 0.1 s late
    await ticks.tick()
    assert lags[0] < 0.05
    assert lags[1] >= 0.09
    stop.set()
    await task
