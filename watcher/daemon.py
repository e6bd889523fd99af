"""The loops of the daemon: a tick or a wake runs what there is to do, and nothing runs twice at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from watcher.core.times import Instant, Seconds
from watcher.ports import Clock, Ticker

log = logging.getLogger(__name__)

Work = Callable[[Instant], Awaitable[object]]


@dataclass(slots=True)
class Activity:
    """One kind of work: done `every` so many seconds, and at once when it is woken.

    `again_at` tells after a round when the next is worth while, if that is known and sooner than a tick.
    """

    name: str
    work: Work
    every: Seconds
    again_at: Callable[[Instant], Instant | None] = lambda _: None
    finished: int = 0
    _due: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is something to do: do it as soon as the present round has ended."""
        self._due.set()

    async def run(self, clock: Clock) -> None:
        """Work for ever. A failed round is logged and the next tick tries again."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                now = clock.now()
                await self.work(now)
                self.finished += 1
                at = self.again_at(now)
                # What is due later than the next tick is that tick's business.
                if at is not None and at < now + self.every:
                    asyncio.get_running_loop().call_later(max(0.0, at - clock.now()), self.wake)
            except Exception:
                log.exception("round failed", extra={"activity": self.name})


class Daemon:
    """Runs activities; a ticker owns only when they tick."""

    def __init__(self, activities: Sequence[Activity], ticker: Ticker, clock: Clock) -> None:
        self.activities = activities
        self._ticker = ticker
        self._clock = clock

    async def run(self, until: asyncio.Event) -> None:
        """Tick until the event is set, then end every loop."""
        tasks = [asyncio.create_task(a.run(self._clock), name=a.name) for a in self.activities]
        for activity in self.activities:
            self._ticker.every(activity.every, activity.wake)
            activity.wake()
        self._ticker.start()
        over = asyncio.create_task(until.wait())
        try:
            ended, _ = await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if over not in ended:  # none ever should; a restart is better than a daemon that is half dead
                raise RuntimeError(f"the loop {ended.pop().get_name()} has ended")
        finally:
            over.cancel()
            self._ticker.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
