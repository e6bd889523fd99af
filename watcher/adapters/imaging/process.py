"""One picture worker as seen from the daemon: a child process, and frames to and from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path

import watcher
from watcher.adapters.imaging.frames import FRAME_HEAD, MAX_REPLY, BrokenFrame, Frame, Reply, pack_frame

WORKER = (sys.executable, "-s", "-P", "-m", "watcher.adapters.imaging.worker")
_KEPT = ("LD_LIBRARY_PATH", "PYTHONHOME")  # without them some interpreters do not start
_TAIL_BYTES = 2_000  # of what a worker reports before it ends
_END_SECONDS = 2.0  # for a killed process to be gone


class WorkerEnded(Exception):
    """The worker ended instead of answering. `signal`: what ended it, 0 if it ended by itself."""

    def __init__(self, signal: int, detail: str) -> None:
        super().__init__(detail)
        self.signal = signal


class WorkerProcess:
    """A running worker. Call `end`."""

    def __init__(self, process: Process) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018 - all three are pipes
        self._process, self._input, self._output = process, process.stdin, process.stdout
        self._tail = asyncio.create_task(_read_tail(process.stderr))

    @classmethod
    async def start(cls, command: Sequence[str] = WORKER) -> WorkerProcess:
        """Start a worker, and return when it is ready. Raises WorkerEnded.

        It gets its three pipes and an environment without a secret. It has a session of its own, so that
        Ctrl-C ends the daemon, which ends it.
        """
        worker = cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
        )
        try:
            await worker._expect_ready()
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is known to be gone."""
        return self._process.returncode is not None or self._output.at_eof()

    async def ask(self, kind: int, body: bytes) -> Frame:
        """Return the answer to a frame. Raises WorkerEnded and BrokenFrame, after which it must be ended."""
        try:
            self._input.write(pack_frame(kind, body))
            await self._input.drain()
            return await self._read()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._ended() from None

    async def end(self) -> None:
        """Kill the process if it still runs, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._input.close()
        await asyncio.wait([self._tail], timeout=_END_SECONDS)
        self._tail.cancel()

    async def _expect_ready(self) -> None:
        try:
            if (await self._read()).kind != Reply.READY:
                raise BrokenFrame
        except asyncio.IncompleteReadError:
            raise await self._ended() from None

    async def _read(self) -> Frame:
        size, kind = FRAME_HEAD.unpack(await self._output.readexactly(FRAME_HEAD.size))
        if size > MAX_REPLY:
            raise BrokenFrame
        return Frame(kind, await self._output.readexactly(size))

    async def _ended(self) -> WorkerEnded:
        """Return how it ended. One that only closed its pipe is killed by `end`."""
        await asyncio.wait([asyncio.ensure_future(self._process.wait()), self._tail], timeout=_END_SECONDS)
        code = self._process.returncode
        tail = self._tail.result() if self._tail.done() else ""
        return WorkerEnded(max(0, -(code or 0)), f"exit status {code} {tail}".strip())


async def _read_tail(stream: asyncio.StreamReader) -> str:
    """Return the last line of what a process reports; the rest is read so that it never waits."""
    tail = b""
    while part := await stream.read(_TAIL_BYTES):
        tail = (tail + part)[-_TAIL_BYTES:]
    lines = tail.decode("ascii", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _environment() -> dict[str, str]:
    root = Path(watcher.__file__).parent.parent
    own = {"PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    return own | {name: os.environ[name] for name in _KEPT if name in os.environ}
