"""Turns of the event loop, so that whatever is urgent overtakes the work of a burst of answers."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import IntEnum


class PollStep(IntEnum):
    """What a poll wants its turn for, the most urgent first.

    Answers are judged before anything else, because any of them may hold an alert, and calls start last:
    an answer that arrives while others wait is late from its first moment.
    """

    JUDGE = 0
    RECORD = 1
    START = 2


class LoopTurns:
    """Lets one step after the other begin, each in another turn of the event loop.

    In between, the loop attends to whatever else is ready, such as a message that is to be sent.
    """

    def __init__(self) -> None:
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in PollStep)
        self._is_taken = False

    async def take(self, step: PollStep) -> None:
        """Wait for a turn: after all more urgent steps, and after those of the same kind that came before."""
        loop = asyncio.get_running_loop()
        if self._is_taken:
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting[step].append(turn)
            await turn
        else:
            self._is_taken = True
            loop.call_soon(self._give)

    @property
    def is_awaited(self) -> bool:
        """Whether a step waits for its turn."""
        return any(not turn.done() for waiting in self._waiting for turn in waiting)

    def _give(self) -> None:
        for waiting in self._waiting:
            while waiting:
                turn = waiting.popleft()
                if turn.done():  # its poll was cancelled
                    continue
                turn.set_result(None)
                # After the step, which was scheduled just now.
                turn.get_loop().call_soon(self._give)
                return
        self._is_taken = False
