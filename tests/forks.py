"""Processes of the program that start in milliseconds, because they are forked from one that has imported it.

They are real: signals, streams, exit codes and files are their own. What a process does before its first
import, and what its environment changes in Python itself, needs a process that is started anew.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

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
        server.wait(10)

    atexit.register(end)
    return ours


def _fork(arguments: tuple[str, ...], streams: list[int], env: Mapping[str, str] | None) -> tuple[int, int]:
    """Start a process; return its number and the pipe that gets its exit code."""
    request = {"arguments": arguments, "env": dict(env or os.environ), "cwd": str(Path.cwd())}
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
