"""The loops: a tick or a wake runs what is to do; nothing runs twice at once, and a failure ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.fakes import FakeClock
from watcher.core.times import Instant, Seconds
from watcher.daemon import Activity, Daemon


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
