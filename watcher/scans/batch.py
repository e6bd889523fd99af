"""Several pictures at once, each with its own result or failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from watcher.core.errors import Code, WatcherError

log = logging.getLogger(__name__)
MAX_BATCH = 20
AT_ONCE = 4  # decoding is done one by one; the others wait for a market or a model
T = TypeVar("T")
Result = TypeVar("Result")


async def run_batch(
    items: Sequence[T], run: Callable[[T], Awaitable[Result]], *, at_once: int = AT_ONCE
) -> list[Result | WatcherError]:
    """Return the result or the failure of each item, in their order."""
    places = asyncio.Semaphore(at_once)

    async def one(item: T) -> Result | WatcherError:
        async with places:
            try:
                return await run(item)
            except WatcherError as failure:
                return failure
            except Exception:
                log.exception("a picture of a batch failed")
                return WatcherError(Code.INTERNAL_ERROR)

    return list(await asyncio.gather(*(one(item) for item in items)))
