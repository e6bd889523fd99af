"""Waiting for the condition that a test is about, however long the machine takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds of real time after which a test fails
_TURNS = 20  # of the loop, before the condition is looked at less often


async def until(true: Callable[[], object]) -> None:
    """Wait until the condition is true, such as one that depends on a thread, a socket or a process."""
    ends, turns = time.monotonic() + PATIENCE, 0
    while not true():
        assert time.monotonic() < ends, f"not true within {PATIENCE:g} s"
        await asyncio.sleep(0.0 if turns < _TURNS else 0.002)
        turns += 1


async def let_tasks_run() -> None:
    """Return when every other task of this loop waits: for a timer, or for what is not in the loop.

    It does not wait for threads, sockets and processes; for what they do, use `until`.
    """
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:  # type: ignore[attr-defined]
        await asyncio.sleep(0)
