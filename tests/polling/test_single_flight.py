"""However many ask the same at once, over real sockets: one call, and one answer or failure for all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.cells import Cell, Scene, State, Who, scene, trusting_the_door
from tests.virtual import VirtualLoop
from watcher.core.comps import Comps
from watcher.core.errors import CallFailed, Code
from watcher.demo.faults import Fault, FaultKind
from watcher.demo.summary import summary

MANY = 1000
Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path, empty_database: Path) -> Callable[[Story], None]:
    """Tells a story in simulated time, in an installation with a market."""

    async def told(story: Story) -> None:
        with trusting_the_door():
            async with scene(Cell("503", State.ABSENT, Who.PERSON), tmp_path / "home", empty_database) as one:
                await story(one)

    def tell(story: Story) -> None:
        loop = VirtualLoop(sockets=True)
        try:
            loop.run_until_complete(told(story))
        finally:
            loop.close()

    return tell


async def medians(one: Scene, query: str, many: int, leaves: int | None, patience: int) -> list[str]:
    """What so many are told who ask the same at once; one `leaves` after some turns of the loop."""
    one.market.put(query, *(summary(str(100 + n), query, f"{50 + n}.00", "0.00") for n in range(8)))
    question = one.app.registry.parse({"query": query, "category": "electronics"}).question
    asking = [asyncio.create_task(one.app.queries.comps(question)) for _ in range(many)]
    for _ in range(patience):
        await asyncio.sleep(0)
    if leaves is not None:
        asking[leaves].cancel()
    told = await asyncio.gather(*asking, return_exceptions=True)
    answers = [answer for n, answer in enumerate(told) if n != leaves]
    assert leaves is None or isinstance(told[leaves], (asyncio.CancelledError, tuple))
    return [median_of(answer) for answer in answers]


def median_of(answer: object) -> str:
    assert isinstance(answer, tuple), answer
    comps = answer[1]
    assert isinstance(comps, Comps)
    return str(comps.statistics.median)


def test_a_thousand_who_ask_at_once_cost_one_call(tell: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        told = await medians(one, "zenitar", MANY, None, 0)
        assert (set(told), len(told), one.calls()[0]) == ({"$53.50"}, MANY, 1)
        assert one.app.allowances["ebay"].used(one.app.clock.now()) == 1

    tell(story)


def test_whoever_of_a_thousand_leaves_the_others_are_answered_by_the_one_call(
    tell: Callable[[Story], None],
) -> None:
    dice = random.Random(1)
    leaving = [0, 1, MANY - 1, *(dice.randrange(MANY) for _ in range(7))]

    async def story(one: Scene) -> None:
        for turn, leaves in enumerate(leaving):
            told = await medians(one, f"zenitar{turn}", MANY, leaves, patience=3 * turn)
            assert (set(told), len(told), one.calls()[0]) == ({"$53.50"}, MANY - 1, turn + 1)

    tell(story)


def test_each_of_forty_may_leave_at_any_moment(tell: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        for leaves in range(40):
            told = await medians(one, f"zenitar{leaves}", 40, leaves, patience=leaves % 20)
            assert (set(told), one.calls()[0]) == ({"$53.50"}, leaves + 1)

    tell(story)


def test_when_all_have_left_the_answer_is_there_for_the_next(tell: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        one.market_opens()
        question = one.app.registry.parse({"query": "zenitar", "category": "electronics"}).question
        asking = [asyncio.create_task(one.app.queries.comps(question)) for _ in range(MANY)]
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)
        await asyncio.sleep(1)
        assert all(task.cancelled() for task in asking)
        answer, _ = await one.app.queries.comps(question)
        assert (answer.source, one.calls()[0]) == ("cached", 1)

    tell(story)


def test_a_failure_is_one_for_all_and_is_not_kept(tell: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        one.market_opens()
        one.server.faults = [Fault(FaultKind.STATUS, "/buy/", status=503)]
        question = one.app.registry.parse({"query": "zenitar", "category": "electronics"}).question
        asking = [one.app.queries.comps(question) for _ in range(MANY)]
        told = await asyncio.gather(*asking, return_exceptions=True)
        assert len({id(failure) for failure in told}) == 1
        assert isinstance(told[0], CallFailed)
        assert (told[0].code, one.calls()[0]) == (Code.EBAY_UNAVAILABLE, 4)
        assert one.app.cache.stats()["totalEntries"] == 0
        one.server.faults = []
        answer, _ = await one.app.queries.comps(question)
        assert (answer.source, answer.error, one.calls()[0]) == ("fresh", None, 5)

    tell(story)
