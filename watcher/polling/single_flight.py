"""Single-flight: one call for all concurrent callers with the same key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """Calls under way by key. A flight goes on if its callers stop waiting; `close` ends it."""

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Task[T]] = {}
        # Forgotten flights are in here too.
        self._running: set[asyncio.Task[T]] = set()

    async def join(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the flight of `key`; call `start` if there is none. Raises what it raises."""
        flight = self._flights.get(key)
        # A flight that has ended is not joined: its callbacks, which remove it, run one loop turn later.
        if flight is None or flight.done():
            flight = self._flights[key] = asyncio.create_task(start())
            self._running.add(flight)
            flight.add_done_callback(lambda done: self._end(key, done))
        # Shielded: cancelling one caller must not cancel the call for the others.
        return await asyncio.shield(flight)

    def is_current(self, key: K) -> bool:
        """Return whether the running task is the flight of `key` and was not forgotten."""
        return self._flights.get(key) is asyncio.current_task()

    def forget(self, is_forgotten: Callable[[K], bool] = lambda _: True) -> None:
        """Forget flights by key: their callers still get the result, later callers start a new flight."""
        for key in [k for k in self._flights if is_forgotten(k)]:
            del self._flights[key]

    async def wait(self) -> None:
        """Wait until every flight has ended."""
        if self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Cancel every flight."""
        for flight in self._running:
            flight.cancel()
        await self.wait()

    def _end(self, key: K, flight: asyncio.Task[T]) -> None:
        self._running.discard(flight)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # every caller may have left; asyncio would log it as never retrieved
