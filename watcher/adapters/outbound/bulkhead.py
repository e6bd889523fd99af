"""So many calls to one API at once, and so many that wait: a slow API cannot fill the process."""

from __future__ import annotations

import asyncio
from collections import deque


class Full(Exception):
    """Too many calls wait already."""


class Bulkhead:
    """`places` calls at once; `queue` more may wait, first come first served."""

    def __init__(self, places: int, queue: int = 1000) -> None:
        self._free, self._queue = places, queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    def enter_at_once(self) -> bool:
        """Take a place if there is one."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def enter(self) -> None:
        """Wait for a place; whoever stops waiting takes none. Raises Full."""
        if self.enter_at_once():
            return
        if len(self._waiting) >= self._queue:
            raise Full
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()  # the place came in the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place to the next that waits, or free it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
