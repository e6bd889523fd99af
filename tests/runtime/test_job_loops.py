"""The loops: a tick or a wake runs what is to do; nothing runs twice at once, and a failure ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.fakes import FakeClock
from watcher.core.times import Instant, Seconds
from watcher.runtime.job_loops import Activity, Daemon


class Ticks:
    """A ticker that ticks when it is told to."""

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


async def running(activity: Activity, ticks: Ticks) -> tuple[asyncio.Task[None], asyncio.Event]:
    over = asyncio.Event()
    task = asyncio.create_task(Daemon([activity], ticks, FakeClock()).run(over))
    await asyncio.sleep(0.01)
    return task, over


async def test_every_round_is_done_once_at_the_start_at_each_tick_and_when_woken() -> None:
    rounds: list[Instant] = []

    async def work(now: Instant) -> None:
        rounds.append(now)

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, over = await running(activity, ticks)
    await ticks.tick()
    activity.wake()
    await asyncio.sleep(0.01)
    assert len(rounds) == activity.finished == 3
    over.set()
    await task
    assert not ticks.running


async def test_wakes_during_a_round_are_one_round_more_and_never_two_at_once() -> None:
    at_once, most, rounds = 0, 0, 0
    go_on = asyncio.Event()

    async def work(_: Instant) -> None:
        nonlocal at_once, most, rounds
        at_once, rounds = at_once + 1, rounds + 1
        most = max(most, at_once)
        await go_on.wait()
        at_once -= 1

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, over = await running(activity, ticks)
    for _ in range(5):
        await ticks.tick()
    go_on.set()
    await asyncio.sleep(0.01)
    assert (rounds, most) == (2, 1)
    over.set()
    await task


async def test_a_round_that_fails_is_logged_and_the_next_tick_tries_again() -> None:
    rounds = 0

    async def work(_: Instant) -> None:
        nonlocal rounds
        rounds += 1
        raise RuntimeError("boom")

    ticks, activity = Ticks(), Activity("work", work, Seconds(1.0))
    task, over = await running(activity, ticks)
    await ticks.tick()
    assert (rounds, activity.finished) == (2, 0)
    over.set()
    await task


async def test_a_round_may_say_when_the_next_is_worth_while() -> None:
    clock, rounds = FakeClock(), 0

    async def work(_: Instant) -> None:
        nonlocal rounds
        rounds += 1

    def again_at(now: Instant) -> Instant | None:
        return Instant(now + 0.02) if rounds == 1 else None

    activity = Activity("work", work, Seconds(60.0), again_at=again_at)
    over = asyncio.Event()
    task = asyncio.create_task(Daemon([activity], Ticks(), clock).run(over))
    await asyncio.sleep(0.08)
    assert rounds == 2
    over.set()
    await task


async def test_rounds_that_end_keep_an_activity_from_stalling_though_there_is_nothing_to_do() -> None:
    async def nothing(_: Instant) -> None:
        """Nothing is due."""

    ticks, activity = Ticks(), Activity("work", nothing, Seconds(0.02))
    daemon = Daemon([activity], ticks, FakeClock())
    over = asyncio.Event()
    task = asyncio.create_task(daemon.run(over))
    for _ in range(8):
        await asyncio.sleep(0.02)
        await ticks.tick()
    assert not daemon.stalled(Seconds(0.06), well=True)
    await asyncio.sleep(0.1)  # no tick any more: the scheduler has died
    assert daemon.stalled(Seconds(0.06), well=False) == ["work"]
    over.set()
    await task


async def test_a_round_that_never_ends_stalls_its_activity_and_no_other() -> None:
    async def hang(_: Instant) -> None:
        await asyncio.Event().wait()

    async def well(_: Instant) -> None:
        """Goes on."""

    ticks = Ticks()
    daemon = Daemon(
        [Activity("hangs", hang, Seconds(0.01)), Activity("works", well, Seconds(0.01))], ticks, FakeClock()
    )
    over = asyncio.Event()
    task = asyncio.create_task(daemon.run(over))
    for _ in range(10):
        await ticks.tick()
    assert daemon.stalled(Seconds(0.05), well=False) == ["hangs"]
    over.set()
    await task


async def test_rounds_that_fail_end_but_do_not_end_well() -> None:
    async def fail(_: Instant) -> None:
        raise RuntimeError("boom")

    ticks = Ticks()
    daemon = Daemon([Activity("work", fail, Seconds(0.01))], ticks, FakeClock())
    over = asyncio.Event()
    task = asyncio.create_task(daemon.run(over))
    for _ in range(10):
        await ticks.tick()
    assert not daemon.stalled(Seconds(0.05), well=False)
    assert daemon.stalled(Seconds(0.05), well=True) == ["work"]
    over.set()
    await task


async def test_work_that_hangs_behind_its_rounds_stalls_its_activity() -> None:
    async def begin(_: Instant) -> None:
        """What it began goes on behind it."""

    ticks, hangs = Ticks(), False
    daemon = Daemon([Activity("poll", begin, Seconds(1.0), stuck=lambda: hangs)], ticks, FakeClock())
    over = asyncio.Event()
    task = asyncio.create_task(daemon.run(over))
    await ticks.tick()
    assert not daemon.stalled(Seconds(60.0), well=True)
    hangs = True
    assert daemon.stalled(Seconds(60.0), well=False) == ["poll"]
    over.set()
    await task


async def test_a_round_tells_how_late_it_begins() -> None:
    lags: list[float] = []

    async def work(_: Instant) -> None:
        """Quick."""

    ticks, over = Ticks(), asyncio.Event()
    daemon = Daemon([Activity("work", work, Seconds(0.03))], ticks, FakeClock(), lags.append)
    task = asyncio.create_task(daemon.run(over))
    await asyncio.sleep(0.0)
    await asyncio.sleep(0.13)  # the tick that was due after 0.03 s comes 0.1 s late
    await ticks.tick()
    assert lags[0] < 0.05
    assert lags[1] >= 0.09
    over.set()
    await task
