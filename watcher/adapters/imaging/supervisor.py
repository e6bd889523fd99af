"""Start the picture worker when it is needed, ask it one question at a time, and replace it if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from watcher.adapters.imaging.frames import BrokenFrame, Frame
from watcher.adapters.imaging.process import WorkerEnded, WorkerProcess
from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadFull
from watcher.core.errors import Code, RequestRefused, WatcherError
from watcher.core.times import Seconds

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
_START_LIMIT = 30.0  # seconds
_WAIT_LIMIT = 60.0  # seconds for one's turn
_MAX_WAITING_BYTES = 64_000_000  # of pictures whose turn has not come
_BUSY_RETRY = 15.0  # seconds


class Supervisor:
    """The life of a worker process. `time_limit`: for one answer. Call `aclose`."""

    def __init__(
        self, command: Sequence[str], *, idle: Seconds, time_limit: Seconds, max_waiting: int
    ) -> None:
        self._command, self._idle, self._time_limit = command, idle, time_limit
        self._turns = Bulkhead(1, max_waiting)
        self._waiting_bytes = 0
        self._process: WorkerProcess | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._generation, self._closed = 0, False

    @property
    def generation(self) -> int:
        """A number that changes whenever the memory of the process is lost."""
        if self._process and self._process.has_ended:
            return self._generation + 1
        return self._generation

    @property
    def pid(self) -> int | None:
        """The process id; None while none runs."""
        return self._process.pid if self._process and not self._process.has_ended else None

    async def ask(self, kind: int, body: bytes, read: Callable[[Frame], _Answer]) -> _Answer:
        """Return what `read` makes of the answer; it raises BrokenFrame if that is none.

        Raises WorkerEnded and TimeoutError if the worker fails, after which it is replaced at the next
        question, RequestRefused if too many questions wait, and WatcherError if no worker can be started.
        A cancelled caller does not disturb the exchange: the next question needs a clean pipe.
        """
        await self._enter(len(body))
        return await asyncio.shield(self._keep(self._exchange(kind, body, read)))

    async def aclose(self) -> None:
        """End the process and what is asked of it."""
        self._closed = True
        self._stop_timer()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end()

    async def _enter(self, size: int) -> None:
        if self._waiting_bytes + size > _MAX_WAITING_BYTES:
            raise _busy()
        self._waiting_bytes += size
        try:
            async with asyncio.timeout(_WAIT_LIMIT):
                await self._turns.enter()
        except (BulkheadFull, TimeoutError):
            raise _busy() from None
        finally:
            self._waiting_bytes -= size

    async def _exchange(self, kind: int, body: bytes, read: Callable[[Frame], _Answer]) -> _Answer:
        try:
            self._stop_timer()
            process = await self._running()
            try:
                async with asyncio.timeout(self._time_limit):
                    return read(await process.ask(kind, body))
            except BrokenFrame:
                await self._replace("it sent something else than an answer")
                raise WorkerEnded(0, "broken answer") from None
            except WorkerEnded as ended:
                await self._replace(str(ended))
                raise
            except TimeoutError:
                await self._replace(f"no answer within {self._time_limit:g} s")
                raise
            except asyncio.CancelledError:
                await self._end()
                raise
        finally:
            self._start_timer()
            self._turns.leave()

    async def _running(self) -> WorkerProcess:
        if self._process and self._process.has_ended:
            await self._replace("it ended while idle")
        if self._closed:
            raise _unavailable()
        if self._process is None:
            try:
                async with asyncio.timeout(_START_LIMIT):
                    self._process = await WorkerProcess.start(self._command)
            except (WorkerEnded, BrokenFrame, TimeoutError, OSError) as error:
                log.error("The picture worker cannot be started (%s): no picture can be scanned", error)  # noqa: TRY400
                raise _unavailable() from None
        return self._process

    async def _replace(self, why: str) -> None:
        log.warning("The picture worker is replaced: %s", why)
        await self._end()

    async def _end(self) -> None:
        """End the process; what it had in memory is lost from now on."""
        process, self._process = self._process, None
        if process:
            self._generation += 1
            await process.end()

    def _start_timer(self) -> None:
        if not self._closed:
            self._timer = asyncio.get_running_loop().call_later(self._idle, self._end_if_idle)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end_if_idle(self) -> None:
        if self._turns.try_enter():
            self._keep(self._end_idle())

    async def _end_idle(self) -> None:
        try:
            await self._end()
        finally:
            self._turns.leave()

    def _keep(self, work: Coroutine[Any, Any, _Answer]) -> asyncio.Task[_Answer]:
        """Run something that outlives a cancelled caller; its failure is the caller's to see."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen


def _busy() -> RequestRefused:
    return RequestRefused(
        429,
        "Too many pictures are being looked at. Try again in a moment.",
        retryable=True,
        retry_after=_BUSY_RETRY,
    )


def _unavailable() -> WatcherError:
    return WatcherError(
        Code.INTERNAL_ERROR,
        "Pictures cannot be opened at the moment; nothing is wrong with yours. Try again later.",
    )
