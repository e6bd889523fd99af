"""Inspect strangers' pictures and compare their hashes, in a process of their own.

The daemon neither decodes a picture nor loads a library that could: what a hostile picture can break is a
process without secrets, with bounded memory and time, which is replaced.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from hashlib import sha256

from watcher.adapters.imaging.frames import (
    ROWS_PER_FRAME,
    BrokenFrame,
    Frame,
    Inspected,
    Reply,
    WorkerTask,
    pack_asked,
    pack_ids,
    pack_rows,
    unpack_found,
    unpack_inspected,
)
from watcher.adapters.imaging.kinds import refusal_of
from watcher.adapters.imaging.process import WORKER, WorkerEnded
from watcher.adapters.imaging.refusals import Refusal, refused
from watcher.adapters.imaging.supervisor import Supervisor
from watcher.core.identification import Inspection, PictureMarks
from watcher.core.times import MINUTE, Seconds

_Hashes = tuple[int, int, int, int]
_IDLE = Seconds(5 * MINUTE)
_TIME_LIMIT = Seconds(20.0)  # for one answer, on a busy machine
_MAX_WAITING = 40  # questions, which is two batches
_SIGNALS: dict[int, Refusal] = {signal.SIGXCPU: Refusal.TOO_SLOW, signal.SIGKILL: Refusal.TOO_MUCH_MEMORY}


class ImageWorker:
    """Pictures are inspected one at a time; the process starts at first use and ends after `idle` seconds.

    The visual library's index lives in the process. `generation` changes whenever the index is lost: compare
    it before `index` and after `nearest`, and index all rows again if it changed in between.
    """

    def __init__(
        self,
        *,
        idle: Seconds = _IDLE,
        time_limit: Seconds = _TIME_LIMIT,
        max_waiting: int = _MAX_WAITING,
        command: Sequence[str] = WORKER,
    ) -> None:
        self._supervisor = Supervisor(command, idle=idle, time_limit=time_limit, max_waiting=max_waiting)

    @property
    def generation(self) -> int:
        """A number that changes whenever the index is lost."""
        return self._supervisor.generation

    @property
    def pid(self) -> int | None:
        """The process id of the worker; None while none runs."""
        return self._supervisor.pid

    async def inspect(self, content: bytes) -> Inspection:
        """Decode a picture, and return its marks, its product codes, and a small JPEG without metadata.

        Raises InvalidInput with a sentence if the picture is refused, RequestRefused if too many wait, and
        WatcherError if no worker can be started.
        """
        if (refusal := refusal_of(content)) is not None:
            raise refused(refusal)
        try:
            found = await self._supervisor.ask(WorkerTask.INSPECT, content, _read_inspected)
        except WorkerEnded as ended:
            raise refused(_SIGNALS.get(ended.signal, Refusal.CRASHED)) from None
        except TimeoutError:
            raise refused(Refusal.TOO_SLOW) from None
        if isinstance(found, Refusal):
            raise refused(found)
        marks = PictureMarks(sha256(content).hexdigest(), found.hashes)
        return Inspection(marks, found.barcodes, found.width, found.height, found.jpeg)

    async def index(self, rows: Sequence[tuple[int, _Hashes]]) -> None:
        """Add rows of (id, hashes) to the index; a row with a known id replaces it."""
        before = self.generation
        for start in range(0, len(rows), ROWS_PER_FRAME):
            await self._manage(WorkerTask.INDEX, pack_rows(rows[start : start + ROWS_PER_FRAME]))
            if self.generation != before:
                return  # what was indexed before is lost

    async def drop(self, ids: Sequence[int]) -> None:
        """Remove rows from the index; unknown ids are ignored."""
        if self.pid is not None:
            await self._manage(WorkerTask.DROP, pack_ids(ids))

    async def nearest(self, hashes: _Hashes, within: int) -> Sequence[tuple[int, int]]:
        """Return (id, distance) of the indexed rows within a distance in bits, the nearest first."""
        if self.pid is None:
            return []
        try:
            return await self._supervisor.ask(WorkerTask.NEAREST, pack_asked(hashes, within), _read_found)
        except (WorkerEnded, TimeoutError):
            return []

    async def aclose(self) -> None:
        """End the process; callers that wait for it get a failure."""
        await self._supervisor.aclose()

    async def _manage(self, kind: WorkerTask, body: bytes) -> None:
        try:
            await self._supervisor.ask(kind, body, _read_done)
        except (WorkerEnded, TimeoutError):
            return  # the index is lost, and `generation` says so


def _read_inspected(frame: Frame) -> Inspected | Refusal:
    try:
        if frame.kind == Reply.REFUSED:
            return Refusal(int.from_bytes(frame.body, "big"))
    except ValueError:
        raise BrokenFrame from None
    _expect(frame, Reply.INSPECTED)
    return unpack_inspected(frame.body)


def _read_found(frame: Frame) -> list[tuple[int, int]]:
    _expect(frame, Reply.FOUND)
    return unpack_found(frame.body)


def _read_done(frame: Frame) -> None:
    _expect(frame, Reply.DONE)


def _expect(frame: Frame, kind: Reply) -> None:
    if frame.kind != kind:
        raise BrokenFrame
