"""The daemon's loops: each runs one job at every tick and wake, and never twice at once."""

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
    """A job that runs every `every` seconds, and at once when it is woken. One run is a round.

    `again_at` returns when the next round is worthwhile, if that is known and before the next tick.
    `stuck` returns whether tasks that earlier rounds started no longer end.
    """

    name: str
    work: Work
    every: Seconds
    again_at: Callable[[Instant], Instant | None] = lambda _: None
    stuck: Callable[[], bool] = lambda: False
    finished: int = 0
    # In the event loop's time, which no clock change affects. `_due_at` is None while no round is due.
    ended_at: float = 0.0
    succeeded_at: float = 0.0
    _ticked_at: float = 0.0
    _due_at: float | None = None
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _last_failure: Code | None = None

    def begin(self) -> None:
        """Start measuring, and make the first round due."""
        self.ended_at = self.succeeded_at = self._ticked_at = _loop_time()
        self.wake()

    def wake(self) -> None:
        """Run a round as soon as the present one has ended."""
        self._set_due(_loop_time())

    def tick(self) -> None:
        """Run a round as `wake` does; a tick that comes late was due at its scheduled time."""
        scheduled, now = self._ticked_at + self.every, _loop_time()
        self._ticked_at = now
        self._set_due(min(scheduled, now))

    async def run(self, clock: Clock, on_lag: Callable[[Seconds], None]) -> None:
        """Run rounds for ever; log one that fails and go on. Raises RestartRequired."""
        while True:
            await self._due.wait()
            self._due.clear()
            due_at, self._due_at = self._due_at, None
            on_lag(Seconds(0.0 if due_at is None else _loop_time() - due_at))
            try:
                now = clock.now()
                await self.work(now)
                self.finished += 1
                self.succeeded_at = _loop_time()
                again_at = self.again_at(now)
                # A later instant is left to the next tick.
                if again_at is not None and again_at < now + self.every:
                    asyncio.get_running_loop().call_later(max(0.0, again_at - clock.now()), self.wake)
                self._last_failure = None
            except WatcherError as error:
                # Logged once: repeated every second, it would bury other lines.
                if error.code is not self._last_failure:
                    log.warning("round failed: %s", error, exc_info=error, extra={"activity": self.name})
                self._last_failure = error.code
            except RestartRequired:
                raise
            except Exception:
                log.exception("round failed", extra={"activity": self.name})
            self.ended_at = _loop_time()

    def _set_due(self, at: float) -> None:
        if self._due_at is None:
            self._due_at = at
        self._due.set()


class Daemon:
    """Runs activities at the ticks of a ticker. `on_lag` receives how late each round starts."""

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

    def stalled(self, patience: Seconds, *, succeeded: bool) -> list[str]:
        """Return the activities without progress for `patience` and for two of their own intervals.

        Progress is a round that ended; with `succeeded`, one that did not fail. An activity whose tasks are
        stuck has stalled in any case.
        """
        now = _loop_time()
        return [
            a.name
            for a in self.activities
            if a.stuck() or now - (a.succeeded_at if succeeded else a.ended_at) > max(patience, 2 * a.every)
        ]

    async def run(self, until: asyncio.Event) -> None:
        """Run until the event is set, then end every loop. Raises what ended a loop before."""
        loops = [asyncio.create_task(a.run(self._clock, self._on_lag), name=a.name) for a in self.activities]
        for activity in self.activities:
            self._ticker.every(activity.every, activity.tick)
            activity.begin()
        self._ticker.start()
        stop = asyncio.create_task(until.wait())
        try:
            done, _ = await asyncio.wait([stop, *loops], return_when=asyncio.FIRST_COMPLETED)
            if stop not in done:  # no loop should end: a restart is better than a half-dead daemon
                loop = done.pop()
                loop.result()  # raises what ended it
                raise RuntimeError(f"the loop {loop.get_name()} has ended")
        finally:
            stop.cancel()
            self._ticker.stop()
            for loop in loops:
                loop.cancel()
            for loop in loops:
                with contextlib.suppress(asyncio.CancelledError, RestartRequired):
                    await loop


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
