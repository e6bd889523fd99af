"""Timeouts of a process that stood still: an answer that arrived meanwhile is not thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from tests.fakes import RecordingMeter, shortest_wait
from tests.virtual import LoopClock, VirtualLoop
from watcher.adapters.outbound.fair_timeout import EXTENSION_SECONDS, MAX_EXTENSIONS, FairTimeout
from watcher.adapters.outbound.guard import Guard
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds

ATTEMPT, DEADLINE = 10.0, 20.0


class Scene:
    """A guard in simulated time; `call` returns the answer, or the kind of failure, and its seconds."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop, self.meter, self.answer = loop, RecordingMeter(), asyncio.Event()
        self.guard = Guard(
            Api.SLACK,
            RetryPolicy(0, Seconds(1.0), Seconds(1.0)),
            attempt_timeout=Seconds(ATTEMPT),
            deadline=Seconds(DEADLINE),
            clock=LoopClock(),
            monotonic=loop.time,
            jitter=shortest_wait,
            meter=self.meter,
        )

    async def call(self) -> tuple[str, float]:
        began = self.loop.time()
        try:
            found = await self.guard.call(self.send, interactive=False)
        except CallFailed as failure:
            found = failure.kind
        return found, self.loop.time() - began

    async def send(self) -> str:
        await self.answer.wait()
        for _ in range(20):  # as many rounds of the loop as a client needs to read an answer
            await asyncio.sleep(0)
        return "accepted"

    def stand_still(self, seconds: float, *, answered: bool) -> None:
        self.loop.stand_still(seconds)
        if answered:
            self.answer.set()


def run(story: Callable[[Scene], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        runner.run(story(Scene(loop)))


@pytest.mark.parametrize("seconds", [ATTEMPT, DEADLINE + 1, 100.0])
def test_an_answer_that_came_while_the_process_stood_still_counts(seconds: float) -> None:
    async def story(scene: Scene) -> None:
        scene.loop.call_later(1.0, lambda: scene.stand_still(seconds, answered=True))
        found, took = await scene.call()
        assert (found, round(took)) == ("accepted", 1 + round(seconds))
        assert [sample.code for sample in scene.meter.attempts] == [None]

    run(story)


def test_no_answer_after_standing_still_is_a_timeout() -> None:
    async def story(scene: Scene) -> None:
        scene.loop.call_later(1.0, lambda: scene.stand_still(30.0, answered=False))
        found, took = await scene.call()
        assert (found, round(took, 3)) == (Kind.TIMEOUT, 31.0 + EXTENSION_SECONDS)

    run(story)


def test_an_api_that_is_slow_gets_no_extension() -> None:
    async def story(scene: Scene) -> None:
        found, took = await scene.call()
        assert (found, round(took, 3)) == (Kind.TIMEOUT, ATTEMPT)

    run(story)


def test_a_process_that_stands_still_again_and_again_gives_up() -> None:
    async def story(scene: Scene) -> None:
        def again() -> None:
            scene.stand_still(9.0, answered=False)
            scene.loop.call_soon(scene.loop.call_later, 1.0, again)

        scene.loop.call_later(5.0, again)
        found, took = await scene.call()
        assert (found, took < 5 + 10 * (MAX_EXTENSIONS + 2)) == (Kind.TIMEOUT, True)
        assert took > ATTEMPT + 10 * (MAX_EXTENSIONS - 1)

    run(story)


def test_a_cancellation_from_outside_stays_one() -> None:
    async def story(scene: Scene) -> None:
        timeout = FairTimeout(Seconds(5.0))

        async def wait() -> None:
            async with timeout:
                await asyncio.sleep(100.0)

        for seconds, is_expired in ((1.0, False), (5.0, True)):
            timeout = FairTimeout(Seconds(5.0))
            task = asyncio.create_task(wait())
            scene.loop.call_later(seconds, task.cancel)
            (result,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(result, asyncio.CancelledError)
            assert timeout.expired() is is_expired

    run(story)


def test_the_timeout_outside_ends_the_one_inside() -> None:
    async def story(scene: Scene) -> None:
        inside, outside, began = FairTimeout(Seconds(5.0)), FairTimeout(Seconds(3.0)), scene.loop.time()
        with pytest.raises(TimeoutError):
            async with outside, inside:
                await asyncio.sleep(100.0)
        assert (scene.loop.time() - began < 4.0, inside.expired(), outside.expired()) == (True, False, True)
        with pytest.raises(ValueError, match="own"):
            async with FairTimeout(Seconds(3.0)):
                raise ValueError("its own")
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    run(story)
