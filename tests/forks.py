"""Processes of the program that start in milliseconds, because they are forked from one that has imported it.

They are real: signals, streams, exit codes and files are their own. What a process does before its first
import, and what its environment changes in Python itself, cannot be seen in them.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[1]


@cache
def _server() -> socket.socket:
    """Start the server of this process; it ends with this process."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        words = [sys.executable, "-m", "tests.fork_server", str(its.fileno())]
        server = subprocess.Popen(words, cwd=ROOT, pass_fds=[its.fileno()])

    def end() -> None:
        ours.close()
        server.wait(60)

    atexit.register(end)
    return ours


def _fork(arguments: Sequence[str], streams: list[int], env: Mapping[str, str] | None) -> tuple[int, int]:
    """Start a process; return its number and the pipe that gets its exit code."""
    request = {"arguments": [*arguments], "env": dict(env or os.environ), "cwd": str(Path.cwd())}
    status, write = os.pipe()
    try:
        socket.send_fds(_server(), [json.dumps(request).encode()], [*streams, write])
    finally:
        os.close(write)
    number = b""
    while not number.endswith(b"\n"):
        part = os.read(status, 1)
        assert part, "the server has ended"
        number += part
    return int(number), status


class Forked:
    """A process with the methods of `asyncio.subprocess.Process` that the tests use."""

    def __init__(self, pid: int, streams: list[asyncio.StreamReader]) -> None:
        """Take the number and the readers of the exit code, the output and the errors."""
        self.pid = pid
        self.returncode: int | None = None
        self._status, self.stdout, self.stderr = streams
        self._ending = asyncio.create_task(self._end())

    async def _end(self) -> int:
        self.returncode = int(await self._status.read())
        return self.returncode

    async def wait(self) -> int:
        """Return the exit code when the process has ended."""
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Return the rest of the output and of the errors."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@asynccontextmanager
async def forked(*arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Forked]:
    """Yield a process of Python with these arguments, `-m` first; it ends with the block."""
    pipes = [os.pipe() for _ in range(2)]
    null = os.open(os.devnull, os.O_RDONLY)
    try:
        pid, status = _fork(arguments, [null, *(write for _, write in pipes)], env)
    finally:
        for number in (null, *(write for _, write in pipes)):
            os.close(number)
    readers = [await _reader(number) for number in (status, *(read for read, _ in pipes))]
    child = Forked(pid, readers)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def _reader(number: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(number, "rb", 0))
    return reader


class Started:
    """A process with the methods of `subprocess.Popen` that the tests use, for tests without a loop."""

    def __init__(self, *arguments: str, stdout: int | None = None) -> None:
        """Start Python with these arguments, `-m` or `-c` first; without `stdout`, its output is read."""
        (its_in, into), (out, its_out), (err, its_err) = os.pipe(), os.pipe(), os.pipe()
        try:
            streams = [its_in, its_out if stdout is None else stdout, its_err]
            self.pid, status = _fork(arguments, streams, None)
        finally:
            for number in (its_in, its_out, its_err):
                os.close(number)
        self.returncode: int | None = None
        self.stdin = os.fdopen(into, "w", encoding="utf-8")
        self.stdout = os.fdopen(out, encoding="utf-8")
        self._stderr = os.fdopen(err, encoding="utf-8")
        self._status = os.fdopen(status, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.finish()

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = int(self._status.read())
        return self.returncode

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Close its input, and return its output and its exit code when it has ended."""
        if not self.stdin.closed:
            self.stdin.close()
        out, err = [stream.read() if not stream.closed else "" for stream in (self.stdout, self._stderr)]
        if self.returncode is None:
            self.returncode = int(self._status.read())
        for stream in (self.stdout, self._stderr, self._status):
            stream.close()
        return subprocess.CompletedProcess([], self.returncode, out, err)
