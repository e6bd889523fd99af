"""Turns of the event loop, so that whatever is urgent overtakes the work of a burst of answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

# Steps of one kind that begin in one turn of the loop: their code then stays in the processor's cache, which
# saves a twentieth of a poll's CPU time. Urgent work waits for at most five steps.
TOGETHER = 5


class PollStep(IntEnum):
    """What a poll wants its turn for, the most urgent first.

    Answers are judged before anything else, because any of them may hold an alert, and calls start last:
    an answer that arrives while others wait is late from its first moment.
    """

    JUDGE = 0
    RECORD = 1
    START = 2


class LoopTurns:
    """Lets a few steps of one kind begin at a time, each time in another turn of the event loop.

    In between, the loop attends to whatever else is ready, such as a message that is to be sent.
    """

    def __init__(self) -> None:
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in PollStep)
        self._is_taken = False
        self._alerts = 0

    async def take(self, step: PollStep) -> None:
        """Wait for a turn: after all more urgent steps, and after those of the same kind that came before."""
        if self._is_taken or self._is_held(step):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[step].append(turn)
            await turn
        else:
            self._give_soon()

    @contextmanager
    def alert_on_its_way(self) -> Iterator[None]:
        """Give turns only to judge answers while the block runs.

        The thread that writes competes with the event loop for the interpreter at every statement.
        """
        self._alerts += 1
        try:
            yield
        finally:
            self._alerts -= 1
            if not self._is_taken:
                self._give_soon()

    @property
    def is_awaited(self) -> bool:
        """Whether a step waits for its turn."""
        return any(not turn.done() for waiting in self._waiting for turn in waiting)

    def _is_held(self, step: PollStep) -> bool:
        return self._alerts > 0 and step is not PollStep.JUDGE

    def _give_soon(self) -> None:
        self._is_taken = True
        asyncio.get_running_loop().call_soon(self._give)

    def _give(self) -> None:
        for step in PollStep:
            waiting, given = self._waiting[step], 0
            while waiting and given < TOGETHER and not self._is_held(step):
                turn = waiting.popleft()
                if not turn.done():  # its poll was not cancelled
                    turn.set_result(None)
                    given += 1
            if given:
                self._give_soon()  # after the steps, which were scheduled just now
                return
        self._is_taken = False
