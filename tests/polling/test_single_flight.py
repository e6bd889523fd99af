"""Single-flight over real sockets: one call, and one answer or failure for all concurrent callers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.cells import Caller, Cell, Scene, State, open_scene, trust_test_certificate
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.virtual import VirtualLoop
from watcher.core.comps import Comps
from watcher.core.errors import CallFailed, Code

MANY = 1000
Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path, empty_database: Path) -> Callable[[Story], None]:
    """Return a function that runs a story in simulated time, in an installation with a market."""

    async def run_scene(story: Story) -> None:
        with trust_test_certificate():
            async with open_scene(
                Cell("503", State.ABSENT, Caller.PERSON), tmp_path / "home", empty_database
            ) as one:
                await story(one)

    def run(story: Story) -> None:
        loop = VirtualLoop(sockets=True)
        try:
            loop.run_until_complete(run_scene(story))
        finally:
            loop.close()

    return run


async def medians(one: Scene, query: str, many: int, leaves: int | None, turns: int) -> list[str]:
    """Return the medians of `many` concurrent callers; cancel caller `leaves` after `turns` of the loop."""
    one.market.put(query, *(summary(str(100 + n), query, f"{50 + n}.00", "0.00") for n in range(8)))
    inquiry = one.app.registry.parse({"query": query, "category": "electronics"}).inquiry
    asking = [asyncio.create_task(one.app.queries.comps(inquiry)) for _ in range(many)]
    for _ in range(turns):
        await asyncio.sleep(0)
    if leaves is not None:
        asking[leaves].cancel()
    results = await asyncio.gather(*asking, return_exceptions=True)
    answers = [answer for n, answer in enumerate(results) if n != leaves]
    assert leaves is None or isinstance(results[leaves], (asyncio.CancelledError, tuple))
    return [median_of(answer) for answer in answers]


def median_of(answer: object) -> str:
    assert isinstance(answer, tuple), answer
    comps = answer[1]
    assert isinstance(comps, Comps)
    return str(comps.statistics.median)


def test_a_thousand_concurrent_callers_cost_one_call(run: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        values = await medians(one, "zenitar", MANY, None, 0)
        assert (set(values), len(values), one.count_calls()[0]) == ({"$53.50"}, MANY, 1)
        assert one.app.quota_blocks["ebay"].used(one.app.clock.now()) == 1

    run(story)


def test_any_of_a_thousand_callers_can_leave(
    run: Callable[[Story], None],
) -> None:
    dice = random.Random(1)
    leaving = [0, 1, MANY - 1, *(dice.randrange(MANY) for _ in range(2))]

    async def story(one: Scene) -> None:
        for turn, leaves in enumerate(leaving):
            values = await medians(one, f"zenitar{turn}", MANY, leaves, turns=3 * turn)
            assert (set(values), len(values), one.count_calls()[0]) == ({"$53.50"}, MANY - 1, turn + 1)

    run(story)


def test_each_of_forty_callers_can_leave_at_any_moment(run: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        for leaves in range(40):
            values = await medians(one, f"zenitar{leaves}", 40, leaves, turns=leaves % 20)
            assert (set(values), one.count_calls()[0]) == ({"$53.50"}, leaves + 1)

    run(story)


def test_a_call_is_given_up_when_all_callers_have_left(run: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        one.offer_listings()
        inquiry = one.app.registry.parse({"query": "zenitar", "category": "electronics"}).inquiry
        asking = [asyncio.create_task(one.app.queries.comps(inquiry)) for _ in range(MANY)]
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)
        await asyncio.sleep(1)
        assert all(task.cancelled() for task in asking)
        assert one.count_calls()[0] == 0, "it ended before it was sent"
        answer, _ = await one.app.queries.comps(inquiry)
        assert (answer.source, one.count_calls()[0]) == ("fresh", 1)

    run(story)


def test_a_failure_is_shared_and_not_cached(run: Callable[[Story], None]) -> None:
    async def story(one: Scene) -> None:
        one.offer_listings()
        one.server.faults = [Fault(FaultKind.STATUS, "/buy/", status=503)]
        inquiry = one.app.registry.parse({"query": "zenitar", "category": "electronics"}).inquiry
        asking = [one.app.queries.comps(inquiry) for _ in range(MANY)]
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert len({id(failure) for failure in results}) == 1
        assert isinstance(results[0], CallFailed)
        assert (results[0].code, one.count_calls()[0]) == (Code.EBAY_UNAVAILABLE, 4)
        assert one.app.cache.stats()["totalEntries"] == 0
        one.server.faults = []
        answer, _ = await one.app.queries.comps(inquiry)
        assert (answer.source, answer.error, one.count_calls()[0]) == ("fresh", None, 5)

    run(story)
