"""The loops of the daemon: a tick or a wake runs what there is to do, and nothing runs twice at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from watcher.core.errors import Code, RestartRequired, WatcherError
from watcher.core.times import Instant, Seconds
from watcher.ports import Clock, Ticker

log = logging.getLogger(__name__)

Work = Callable[[Instant], Awaitable[object]]


@dataclass(slots=True)
class Activity:
    """One kind of work: done `every` so many seconds, and at once when it is woken.

    `again_at` tells after a round when the next is worth while, if that is known and sooner than a tick.
    `stuck` tells whether what the rounds began behind them has come to a halt.
    """

    name: str
    work: Work
    every: Seconds
    again_at: Callable[[Instant], Instant | None] = lambda _: None
    stuck: Callable[[], bool] = lambda: False
    finished: int = 0
    # By the loop's clock, which nobody sets: the last round that ended, the last that ended well, the last
    # tick, and since when a round is due (None: none is).
    _ended_at: float = 0.0
    _finished_at: float = 0.0
    _ticked_at: float = 0.0
    _due_at: float | None = None
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _failure: Code | None = None

    def begin(self) -> None:
        """Count from now, and do the first round."""
        self._ended_at = self._finished_at = self._ticked_at = _loop_time()
        self.wake()

    def wake(self) -> None:
        """There is something to do: do it as soon as the present round has ended."""
        self._is_due(_loop_time())

    def tick(self) -> None:
        """The same, as the ticker says it; a tick that comes late was due when it should have come."""
        expected, now = self._ticked_at + self.every, _loop_time()
        self._ticked_at = now
        self._is_due(min(expected, now))

    def idle_for(self, at: float, *, well: bool) -> Seconds:
        """How long no round has ended; `well`: none that did not fail."""
        return Seconds(at - (self._finished_at if well else self._ended_at))

    async def run(self, clock: Clock, on_lag: Callable[[Seconds], None]) -> None:
        """Work for ever. A failed round is logged and the next tick tries again. Raises Hopeless."""
        while True:
            await self._due.wait()
            self._due.clear()
            on_lag(self._lag())
            try:
                now = clock.now()
                await self.work(now)
                self.finished += 1
                self._finished_at = _loop_time()
                at = self.again_at(now)
                # What is due later than the next tick is that tick's business.
                if at is not None and at < now + self.every:
                    asyncio.get_running_loop().call_later(max(0.0, at - clock.now()), self.wake)
                self._failure = None
            except WatcherError as error:
                # Said once: the same every second would bury what is new.
                if error.code is not self._failure:
                    log.warning("round failed: %s", error, exc_info=error, extra={"activity": self.name})
                self._failure = error.code
            except RestartRequired:
                raise
            except Exception:
                log.exception("round failed", extra={"activity": self.name})
            self._ended_at = _loop_time()

    def _is_due(self, at: float) -> None:
        if self._due_at is None:
            self._due_at = at
        self._due.set()

    def _lag(self) -> Seconds:
        now = _loop_time()
        due, self._due_at = self._due_at, None
        return Seconds(now - (now if due is None else due))


class Daemon:
    """Runs activities; a ticker owns only when they tick. `on_lag` is told by how much a round is late."""

    def __init__(
        self,
        activities: Sequence[Activity],
        ticker: Ticker,
        clock: Clock,
        on_lag: Callable[[Seconds], None] = lambda _: None,
    ) -> None:
        self.activities = activities
        self._ticker = ticker
        self._clock = clock
        self._on_lag = on_lag

    def stalled(self, patience: Seconds, *, well: bool) -> list[str]:
        """The activities that got nowhere for `patience` seconds, and for two of their own periods.

        Nowhere is no round that ended (`well`: none that did not fail), or polls under way that do not end.
        """
        at = _loop_time()
        return [
            a.name
            for a in self.activities
            if a.stuck() or a.idle_for(at, well=well) > max(patience, 2 * a.every)
        ]

    async def run(self, until: asyncio.Event) -> None:
        """Tick until the event is set, then end every loop. Raises Hopeless where a loop does."""
        tasks = [asyncio.create_task(a.run(self._clock, self._on_lag), name=a.name) for a in self.activities]
        for activity in self.activities:
            self._ticker.every(activity.every, activity.tick)
            activity.begin()
        self._ticker.start()
        over = asyncio.create_task(until.wait())
        try:
            ended, _ = await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if over not in ended:  # none ever should; a restart is better than a daemon that is half dead
                loop = ended.pop()
                loop.result()  # raises what ended it
                raise RuntimeError(f"the loop {loop.get_name()} has ended")
        finally:
            over.cancel()
            self._ticker.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError, RestartRequired):
                    await task


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
