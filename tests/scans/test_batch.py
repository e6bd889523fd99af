"""Batches: each picture has its own result, and only some are under way at once."""

from __future__ import annotations

import asyncio

from watcher.core.errors import InvalidInput, WatcherError
from watcher.scans.batch import run_batch


async def test_each_item_has_its_own_result_or_failure() -> None:
    async def run(item: int) -> int:
        if item == 1:
            raise InvalidInput("This is not a picture.")
        if item == 2:
            raise ZeroDivisionError
        return item * 10

    results = await run_batch([0, 1, 2, 3], run)
    assert results[0] == 0
    assert results[3] == 30
    assert [str(r.code) for r in results if isinstance(r, WatcherError)] == [
        "INVALID_INPUT",
        "INTERNAL_ERROR",
    ]


async def test_only_some_items_are_under_way_at_once() -> None:
    running, most = 0, 0

    async def run(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return item

    assert await run_batch(range(9), run, at_once=3) == list(range(9))
    assert most == 3
