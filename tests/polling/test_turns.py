"""Steps of polls begin one at a time, the most urgent first."""

from __future__ import annotations

import asyncio

from watcher.polling.turns import TOGETHER, LoopTurns, PollStep


async def test_urgent_steps_overtake_those_that_came_before_them() -> None:
    turns, begun = LoopTurns(), list[PollStep]()

    async def step(kind: PollStep) -> None:
        await turns.take(kind)
        begun.append(kind)

    judge, record, start = PollStep
    await asyncio.gather(*(step(kind) for kind in (start, start, record, judge)))
    assert begun == [start, judge, record, start], "nothing else waits when the first one comes"


async def test_other_work_of_the_loop_goes_on_between_a_few_steps() -> None:
    turns, order = LoopTurns(), list[str]()
    loop = asyncio.get_running_loop()

    async def step(name: str) -> None:
        await turns.take(PollStep.JUDGE)
        order.append(name)
        loop.call_soon(order.append, "other work")

    await asyncio.gather(step("first"), *(step("later") for _ in range(TOGETHER + 1)))
    few = ["later"] * TOGETHER + ["other work"] * TOGETHER
    assert order == ["first", "other work", *few, "later", "other work"]


async def test_steps_of_a_kind_keep_their_order() -> None:
    turns, begun = LoopTurns(), list[int]()

    async def step(number: int) -> None:
        await turns.take(PollStep.RECORD)
        begun.append(number)

    await asyncio.gather(*(step(number) for number in range(9)))
    assert begun == list(range(9))


async def test_a_cancelled_step_takes_no_turn_from_others() -> None:
    turns, begun = LoopTurns(), list[str]()

    async def step(name: str) -> None:
        await turns.take(PollStep.START)
        begun.append(name)

    tasks = [asyncio.create_task(step(name)) for name in ("one", "two", "three")]
    await asyncio.sleep(0)
    assert turns.is_awaited
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert begun == ["one", "three"]
    assert not turns.is_awaited


async def test_a_turn_is_free_again_after_the_last_step() -> None:
    turns = LoopTurns()
    for step in PollStep:
        async with asyncio.timeout(60):
            await turns.take(step)
    assert not turns.is_awaited


async def test_only_answers_are_judged_while_an_alert_is_on_its_way() -> None:
    turns, begun = LoopTurns(), list[PollStep]()

    async def step(kind: PollStep) -> None:
        await turns.take(kind)
        begun.append(kind)

    with turns.alert_on_its_way():
        tasks = [asyncio.create_task(step(kind)) for kind in reversed(PollStep)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        with turns.alert_on_its_way():  # of another alert
            pass
        await step(PollStep.JUDGE)
        assert begun == [PollStep.JUDGE, PollStep.JUDGE]
        assert turns.is_awaited
    await asyncio.wait(tasks)
    assert begun[2:] == [PollStep.RECORD, PollStep.START]
