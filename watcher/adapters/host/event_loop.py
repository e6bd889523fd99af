"""The event loop: uvloop where there is one, it is two to four times as quick on sockets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


# The interpreter's own is 700, which a single poll may reach.
_NEW_OBJECTS = 20_000


def calm_collector() -> None:
    """Let the collector of cycles leave alone what the program starts with, and look at the rest less often.

    A poll makes thousands of tuples and hardly a cycle. Looking for some took an eighth of its CPU, and a
    full round, of all there is in memory, held up everything for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def run_in_loop(main: Coroutine[object, object, T]) -> T:
    """Run a program's main coroutine to its end."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:  # pragma: no cover - it is locked for every platform the tests run on
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
