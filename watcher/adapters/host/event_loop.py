"""The event loop: uvloop if it is installed, which is two to four times as fast on sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def run_in_loop(main: Coroutine[object, object, T]) -> T:
    """Run the main coroutine of a program and return its result."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:  # pragma: no cover - installed on every platform that runs the tests
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
