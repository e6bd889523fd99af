"""Many requests at once leave the event loop to the polls."""

from __future__ import annotations

import asyncio

import httpx

from tests.waiting import PATIENCE
from tests.web.clients import client_of
from watcher.core.times import Seconds
from watcher.runtime import App
from watcher.runtime.http_server import KeptStatus
from watcher.runtime.serving import KeptPage
from watcher.web.middleware import Turns


async def test_a_few_requests_begin_per_turn_of_the_loop_in_order() -> None:
    turns, begun, beats = Turns(per_turn=3), [], 0

    async def request(number: int) -> None:
        await turns.wait()
        begun.append((number, beats))

    waiting = [asyncio.create_task(request(n)) for n in range(10)]
    while not all(task.done() for task in waiting):
        before = len(begun)
        await asyncio.sleep(0)
        beats += 1
        assert len(begun) - before <= 2 * 3  # those of a turn that ends, and of the next
    assert [number for number, _ in begun] == list(range(10))
    assert begun[-1][1] >= 3


async def test_a_request_that_is_cancelled_blocks_no_other() -> None:
    turns = Turns(per_turn=1)
    tasks = [asyncio.create_task(turns.wait()) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*tasks, return_exceptions=True)
        await turns.wait()


def test_a_page_is_rendered_at_most_once_per_second() -> None:
    moment, pages = 5.0, iter((b"one", b"two"))
    page = KeptPage(lambda: next(pages), Seconds(1.0), lambda: moment)
    assert [page.read(), page.read()] == [b"one", b"one"]
    moment = 5.99
    assert page.read() == b"one"
    moment = 6.0
    assert page.read() == b"two"


async def test_metrics_and_cached_comps_are_served_from_what_is_kept(app: App) -> None:
    async with client_of(app, keep=Seconds(3600.0)) as client:
        await warm(client)
        pages = {(await client.get("/metrics")).content for _ in range(3)}
        answers = {(await client.get("/api/comps", params={"q": "zenitar mk2"})).content for _ in range(3)}
    assert (len(pages), len(answers)) == (1, 1)


async def warm(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/comps", params={"q": "zenitar mk2"})).json()["source"] == "fresh"


async def test_a_status_is_read_once_a_second_for_all_callers() -> None:
    moment, reads = 10.0, []

    async def read() -> dict[str, int]:
        reads.append(moment)
        await asyncio.sleep(0)
        return {"n": len(reads)}

    status = KeptStatus(read, Seconds(1.0), lambda: moment)
    assert await asyncio.gather(*(status.read() for _ in range(3))) == [b'{"n": 1}'] * 3
    moment = 10.9
    assert await status.read() == b'{"n": 1}'
    moment = 11.0
    assert await status.read() == b'{"n": 2}'
