"""The event loop: uvloop where there is one, it is two to four times as quick on sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def run_in_loop(main: Coroutine[object, object, T]) -> T:
    """Run a program's main coroutine to its end."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:  # pragma: no cover - it is locked for every platform the tests run on
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
