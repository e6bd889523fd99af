"""The event loop: uvloop if it is installed, which is two to four times as fast on sockets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")

# New objects before a collection. The default is 700, which a single poll may reach.
_COLLECTION_THRESHOLD = 20_000


def tune_garbage_collector() -> None:
    """Exclude the objects created at startup from garbage collection, and collect the others less often.

    A poll makes thousands of tuples and hardly any cycles. Collection took an eighth of its CPU time, and a
    full collection blocked the event loop for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTION_THRESHOLD, 20, 20)


def run_in_loop(main: Coroutine[object, object, T]) -> T:
    """Run the main coroutine of a program and return its result."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:  # pragma: no cover - installed on every platform that runs the tests
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
