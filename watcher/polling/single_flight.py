"""Single-flight: one call for all concurrent callers with the same key."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """Calls under way by key; `close` ends them.

    A flight goes on if its callers stop waiting, unless it `abandons`: then it ends with the last of them.
    """

    def __init__(self, *, abandons: bool = False) -> None:
        self._abandons = abandons
        self._callers: Counter[asyncio.Task[T]] = Counter()
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
        self._callers[flight] += 1
        try:
            # Shielded: cancelling one caller must not cancel the call for the others.
            return await asyncio.shield(flight)
        finally:
            self._callers[flight] -= 1
            if not self._callers[flight]:
                del self._callers[flight]
                if self._abandons and not flight.done():
                    self._abandon(key, flight)

    def is_running(self, key: K) -> bool:
        """Return whether there is a flight of `key` that a caller would join."""
        flight = self._flights.get(key)
        return flight is not None and not flight.done()

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

    def _abandon(self, key: K, flight: asyncio.Task[T]) -> None:
        flight.cancel()
        if self._flights.get(key) is flight:  # a later caller must not join a flight that ends
            del self._flights[key]

    def _end(self, key: K, flight: asyncio.Task[T]) -> None:
        self._running.discard(flight)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # every caller may have left; asyncio would log it as never retrieved
